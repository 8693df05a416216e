"""Columns of numbers with a mark: which mark it is, and what their commas and points mean."""

from __future__ import annotations

import pytest

from joml.data.tables.marked_numbers import NumberMark, are_differently_marked, find_mark


@pytest.mark.parametrize(
    ("texts", "unclear", "mark", "commas"),
    [
        (["70%", "5%"], "", "%", ""),
        (["70.5%", "5.125%"], "", "%", ""),
        (["70,5 %", "5 %"], "", "%", "decimal"),
        (["$1,200", "$1,200,000"], "", "$", "thousands"),
        (["$1,200", "$5.50"], "", "$", "thousands"),
        (["$1,200", "$80"], "thousands", "$", "thousands"),
        (["$1,200", "$80"], "decimal", "$", "decimal"),
        (["1.200 €", "1.200,50 €"], "", "€", "points"),
        (["1.200.000 €", "80 €", "7,5 €"], "", "€", "points"),
        (["1.200 kg", "80 kg"], "thousands", "kg", ""),
        (["1 234", "12,5"], "", " ", "decimal"),
        (["1 234", "12.5"], "", " ", ""),
        (["1 234,567"], "thousands", " ", "decimal"),
    ],
)
def test_the_mark_and_the_meaning_of_commas(texts, unclear, mark, commas):
    assert find_mark(texts, False, unclear) == NumberMark(mark, commas)


@pytest.mark.parametrize(
    "texts",
    [
        ["70%", "5 kg"],
        ["70%", "5"],
        ["70%", "many"],
        ["1,5", "2"],
        ["$1,200", "$80"],  # a thousand, or 1.2
        ["1.200 €", "80 €"],
        ["$1,5", "$1,200.5"],
        ["1.200,5 €", "1.25 €"],
        ["1 234", "5 kg"],
    ],
)
def test_a_column_without_one_clear_mark_has_none(texts):
    assert find_mark(texts, False, "") is None


def test_numbers_without_a_mark_stand_beside_blanks_only():
    assert find_mark(["1 234"], True, "") == NumberMark(" ", "")
    assert find_mark(["70%"], True, "") is None
    assert find_mark(["70%", "many"], True, "", lenient=True) == NumberMark("%", "")


def test_different_marks_are_told_from_codes():
    assert are_differently_marked(["5 kg", "300 g"])
    assert are_differently_marked(["$5", "5%"])
    assert not are_differently_marked(["1A", "2B"])
    assert not are_differently_marked(["5 kg", "7 kg"])
    assert not are_differently_marked(["5 kg", "heavy"])
