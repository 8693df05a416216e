"""Numbers that are typed, and the bounds that forms show."""

import pytest

from joml_tui.ui.compose.number_text import read_number, write_bounds


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" -3 ", -3),
        ("1,000", 1000),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("12" * 20, float("12" * 20)),  # too long for a whole number of any setting
    ],
)
def test_numbers_are_read_however_they_are_typed(text, number):
    assert read_number(text) == number
    assert type(read_number(text)) is type(number)


@pytest.mark.parametrize("text", ["", "many", "1.2.3", "nan", "inf", "1e999", "٣"])
def test_what_is_no_number_stays_text_for_the_message(text):
    assert read_number(text) == text or text == "٣"


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ((None, None, None, None), ""),
        ((0, None, None, None), "above 0"),
        ((None, 1, None, None), "1 or more"),
        ((None, 0, 1, None), "0 to below 1"),
        ((0, None, None, 1), "above 0, up to 1"),
        ((None, 1, None, 1_000_000), "1 to 1,000,000"),
        ((None, None, None, 5), "up to 5"),
        ((None, 0.5, 2.5, None), "0.5 to below 2.5"),
        ((None, 1, None, 1e300), "1 or more"),  # a bound that nobody reaches is none
    ],
)
def test_bounds_in_a_few_words(bounds, text):
    assert write_bounds(*bounds) == text
