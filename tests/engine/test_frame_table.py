"""Data frames as raw tables: the same cells as in a file, whatever library made the frame."""

import datetime
from decimal import Decimal

import numpy as np
import pytest

from joml.data.dataset_error import DatasetError
from joml.data.tables.frame_table import FrameCellsError, array_column, frame_names, is_frame, raw_table_of


def cells_of(column):
    """Return a column's cells, numbers or texts."""
    return [
        column.texts[code] if code >= 0 else number for number, code in zip(column.numbers, column.codes, strict=True)
    ]


def cells(data, place=0, **settings):
    return cells_of(raw_table_of("X", data, **settings).columns[place])


class Series:
    """The column of a frame of some library."""

    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def to_numpy(self):
        return np.asarray(self.values)


class Frame:
    """A frame with names, columns by name, and to_numpy."""

    def __init__(self, **columns):
        self.of_names = columns
        self.columns = list(columns)

    def __getitem__(self, name):
        return Series(self.of_names[name])

    def to_numpy(self):
        raise AssertionError("columns are read one by one")


def test_cells_of_an_array_of_objects():
    rows = np.array(
        [
            [1, " red ", True, datetime.date(2021, 3, 4), None],
            [2.5, "", False, datetime.datetime(2021, 3, 4, 12, 30), np.nan],
            [Decimal("3.25"), "7", np.bool_(True), np.datetime64("NaT", "D"), np.datetime64("2021-03-04")],
            [np.float32(0.5), "1e3", None, datetime.time(8, 15), datetime.timedelta(minutes=1)],
        ],
        object,
    )
    assert cells(rows) == [1.0, 2.5, 3.25, 0.5]
    assert cells(rows, 1) == ["red", "", 7.0, 1000.0]
    assert cells(rows, 2) == ["True", "False", "True", ""]
    assert cells(rows, 3) == ["2021-03-04", "2021-03-04 12:30:00", "", "08:15:00"]
    assert cells(rows, 4) == ["", "", "2021-03-04", 60.0]
    assert cells([[7, "07"]], 0, as_text=[0]) == ["7"]
    assert cells([[7, "07"]], 1, as_text=[1]) == ["07"]
    assert cells([[2**60 + 1]], as_text=[0]) == [str(2**60 + 1)]


def test_columns_of_a_frame_by_its_names():
    frame = Frame(
        size=np.array([1, 2]),
        share=np.array([np.nan, np.inf]),
        alive=np.array([True, False]),
        seen=np.array(["2021-03-04T12:30", "NaT"], "M8[ns]"),
        born=np.array(["2021-03-04", "NaT"], "M8[D]"),
        name=np.array(["a", "b"]),
        wait=np.array([1_500, "NaT"], "m8[ms]"),
    )
    assert is_frame(frame)
    table = raw_table_of("X", frame)
    assert [column.name for column in table.columns] == ["size", "share", "alive", "seen", "born", "name", "wait"]
    assert [cells_of(column) for column in table.columns] == [
        [1.0, 2.0],
        ["", "inf"],
        ["True", "False"],
        ["2021-03-04 12:30:00", ""],
        ["2021-03-04", ""],
        ["a", "b"],
        [1.5, ""],
    ]
    assert table.rows == 2
    assert not raw_table_of("X", frame).columns[0].texts


def test_texts_are_in_the_order_of_their_first_appearance():
    for cells_ in (np.array(["b", "a", "b", "c"]), np.array(["b", "a", "b", "c"], object)):
        column = array_column("k", cells_)
        assert column.texts == ("b", "a", "c")
        assert column.codes.tolist() == [0, 1, 0, 2]
    assert array_column("t", np.array(["2021-03-05", "2021-03-04"], "M8[D]")).texts == ("2021-03-05", "2021-03-04")
    assert array_column("n", np.array([3, 1, 3]), as_text=True).texts == ("3", "1")


def test_columns_without_names():
    assert frame_names(np.zeros((2, 2))) == ()
    assert frame_names(Frame(**{"a": [1]})) == ("a",)
    assert not is_frame([[1, 2]])
    assert not is_frame(Frame)


def test_other_cells_are_refused_by_column():
    with pytest.raises(
        DatasetError, match=r"X: column 1 holds list; column 2 holds dict: every cell of this argument.*\[0, 1\]"
    ):
        raw_table_of("X", np.array([[[1], {}], [[2], {}]], object))
    with pytest.raises(DatasetError, match=r"column 2 \('z'\) holds complex128.*ignore: \[z\]"):
        raw_table_of("X", Frame(a=np.zeros(2), z=np.zeros(2, complex)))
    with pytest.raises(DatasetError, match="X: rows of cells were expected"):
        raw_table_of("X", ["a", "b"])
    assert cells(np.array([[[1], 5]], object), 1, wanted=[1]) == [5.0]


def libraries():
    """Yield makers of frames of the libraries that are installed."""
    for name in ("pandas", "polars", "pyarrow"):
        yield pytest.param(name, id=name)


def made_by(name, columns):
    library = pytest.importorskip(name)
    return library.table(columns) if name == "pyarrow" else library.DataFrame(columns)


@pytest.mark.parametrize("name", libraries())
def test_frames_of_every_library_have_the_same_cells(name):
    """A frame of pandas, polars and pyarrow is one table."""
    day = datetime.datetime(2021, 3, 4, 12, 30)
    frame = made_by(
        name,
        {
            "size": [1, 2, None],
            "share": [0.5, None, 1.5],
            "colour": ["red", None, "07"],
            "alive": [True, None, False],
            "seen": [day, None, day + datetime.timedelta(days=1)],
        },
    )
    assert is_frame(frame)
    assert frame_names(frame) == ("size", "share", "colour", "alive", "seen")
    table = raw_table_of("X", frame, as_text=[2])
    assert [cells_of(column) for column in table.columns] == [
        [1.0, 2.0, ""],
        [0.5, "", 1.5],
        ["red", "", "07"],
        ["True", "", "False"],
        ["2021-03-04 12:30:00", "", "2021-03-05 12:30:00"],
    ]


def test_columns_of_pandas_with_types_of_its_own():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "kind": pandas.Categorical(["b", None, "a"]),
            "count": pandas.array([1, None, 3], "Int64"),
            "alive": pandas.array([True, None, False], "boolean"),
            "zone": pandas.to_datetime(["2021-03-04 12:00", None, "2021-03-05"], format="mixed", utc=True),
            "text": pandas.array(["x", None, "y"], "string"),
        }
    )
    assert [cells_of(column) for column in raw_table_of("X", frame).columns] == [
        ["b", "", "a"],
        [1.0, "", 3.0],
        ["True", "", "False"],
        ["2021-03-04 12:00:00+00:00", "", "2021-03-05 00:00:00+00:00"],
        ["x", "", "y"],
    ]
    twice = pandas.DataFrame([[1, "a"], [2, "b"]], columns=["k", "k"])
    assert [cells_of(column) for column in raw_table_of("X", twice).columns] == [[1.0, 2.0], ["a", "b"]]
    assert frame_names(pandas.DataFrame([[1, 2]])) == ()


def test_cells_that_are_lists_are_an_error_of_the_data_and_of_the_type():
    assert issubclass(FrameCellsError, DatasetError) and issubclass(FrameCellsError, TypeError)
