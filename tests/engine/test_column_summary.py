"""Summaries of the cells of a column."""

import numpy as np

from joml.data.tables.cell_meanings import number_column, text_column
from joml.data.tables.column_summary import summarize
from joml.data.tables.raw_table import RawColumn


def test_numbers_have_a_range_and_missing_cells_do_not_count():
    numbers = np.array([3.0, 1.5, 3.0, 0.0, 7.0])
    summary = summarize(number_column("a", numbers, np.array([0, 0, 0, 1, 0], bool)))
    assert (summary.rows, summary.distinct, summary.missing, summary.numbers) == (5, 3, 1, 4)
    assert (summary.least, summary.greatest, summary.is_whole) == (1.5, 7.0, False)
    assert summary.frequent == (("3", 2), ("1.5", 1), ("7", 1))
    assert summary.rarest == 1


def test_texts_are_counted_and_usual_marks_are_missing():
    summary = summarize(text_column("a", ["up", "down", "NA", "up", "", "?", "up"]))
    assert (summary.distinct, summary.missing, summary.numbers) == (2, 3, 0)
    assert summary.frequent == (("up", 3), ("down", 1))
    assert (summary.least, summary.greatest) == (None, None)


def test_numbers_and_texts_may_stand_side_by_side():
    column = RawColumn("a", np.array([1.0, np.nan, 1.0, 2.0]), np.array([-1, 0, -1, -1], np.int32), ("many",))
    summary = summarize(column)
    assert (summary.distinct, summary.numbers, summary.is_whole) == (3, 3, True)
    assert summary.frequent == (("1", 2), ("2", 1), ("many", 1))


def test_what_is_missing_can_be_said():
    column = text_column("a", ["none", "some", "none"])
    assert summarize(column).missing == 2
    assert summarize(column, np.zeros(3, bool)).frequent == (("none", 2), ("some", 1))


def test_a_column_without_values_has_none():
    summary = summarize(text_column("a", ["", "NA"]))
    assert (summary.distinct, summary.missing, summary.frequent, summary.rarest) == (0, 2, (), 0)
