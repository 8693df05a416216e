"""Words in the areas' frames."""

import pytest

from joml_tui.ui.shell.frames import area_title, key_link


@pytest.mark.parametrize(
    ("text", "action", "shown"),
    [("linear cost", "log-cost", "linear cost"), ("columns", "table-columns", "^t columns")],
)
def test_a_word_shows_its_key_in_it_or_before_it_and_acts_wherever_it_is_clicked(text, action, shown):
    word = key_link(text, action)
    assert word.plain == shown
    clickable = {place for span in word.spans for place in range(span.start, span.end) if _acts(span.style)}
    assert clickable >= {place for place, letter in enumerate(shown) if letter != " "} - {shown.find(" ")}


def _acts(style):
    return bool(getattr(style, "meta", {}).get("@click"))


def test_an_area_is_named_after_the_key_that_leads_to_it():
    assert area_title("runs").plain == "3 Runs"
