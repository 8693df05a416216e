"""A folder of CSV files: one for each array, told apart from what does not go together."""

import csv
from pathlib import Path

import numpy as np
import pytest

from joml.dataset import DatasetError
from joml.datasets.csv_folder import read_csv_folder, read_csv_folder_samples

X = np.random.default_rng(5).normal(size=(12, 3))
LABELS = np.arange(12) % 3


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(folder="data", header=None, **arrays):
    """Write each array into a file of its name, and return the folder's name."""
    Path(folder).mkdir(exist_ok=True)
    for name, rows in arrays.items():
        if isinstance(rows, str):
            Path(folder, f"{name}.csv").write_text(rows)
            continue
        with Path(folder, f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            cells = [row if isinstance(row, list) else [row] for row in np.asarray(rows).tolist()]
            if header:
                writer.writerow([f"{header} {name[0]}{place}" for place in range(len(cells[0]))])
            writer.writerows(cells)
    return folder


def message(folder="data", **options):
    with pytest.raises(DatasetError) as caught:
        read_csv_folder(folder, **options)
    text = str(caught.value)
    assert text.isprintable()
    return text


class TestWhatIsRead:
    def test_both_parts_as_they_stand_in_the_files(self):
        folder = write(x_train=X, y_train=LABELS, x_test=-X[:4], y_test=LABELS[:4])
        data = read_csv_folder(folder, standardize=False)
        np.testing.assert_array_equal(data.x_train, X.T.astype(np.float32))
        np.testing.assert_array_equal(data.x_test, -X[:4].T.astype(np.float32))
        np.testing.assert_array_equal(data.y_train, np.eye(3)[LABELS].T)
        np.testing.assert_array_equal(data.y_test, np.eye(3)[LABELS[:4]].T)
        assert (data.name, data.class_names) == ("data", ("0", "1", "2"))

    def test_one_hot_rows_are_the_labels_they_stand_for(self):
        one_hot = np.eye(3, dtype=int)[LABELS]
        write(x_train=X, y_train=one_hot, x_test=X, y_test=one_hot)
        write("labels", x_train=X, y_train=LABELS, x_test=X, y_test=LABELS)
        np.testing.assert_array_equal(read_csv_folder("data").y_train, read_csv_folder("labels").y_train)

    def test_without_a_test_part_the_samples_are_split(self):
        data = read_csv_folder(write(x_train=X, y_train=LABELS), test_share=0.25, seed=3)
        assert (data.train_size, data.test_size) == (9, 3)
        again = read_csv_folder("data", test_share=0.25, seed=3)
        np.testing.assert_array_equal(data.x_test, again.x_test)

    def test_only_the_training_part_scales(self):
        data = read_csv_folder(write(x_train=X, y_train=LABELS, x_test=X[:4] + 7, y_test=LABELS[:4]))
        np.testing.assert_allclose(data.x_train.mean(axis=1), 0, atol=1e-6)
        np.testing.assert_allclose(data.x_train.std(axis=1), 1, rtol=1e-5)
        np.testing.assert_allclose(
            data.x_test, ((X[:4] + 7 - X.mean(axis=0)) / X.std(axis=0)).T.astype(np.float32), rtol=1e-5
        )

    @pytest.mark.parametrize("header", ["auto", "yes"])
    def test_headers_name_features_and_classes(self, header):
        one_hot = np.eye(3, dtype=int)[LABELS]
        write(header="the", x_train=X, y_train=one_hot, x_test=X, y_test=one_hot)
        data = read_csv_folder("data", header=header)
        assert data.feature_names == ("the x0", "the x1", "the x2")
        assert data.class_names == ("the y0", "the y1", "the y2")
        assert data.train_size == 12

    def test_labels_that_are_texts_have_a_header_where_the_features_have_one(self):
        texts = np.array(["dog", "cat", "ant"])[LABELS]
        bare = read_csv_folder(write("bare", x_train=X, y_train=texts))
        named = read_csv_folder(write("named", header="the", x_train=X, y_train=texts))
        assert bare.class_names == named.class_names == ("ant", "cat", "dog")
        assert bare.train_size + bare.test_size == named.train_size + named.test_size == 12

    def test_a_header_of_numbers_is_one_where_it_is_said(self):
        write(x_train="0,1\n5,6\n7,8\n9,9\n", y_train="0\n3\n4\n3\n")
        assert len(read_csv_folder_samples("data", header="yes").x) == 3
        assert len(read_csv_folder_samples("data").x) == 4

    def test_values_are_one_column_or_several(self):
        y = np.arange(24).reshape(12, 2) / 7
        data = read_csv_folder(write(x_train=X, y_train=y, x_test=X, y_test=y), task="values", standardize=False)
        np.testing.assert_array_equal(data.y_train, y.T.astype(np.float32))
        assert (data.task, data.class_names) == ("values", ("y1", "y2"))
        data = read_csv_folder(write(x_train=X, y_train=y[:, 0], x_test=X, y_test=y[:, 0]), task="values")
        assert data.y_train.shape == (1, 12)
        scaled = read_csv_folder("data", task="values", standardize_y=True)
        assert scaled.y_train.mean() == pytest.approx(0, abs=1e-6)

    def test_answers_are_no_classes(self):
        y = np.array([[1, 1], [0, 0]] * 6)
        data = read_csv_folder(write(x_train=X, y_train=y), task="answers")
        assert (data.task, data.output_size) == ("answers", 2)

    def test_a_large_file_reads_as_a_small_one(self):
        x = np.random.default_rng(0).normal(size=(3_000, 14))
        y = np.arange(3_000) % 4
        data = read_csv_folder(write(x_train=x, y_train=y, x_test=x[:9], y_test=y[:9]), standardize=False)
        np.testing.assert_array_equal(data.x_train, x.T.astype(np.float32))

    def test_semicolons_blank_lines_and_a_byte_order_mark(self):
        write(x_train="\ufeff1;2\n\n3;4\n", y_train="a\n\nb\n\n")
        samples = read_csv_folder_samples("data")
        assert samples.x.tolist() == [[1, 2], [3, 4]]
        assert samples.class_names == ("a", "b")


class TestWhatIsWrong:
    def test_rows_that_do_not_match(self):
        write(x_train=np.ones((100, 2)), y_train=np.arange(99) % 2)
        assert message() == "data: x_train.csv has 100 rows, y_train.csv 99: samples are rows, as many in both"
        write(x_train=X, y_train=LABELS, x_test=X[:1], y_test=LABELS[:2])
        assert message().startswith("data: x_test.csv has 1 row, y_test.csv 2:")

    def test_columns_that_do_not_match(self):
        write(x_train=X, y_train=LABELS, x_test=X[:, :2], y_test=LABELS)
        assert message() == "data: x_train.csv has 3 columns, x_test.csv 2: the same are needed in both"
        write(x_test=X, y_test=np.eye(3, dtype=int)[LABELS])
        assert message() == "data: y_train.csv has 1 column, y_test.csv 3: the same are needed in both"

    @pytest.mark.parametrize("name", ["x_train", "y_train", "x_test", "y_test"])
    def test_a_file_that_is_missing(self, name):
        write(x_train=X, y_train=LABELS, x_test=X, y_test=LABELS)
        Path("data", f"{name}.csv").unlink()
        assert message() == f"data/{name}.csv: no such file"

    def test_a_folder_that_is_none(self):
        needed = "a folder with x_train.csv and y_train.csv is needed"
        assert message("none") == f"none: no such folder; {needed}"
        Path("file").touch()
        assert message("file") == f"file: is a file; {needed}"
        assert message("a\0b").startswith("'a\\x00b': ")
        Path("data").mkdir()
        assert message() == "data/x_train.csv: no such file"

    @pytest.mark.parametrize(
        ("name", "text", "told"),
        [
            ("x_train", "1,2\n3,z\n5,6\n", ":2: column 2: a number was expected, got 'z'"),
            ("x_train", "1,2\n3\n5,6\n", ":2: 1 columns instead of 2 as in line 1"),
            ("x_train", "1,2\n3,inf\n5,6\n", ":2: column 2: a finite number was expected, got 'inf'"),
            ("x_train", "", ": the file is empty"),
            ("x_train", 'a,b\n1,2\n"3,4\n5,6\n', ":3: a quoted field begins here and does not end"),
            ("y_train", "1\n\n2,3\n4\n", ":3: 2 columns instead of 1 as in the first row"),
            ("y_train", "a\nnan\nb\n", ":2: the label is 'nan'; text or a finite number was expected"),
            ("y_train", "1,0\n1,1\n0,1\n", ":2: the row is not one-hot: a single 1 among 0s is needed, or one column"),
            ("y_train", "7\n7\n7\n", ": one class only, '7'; at least two are needed"),
        ],
        ids=["text", "short", "inf", "empty", "quote", "wide label", "nan label", "not one-hot", "one class"],
    )
    def test_a_bad_line_is_named(self, name, text, told):
        write(x_train="1,2\n3,4\n5,6\n", y_train="1\n2\n1\n")
        write(**{name: text})
        assert message().startswith(f"data/{name}.csv{told}")

    def test_answers_are_told_with_their_line(self):
        write(x_train=X[:3], y_train="1,0\n\n1,1\n0,2\n")
        assert message(task="answers") == "data/y_train.csv:4: column 2: answers are 0 or 1, got '2'"

    def test_text_of_another_encoding(self):
        write(x_train=X[:2], y_train=LABELS[:2])
        Path("data/y_train.csv").write_bytes("grün\nrot\n".encode("latin-1"))
        assert message().startswith("data/y_train.csv:1: byte 3 of the line is not UTF-8 text")

    def test_too_few_and_too_many(self):
        write(x_train="a,b\n", y_train="c\n")
        assert message().endswith("x_train.csv: the file has a header and no rows of data")
        write(x_train="1,2\n", y_train="c\n")
        assert message() == "data/x_train.csv: too few samples: 1; at least 2 are needed"
        write(x_train=np.ones((1_001, 1)), y_train=np.arange(1_001) / 3)
        assert "1,001 classes; at most 1,000 are allowed; for numbers to be predicted the task is values" in message()

    def test_settings_that_there_are_not(self):
        assert message(task="guesses").startswith("task: ")
        assert message(header="maybe").startswith("header: ")
