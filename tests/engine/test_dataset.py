import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joml.data.dataset import Dataset, DatasetError, one_hot, split_indices, split_sizes
from joml.data.generators.planar import xor
from joml.data.generators.spin_glass import CLASS_NAMES, spin_glass_14
from joml.rng import stream
from joml.task import task_of


def part(samples=3, features=2, classes=2):
    x = np.arange(features * samples, dtype=np.float32).reshape(features, samples)
    return x, one_hot(np.arange(samples) % classes, classes)


class TestStreams:
    def test_the_same_seed_and_purpose_give_the_same_numbers(self):
        assert stream(3, "split").integers(0, 2**63, 8).tolist() == stream(3, "split").integers(0, 2**63, 8).tolist()

    def test_purposes_and_seeds_differ(self):
        firsts = {
            int(stream(seed, purpose).integers(0, 2**63))
            for seed in range(5)
            for purpose in ("initialisation", "split", "shuffle", "noise")
        }
        assert len(firsts) == 20

    def test_the_numbers_are_those_of_the_seed_sequence(self):
        # Stored results depend on them: the place of a purpose is part of its meaning.
        expected = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(2,))).random(4)
        assert stream(7, "shuffle").random(4).tolist() == expected.tolist()

    @pytest.mark.parametrize(
        ("seed", "purpose", "message"),
        [(0, "shufle", "unknown purpose 'shufle'"), (-1, "split", "at least 0, got -1")],
    )
    def test_bad_arguments_are_named(self, seed, purpose, message):
        with pytest.raises(ValueError, match=message):
            stream(seed, purpose)


class TestDataset:
    def test_sizes_and_default_names(self):
        dataset = Dataset(*part(5, 3, 4), *part(2, 3, 4))
        assert (dataset.input_size, dataset.output_size, dataset.train_size, dataset.test_size) == (3, 4, 5, 2)
        assert dataset.feature_names == ("x1", "x2", "x3")
        assert dataset.class_names == ("0", "1", "2", "3")

    def test_arrays_are_read_only_and_their_sources_are_not(self):
        x, y = part()
        dataset = Dataset(x, y, x, y)
        with pytest.raises(ValueError, match="read-only"):
            dataset.x_train[0, 0] = 7
        x[0, 0] = 7
        assert x.flags.writeable

    def test_other_number_types_and_lists_are_converted(self):
        dataset = Dataset([[1, 2]], [[1, 0], [0, 1]], np.array([[3.5]]), np.array([[True], [False]]))
        assert dataset.x_test.dtype == dataset.y_test.dtype == np.float32
        assert dataset.x_train.tolist() == [[1.0, 2.0]]
        assert dataset.y_test.tolist() == [[1.0], [0.0]]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"x_train": np.zeros(3)}, r"x_train: two dimensions were expected, \(rows, samples\), got shape \(3,\)"),
            ({"x_train": np.zeros((2, 4))}, "x_train has 4 samples and y_train 3"),
            ({"x_train": [["a"]]}, "x_train: numbers in two dimensions"),
            ({"x_train": [[1, 2], [3]]}, "x_train: numbers in two dimensions"),
            ({"x_train": np.zeros((3, 3))}, "x_train has 3 rows and x_test 2"),
            ({"y_train": one_hot([0, 1, 2], 3)}, "y_train has 3 rows and y_test 2"),
            ({"x_test": np.zeros((2, 0)), "y_test": np.zeros((2, 0))}, "x_test: at least one sample"),
            ({"x_train": np.zeros((0, 3))}, "x_train: at least one feature"),
            (
                {"y_train": np.ones((1, 3)), "y_test": np.ones((1, 3))},
                "y_train: at least two classes are needed, got 1",
            ),
            ({"x_train": [[0, 1, 2], [3, np.nan, 5]]}, "x_train: feature 1 of sample 1 is nan"),
            ({"x_test": [[0, 1, 2], [3, 4, np.inf]]}, "x_test: feature 1 of sample 2 is inf"),
            ({"x_test": [[0, 1, 1e39], [3, 4, 5]]}, "x_test: feature 0 of sample 2 is inf; finite float32"),
            ({"y_train": [[1, 0.5, 0], [0, 0.5, 1]]}, "y_train: column 1 is not one-hot"),
            ({"y_train": [[1, 1, 1], [0, 0, 1]]}, "y_train: column 2 is not one-hot"),
            ({"y_train": [[0, 1, 1], [0, 0, 0]]}, "y_train: column 0 is not one-hot"),
            ({"y_train": [[2, 1, 1], [-1, 0, 0]]}, "y_train: column 0 is not one-hot"),
            ({"y_train": [[np.nan, 1, 1], [1, 0, 0]]}, "y_train: output 0 of sample 0 is nan; finite float32"),
            ({"y_test": [[1, 1, 1], [0, 0, -np.inf]]}, "y_test: output 1 of sample 2 is -inf; finite float32"),
            ({"y_train": np.zeros((0, 3))}, "y_train: at least one output is needed"),
            ({"task": "sorting"}, "task: classes, multilabel or regression was expected, got 'sorting'"),
            (
                {"y_train": [[0, 0, 0], [1, 1, 1]]},
                "only class '1' occurs in y_train: at least two are needed to learn from",
            ),
            (
                {"y_train": [[1, 1, 1], [0, 0, 0]], "class_names": ("cat", "dog")},
                "only class 'cat' occurs in y_train: at least two are needed to learn from",
            ),
            ({"class_names": ("a",)}, "class_names: 2 names were expected, got 1"),
            ({"feature_names": ("a", "b", "c")}, "feature_names: 2 names were expected, got 3"),
        ],
    )
    def test_what_does_not_fit_is_named(self, change, message):
        x, y = part()
        with pytest.raises(DatasetError, match=message):
            Dataset(**({"x_train": x, "y_train": y, "x_test": x, "y_test": y} | change))


