"""Columns of any type of pyarrow are columns of numbers and texts."""

import datetime
from decimal import Decimal

import pytest

from joml.data.tables.arrow_table import NestedColumnError, arrow_column

pa = pytest.importorskip("pyarrow")


def cells(values, as_text=False, **type_):
    column = arrow_column("a", pa.chunked_array([pa.array(values, **type_)] * 2), as_text)
    read = [
        number if code < 0 else column.texts[code]
        for number, code in zip(column.numbers.tolist(), column.codes.tolist(), strict=True)
    ]
    assert read[: len(values)] == read[len(values) :]
    return read[: len(values)]


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ([1, None, 3], [1, "", 3]),
        ([1.5, float("nan"), None, float("inf"), float("-inf")], [1.5, "", "", "inf", "-inf"]),
        ([True, None, False], ["True", "", "False"]),
        (["x", None, " y "], ["x", "", "y"]),
        (["1.5", "x", "NA"], [1.5, "x", "NA"]),
        ([Decimal("1.5"), None], [1.5, ""]),
        ([datetime.date(2021, 3, 4), None], ["2021-03-04", ""]),
        ([datetime.datetime(2021, 3, 4, 12, 30)], ["2021-03-04 12:30:00"]),
        ([datetime.time(12, 30)], ["12:30:00"]),
        ([None, None], ["", ""]),
        ([], []),
    ],
)
def test_values_of_every_type(values, read):
    assert cells(values) == read


def test_categories_are_texts():
    column = pa.chunked_array([pa.array(["x", "y", None]).dictionary_encode()])
    assert arrow_column("a", column).texts == ("x", "y", "")


def test_texts_keep_their_digits_where_wanted():
    assert cells([2**53 + 1, None, 7], as_text=True) == ["9007199254740993", "", "7"]
    assert cells(["07", "7"], as_text=True) == ["07", "7"]
    assert cells([1.0, 2.5], as_text=True) == ["1", "2.5"]


def test_nanoseconds_do_not_matter():
    assert cells([1614816000000000001], type=pa.timestamp("ns")) == ["2021-03-04 00:00:00"]


@pytest.mark.parametrize("values", [[[1]], [{"a": 1}], [b"x"]])
def test_nested_columns_are_refused(values):
    with pytest.raises(NestedColumnError):
        cells(values)


@pytest.mark.parametrize(("unit", "a_second"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_durations_are_seconds_whatever_unit_the_file_counts_in(unit, a_second):
    assert cells([90 * a_second, None], type=pa.duration(unit)) == [90.0, ""]
