"""A file of its own for the test part: of CSV, tables and arrays, also of another format than the training file."""

import numpy as np
import pytest

from joml import Split
from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_file import read_csv
from joml.data.readers.npz_file import read_npz
from joml.data.readers.table_file import read_table_file

TRAIN = "size,colour,label\n1,red,a\n2,blue,b\n3,red,a\n4,blue,b\n5,blue,a\n"


@pytest.fixture
def files(tmp_path):
    """Write both files, and read them."""

    def read(train, test, **settings):
        (tmp_path / "train.csv").write_text(train)
        (tmp_path / "test.csv").write_text(test)
        settings = {"standardize": False} | settings
        return read_csv(tmp_path / "train.csv", test_path=tmp_path / "test.csv", **settings)

    return read


def test_columns_are_matched_by_name_in_any_order_and_others_not_used(files):
    data = files(TRAIN, "note,label,colour,size\nx,b,blue,10\ny,a,red,20\n")
    assert (data.train_size, data.validation_size, data.test_size) == (5, 0, 2)
    assert data.feature_names[0] == "size" and data.x_test[0].tolist() == [10, 20]
    blue = data.feature_names.index("colour=blue")
    assert data.x_train[blue].tolist() == [0, 1, 0, 1, 1] and data.x_test[blue].tolist() == [1, 0]
    assert data.y_test.argmax(axis=0).tolist() == [1, 0]
    assert any("column 'note' of" in note and "not used" in note for note in data.notes)


def test_numbers_alone_are_those_of_the_plain_reader(files, tmp_path):
    train, rows = "a,b,label\n1,2,0\n3,4.5,1\n-1,0,0\n", "7,8,1\n9,1,0\n"
    data = files(train, "a,b,label\n" + rows, standardize=True)
    (tmp_path / "both.csv").write_text(train + rows)
    both = read_csv(tmp_path / "both.csv", split=Split(0.4, by="order"))
    for name in ("x_train", "x_test", "y_train", "y_test"):
        np.testing.assert_array_equal(getattr(data, name), getattr(both, name))
    assert data.feature_names == both.feature_names and data.class_names == both.class_names


def test_the_validation_part_is_taken_from_the_file_to_train_on(files):
    data = files(TRAIN, "size,colour,label\n10,red,a\n", split=Split(0.2, 0.4))
    assert (data.train_size, data.validation_size, data.test_size) == (3, 2, 1)
    assert data.x_test[0].tolist() == [10]


def test_rows_without_a_label_are_left_out_of_both(files):
    data = files(TRAIN + "6,red,\n", "size,colour,label\n10,red,a\n11,red,\n12,blue,b\n")
    assert (data.train_size, data.test_size) == (5, 2)
    assert data.x_test[0].tolist() == [10, 12]


def test_the_index_that_pandas_writes_is_left_out_of_both(files):
    data = files(",a,b,label\n0,1,2,x\n1,3,4,y\n2,5,6,x\n", ",a,b,label\n0,1,2,x\n1,3,4,y\n")
    assert data.feature_names == ("a", "b")
    assert any("numbers the rows as pandas does" in note for note in data.notes)


def test_files_without_headers_are_matched_by_position(files):
    data = files("1,2,0\n3,4,1\n5,7,0\n", "8,9,1\n", header="no")
    assert data.x_test[:, 0].tolist() == [8, 9]


def test_groups_and_orders_are_read_from_both_files(files):
    train = "when,who,a,label\n2021-01-03,p,1,x\n2021-01-01,q,2,y\n2021-01-02,p,3,x\n2021-01-04,r,4,y\n"
    test = "label,a,who,when\nx,9,p,2022-01-01\ny,8,s,2022-01-01\n"
    data = files(train, test, ignore=["when", "who"], split=Split(0.2, 0.25, by="when"))
    assert data.x_validation[0].tolist() == [4] and data.x_test[0].tolist() == [9, 8]
    data = files(train, test, ignore=["when", "who"], split=Split(0.2, 0.25, group="who"))
    assert data.test_size == 2 and data.validation_size == 1
    assert any("1 group of 'who' is in the training part" in note for note in data.notes)


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("size,label\n1,a\n", r"test_path: .*test.csv has no column 'colour', which .*train.csv has"),
        ("size,colour\n1,red\n", r"has no column 'label', the label"),
        ("size,colour,label\n", "no rows of data"),
        ("size,colour,label\n1,red,\n", r"test.csv: no rows with a label"),
        (
            "size,colour,label\nhuge,red,a\n",
            r"^test_path: .*test.csv: .*'huge' in row 1; write them as in .*train.csv, or",
        ),
    ],
)
def test_files_that_do_not_fit_are_refused(files, test, message):
    with pytest.raises(DatasetError, match=message):
        files(TRAIN, test)