def test_the_shape_of_images_has_as_many_pixels_as_there_are_features():
    x, y = np.arange(24.0).reshape(6, 4), np.eye(2)[:, [0, 1, 0, 1]]
    data = Dataset(x, y, x, y, image_shape=(1, 2, 3))
    assert data.image_shape == (1, 2, 3)
    assert data.with_terms(["x1", "x2^2"]).image_shape is None
    for wrong in ((2, 3), (1, 2, 4), (1, 2.0, 3), (0, 2, 3), "images"):
        with pytest.raises(DatasetError, match="image_shape: "):
            Dataset(x, y, x, y, image_shape=wrong)


class TestTasks:
    def test_answers_have_any_number_of_ones(self):
        x, y = np.zeros((1, 4)), [[0, 1, 1, 0], [0, 1, 0, 0], [0, 1, 0, 1]]
        dataset = Dataset(x, y, x, y, task="multilabel")
        assert (dataset.output_size, dataset.class_names) == (3, ("y1", "y2", "y3"))
        assert dataset.y_train.tolist() == y

    def test_one_answer_is_one_row(self):
        dataset = Dataset([[1, 2]], [[0, 1]], [[3]], [[True]], task="multilabel", class_names=("ill",))
        assert (dataset.output_size, dataset.class_names, dataset.y_test.tolist()) == (1, ("ill",), [[1.0]])

    def test_values_are_any_numbers(self):
        y = [[-1.5, 2e30, 0], [7, 7, 7]]
        dataset = Dataset(np.zeros((1, 3)), y, np.zeros((1, 3)), y, task="regression")
        assert (dataset.output_size, dataset.class_names) == (2, ("y1", "y2"))
        assert dataset.y_train.tolist() == np.array(y, np.float32).tolist()

    @pytest.mark.parametrize(
        ("task", "y", "message"),
        [
            ("multilabel", [[0, 1], [1, 0.5]], "y_train: output 1 of sample 1 is 0.5; answers are 0 or 1"),
            ("multilabel", [[0, -1]], "y_train: output 0 of sample 1 is -1.0; answers are 0 or 1"),
            ("multilabel", [[0, np.nan]], "y_train: output 0 of sample 1 is nan; finite float32 numbers are needed"),
            (
                "regression",
                [[0, 1], [np.inf, 0]],
                "y_train: output 1 of sample 0 is inf; finite float32 numbers are needed",
            ),
            ("regression", [[0, 1e39]], "y_train: output 0 of sample 1 is inf; finite float32 numbers are needed"),
            ("regression", np.zeros((0, 2)), "y_train: at least one output is needed"),
            (
                "classes",
                [[0, 1]],
                "y_train: at least two classes are needed, got 1; of a single output the task is "
                "multilabel (0 or 1) or regression",
            ),
        ],
    )
    def test_what_is_not_of_the_task_is_named(self, task, y, message):
        x = np.zeros((1, 2))
        with pytest.raises(DatasetError) as caught:
            Dataset(x, y, x, y, task=task)
        assert str(caught.value) == message

    def test_as_many_names_as_outputs(self):
        with pytest.raises(DatasetError, match="class_names: 1 names were expected, got 2"):
            Dataset([[1]], [[0.5]], [[1]], [[0.5]], class_names=("a", "b"), task="regression")

    @pytest.mark.parametrize(
        ("y", "task"),
        [
            ([[1, 0, 0], [0, 1, 1]], "classes"),
            ([[True, False], [False, True]], "classes"),
            ([[1, 1], [0, 0]], "classes"),
            ([[1, 0, 1], [0, 1, 1]], "multilabel"),
            ([[1, 0, 0], [0, 1, 0]], "multilabel"),
            ([[1, 0]], "multilabel"),
            ([[1, 1]], "multilabel"),
            ([[0, 0], [0, 0]], "multilabel"),
            ([[0, 2]], "regression"),
            ([[0.5, 0], [0.5, 1]], "regression"),
            ([[-1, 1]], "regression"),
            ([[np.nan, 1], [0, 0]], "regression"),
        ],
    )
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_the_task_of_y(self, y, task, dtype):
        assert task_of(y) == task_of(np.array(y, dtype)) == task

    @given(rows=st.integers(2, 6), columns=st.lists(st.integers(0, 5), min_size=1, max_size=20), seed=st.integers(0, 9))
    def test_what_is_told_from_y_is_accepted(self, rows, columns, seed):
        y = one_hot(np.array(columns) % rows, rows)
        random = np.random.default_rng(seed)
        for changed in (y, (y + random.integers(0, 2, y.shape)) % 2, y + random.integers(0, 2, y.shape)):
            task = task_of(changed)
            if task != "classes" or len(set(changed.argmax(axis=0))) > 1:
                x = np.zeros((1, len(columns)))
                assert Dataset(x, changed, x, changed, task=task).task == task


