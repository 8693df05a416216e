"""The whole screen in ASCII: every area, panel and dialog, whatever asked for it."""

import html
import re
import unicodedata

from laboratory import SHORT, SMALL, WIDE, is_answered, lab_of, opened, trained, until
from rich.cells import cell_len

from joml_tui.ui.ascii_filter import in_ascii
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.painting.point_canvas import SIGNS


def on_screen(pilot):
    """The screen as it is painted, without the window that the picture draws around it."""
    picture = pilot.app.export_screenshot(title="-")
    return html.unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture))).replace("\xa0", " ")


async def test_a_terminal_that_has_no_more_gets_nothing_else(monkeypatch):
    """What else asks for ASCII is decided in one place: see test_settings_screen."""
    monkeypatch.setenv("TERM", "vt100")
    monkeypatch.setenv("COLORTERM", "")
    async with opened(SHORT, SMALL) as pilot:
        for key in ("1", "2", "3", "4", "question_mark"):
            await pilot.press(key)
            await pilot.pause()
            assert on_screen(pilot).isascii(), key


async def test_all_of_the_lab_is_ascii(monkeypatch):
    monkeypatch.setenv("JOML_ASCII", "1")
    async with opened(SHORT, WIDE) as pilot:
        lab = lab_of(pilot)
        await trained(pilot)
        for key in ("1", "2", "3"):
            await pilot.press(key)
            await pilot.pause()
            assert on_screen(pilot).isascii(), key
        for key in ("O", "o", "asterisk", "Q", "S", "v", "e", "h", "U", "C", "T", "semicolon", "f12", "ctrl+p"):
            await pilot.press(key)
            await pilot.pause(0.2)
            assert on_screen(pilot).isascii(), key
            while pilot.app.screen is not lab:
                await pilot.press("escape")
                await pilot.pause()
        lab.set_focus(None)
        await pilot.press("4")
        area = lab.query_one(InsideArea)
        for place, panel in enumerate(area.panels):
            area.choose(place)
            await until(pilot, lambda panel=panel: is_answered(pilot) or not panel.display)
            await pilot.pause(0.1)
            assert on_screen(pilot).isascii(), panel.title


async def test_without_being_asked_there_is_more():
    async with opened(SHORT, SMALL) as pilot:
        assert "▼" in on_screen(pilot)


def test_every_character_keeps_its_cells():
    for code in range(0x20, 0x3100):
        character = chr(code)
        if unicodedata.category(character)[0] != "C":
            likeness = in_ascii(character)
            assert likeness.isascii() and len(likeness) == cell_len(character), hex(code)


def test_levels_are_told_apart():
    for levels in ("▁▂▃▄▅▆▇█", " ░▒▓█", "─━", "✓✗", "○•", "■□", SIGNS):
        assert len(set(in_ascii(levels))) == len(levels)


def test_accents_are_left_out():
    assert in_ascii("Größe naïve 神経") == "Gro?e naive ????"