def test_different_headers_and_widths_are_refused(files):
    with pytest.raises(DatasetError, match=r"4 columns, and .* has 3"):
        files("1,2,0\n3,4,1\n5,7,0\n", "8,9,1,1\n", header="no")


def test_of_a_class_in_the_test_file_alone_no_split_is_advised(files):
    data = files(TRAIN, "size,colour,label\n10,red,a\n11,red,new\n")
    (note,) = (note for note in data.notes if "no training sample" in note)
    assert "'new'" in note and "stratified" not in note


def test_the_file_to_train_on_decides_on_columns(files):
    data = files(TRAIN, "size,colour,label\n10,green,a\n,,b\n12,red,a\n")
    assert data.feature_names == ("size", "colour=blue", "colour=red")
    assert data.x_test.tolist() == [[10, 3, 12], [0, 0, 0], [0, 0, 1]]
    assert (
        "size: 1 cell is missing in the test part, and none in the training file: filled, without a feature that "
        "marks them"
    ) in data.notes
    assert (
        "colour: 1 cell of the test part has a category without a feature, such as 'green': taken for none of the "
        "categories"
    ) in data.notes
    notes = files(TRAIN, "size,colour,label\n10,,a\n12,red,a\n").notes
    assert (
        "colour: 1 cell is missing in the test part, and none in the training file: taken for none of the categories"
    ) in notes
    with pytest.raises(DatasetError, match=r"^test_path: .*test.csv: .*1 missing, the first in row 2"):
        files(TRAIN, "size,colour,label\n10,red,a\n,red,b\n", missing="error")


MARKED = "size;price\n" + "".join(f"{row} kg;$1{row:03}\n" for row in range(1, 7))
PLAIN = "size;price\n" + "".join(f"{row};{1_000 + row}\n" for row in range(1, 7))


@pytest.mark.parametrize("test", ["size;price\n7 kg;$1007\n", "size;price\n7;1007\n"])
def test_marks_of_values_to_predict_are_those_of_the_file_to_train_on(files, test):
    data = files(MARKED, test, task="regression")
    assert data.y_train.tolist() == [[1_001, 1_002, 1_003, 1_004, 1_005, 1_006]]
    assert (data.x_test.tolist(), data.y_test.tolist()) == ([[7]], [[1_007]])


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (MARKED, "size;price\n7 kg;€1007\n", r"price.*1 cell with another mark than '\$', such as '€1007' in row 1"),
        (MARKED, "size;price\n7 lb;$1007\n", r"size.*1 cell with another mark than 'kg', such as '7 lb' in row 1"),
        (PLAIN, "size;price\n7;$1007\n", r"price.*the mark '\$', which the numbers trained on do not have"),
        (PLAIN, "size;price\n7 kg;1007\n", r"size.*the mark 'kg', which the numbers trained on do not have"),
        (PLAIN, "size;price\n0,425;1007\n", r"size.*1 cell with a decimal comma, which the numbers trained on"),
    ],
)
def test_other_marks_and_decimal_commas_are_named(files, train, test, message):
    with pytest.raises(DatasetError, match=r"^test_path: [^:]*test.csv: [^:]*" + message):
        files(train, test, task="regression")


DECIMALS = "v;w;label\n" + "".join(f"{row};{row},5;{'ab'[row % 2]}\n" for row in range(10))


@pytest.mark.parametrize("cells", ["36.000;3,5", "36;3.500"])
def test_a_point_that_may_separate_thousands_is_refused(files, cells):
    message = r"test_path: .*test.csv: [vw]: '3.*00' in row 2 may be either where commas are decimal points"
    with pytest.raises(DatasetError, match=message):
        files(DECIMALS, f"v;w;label\n1;2,5;a\n{cells};b\n")


