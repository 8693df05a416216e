"""Costs and scores have four decimals in all tables and sentences of commands."""

import pytest

from joml_tui.runs.figure_text import format_figure


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.81666, "0.8167"),
        (1.0, "1.0000"),
        (-0.00001, "0.0000"),
        (-0.5, "-0.5000"),
        (12_345.67891, "12345.6789"),
        (None, "-"),
        (float("nan"), "-"),
        (float("inf"), "-"),
    ],
)
def test_a_figure_has_four_decimals_or_is_a_hyphen(value, text):
    assert format_figure(value) == text
