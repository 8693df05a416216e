"""The names of panels in a frame's title."""

import pytest

from joml_tui.ui.inside.panel_names import panel_names

TITLES = ["Diagram", "Layers", "Heat map", "Confusion", "Worst", "Regions", "Units", "Spectrum"]


def test_all_names_where_there_is_room():
    assert panel_names(TITLES, 0, 100).plain == " · ".join(TITLES)


@pytest.mark.parametrize("chosen", range(len(TITLES)))
@pytest.mark.parametrize("width", range(1, 80, 7))
def test_the_chosen_one_is_always_there_and_signs_stand_for_the_others(chosen, width):
    line = panel_names(TITLES, chosen, width).plain
    assert TITLES[chosen] in line
    shown = line.strip("‹› ").split(" · ")
    assert len(line) <= max(width, len(TITLES[chosen]) + 4)
    assert line.startswith("‹ ") == (shown[0] != TITLES[0])
    assert line.endswith(" ›") == (shown[-1] != TITLES[-1])
    assert TITLES[TITLES.index(shown[0]) : TITLES.index(shown[-1]) + 1] == shown


def test_each_word_shows_its_panel_when_clicked():
    line = panel_names(TITLES, 3, 30)
    actions = {span.style.meta["@click"] for span in line.spans if getattr(span.style, "meta", None)}
    assert {"choose_panel(3)", "turn(-1)", "turn(1)"} <= actions
