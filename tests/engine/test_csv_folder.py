"""A folder of CSV files: one for each array, told apart from what does not go together."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from joml.data.dataset import DatasetError
from joml.data.readers.csv_folder import read_csv_folder, read_csv_folder_samples

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

    def test_headers_that_are_numbers_are_told_by_the_rows_of_y(self):
        rows = "".join(f"{a},{b},{c}\n" for a, b, c in X.tolist())
        write(x_train="1999,2000,2001\n" + rows, y_train="kind\n" + "a\nb\nc\n" * 4)
        samples = read_csv_folder_samples("data")
        assert (samples.x.tolist(), samples.feature_names) == (X.tolist(), ("1999", "2000", "2001"))
        assert samples.class_names == ("a", "b", "c")
        assert samples.notes == (
            "x_train.csv: line 1 is read as a header, as y has 12 rows",
            "y_train.csv: line 1 is read as a header, as no other row has the label 'kind'; "
            "write header: no if it is a sample",
        )
        write(x_train="0,1,2\n" + rows, y_train="a\n" + "a\nb\nc\n" * 4)
        assert len(read_csv_folder_samples("data").x) == 13

    def test_pandas_index_is_left_out_of_x_and_y(self):
        x = ",u,v,w\n" + "".join(f"{n},{a},{b},{c}\n" for n, (a, b, c) in enumerate(X.tolist()))
        write(x_train=x, y_train=",kind\n" + "".join(f"{n},{'abc'[n % 3]}\n" for n in range(12)))
        samples = read_csv_folder_samples("data")
        assert (samples.x.tolist(), samples.class_names) == (X.tolist(), ("a", "b", "c"))
        write(y_train=",price\n" + "".join(f"{n},{n / 3}\n" for n in range(12)))
        values = read_csv_folder_samples("data", task="regression")
        assert (values.y.shape, values.class_names) == ((12, 1), ("price",))

    def test_columns_of_the_test_part_are_put_in_the_order_of_the_training_part(self):
        write(x_train="u,v\n1,2\n3,4\n5,6\n", y_train="0\n1\n0\n", x_test="v,u\n8,7\n", y_test="1\n")
        assert read_csv_folder_samples("data").x[-1].tolist() == [7, 8]

    def test_files_compressed_by_gzip(self):
        write(x_train=X, y_train=LABELS)
        expected = read_csv_folder_samples("data")
        for name in ("x_train.csv", "y_train.csv"):
            plain = Path("data", name)
            Path("data", f"{name}.gz").write_bytes(gzip.compress(plain.read_bytes()))
            plain.unlink()
        assert read_csv_folder_samples("data").x.tolist() == expected.x.tolist()

    def test_values_are_one_column_or_several(self):
        y = np.arange(24).reshape(12, 2) / 7
        data = read_csv_folder(write(x_train=X, y_train=y, x_test=X, y_test=y), task="regression", standardize=False)
        np.testing.assert_array_equal(data.y_train, y.T.astype(np.float32))
        assert (data.task, data.class_names) == ("regression", ("y1", "y2"))
        data = read_csv_folder(write(x_train=X, y_train=y[:, 0], x_test=X, y_test=y[:, 0]), task="regression")
        assert data.y_train.shape == (1, 12)
        scaled = read_csv_folder("data", task="regression", standardize_y=True)
        assert scaled.y_train.mean() == pytest.approx(0, abs=1e-6)

    def test_answers_are_no_classes(self):
        y = np.array([[1, 1], [0, 0]] * 6)
        data = read_csv_folder(write(x_train=X, y_train=y), task="multilabel")
        assert (data.task, data.output_size) == ("multilabel", 2)

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
        ("name", "text", "expected"),
        [
            ("x_train", "1,2\n3,z\n5,6\n", ":2: column 2: a number was expected, got 'z'"),
            ("x_train", "1,2\n3\n5,6\n", ":2: 1 column instead of 2 as in line 1"),
            ("x_train", "1,2\n3,inf\n5,6\n", ":2: column 2: a finite number was expected, got 'inf'"),
            ("x_train", "", ": the file is empty"),
            ("x_train", 'a,b\n1,2\n"3,4\n5,6\n', ":3: a quoted field begins here and does not end"),
            ("y_train", "1\n\n2,3\n4\n", ":3: 2 columns instead of 1 as in line 1"),
            ("y_train", "a\nnan\nb\n", ":2: column 1: the label is 'nan'; text or a finite number was expected"),
            ("y_train", "1,0\n1,1\n0,1\n", ":2: the row is not one-hot: a single 1 among 0s is needed, or one column"),
            ("y_train", "7\n7\n7\n", " holds one class only, '7'; at least two are needed"),
        ],
        ids=["text", "short", "inf", "empty", "quote", "wide label", "nan label", "not one-hot", "one class"],
    )
    def test_a_bad_line_is_named(self, name, text, expected):
        write(x_train="1,2\n3,4\n5,6\n", y_train="1\n2\n1\n")
        write(**{name: text})
        assert message().startswith(f"data/{name}.csv{expected}")

    def test_answers_are_reported_with_their_line(self):
        write(x_train=X[:3], y_train="1,0\n\n1,1\n0,2\n")
        assert message(task="multilabel") == "data/y_train.csv:4: column 2: answers are 0 or 1, got '2'"

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
        assert message() == (
            "data/y_train.csv: column 1 holds more than 1,000 classes; to predict numbers, write task: regression"
        )

    def test_settings_that_there_are_not(self):
        assert message(task="guesses").startswith("task: ")
        assert message(header="maybe").startswith("header: ")


class TestColumnsAndRowsThatGoTogether:
    ROWS = "".join(f"{a},{b},{c}\n" for a, b, c in X)
    ONE_HOT = "".join(f"{1 - n % 2},{n % 2}\n" for n in range(12))

    def test_outputs_of_the_test_part_in_another_order(self):
        write(x_train=self.ROWS, x_test="1,2,3\n", y_train=f"a,b\n{self.ONE_HOT}", y_test="b,a\n1,0\n")
        data = read_csv_folder("data", standardize=False)
        assert (data.class_names, data.y_test.ravel().tolist()) == (("a", "b"), [0, 1])
        values = read_csv_folder("data", task="regression", standardize=False)
        assert (values.class_names, values.y_test.ravel().tolist()) == (("a", "b"), [0, 1])

    def test_a_column_that_the_other_part_does_not_have(self):
        write(x_train="p,q,r\n" + self.ROWS, x_test="p,s,r\n1,2,3\n", y_train=self.ONE_HOT, y_test="1,0\n")
        assert message() == (
            "data: x_train.csv has a column 'q', x_test.csv has none: the same names are needed in both"
        )
        write(x_test="p,q,r\n1,2,3\n", y_train=f"a,b\n{self.ONE_HOT}", y_test="a,c\n1,0\n")
        assert message() == (
            "data: y_train.csv has a column 'b', y_test.csv has none: the same names are needed in both"
        )

    def test_names_that_stand_twice(self):
        write(x_train=self.ROWS, y_train=f"a,a\n{self.ONE_HOT}")
        assert message() == "data/y_train.csv: two columns are named 'a'; give them different names"
        write(x_train="p,p,q\n" + self.ROWS, x_test="q,p,p\n1,2,3\n", y_train=self.ONE_HOT, y_test="1,0\n")
        assert "have their columns in different orders, and some have the same name" in message()

    def test_row_numbers_that_differ(self):
        def numbered(text, numbers):
            lines = zip(numbers, text.splitlines(), strict=True)
            return "".join(f"{number},{line}\n" for number, line in lines)

        labels = "".join(f"{'ab'[n % 2]}\n" for n in range(12))
        x_train = ",p,q,r\n" + numbered(self.ROWS, range(12))
        write(x_train=x_train, y_train=",kind\n" + numbered(labels, range(11, -1, -1)))
        assert message() == (
            "data: row 1 has the number 0 in x_train.csv and 11 in y_train.csv, so that they are of different "
            "samples: write both in the same order"
        )
        write(y_train=",kind\n" + numbered(labels, range(12)))
        assert read_csv_folder("data").class_names == ("a", "b")

    def test_labels_without_a_header_beside_features_with_one(self):
        write(x_train="p,q,r\n" + self.ROWS, y_train="".join(f"{'ab'[n % 2]}\n" for n in range(12)))
        data = read_csv_folder("data")
        assert (data.train_size + data.test_size, data.class_names) == (12, ("a", "b"))
        write(y_train="".join(f"{'ab'[n % 2]}\n" for n in range(11)))
        assert "x_train.csv has 12 rows, y_train.csv 10" in message()

    def test_what_commas_are_is_said(self):
        write(x_train="".join(f"{n},5;1\n" for n in range(12)), y_train=self.ONE_HOT)
        assert "x_train.csv: column 1: commas are read as decimal points, as in 1,5 for 1.5" in (
            read_csv_folder("data").notes
        )


def test_delimiter_and_encoding_may_be_set(tmp_path):
    x = "".join(f"{row}:{row * row % 7}\n" for row in range(12))
    (tmp_path / "x_train.csv").write_bytes(f"größe:b\n{x}".encode("latin-1"))
    (tmp_path / "y_train.csv").write_bytes(("art\n" + "süß\nöl\n" * 6).encode("latin-1"))
    with pytest.raises(DatasetError, match="if it is Windows-1252 or Latin-1, write encoding: cp1252"):
        read_csv_folder(tmp_path)
    data = read_csv_folder(tmp_path, delimiter=":", encoding="latin-1")
    assert data.feature_names == ("größe", "b") and data.class_names == ("süß", "öl")
    assert data.preparation.file_format["encoding"] == "latin-1"


def test_constants_leaks_and_row_numbers_are_pointed_out(tmp_path):
    (tmp_path / "x_train.csv").write_text(
        "a,b,c,d\n" + "".join(f"{row},7,{row % 2 * 3},{row % 5}\n" for row in range(20))
    )
    (tmp_path / "y_train.csv").write_text("label\n" + "x\ny\n" * 10)
    notes = read_csv_folder(tmp_path).notes
    assert "x_train.csv: column 1 ('a') counts the rows (0, 1, 2, ...)" in " ".join(notes)
    assert "column 2 ('b') has the same value in all rows, and tells nothing: take it out of x_train.csv" in notes
    assert (
        "column 3 ('c') gives the answer away: it has one value for each value of the label; if it is not known when "
        "the label is to be predicted, take it out of x_train.csv" in notes
    )


@pytest.mark.parametrize("header", ["v;w\n", ""])
def test_numbers_of_the_test_files_mean_the_same_as_in_training(tmp_path, header):
    (tmp_path / "x_train.csv").write_text(header + "".join(f"{row};{row},5\n" for row in range(10)))
    (tmp_path / "y_train.csv").write_text("label\n" * bool(header) + "a\nb\n" * 5)
    (tmp_path / "y_test.csv").write_text("label\n" * bool(header) + "a\nb\n")
    for cells in ("36.000;3,5", "36;3.500"):
        (tmp_path / "x_test.csv").write_text(f"{header}1;2\n{cells}\n")
        with pytest.raises(DatasetError, match=r"x_test.csv:\d: column [12].* may be either where commas are decimal"):
            read_csv_folder(tmp_path)
    (tmp_path / "x_test.csv").write_text(f"{header}36;3,5\n1;2\n")
    assert read_csv_folder(tmp_path, standardize=False).x_test.tolist() == [[36, 1], [3.5, 2]]


def test_a_missing_label_is_refused(tmp_path):
    (tmp_path / "x_train.csv").write_text("a,b\n" + "1,2\n2,3\n3,5\n")
    (tmp_path / "y_train.csv").write_text("kind\n0\n1\nNA\n")
    with pytest.raises(DatasetError, match=r"y_train.csv:4: .*the label is 'NA', which stands for a missing one"):
        read_csv_folder(tmp_path)