class TestSplit:
    # Yes and no instead of classes: of these too few samples to train on are no fault.
    @given(samples=st.integers(2, 60), share=st.floats(0.001, 0.999), seed=st.integers(0, 2**63 - 1))
    def test_every_sample_lands_in_one_part_with_its_label(self, samples, share, seed):
        x = np.arange(samples, dtype=np.float64)[np.newaxis]
        classes = np.arange(samples) % 3
        dataset = Dataset.split(x, one_hot(classes, 3), test_share=share, seed=seed, task="multilabel")
        both = np.concatenate([dataset.x_train[0], dataset.x_test[0]])
        labels = np.concatenate([dataset.y_train, dataset.y_test], axis=1).argmax(axis=0)
        assert sorted(both) == list(range(samples))
        assert (labels == classes[both.astype(int)]).all()
        assert (dataset.train_size, dataset.test_size) == split_sizes(samples, share)

    def test_the_seed_decides(self):
        x, y = part(40)
        first, again, other = (Dataset.split(x, y, seed=seed) for seed in (1, 1, 2))
        assert first.x_train.tolist() == again.x_train.tolist()
        assert first.x_train.tolist() != other.x_train.tolist()

    def test_the_indices_are_those_of_the_split(self):
        x, y = part(40)
        train, test = split_indices(40, 0.3, 5)
        dataset = Dataset.split(x, y, test_share=0.3, seed=5)
        assert dataset.x_train.tolist() == x[:, train].tolist()
        assert dataset.x_test.tolist() == x[:, test].tolist()

    def test_sources_stay_as_they_are(self):
        x, y = part(20)
        x_before, y_before = x.copy(), y.copy()
        Dataset.split(x, y)
        assert (x == x_before).all()
        assert (y == y_before).all()

    def test_samples_lie_side_by_side_in_memory(self):
        dataset = Dataset.split(*part(20))
        assert dataset.x_train.T.flags.c_contiguous
        assert dataset.y_test.T.flags.c_contiguous

    def test_a_class_may_be_missing_in_the_training_part(self):
        classes = np.array([0, 1, 0, 1, 2])
        dataset = next(
            split
            for split in (Dataset.split(np.zeros((1, 5)), one_hot(classes, 3), seed=seed) for seed in range(100))
            if split.y_test[2, 0] == 1
        )
        assert dataset.y_train.sum(axis=1).tolist() == [2, 2, 0]
        assert dataset.output_size == 3

    def test_but_not_all_classes_except_one(self):
        classes = np.array([0, 0, 0, 0, 1])
        seed = next(seed for seed in range(100) if 4 in split_indices(5, 0.2, seed)[1])
        with pytest.raises(DatasetError) as caught:
            Dataset.split(np.zeros((1, 5)), one_hot(classes, 2), seed=seed, class_names=("no", "yes"))
        assert str(caught.value) == (
            "only class 'no' occurs in y_train: at least two are needed to learn from; "
            "add samples of another, or split them by another seed or test_share"
        )

    @pytest.mark.parametrize("task", ["multilabel", "regression"])
    def test_the_task_and_its_outputs_are_kept(self, task):
        y = np.arange(20).reshape(2, 10) % 2
        dataset = Dataset.split(np.arange(10)[np.newaxis], y, seed=2, task=task)
        train, test = split_indices(10, 0.2, 2)
        assert (dataset.task, dataset.class_names) == (task, ("y1", "y2"))
        assert dataset.y_train.tolist() == y[:, train].tolist()
        assert dataset.y_test.tolist() == y[:, test].tolist()

    @pytest.mark.parametrize(
        ("samples", "share", "expected"),
        [
            (16_384, 0.2, (13_107, 3_277)),
            (2, 0.01, (1, 1)),
            (2, 0.99, (1, 1)),
            (10, 0.25, (8, 2)),
            (1000, 0.5, (500, 500)),
        ],
    )
    def test_sizes(self, samples, share, expected):
        assert split_sizes(samples, share) == expected

    @pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
    def test_a_share_outside_of_0_and_1_is_refused(self, share):
        with pytest.raises(DatasetError, match="test_share: a share between 0 and 1 was expected"):
            split_sizes(10, share)

    def test_one_sample_is_too_few(self):
        with pytest.raises(DatasetError, match="too few samples: at least 2"):
            Dataset.split(*part(1))


