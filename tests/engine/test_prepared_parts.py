"""The parts of a data set from samples: which rows they have, how they are scaled, and what is noted."""

import numpy as np
import pytest

from joml.data.prepared_parts import prepare_parts, scale_parts
from joml.data.readers.file_samples import FileSamples
from joml.data.split import Parts, Split

X = np.arange(24.0).reshape(12, 2) ** 2
PARTS = Parts(np.array([5, 0, 3, 8]), np.array([2, 7]), np.array([11, 4, 1]))


EVERY_OTHER = np.arange(12) % 2


def classes(y=EVERY_OTHER, **more):
    return FileSamples(X, y, ("no", "yes"), **more)


def test_each_part_has_its_rows_in_the_order_of_the_division():
    fields = scale_parts(classes(), Split(), PARTS)
    for part, rows in zip(("train", "validation", "test"), PARTS, strict=True):
        assert fields[f"x_{part}"].T.tolist() == X[rows].tolist()
        assert fields[f"y_{part}"].argmax(axis=0).tolist() == (rows % 2).tolist()
        assert fields[f"y_{part}"].sum(axis=0).tolist() == [1] * len(rows)
    assert [part.tolist() for part in fields["rows"]] == [part.tolist() for part in PARTS]
    preparation = fields["preparation"]
    assert (preparation.train_size, preparation.validation_size, preparation.test_size) == (4, 2, 3)
    assert preparation.unused_size == 3  # some samples are in no part
    assert preparation.samples == 12


def test_all_parts_are_scaled_by_the_training_part():
    fields = scale_parts(classes(), Split(), PARTS, standardize=True)
    train = X[PARTS.train]
    np.testing.assert_allclose(fields["preparation"].x_mean, train.mean(axis=0))
    np.testing.assert_allclose(fields["preparation"].x_deviation, train.std(axis=0))
    for part, rows in zip(("train", "validation", "test"), PARTS, strict=True):
        expected = (X[rows] - train.mean(axis=0)) / train.std(axis=0)
        np.testing.assert_allclose(fields[f"x_{part}"].T, expected, rtol=1e-6)


def test_only_values_are_scaled_by_standardize_y():
    values = FileSamples(X, X[:, :1] * 10 + 5, ("price",), task="regression")
    fields = scale_parts(values, Split(), PARTS, standardize_y=True)
    assert fields["y_train"].mean() == pytest.approx(0, abs=1e-6)
    assert fields["y_train"].std() == pytest.approx(1)
    assert scale_parts(classes(), Split(), PARTS, standardize_y=True)["preparation"].y_mean is None


def test_the_division_follows_the_seed():
    first, again, other = (prepare_parts(classes(), Split(0.25), seed) for seed in (1, 1, 2))
    assert first["x_test"].tolist() == again["x_test"].tolist() != other["x_test"].tolist()
    assert first["x_test"].shape == (2, 3)


def test_rows_of_a_test_part_with_a_file_of_its_own_are_counted_in_that_file():
    fields = prepare_parts(classes(test_samples=4), Split())
    assert fields["rows"].train.tolist() == list(range(8))
    assert fields["rows"].test.tolist() == [0, 1, 2, 3]
    assert fields["x_test"].T.tolist() == X[8:].tolist()


def test_rows_that_are_no_samples_are_counted_too():
    rows = np.arange(12) * 2 + 1  # every other row of the file has no label
    fields = scale_parts(classes(rows=rows), Split(), PARTS)
    assert fields["rows"].train.tolist() == [11, 1, 7, 17]


def test_a_class_that_only_other_parts_have_is_noted():
    y = np.zeros(12, int)
    y[[11, 5]] = 1
    assert scale_parts(classes(y), Split(), PARTS)["notes"] == ()
    y[5] = 0
    (note,) = scale_parts(classes(y), Split(), PARTS)["notes"]
    assert note.startswith("class 'yes' has no training sample, so a network cannot learn it; a stratified split gives")


def test_digits_that_single_precision_loses_are_noted_and_scaling_keeps_them():
    x = X + 1e10
    samples = FileSamples(x, np.arange(12) % 2, ("no", "yes"), feature_names=("near", "far"))
    (note,) = scale_parts(samples, Split(), PARTS)["notes"]
    assert note == (
        "features 'near', 'far' have numbers that single precision does not tell apart as they stand: "
        "standardize: true scales them"
    )
    scaled = scale_parts(samples, Split(), PARTS, standardize=True)
    assert scaled["notes"] == ()
    assert len(set(scaled["x_train"][0].tolist())) == 4
