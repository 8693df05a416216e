"""Numbers with a currency, a percent sign, a unit, or blanks between thousands."""

from __future__ import annotations

import pytest

from joml.data.number_marks import common_mark, describe_groups, split_mark, without_mark


@pytest.mark.parametrize(
    ("text", "mark", "digits"),
    [
        ("70%", "%", "70"),
        ("70 %", "%", "70"),
        ("-3.5%", "%", "3.5"),
        ("$80.50", "$", "80.50"),
        ("-$80.50", "$", "80.50"),
        ("$-80.50", "$", "80.50"),
        ("US$5", "US$", "5"),
        ("USD 1,200", "USD", "1,200"),
        ("1,200 EUR", "EUR", "1,200"),
        ("€1,200", "€", "1,200"),
        ("1.200,50 €", "€", "1.200,50"),
        ("12 kg", "kg", "12"),
        ("12kg", "kg", "12"),
        ("36 months", "months", "36"),
        ("90 km/h", "km/h", "90"),
        ("20 °C", "°C", "20"),
        ("8 m²", "m²", "8"),
        (".5 l", "l", ".5"),
        ("1 234", " ", "1234"),
        ("1'234.5", " ", "1234.5"),
        ("1\u202f234\u202f567,8", " ", "1234567,8"),
        ("1\u00a0234 kg", "kg", "1234"),
        ("12", "", "12"),
        ("1,5", "", "1,5"),
        ("(1.14)", " ", "1.14"),
        ("($0.24)", "$", "0.24"),
        ("\u22120.75", " ", "0.75"),
        ("0.75-", " ", "0.75"),
        ("1,200-", " ", "1,200"),
        ("75:10", ":", "4510"),
        ("1:02:10", ":", "3730"),
        ("-1:30", ":", "90"),
        ("1:01.79", ":", "61.79"),
        ("2:54,23", ":", "174,23"),
        ("<5", "<", "5"),
        ("\u2265 0,5", "<", "0,5"),
        (">1'200", "<", "1200"),
        ("<5 mg/l", "mg/l", "5"),
        ("<1%", "%", "1"),
    ],
)
def test_a_mark_is_told_from_the_digits(text, mark, digits):
    assert split_mark(text) == (mark, digits)


@pytest.mark.parametrize(
    "text",
    ["", "kg", "T100", "1:75", "1:2", "1:00:00:00",
     "01170 A", "0123 456", "12 34", "1 2345", "1 234'567", "$5 kg", "<5-10", "<", "3+",
     "#5",
     "5 kilogrammes each", "5*", "a 1", "1-2", "2-", "(-1)", "(1)-", "(", "2021-03-04", "<NaN"],
)  # fmt: skip
def test_other_texts_have_none(text):
    assert split_mark(text) is None


@pytest.mark.parametrize(
    ("text", "mark", "left"),
    [
        ("70%", "%", "70"),
        ("70", "%", "70"),
        (" -70 % ", "%", "-70"),
        ("-$80.50", "$", "-80.50"),
        ("$-80.50", "$", "-80.50"),
        ("80.50 $", "$", "80.50"),
        ("€80", "$", "€80"),
        ("1 234", " ", "1234"),
        ("-1\u202f234,5", " ", "-1234,5"),
        ("12 34", " ", "12 34"),
        ("1 234 kg", "kg", "1234"),
        ("5 kg", " ", "5 kg"),
        ("", "%", ""),
    ],
)
def test_a_mark_is_taken_off(text, mark, left):
    assert without_mark(text, mark) == left


def test_texts_have_a_common_mark_or_none():
    assert common_mark(["5 kg", "7kg"]) == "kg"
    assert common_mark(["5 kg", "7 g"]) == ""
    assert common_mark(["5 kg", "7"]) == ""
    assert common_mark(["5", "7"]) == ""
    assert common_mark([]) == ""


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("(1.14)", " ", "-1.14"),
        ("($0.24)", "$", "-0.24"),
        ("$0.24", "$", "0.24"),
        ("\u22120.75", " ", "-0.75"),
        ("0.75-", " ", "-0.75"),
        ("(1 200)", " ", "-1200"),
        ("5%-", "%", "-5"),
    ],
)
def test_signs_of_accounts_are_negative(text, mark, number):
    assert without_mark(text, mark) == number


def test_two_signs_are_no_number():
    assert [without_mark(text, " ") for text in ("(-1)", "--1")] == ["--1", "--1"]


@pytest.mark.parametrize(
    ("texts", "groups"),
    [
        (["1 234", "12"], "blanks"),
        (["1'234", "12"], "apostrophes"),
        (["1\u2019234", "1\u202f234"], "blanks or apostrophes"),
    ],
)
def test_what_separates_thousands_is_named(texts, groups):
    assert describe_groups(texts) == groups


@pytest.mark.parametrize(
    ("text", "number"),
    [("75:10", "4510"), ("-1:30", "-90"), ("\u22120:45", "-45"), ("57.42", "57.42"), ("1:75", "1:75")],
)
def test_durations_are_numbers_in_the_unit_of_the_last_place(text, number):
    assert without_mark(text, ":") == number


@pytest.mark.parametrize(("text", "number"), [("<5", "5"), (">= 200", "200"), ("\u22640,5", "0,5"), ("7", "7")])
def test_a_limit_is_its_number(text, number):
    assert without_mark(text, "<") == number


def test_limits_alone_are_no_numbers_with_a_mark():
    assert common_mark(["<18", ">=18"]) == ""
    assert common_mark(["1:30", "75:10"]) == ":"
    assert without_mark("<5 mg/l", "mg/l") == "5"
