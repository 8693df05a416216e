"""Only the cells that change are written to the terminal, and it then shows what it ought to."""

from __future__ import annotations

import random
import re
from itertools import groupby

import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from joml_tui.ui import painted_cells
from joml_tui.ui.painted_cells import PaintedCells

SIZE = Size(12, 3)
CONSOLE = Console(color_system="truecolor", force_terminal=True)
STYLES = [
    None,
    Style(color="#ff0000"),
    Style(color="#00ff00", bgcolor="#000080"),
    Style(bgcolor="#000080", bold=True),
    Style(color="#ff0000", underline=True),
    Style(color="#123456", reverse=True),
    Style(dim=True, italic=True),
]


class Screen:
    """A terminal that shows what is written to it; a blank shows only its ground and lines."""

    def __init__(self, size):
        self.rows = [[(" ", ())] * size.width for _ in range(size.height)]
        self.pen = {}
        self.written = 0

    def write(self, text):
        self.written += len(text)
        x = y = 0
        for sequence, letter in re.findall(r"(\x1b\[[\d;]*[A-Za-z])|(.)", text, re.DOTALL):
            if letter:
                self.rows[y][x] = (letter, looks(self.pen, blank=letter == " "))
                x += 1
            elif sequence[-1] == "H":
                y, x = (int(part) - 1 for part in sequence[2:-1].split(";"))
            elif sequence[-1] == "C":
                x += int(sequence[2:-1])
            else:
                self._choose(sequence[2:-1].split(";"))

    def _choose(self, codes):
        while codes:
            code = codes.pop(0)
            if code in ("", "0"):
                self.pen = {}
            elif code in ("38", "48"):
                self.pen[code] = tuple(codes[:4])
                del codes[:4]
            elif code in ("39", "49"):
                self.pen.pop(str(int(code) - 1), None)
            else:
                self.pen[code] = True


def looks(pen, *, blank):
    if blank and not {"4", "7", "9"} & pen.keys():
        pen = {"48": pen["48"]} if "48" in pen else {}
    return tuple(sorted(pen.items()))


def shown(strip):
    """Return what a terminal shows of a strip that Rich writes."""
    screen = Screen(Size(strip.cell_length, 1))
    screen.write(strip.render(CONSOLE))
    return screen.rows[0]


def strip_of(*parts):
    return Strip([Segment(text, style) for text, style in parts])


def any_strip(random_numbers, width):
    cells = [(random_numbers.choice("ab ⣿█"), random_numbers.choice(STYLES)) for _ in range(width)]
    return strip_of(*(("".join(letter for letter, _ in part), style) for style, part in groupby(cells, lambda c: c[1])))


@pytest.mark.parametrize("seed", range(20))
def test_the_terminal_shows_what_was_painted_piece_by_piece(seed):
    random_numbers, screen, painted = random.Random(seed), Screen(SIZE), PaintedCells()
    lines = [any_strip(random_numbers, SIZE.width) for _ in range(SIZE.height)]
    screen.write(painted.whole(SIZE, [(y, 0, strip) for y, strip in enumerate(lines)], CONSOLE))
    expected = [shown(strip) for strip in lines]
    assert screen.rows == expected
    for _ in range(30):
        y, x = random_numbers.randrange(SIZE.height), random_numbers.randrange(SIZE.width)
        strip = any_strip(random_numbers, random_numbers.randint(1, SIZE.width - x))
        screen.write(painted.changes(SIZE, [(y, x, strip)], CONSOLE))
        expected[y][x : x + strip.cell_length] = shown(strip)
        assert screen.rows == expected


def test_what_has_not_changed_is_not_written():
    painted, strip = PaintedCells(), strip_of(("twelve cells", STYLES[1]))
    assert "twelve cells" in painted.changes(SIZE, [(1, 0, strip)], CONSOLE)
    assert painted.changes(SIZE, [(1, 0, strip_of(("twelve ", STYLES[1]), ("cells", STYLES[1])))], CONSOLE) == ""
    changed = painted.changes(SIZE, [(1, 0, strip_of(("twelve bells", STYLES[1])))], CONSOLE)
    assert changed == "\x1b[2;8H\x1b[38;2;255;0;0mb\x1b[0m"


def test_a_whole_screen_is_written_whatever_stands_there():
    painted, strip = PaintedCells(), strip_of(("twelve cells", None))
    for _ in range(2):
        assert "twelve cells" in painted.whole(SIZE, [(0, 0, strip)], CONSOLE)


def test_a_screen_of_another_size_is_written_anew():
    painted, strip = PaintedCells(), strip_of(("one", None))
    painted.changes(SIZE, [(0, 0, strip)], CONSOLE)
    assert painted.changes(Size(5, 2), [(0, 0, strip)], CONSOLE).endswith("one")


def test_colours_are_named_once():
    strip = strip_of(("a", STYLES[2]), (" ", STYLES[2]), ("b", STYLES[2]), (" ", Style(bgcolor="#000080")))
    written = PaintedCells().changes(SIZE, [(0, 0, strip)], CONSOLE)
    assert written == "\x1b[1;1H\x1b[38;2;0;255;0;48;2;0;0;128ma b \x1b[0m"


@pytest.mark.parametrize("text", ["漢字", "e\u0301", "a\tb"], ids=["wide", "combined", "control"])
def test_characters_that_do_not_take_a_column_each_are_written_whole(text):
    painted, strip = PaintedCells(), strip_of((f"{text}x", STYLES[1]))
    for _ in range(2):
        assert f"{text}x" in painted.changes(SIZE, [(0, 0, strip)], CONSOLE)


def test_a_slow_connection_needs_time_for_what_is_written(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(painted_cells.time, "monotonic", lambda: now[0])
    painted, size = PaintedCells(), Size(6_000, 1)
    assert painted.seconds_behind == 0
    painted.changes(size, [(0, 0, strip_of(("x" * 6_000, None)))], CONSOLE)
    assert painted.seconds_behind == pytest.approx(0.6, abs=0.01)
    now[0] += 1
    assert painted.seconds_behind == 0
    painted.whole(size, [(0, 0, strip_of(("x" * 6_000, None)))], CONSOLE)
    painted.catch_up()
    assert painted.seconds_behind == 0
