import numpy as np
import pytest

from joml.data.tables.cell_meanings import (
    as_texts,
    is_missing,
    missing_cells,
    number_column,
    number_with_commas,
    present_texts,
    replace_texts,
    truth_values,
)
from joml.data.tables.text_reader import column_of


@pytest.mark.parametrize("text", ["", "NA", "NaN", "nan", "null", "None", "?", "-", "N/A", "."])
def test_texts_for_missing_values(text):
    assert is_missing(text)


def test_a_minus_beside_a_plus_is_a_value():
    column = column_of("a", ["+", "-", "?"])
    assert missing_cells(column).tolist() == [False, False, True]
    assert present_texts(column) == ("+", "-")
    assert missing_cells(column_of("a", ["1", "-"])).tolist() == [False, True]


def test_texts_that_no_row_has_are_not_present():
    column = column_of("a", ["x", "y", "1"]).take(np.array([1, 2]))
    assert present_texts(column) == ("y",)


@pytest.mark.parametrize(
    ("texts", "pair"),
    [
        (["yes", "NO"], ("yes", "no")),
        (["True", "False"], ("true", "false")),
        (["t"], ("t", "f")),
        (["yes", "maybe"], None),
        (["yes", "false"], None),
        ([], None),
    ],
)
def test_truth_values(texts, pair):
    assert truth_values(texts) == pair


def test_numbers_written_in_several_ways_are_one_text():
    column = as_texts(column_of("a", ["1", "x", "2.5"]))
    assert [column.texts[code] for code in column.codes] == ["1", "x", "2.5"]
    column = as_texts(column_of("a", ["1.0", "1", "1e0", "07", "7", "9007199254740993"], as_text=True))
    assert [column.texts[code] for code in column.codes] == ["1", "1", "1", "07", "7", "9007199254740993"]


def test_commas_in_numbers():
    assert number_with_commas("1,200", "thousands") == 1200
    assert number_with_commas("1,5", "decimal") == 1.5
    assert np.isnan(number_with_commas("x", "decimal"))
    column = replace_texts(column_of("a", ["1,5", "x", "2"]), lambda text: number_with_commas(text, "decimal"))
    assert column.numbers[[0, 2]].tolist() == [1.5, 2]
    assert column.codes.tolist()[1] >= 0


def test_a_column_of_numbers_with_missing_ones():
    column = number_column("a", np.array([1.0, np.nan]), np.array([False, True]))
    assert missing_cells(column).tolist() == [False, True]
    assert number_column("a", np.array([1.0])).texts == ()