class TestOneHot:
    def test_a_column_a_sample(self):
        assert one_hot([2, 0], 3).tolist() == [[0, 1], [0, 0], [1, 0]]

    @pytest.mark.parametrize("classes", [[3], [-1], [0.5], [[0]]])
    def test_what_is_no_class_is_refused(self, classes):
        with pytest.raises(DatasetError, match="classes:"):
            one_hot(classes, 3)


class TestSpinGlass:
    # The couplings' words below the diagonal, written down a second time as the article's data were recovered.
    SIGNS = "+ -+ --- --++ ++-++ -+--++ --+-+-- +-+-++-+ ++---+-+- -+-+-++-++ +-+++-+-+++ --++-+---+++ -+--++++++-++"

    def energy(self, x):
        pairs = ((i, j, sign) for i, word in enumerate(self.SIGNS.split(), start=1) for j, sign in enumerate(word))
        return sum((1 if sign == "+" else -1) * int(x[i]) * int(x[j]) for i, j, sign in pairs)

    def test_sizes_and_class_counts_are_the_articles(self):
        dataset = spin_glass_14()
        assert dataset.x_train.shape == (14, 13_107)
        assert dataset.y_test.shape == (4, 3_277)
        assert (dataset.y_train.sum(axis=1) + dataset.y_test.sum(axis=1)).tolist() == [3258, 4674, 3926, 4526]
        assert dataset.class_names == CLASS_NAMES

    def test_all_points_occur_once(self):
        dataset = spin_glass_14(seed=3)
        x = np.concatenate([dataset.x_train, dataset.x_test], axis=1)
        assert set(np.unique(x)) == {-1, 1}
        assert len({tuple(column) for column in x.T}) == 2**14

    def test_labels_are_the_levels_of_the_energy(self):
        dataset = spin_glass_14(seed=1)
        for x, y in zip(dataset.x_test.T[:300], dataset.y_test.T[:300], strict=True):
            energy = self.energy(x)
            expected = 0 if energy <= -9 else 1 if energy <= -1 else 2 if energy <= 5 else 3
            assert energy % 2 == 1
            assert y.argmax() == expected

    def test_turning_every_spin_changes_no_label(self):
        dataset = spin_glass_14(test_share=0.5)
        labels = {
            tuple(x): int(y.argmax())
            for xs, ys in ((dataset.x_train, dataset.y_train), (dataset.x_test, dataset.y_test))
            for x, y in zip(xs.T, ys.T, strict=True)
        }
        assert all(label == labels[tuple(-spin for spin in x)] for x, label in labels.items())


class TestXor:
    def test_clouds_are_crosswise_and_equal(self):
        dataset = xor(samples=400, noise=0, test_share=0.25)
        x = np.concatenate([dataset.x_train, dataset.x_test], axis=1)
        y = np.concatenate([dataset.y_train, dataset.y_test], axis=1)
        assert (x.shape, dataset.test_size) == ((2, 400), 100)
        assert (y.argmax(axis=0) == (x[0] != x[1])).all()
        assert y.sum(axis=1).tolist() == [200, 200]

    def test_noise_is_the_standard_deviation_of_a_cloud(self):
        dataset = xor(samples=40_000, noise=0.1, seed=2)
        deviation = np.abs(dataset.x_train) - 1
        assert deviation.std() == pytest.approx(0.1, rel=0.02)

    def test_the_seed_decides(self):
        assert xor(seed=1).x_train.tolist() == xor(seed=1).x_train.tolist() != xor(seed=2).x_train.tolist()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"samples": 3}, "at least 4 samples"),
            ({"noise": -1}, "noise of 0 or more"),
            ({"noise": float("inf")}, "noise"),
        ],
    )
    def test_bad_arguments_are_named(self, arguments, message):
        with pytest.raises(DatasetError, match=message):
            xor(**arguments)


@pytest.mark.slow
def test_the_data_need_nothing_but_numpy():
    code = "import joml.data.readers.csv_file, sys; print({'textual', 'yaml', 'msgspec'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
