import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from joml.data.dataset import DatasetError, split_indices
from joml.data.readers.npz_file import read_npz, read_npz_samples

X = np.arange(24, dtype=np.float64).reshape(12, 2)
Y = np.arange(12) % 3


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write data.npz into the current folder and return its name, so that messages are short."""
    monkeypatch.chdir(tmp_path)

    def write(save=np.savez, **arrays):
        save("data.npz", **arrays)
        return "data.npz"

    return write


def message(path, **options):
    with pytest.raises(DatasetError) as caught:
        read_npz(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestWhatIsRead:
    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    def test_rows_become_columns(self, write, save):
        data = read_npz(write(save, x=X, y=Y), standardize=False, test_share=0.25, seed=3)
        train, test = split_indices(12, 0.25, 3)
        assert data.x_train.tolist() == X[train].T.tolist()
        assert data.x_test.tolist() == X[test].T.tolist()
        assert data.y_train.argmax(axis=0).tolist() == Y[train].tolist()
        assert data.y_test.argmax(axis=0).tolist() == Y[test].tolist()
        assert (data.name, data.class_names) == ("data", ("0", "1", "2"))

    def test_a_test_part_of_its_own_stays_one(self, write):
        data = read_npz(write(x=X, y=Y, x_test=-X[:3], y_test=Y[:3]), standardize=False, seed=3)
        assert data.x_train.tolist() == X.T.tolist()
        assert data.x_test.tolist() == (-X[:3]).T.tolist()
        assert data.y_test.argmax(axis=0).tolist() == [0, 1, 2]

    def test_the_names_that_other_libraries_give(self, write):
        data = read_npz(write(x_train=X, y_train=Y, x_test=X[:3], y_test=Y[:3], more=np.array(7)))
        assert (data.train_size, data.test_size) == (12, 3)

    @pytest.mark.parametrize(
        ("x", "y"), [("X", "Y"), ("X_train", "y_train"), ("data", "target"), ("features", "labels")]
    )
    def test_large_letters_and_other_usual_names(self, write, x, y):
        given = read_npz(write(**{x: X, y: Y}), seed=1)
        usual = read_npz(write(x=X, y=Y), seed=1)
        assert np.array_equal(given.x_train, usual.x_train) and np.array_equal(given.y_test, usual.y_test)

    def test_images_are_joined_to_features(self, write):
        images = np.arange(4 * 6, dtype=np.uint8).reshape(4, 2, 3)
        data = read_npz(write(x=images, y=[0, 1, 0, 1], x_test=images, y_test=[0, 1, 1, 0]), standardize=False)
        assert data.x_train.T.tolist() == images.reshape(4, 6).tolist()
        assert data.image_shape == data.preparation.image_shape == (1, 2, 3)

    def test_channels_that_come_last_are_features_with_a_note(self, write):
        images = np.arange(4 * 5 * 6 * 3).reshape(4, 5, 6, 3)
        samples = read_npz_samples(write(x=images, y=[0, 1, 0, 1]))
        assert samples.image_shape is None
        assert any("channels last" in note for note in samples.notes)

    @pytest.mark.parametrize(
        ("labels", "names"),
        [
            ([7, -1, 7, 3], ("-1", "3", "7")),
            (np.array([3, 1, 3, 2], np.uint8), ("1", "2", "3")),
            (np.array([[3], [1], [3], [2]], ">i2"), ("1", "2", "3")),
            ([True, False, True, True], ("0", "1")),
        ],
    )
    def test_integers_of_any_kind_are_labels(self, write, labels, names):
        samples = read_npz_samples(write(x=X[:4], y=labels))
        assert samples.class_names == names
        assert [int(names[place]) for place in samples.y] == [int(label) for label in np.ravel(labels)]

    def test_texts_and_whole_floating_point_numbers_are_labels_too(self, write):
        assert read_npz_samples(write(x=X[:4], y=["b", "a", "b", "07"])).class_names == ("07", "a", "b")
        assert read_npz_samples(write(x=X[:4], y=[2.0, 10.0, 2.0, -1.0])).class_names == ("-1", "2", "10")

    @pytest.mark.parametrize("kind", [np.int64, np.uint64])
    def test_integers_of_any_length_stay_apart(self, write, kind):
        largest = int(np.iinfo(kind).max)
        y = np.array([largest, largest - 1, 2**53, 2**53 + 1], kind)
        samples = read_npz_samples(write(x=X[:4], y=y, x_test=X[:2], y_test=y[:2]))
        assert samples.class_names == tuple(str(value) for value in sorted(y.tolist()))
        assert [samples.class_names[place] for place in samples.y] == [str(value) for value in [*y, *y[:2]]]

    def test_signed_and_unsigned_integers_that_have_no_common_type(self, write):
        signed, unsigned = np.array([-1, 3, 5]), np.array([2**64 - 1, 3, 5], np.uint64)
        assert message(write(x=X[:3], y=signed, x_test=X[:3], y_test=unsigned)) == (
            "data.npz: y_test: labels are uint64, but int64 in y"
        )

    @pytest.mark.parametrize("scale", [1e-27, 1e25])
    def test_single_precision_is_standardised_in_double(self, write, scale):
        x = (np.random.default_rng(0).normal(size=(200, 2)) * scale).astype(np.float32)
        data = read_npz(write(x=x, y=np.arange(200) % 2))
        np.testing.assert_allclose(data.x_train.std(axis=1), 1, rtol=1e-5)

    @pytest.mark.parametrize(("label", "fault"), [(" ", "the label is empty"), ("nan", "the label is 'nan'; text")])
    def test_texts_that_are_no_labels(self, write, label, fault):
        predictions = message(write(x=X, y=np.array(["a", label, "b", label] * 3)))
        assert predictions.startswith(f"data.npz: y: {fault}")
        assert predictions.endswith(", in sample 1; 5 more are like it")

    def test_texts_are_labels_as_in_csv_files(self, write):
        data = read_npz_samples(write(x=X, y=np.array(["10", "9 ", "9.0", "9"] * 3)))
        assert (data.class_names, data.y[:4].tolist()) == (("9", "10"), [1, 0, 0, 0])

    def test_extended_precision_is_read_as_double(self, write):
        x = np.random.default_rng(0).normal(size=(12, 2))
        extended, double = (read_npz_samples(write(x=x.astype(kind), y=Y)) for kind in (np.longdouble, np.float64))
        assert extended.x.dtype == np.float64
        assert extended.x.tolist() == double.x.tolist()

    def test_arrays_that_may_be_meant_are_named(self, write):
        data = read_npz_samples(write(x=X, y=Y, x_train=X, y_val=Y, yard=Y))
        assert (
            data.notes[0]
            == "'x_train', 'y_val' are not read: samples are x and y, and x_test and y_test if there are any"
        )
        assert read_npz_samples(write(x=X, y=Y, x_test=X + 1, y_test=Y)).notes == ()

    def test_a_feature_that_counts_the_samples_is_pointed_out(self, write):
        x = np.column_stack((np.random.default_rng(0).normal(size=12), np.arange(1, 13)))
        assert read_npz(write(x=x, y=Y)).notes == (
            "feature 1 of x counts the rows (1, 2, 3, ...): if it only numbers them, write x without it",
        )

    def test_numbers_nearly_all_distinct_are_values(self, write):
        error = message(write(x=np.ones((50, 1)), y=1000 + 7 * np.arange(50)))
        assert "y holds 50 different numbers, in 50 samples, which look like values" in error
        assert "write task: regression" in error
        # One-hot rows say that they are classes.
        assert read_npz(write(x=np.arange(50.0)[:, None] ** 2, y=np.eye(50))).output_size == 50

    def test_all_numbers_that_are_none_are_counted(self, write):
        x = np.ones((4, 3))
        x[1, 2] = x[2, 0] = x[3, 2] = np.nan
        assert message(write(x=x, y=[0, 1, 0, 1])) == (
            "data.npz: x: feature 2 of sample 1 is nan; finite float32 numbers are needed; "
            "2 more are none, in 2 features"
        )

    def test_labels_of_both_parts_make_the_classes(self, write):
        signed, unsigned = np.array([5, 2, 5], np.int64), np.array([9, 2], np.uint64)
        data = read_npz(write(x=X[:3], y=signed, x_test=X[:2], y_test=unsigned))
        assert data.class_names == ("2", "5", "9")
        assert data.y_train.argmax(axis=0).tolist() == [1, 0, 1]
        assert data.y_test.argmax(axis=0).tolist() == [2, 0]

    @pytest.mark.parametrize("dtype", [bool, np.int64, np.float32])
    def test_one_hot_rows(self, write, dtype):
        # The last class has no sample: the shape says that there is one.
        samples = read_npz_samples(write(x=X, y=np.eye(4)[Y].astype(dtype)))
        assert samples.y.tolist() == Y.tolist()
        assert samples.class_names == ("0", "1", "2", "3")

    @pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float16, ">f8"])
    def test_numbers_of_any_kind_are_features(self, write, dtype):
        x = np.array([[0, 1], [1, 0], [1, 1]]).astype(dtype)
        assert read_npz_samples(write(x=x, y=[0, 1, 0])).x.tolist() == x.astype(float).tolist()

    def test_the_training_part_alone_decides_the_standardisation(self, write):
        values = np.random.default_rng(0).normal(1e9, 3, (200, 1))
        data = read_npz(write(x=values, y=np.arange(200) % 2), seed=1)
        train, test = split_indices(200, 0.2, 1)
        assert data.x_train[0] == pytest.approx(
            (values[train, 0] - values[train].mean()) / values[train].std(), abs=1e-6
        )
        assert data.x_test[0] == pytest.approx((values[test, 0] - values[train].mean()) / values[train].std(), abs=1e-6)

    def test_so_it_does_of_a_test_part_of_its_own(self, write):
        data = read_npz(write(x=[[1], [3]], y=[0, 1], x_test=[[5], [2]], y_test=[0, 1]))
        assert data.x_train.tolist() == [[-1, 1]]
        assert data.x_test.tolist() == [[3, 0]]

    def test_many_numbers_in_single_precision_keep_their_mean(self, write):
        x = np.full((300_000, 1), 16_777, np.float32)
        x[::2] += 1
        data = read_npz(write(x=x, y=np.arange(len(x)) % 2))
        assert abs(data.x_train.mean(dtype=np.float64)) < 1e-3
        assert data.x_train.std() == pytest.approx(1, abs=1e-3)

    def test_a_constant_feature_becomes_zero(self, write):
        assert not read_npz(write(x=np.full((9, 1), 0.1), y=np.arange(9) % 2)).x_train.any()

    def test_the_seed_decides_the_parts(self, write):
        path = write(x=X, y=Y)
        first, again, other = (read_npz(path, seed=seed) for seed in (1, 1, 2))
        assert first.x_train.tolist() == again.x_train.tolist() != other.x_train.tolist()


VALUES = np.arange(12) ** 2 / 8 - 3


class TestValuesAndAnswers:
    @pytest.mark.parametrize("dtype", [np.float64, ">f4", np.float16])
    def test_values_stay_as_they_are_while_features_are_standardised(self, write, dtype):
        data = read_npz(write(x=X, y=VALUES.astype(dtype)), test_share=0.25, seed=3, task="regression")
        train, test = split_indices(12, 0.25, 3)
        assert (data.task, data.class_names) == ("regression", ("y1",))
        assert data.y_train.tolist() == [VALUES[train].tolist()]
        assert data.y_test.tolist() == [VALUES[test].tolist()]
        assert data.x_test == pytest.approx(((X[test] - X[train].mean(axis=0)) / X[train].std(axis=0)).T, abs=1e-6)

    def test_several_values_a_sample(self, write):
        y = np.column_stack((VALUES, -VALUES, VALUES * 3))
        data = read_npz(write(x=X, y=y, x_test=X[:2], y_test=y[:2]), task="regression")
        assert (data.output_size, data.class_names) == (3, ("y1", "y2", "y3"))
        assert data.y_train.tolist() == y.T.tolist()
        assert data.y_test.tolist() == y[:2].T.tolist()

    def test_values_are_standardised_where_asked(self, write):
        y = np.column_stack((VALUES * 1e6, VALUES + 4))
        data = read_npz(write(x=X, y=y), seed=1, task="regression", standardize_y=True)
        train, test = split_indices(12, 0.2, 1)
        assert data.y_train == pytest.approx(((y[train] - y[train].mean(axis=0)) / y[train].std(axis=0)).T, abs=1e-6)
        assert data.y_test == pytest.approx(((y[test] - y[train].mean(axis=0)) / y[train].std(axis=0)).T, abs=1e-6)

    @pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32])
    def test_answers_have_any_number_of_ones(self, write, dtype):
        y = np.array([[0, 0], [1, 1], [1, 0]], dtype)
        samples = read_npz_samples(write(x=X[:3], y=y), "multilabel")
        assert (samples.task, samples.class_names, samples.y.tolist()) == ("multilabel", ("y1", "y2"), y.tolist())
        assert read_npz(write(x=X[:3], y=y), task="multilabel", standardize_y=True).y_train.max() == 1

    def test_one_answer_a_sample(self, write):
        data = read_npz(write(x=X, y=Y == 1), task="multilabel", seed=2)
        assert data.y_test.tolist() == [(Y == 1)[split_indices(12, 0.2, 2)[1]].tolist()]

    @pytest.mark.parametrize(
        ("task", "arrays", "expected"),
        [
            ("regression", {"x": X, "y": Y.astype(str)}, "y: numbers were expected, found <U21"),
            ("regression", {"x": X, "y": Y * 1j}, "y: numbers were expected, found complex128"),
            (
                "regression",
                {"x": X, "y": VALUES[:, None, None]},
                "y: shape (samples,) or (samples, outputs) was expected, got (12, 1, 1)",
            ),
            ("regression", {"x": X, "y": np.zeros((12, 0))}, "y: at least one output is needed, got shape (12, 0)"),
            (
                "regression",
                {"x": X, "y": VALUES[:5]},
                "x has 12 samples and y 5: samples are rows in a file, as many in both",
            ),
            (
                "regression",
                {"x": X[:2], "y": [[0, 1], [2, np.nan]]},
                "y: output 1 of sample 1 is nan; finite float32 numbers are needed",
            ),
            (
                "regression",
                {"x": X[:2], "y": [1e39, 1]},
                "y: output 0 of sample 0 is 1e+39; finite float32 numbers are needed",
            ),
            (
                "regression",
                {"x": X, "y": VALUES, "x_test": X, "y_test": np.column_stack((VALUES, VALUES))},
                "y_test: values of shape (2,), but of (1,) in y",
            ),
            ("multilabel", {"x": X, "y": Y}, "y: output 0 of sample 2 is 2; answers are 0 or 1"),
            ("sorting", {"x": X, "y": Y}, "task: classes, multilabel or regression was expected, got 'sorting'"),
        ],
    )
    def test_file_and_array_are_named(self, write, task, arrays, expected):
        error = message(write(**arrays), task=task)
        assert error.removeprefix("data.npz: ") == expected


class TestErrors:
    @pytest.mark.parametrize(
        ("arrays", "expected"),
        [
            ({"y": Y}, "no array is called x or x_train; the arrays are 'y'"),
            ({"x": X, "answers_of_all": Y}, "no array is called y or y_train; the arrays are 'answers_of_all', 'x'"),
            ({"x": X, "y": Y, "x_test": X}, "no array is called y_test; the arrays are 'x', 'x_test', 'y'"),
            ({"x": X, "y": Y, "y_test": Y}, "no array is called x_test; the arrays are 'x', 'y', 'y_test'"),
            ({}, "no array is called x or x_train; the arrays are none"),
            (
                {"x": X.T, "y": Y},
                "x has 2 samples and y 12: samples are rows in a file, as many in both",
            ),
            (
                {"x": X, "y": Y, "x_test": X, "y_test": Y[:5]},
                "x_test has 12 samples and y_test 5: samples are rows in a file, as many in both",
            ),
            (
                {"x": X, "y": Y, "x_test": X[:, :1], "y_test": Y},
                "x_test: samples of shape (1,), but of (2,) in x",
            ),
            (
                {"x": X, "y": Y, "x_test": X, "y_test": np.eye(3)[Y]},
                "y_test: labels of shape (3,), but of () in y",
            ),
            ({"x": X[:, 0], "y": Y}, "x: shape (samples, features) was expected, got (12,)"),
            ({"x": X[:0], "y": Y[:0]}, "x: at least one sample and one feature are needed, got shape (0, 2)"),
            ({"x": X[:, :0], "y": Y}, "x: at least one sample and one feature are needed, got shape (12, 0)"),
            ({"x": X[:1], "y": Y[:1]}, "x: too few samples: 1; at least 2 are needed"),
            ({"x": X.astype(str), "y": Y}, "x: numbers were expected, found <U32"),
            ({"x": X * 1j, "y": Y}, "x: numbers were expected, found complex128"),
            ({"x": X.astype(object), "y": Y}, "x: holds Python objects, which are never unpickled; save numbers"),
            ({"x": X, "y": Y.astype(object)}, "y: holds Python objects, which are never unpickled; save numbers"),
            (
                {"x": [[1, 2], [3, np.nan]], "y": [0, 1]},
                "x: feature 1 of sample 1 is nan; finite float32 numbers are needed",
            ),
            (
                {"x": [[1, 2], [1e39, 4]], "y": [0, 1]},
                "x: feature 0 of sample 1 is 1e+39; finite float32 numbers are needed",
            ),
            (
                {"x": X, "y": Y, "x_test": [[1, -np.inf]], "y_test": [0]},
                "x_test: feature 1 of sample 0 is -inf; finite float32 numbers are needed",
            ),
            (
                {"x": X, "y": Y / 2},
                "y: labels are whole numbers or texts, and sample 1 has 0.5: "
                "to predict numbers, write task: regression",
            ),
            ({"x": X[:2], "y": [0, np.nan]}, "y: labels are whole numbers or texts, and sample 1 has nan"),
            ({"x": X, "y": Y * 1j}, "y: labels are whole numbers or texts, found complex128"),
            (
                {"x": X, "y": Y[:, None, None]},
                "y: shape (samples,), or (samples, classes) if one-hot, was expected, got (12, 1, 1)",
            ),
            ({"x": X, "y": np.ones((12, 2))}, "y: row 0 is not one-hot: a single 1 among 0s is needed"),
            ({"x": X[:2], "y": [[1, 0], [0.5, 0.5]]}, "y: row 1 is not one-hot: a single 1 among 0s is needed"),
            ({"x": X[:2], "y": [["1", "0"]] * 2}, "y: one-hot rows of 0 and 1 were expected, found <U1"),
            ({"x": X, "y": Y * 0 + 4}, "y holds one class only, '4'; at least two are needed"),
            (
                {"x": np.zeros((1001, 1)), "y": np.arange(1001)},
                "y holds more than 1,000 classes; to predict numbers, write task: regression",
            ),
        ],
    )
    def test_file_and_array_are_named(self, write, arrays, expected):
        assert message(write(**arrays)) == f"data.npz: {expected}"

    def test_other_files(self, write, tmp_path):
        assert message("none.npz") == "none.npz: no such file"
        assert message("a\0b.npz").startswith("'a\\x00b.npz': cannot be read: ")
        Path("folder.npz").mkdir()
        assert message("folder.npz").startswith("folder.npz: is a directory; a file of arrays ")
        no_archive = "is not an NPZ file (an archive of arrays), or is damaged; write it with numpy.savez"
        for name, content in {"empty": b"", "text": b"a,b\n1,2\n", "cut": b"PK\x03\x04" + b"\0" * 30}.items():
            Path(name).write_bytes(content)
            assert message(name) == f"{name}: {no_archive}"

    def test_an_array_that_is_none(self, write):
        with zipfile.ZipFile("data.npz", "w") as archive:
            archive.writestr("x", "no array")
            archive.writestr("y", "no array")
        assert message("data.npz") == "data.npz: x: is not a NumPy array"

    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    def test_damage(self, write, save):
        path = Path(write(save, x=np.random.default_rng(0).random((300, 5)), y=np.arange(300) % 2))
        content = bytearray(path.read_bytes())
        content[3_000:3_010] = b"\xff" * 10
        path.write_bytes(content)
        assert message(path).startswith("data.npz: x: cannot be read, the file is damaged: ")
        path.write_bytes(content[:5_000])
        assert "or is damaged" in message(path)

    @pytest.mark.parametrize(
        "header", [b"{'descr': (", b"\n  {", b"{'descr': '<f8', 'fortran_order': 1, 'shape': (-1,)}", b"[1]", b"\xff"]
    )
    def test_a_damaged_header(self, write, header):
        header = header.ljust(60) + b"\n"
        with zipfile.ZipFile("data.npz", "w") as archive:
            archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
            archive.writestr("y.npy", b"")
        text = message("data.npz")
        assert text.startswith("data.npz: x: cannot be read, the file is damaged: ")
        assert text.isprintable()

    def test_a_header_that_promises_more_than_the_memory_holds(self, write):
        header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (9000000000000000, 2), }\n"
        with zipfile.ZipFile("data.npz", "w") as archive:
            archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
            archive.writestr("y.npy", b"")
        assert message("data.npz") == "data.npz: the data do not fit into memory"

    def test_a_share_that_leaves_nothing(self, write):
        assert message(write(x=X, y=Y), test_share=1.0) == "test_share: a share between 0 and 1 was expected, got 1.0"


@pytest.mark.parametrize("task", ["classes", "regression"])
def test_constants_and_leaks_are_pointed_out(tmp_path, task):
    rows = np.arange(20)
    y = rows % 2 if task == "classes" else np.column_stack([rows * 7 % 20, rows * 3 % 20])
    leak = rows % 2 * 3 if task == "classes" else rows * 3 % 20 * 2.0 + 1
    np.savez(tmp_path / "a.npz", x=np.column_stack([rows % 7, np.full(20, 7), leak]), y=y)
    notes = read_npz(tmp_path / "a.npz", task=task).notes
    assert "feature 1 of x has the same value in all rows, and tells nothing: write x without it" in notes
    target = "y" if task == "classes" else "y2"
    assert (
        f"feature 2 of x gives the answer away: it has one value for each value of {target}; if it is not known when "
        f"{target} is to be predicted, write x without it"
    ) in notes


def test_a_feature_that_gives_several_targets_away_is_one_note(tmp_path):
    rows = np.arange(20.0)
    np.savez(tmp_path / "a.npz", x=np.column_stack([rows, rows % 7]), y=np.outer(rows, np.arange(1, 6)))
    notes = [note for note in read_npz(tmp_path / "a.npz", task="regression").notes if "gives the answer away" in note]
    assert len(notes) == 1 and "each value of y1, y2, y3 and 2 more;" in notes[0]
