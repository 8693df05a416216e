"""Steps of numbers in entries."""

import pytest

from joml_tui.ui.widgets.number_steps import stepped


@pytest.mark.parametrize(
    ("text", "up", "down"),
    [
        ("0", "1", "0"),
        ("10", "11", "9"),
        ("0.1", "0.11", "0.099"),
        ("0.099", "0.1", "0.098"),
        ("0.002", "0.0021", "0.0019"),
        ("0.0", "0.01", "0"),
        ("1e-8", "1.1e-8", "9.9e-9"),
        (" 99 ", "100", "98"),
    ],
)
def test_a_number_changes_by_a_small_step(text, up, down):
    assert stepped(text, 1) == up
    assert stepped(text, -1) == down


@pytest.mark.parametrize("text", ["", "abc", "-1", "nan", "inf", "1e400", "1,000", "9" * 40, "14-28-4"])
def test_what_is_no_number_is_left_alone(text):
    assert stepped(text, 1) is None


def test_steps_up_and_down_come_back():
    text = "0.05"
    for steps in (1, 1, 1, -1, -1, -1):
        text = stepped(text, steps)
    assert text == "0.05"
