"""Samples divided into parts and scaled."""

import numpy as np
import pytest

from joml.data.dataset import Dataset, DatasetError
from joml.data.generators.planar import xor
from joml.data.generators.spin_glass import spin_glass_14
from joml.data.preparation import prepare
from joml.data.readers.csv_file import read_csv
from joml.data.readers.file_samples import FileSamples
from joml.data.readers.npz_file import read_npz
from joml.data.split import PartSizes, Split, part_sizes, parts_of, split_indices


def samples_of(count, *, classes=2, seed=0, **more):
    rng = np.random.default_rng(seed)
    y = np.arange(count) % classes
    return FileSamples(
        rng.standard_normal((count, 3)) * [1, 100, 1e-3] + [5, -7, 0], y, tuple("abcdef"[:classes]), **more
    )


class TestParts:
    @pytest.mark.parametrize("seed", [0, 7])
    def test_the_test_part_is_the_same_with_a_validation_part_and_the_rest_is_divided(self, seed):
        train, test = split_indices(100, 0.2, seed)
        parts = parts_of(100, Split(0.2, 0.15), seed)
        assert parts.test.tolist() == test.tolist()
        assert [*parts.train, *parts.validation] == train.tolist()
        assert len(parts.validation) == 15

    def test_sizes(self):
        assert part_sizes(16_384, Split(0.2)) == PartSizes(13_107, 0, 3_277)
        assert part_sizes(16_384, Split(0.2, 0.1)) == PartSizes(11_469, 1_638, 3_277)
        assert part_sizes(3, Split(0.2, 0.01)) == PartSizes(1, 1, 1)  # at least one each
        assert part_sizes(10, Split(0.1, 0.89)) == PartSizes(1, 8, 1)  # never all
        # A test part of the files' own is no part of what the shares are of.
        assert part_sizes(120, Split(0.5, 0.1), test_samples=20) == PartSizes(90, 10, 20)

    def test_too_few_samples_and_shares_that_cannot_be(self):
        with pytest.raises(DatasetError, match="too few samples: at least 2"):
            part_sizes(1, Split())
        with pytest.raises(DatasetError, match="too few samples for three parts: 1 is left beside the test part of 1"):
            part_sizes(2, Split(0.2, 0.1))
        with pytest.raises(DatasetError, match="leave nothing to train on"):
            Split(0.5, 0.5)
        for wrong in (0, 1, float("nan"), "0.2"):
            with pytest.raises(DatasetError, match="test_share: a share between 0 and 1"):
                Split(wrong)
        for wrong in (-0.1, 1, float("nan"), None):
            with pytest.raises(DatasetError, match="validation: a share from 0 to below 1"):
                Split(0.2, wrong)

    def test_every_sample_is_in_one_part(self):
        for split in (Split(0.3, 0.2), Split(0.3, 0.2, stratified=True)):
            for test_samples in (None, 11):
                parts = parts_of(97, split, 3, classes=np.arange(97) % 4, test_samples=test_samples)
                assert sorted(np.concatenate(parts)) == list(range(97))

    def test_files_with_a_test_part_keep_it_and_their_order(self):
        parts = parts_of(50, Split(0.2, 0.25), 1, test_samples=10)
        assert parts.test.tolist() == list(range(40, 50))
        assert len(parts.validation) == 10
        assert parts.train.tolist() == sorted(parts.train)
        # Of a file that is sorted by class, not only the last class is validated.
        assert parts.validation.min() < 30

    def test_stratified_parts_have_each_class_by_the_largest_remainders(self):
        classes = np.repeat([0, 1, 2], [50, 33, 17])
        parts = parts_of(100, Split(0.2, 0.1, stratified=True), 5, classes=classes)
        # Quotas of 20: 10, 6.6, 3.4. Of the 10 for validation, of 40, 26 and 14 of 80: 5, 3.25, 1.75.
        assert np.bincount(classes[parts.test]).tolist() == [10, 7, 3]
        assert np.bincount(classes[parts.validation]).tolist() == [5, 3, 2]
        again = parts_of(100, Split(0.2, 0.1, stratified=True), 5, classes=classes)
        assert all((a == b).all() for a, b in zip(parts, again, strict=True))
        other = parts_of(100, Split(0.2, 0.1, stratified=True), 6, classes=classes)
        assert parts.test.tolist() != other.test.tolist()

    def test_stratified_parts_leave_each_class_a_sample_to_train_on_where_they_can(self):
        classes = np.array([0] * 20 + [1, 2, 3])
        for seed in range(20):
            parts = parts_of(23, Split(0.4, 0.3, stratified=True), seed, classes=classes)
            assert set(classes[parts.train]) == {0, 1, 2, 3}
        single = np.arange(10)  # a class each: somebody has to be tested
        assert len(parts_of(10, Split(0.3, stratified=True), 0, classes=single).test) == 3

    def test_only_classes_are_stratified(self):
        with pytest.raises(DatasetError, match="only classes can be stratified"):
            prepare(FileSamples(np.ones((9, 1)), np.ones((9, 1)), (), task="regression"), Split(stratified=True))


