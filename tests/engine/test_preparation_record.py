"""The record of how data were prepared: stored as JSON, compared with other data, applied to new rows."""

import json

import numpy as np
import pytest

from joml.data.preparation import prepare
from joml.data.preparation_record import Preparation
from joml.data.readers.file_samples import FileSamples
from joml.data.split import Split


def samples_of(count, **more):
    x = np.random.default_rng(0).standard_normal((count, 3)) * [1, 100, 1e-3] + [5, -7, 0]
    return FileSamples(x, np.arange(count) % 2, ("a", "b"), **more)


def test_through_json_it_is_the_same():
    samples = samples_of(30, feature_names=("p", "q", "r"), name="mine", file_format={"delimiter": ";"})
    before = prepare(samples, Split(0.3, 0.1, stratified=True), 5, standardize=True).preparation
    after = Preparation.from_json(json.loads(json.dumps(before.to_json())))
    assert after.to_json() == before.to_json()
    assert after.x_mean.tobytes() == before.x_mean.tobytes()  # every bit of each number
    assert after.x_deviation.tobytes() == before.x_deviation.tobytes()
    assert after.split == Split(0.3, 0.1, stratified=True)
    assert after.fingerprint == before.fingerprint
    assert after.samples == 30


def test_the_shape_of_images_is_recorded_and_may_be_missing():
    recorded = prepare(samples_of(10, image_shape=(1, 1, 3))).preparation.to_json()
    assert Preparation.from_json(json.loads(json.dumps(recorded))).image_shape == (1, 1, 3)
    del recorded["image_shape"]  # as earlier versions wrote it
    assert Preparation.from_json(recorded).image_shape is None


def test_what_a_later_version_adds_is_left_alone_and_what_is_none_is_refused():
    plain = prepare(samples_of(10)).preparation.to_json()
    assert Preparation.from_json(plain | {"later": 1}).name == ""
    for wrong in ({}, plain | {"split": {"test": 5}}, plain | {"x_mean": ["a"]}, {"name": 1}):
        with pytest.raises(ValueError, match="this is not a preparation of data"):
            Preparation.from_json(wrong)


def test_the_fingerprint_is_of_the_samples_and_not_of_the_split():
    def fingerprint(samples, *arguments):
        return prepare(samples, *arguments).preparation.fingerprint

    first = samples_of(30)
    same = fingerprint(first)
    assert fingerprint(first, Split(0.4, 0.2), 9, True) == same
    assert fingerprint(FileSamples(np.asfortranarray(first.x), first.y, first.class_names)) == same
    moved = first.x.copy()
    moved[29, 2] = np.nextafter(moved[29, 2], np.inf)
    others = [
        FileSamples(moved, first.y, first.class_names),
        FileSamples(first.x, first.y[::-1], first.class_names),
        FileSamples(first.x[:29], first.y[:29], first.class_names),
        FileSamples(first.x, first.y, ("a", "z")),
        FileSamples(first.x, first.y, first.class_names, feature_names=("p", "q", "r")),
    ]
    assert same not in [fingerprint(other) for other in others]


def test_changes_name_the_rows_the_names_and_the_first_feature_that_differs():
    def changes(after, before=None):
        first = prepare(before or samples_of(30), standardize=True).preparation
        return first.changes_to(prepare(after, standardize=True).preparation)

    samples = samples_of(30)
    assert changes(samples) == ()
    assert changes(samples_of(31)) == ("1 row more",)
    assert changes(samples_of(28)) == ("2 rows fewer",)
    assert changes(FileSamples(samples.x, samples.y, ("a", "c"))) == ("no class 'b' any more", "a new class 'c'")
    assert changes(FileSamples(samples.x, samples.y, ("b", "a"))) == ("another order of the names of each class",)
    assert changes(FileSamples(samples.x, samples.y[::-1], ("a", "b"))) == ("other labels",)
    (change,) = changes(FileSamples(samples.x + np.array([0, 1, 0]), samples.y, ("a", "b")))
    assert change.startswith("other values of 'x2' (the mean of 'x2' was ")


def test_new_rows_are_scaled_as_the_training_part_was_and_back():
    x = np.column_stack([np.arange(10.0), np.full(10, 3.0)])
    preparation = prepare(FileSamples(x, np.arange(10) % 2, ("a", "b")), standardize=True).preparation
    scaled = preparation.scale_x([[preparation.x_mean[0], 4.0]])
    assert scaled.tolist() == [[0.0, 1.0]]  # a constant feature is only shifted
    np.testing.assert_allclose(preparation.unscale_x(preparation.scale_x(x)), x)
    assert preparation.unscale_y([[0.25, 0.75]]).tolist() == [[0.25, 0.75]]