def test_numbers_mean_the_same_as_in_the_file_to_train_on(files):
    data = files(DECIMALS, "v;w;label\n36;3,500;a\n1;2.5;b\n7;2;b\n")
    assert data.x_test.tolist() == [[36, 1, 7], [3.5, 2.5, 2]]
    points = "w;n;label\n" + "".join(f"{1 + row}.000,5;{row};{'ab'[row % 2]}\n" for row in range(10))
    assert files(points, "w;n;label\n36.000;5;a\n7;8;b\n").x_test[0].tolist() == [36_000, 7]
    percent = "w,n,label\n" + "".join(f"{row}%,{row * row},{'ab'[row % 2]}\n" for row in range(10))
    assert files(percent, "w,n,label\n36%,5,a\n7,8,b\n").x_test[0].tolist() == [36, 7]


def test_formats_may_be_mixed(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {"x": list(range(10)), "kind": ["red", "blue"] * 5, "label": ["a", "b", "b", "a", "b"] * 2}
    parquet.write_table(pa.table(columns), tmp_path / "train.parquet")
    parquet.write_table(pa.table({"label": ["b"], "x": [7.0], "kind": ["red"]}), tmp_path / "test.parquet")
    (tmp_path / "train.csv").write_text(
        "x,kind,label\n" + "".join(f"{x},{kind},{label}\n" for x, kind, label in zip(*columns.values(), strict=True))
    )
    (tmp_path / "test.csv").write_text("more,label,kind,x\n1,b,red,7\n")
    made = [
        read(tmp_path / f"train.{first}", test_path=tmp_path / f"test.{second}", standardize=False)
        for read, first in ((read_csv, "csv"), (read_table_file, "parquet"))
        for second in ("csv", "parquet")
    ]
    for data in made:
        assert data.test_size == 1 and data.train_size == 10
        np.testing.assert_array_equal(data.x_train, made[0].x_train)
        assert data.x_test.tolist() == [[7], [0], [1]] and data.y_test.tolist() == [[0], [1]]
    ordered = read_table_file(
        tmp_path / "train.parquet", test_path=tmp_path / "test.csv", split=Split(0.2, 0.2, by="x"), standardize=False
    )
    assert ordered.x_validation[0].tolist() == [8, 9]


def test_an_archive_may_have_a_file_for_the_test_part(tmp_path):
    np.savez(tmp_path / "train.npz", x=np.arange(20).reshape(10, 2), y=np.arange(10) % 2)
    np.savez(tmp_path / "test.npz", x=[[7, 8]], y=[1])
    data = read_npz(tmp_path / "train.npz", test_path=tmp_path / "test.npz", standardize=False)
    assert data.train_size == 10 and data.x_test.tolist() == [[7], [8]] and data.y_test.tolist() == [[0], [1]]
    np.savez(tmp_path / "wide.npz", x=[[7, 8, 9]], y=[1])
    with pytest.raises(DatasetError, match=r"x_test.*samples of shape \(3,\), but of \(2,\) in x"):
        read_npz(tmp_path / "train.npz", test_path=tmp_path / "wide.npz")
    np.savez(tmp_path / "bad.npz", x=[[7, 8]])
    with pytest.raises(DatasetError, match=r"test_path: .*bad.npz: no array is called y"):
        read_npz(tmp_path / "train.npz", test_path=tmp_path / "bad.npz")
    np.savez(tmp_path / "both.npz", x=[[7, 8]] * 2, y=[1, 0], x_test=[[7, 8]], y_test=[1])
    with pytest.raises(DatasetError, match="has a test part already, x_test"):
        read_npz(tmp_path / "both.npz", test_path=tmp_path / "test.npz")


def test_a_test_file_with_the_rows_trained_on_is_noted(files):
    gaps = TRAIN + ",red,a\n"
    (note,) = (note for note in files(gaps, gaps).notes if "has the rows of" in note)
    assert "test.csv has the rows of" in note and "the test score is one of samples trained on" in note
    assert not any("has the rows of" in note for note in files(gaps, gaps.replace("5,blue", "6,blue")).notes)