class TestPrepare:
    def test_scaled_by_the_training_part_alone(self):
        samples = samples_of(60)
        data = prepare(samples, Split(0.2, 0.2), 3, standardize=True)
        parts = parts_of(60, Split(0.2, 0.2), 3)
        assert (data.train_size, data.validation_size, data.test_size) == (36, 12, 12)
        train = samples.x[parts.train]
        for part, x in zip(parts, (data.x_train, data.x_validation, data.x_test), strict=True):
            expected = (samples.x[part] - train.mean(axis=0)) / train.std(axis=0)
            np.testing.assert_allclose(x.T, expected, rtol=1e-6, atol=1e-6)
        assert (samples.x == samples_of(60).x).all()  # what was read stays as it is

    def test_single_precision_is_scaled_in_double_precision(self, tmp_path):
        rng = np.random.default_rng(0)
        x = (rng.standard_normal((400, 70)) + 3e4).astype(np.float32)
        np.savez(tmp_path / "x.npz", x=x, y=rng.integers(0, 2, 400))
        data = read_npz(tmp_path / "x.npz", seed=2)
        train = x[split_indices(400, 0.2, 2)[0]].astype(np.float64)
        expected = ((train - train.mean(axis=0)) / train.std(axis=0)).astype(np.float32)
        assert np.abs(data.x_train.T - expected).max() < 1e-6
        np.testing.assert_allclose(data.preparation.x_mean, train.mean(axis=0), rtol=1e-14)
        np.testing.assert_allclose(data.preparation.x_deviation, train.std(axis=0), rtol=1e-12)

    @pytest.mark.parametrize("size", [1e-300, 1e-160, 1e-27, 1e-10, 1.0, 1e12, 1e25])
    def test_a_feature_of_any_size_is_scaled(self, size):
        """Neither zeroed where its square is 0, nor infinite where its square is."""
        x = np.random.default_rng(1).standard_normal((50, 2)) * [size, 1]
        data = prepare(FileSamples(x, np.arange(50) % 2, ("a", "b")), None, 0, standardize=True)
        np.testing.assert_allclose(data.x_train.std(axis=1, dtype=np.float64), 1, rtol=1e-5)
        np.testing.assert_allclose(
            data.preparation.unscale_x(data.x_train.T)[:, 0] / size,
            x[split_indices(50, 0.2, 0)[0]][:, 0] / size,
            rtol=1e-4,
        )

    def test_a_constant_feature_is_only_shifted(self):
        x = np.column_stack([np.full(20, 0.1), np.arange(20)])
        data = prepare(FileSamples(x, np.arange(20) % 2, ("a", "b")), None, 0, standardize=True)
        assert not data.x_train[0].any()
        assert data.preparation.x_mean[0] == 0.1
        assert data.preparation.x_deviation[0] == 1

    def test_numbers_that_double_precision_does_not_tell_apart_are_noted(self):
        x = np.array([[2.0**53 + n, n * n] for n in range(40)])
        (note,) = prepare(FileSamples(x, np.arange(40) % 2, ("a", "b")), standardize=True).notes
        assert note.startswith("feature 'x1' has numbers with more digits than double precision tells apart")
        assert prepare(FileSamples(x - [2.0**53, 0], np.arange(40) % 2, ("a", "b")), standardize=True).notes == ()

    def test_what_is_the_same_everywhere_is_noted(self):
        y = np.full((10, 1), 7.0)
        assert prepare(FileSamples(np.ones((10, 2)), y, ("y",), task="regression")).notes == (
            "every feature has the same value in all training samples: there is nothing to learn from",
            "the values to predict are the same in all training samples",
        )
        x = np.column_stack((np.ones(10), np.arange(10.0) ** 2))
        assert prepare(FileSamples(x, np.arange(10) % 2, ("a", "b"))).notes == ()

    def test_values_are_scaled_on_request_and_back(self):
        rng = np.random.default_rng(2)
        samples = FileSamples(rng.random((40, 2)), rng.random((40, 1)) * 300 + 50, ("price",), task="regression")
        data = prepare(samples, None, 1, standardize_y=True)
        test = split_indices(40, 0.2, 1)[1]
        assert abs(data.y_train.mean()) < 1e-6
        np.testing.assert_allclose(data.preparation.unscale_y(data.y_test.T), samples.y[test], rtol=1e-6)
        assert data.preparation.x_mean is None
        assert (data.preparation.scale_x(samples.x) == samples.x).all()

    def test_a_class_without_training_sample_is_noted(self):
        y = np.array([0, 1] * 10 + [2])
        x = np.arange(21.0)[:, np.newaxis]
        seed = next(seed for seed in range(100) if 20 in split_indices(21, 0.2, seed)[1])
        data = prepare(FileSamples(x, y, ("a", "b", "rare")), None, seed)
        assert data.notes == data.preparation.notes
        assert "class 'rare' has no training sample" in data.notes[0]
        balanced = prepare(FileSamples(x, y, ("a", "b", "rare")), Split(stratified=True), seed)
        assert balanced.notes == ()

    def test_no_validation_part_has_the_shape_of_none(self):
        data = xor()
        assert data.x_validation.shape == (2, 0)
        assert data.y_validation.shape == (2, 0)
        assert data.validation_size == 0

    def test_generators_and_readers_take_a_split(self, tmp_path):
        (tmp_path / "a.csv").write_text("a,b,kind\n" + "".join(f"{i},{i * i},{'xy'[i % 2]}\n" for i in range(30)))
        data = read_csv(tmp_path / "a.csv", split=Split(0.1, 0.2))
        assert (data.train_size, data.validation_size, data.test_size) == (21, 6, 3)
        assert data.preparation.name == "a"
        assert data.preparation.feature_names == ("a", "b")
        glass = spin_glass_14(3, split=Split(0.2, 0.1))
        assert (glass.x_test == spin_glass_14(3).x_test).all()
        assert (np.hstack([glass.x_train, glass.x_validation]) == spin_glass_14(3).x_train).all()
        parts = Dataset.split(glass.x_test, glass.y_test, split=Split(0.2, 0.1, stratified=True))
        assert parts.validation_size == round(0.1 * glass.test_size)

    def test_a_validation_part_is_checked_as_the_others_are(self):
        data = xor(split=Split(0.2, 0.1))
        arrays = (data.x_train, data.y_train, data.x_test, data.y_test)
        with pytest.raises(DatasetError, match="x_validation: feature 0 of sample 0 is nan"):
            Dataset(*arrays, x_validation=[[np.nan], [0]], y_validation=[[1], [0]])
        with pytest.raises(DatasetError, match="y_validation: column 0 is not one-hot"):
            Dataset(*arrays, x_validation=[[0], [0]], y_validation=[[1], [1]])
        with pytest.raises(DatasetError, match="x_train has 2 rows and x_validation 1"):
            Dataset(*arrays, x_validation=[[0]], y_validation=[[1], [0]])
        with pytest.raises(DatasetError, match="x_validation has 1 samples and y_validation 0"):
            Dataset(*arrays, x_validation=[[0], [0]])
