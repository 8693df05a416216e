"""Finished lines: made once, and again only where something looks otherwise."""

import pytest
from rich.style import Style

from joml_tui.plots.chart_model import Piece
from joml_tui.plots.palette import curve_colour
from joml_tui.ui import terminal_traits
from joml_tui.ui.terminal_traits import TerminalTraits
from joml_tui.ui.widgets.line_cache import LineCache

BASE = Style(bgcolor="#101010")
ROWS = ((Piece("one", 0xFF0000),), (Piece("two", None, True, 0x00FF00, "part('test')"),))


def test_all_is_painted_at_first_and_nothing_that_stays():
    lines = LineCache()
    assert lines.show(ROWS, BASE, "dark") is None
    first = lines.line(0)
    assert lines.show(ROWS, BASE, "dark") == []
    assert lines.line(0) is first


def test_a_row_that_differs_is_made_anew_alone():
    lines = LineCache(narrow=True)
    lines.show(ROWS, BASE, "dark")
    first = lines.line(0)
    assert lines.show((ROWS[0], (Piece("three"),)), BASE, "dark") == [1]
    assert lines.line(0) is first
    assert lines.line(1).text == "three"


def test_another_look_or_number_of_rows_paints_all():
    lines = LineCache()
    lines.show(ROWS, BASE, "dark")
    assert lines.show(ROWS, Style(bgcolor="#f0f0f0"), "light") is None
    assert lines.line(0)._segments[0].style.bgcolor.name == "#f0f0f0"
    assert lines.show(ROWS[:1], BASE, "light") is None
    assert lines.line(1) is None


def test_a_piece_has_its_own_colours_on_the_widgets_and_its_click():
    lines = LineCache(narrow=True)
    lines.show(ROWS, BASE, "dark")
    (red,), (green,) = (lines.line(place)._segments for place in (0, 1))
    assert (red.style.color.name, red.style.bgcolor.name, red.style.bold) == ("#ff0000", "#101010", None)
    assert (green.style.bgcolor.name, green.style.bold) == ("#00ff00", True)
    assert green.style.meta["@click"] == "part('test')"


def test_wide_characters_are_measured_unless_there_are_none():
    lines = LineCache()
    lines.show(((Piece("損失", 0xFFFFFF),),), BASE, None)
    assert lines.line(0).cell_length == 4


def test_the_first_picture_without_rows_leaves_no_lines():
    lines = LineCache()
    lines.show((), BASE, None)
    assert lines.line(0) is None


@pytest.mark.parametrize(("colours", "colour"), [(16, 0x55FFFF), (0, None)])
def test_with_few_colours_characters_have_distinct_ones_and_no_ground(monkeypatch, colours, colour):
    monkeypatch.setattr(terminal_traits, "_decided", TerminalTraits(colours=colours))
    lines = LineCache(narrow=True)
    shaded = Piece("▒▒", curve_colour(0, dark=True), ground=0x203040)
    lines.show([(shaded, Piece("grey", 0x808080))], Style(bgcolor="#101010"), None)
    first, second = lines.line(0)
    assert first.style.bgcolor.triplet == (0x10, 0x10, 0x10)
    assert (None if first.style.color is None else first.style.color.triplet.hex) == (colour and f"#{colour:06x}")
    assert second.style.color.triplet.hex == "#808080"


def test_with_few_colours_the_halves_of_a_picture_keep_both(monkeypatch):
    monkeypatch.setattr(terminal_traits, "_decided", TerminalTraits(colours=16))
    lines = LineCache(narrow=True)
    lines.show([(Piece("▀", 0xFF0000, ground=0x00FF00), Piece(" ", ground=0x00FF00))], Style(), None)
    assert [segment.style.bgcolor.triplet.hex for segment in lines.line(0)] == ["#00ff00", "#00ff00"]
