"""The cells that the terminal shows, so that only those that change are written to it.

Textual writes each changed line of a widget whole, and names all colours anew for each piece of it. A picture in
colours that moves while a network trains is then a hundred kilobytes a second, too much for many connections over SSH.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from joml_tui.ui.textual_compat import Piece

#: Unchanged cells up to this number are written again, as moving the cursor over them takes as many bytes.
_SHORT = 4
#: Bytes a second that a slow connection is asked to carry by what changes of its own.
_BYTES_A_SECOND = 10_000
#: No picture is put off for longer.
_MOST_SECONDS_BEHIND = 6.0
_RESET = "\x1b[0m"


class Pen(NamedTuple):
    """The looks of a cell, as parameters of the sequence that chooses them.

    Attributes
    ----------
    attributes : str
        Such as "1;4" for bold and underlined.
    letters, ground : str
        The colours; without letters, that of a blank is left as it is.
    """

    attributes: str
    letters: str
    ground: str


_PLAIN = Pen("", "39", "49")
#: A character with its pen; None where the terminal's content is not known.
Cell = tuple[str, Pen] | None

_ATTRIBUTES = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("reverse", "7"),
    ("conceal", "8"),
    ("strike", "9"),
    ("underline2", "21"),
    ("frame", "51"),
    ("encircle", "52"),
    ("overline", "53"),
)
#: Attributes that are seen on a blank.
_ON_BLANKS = {"4", "7", "9", "21", "51", "52", "53"}


class PaintedCells:
    """The cells that an application has written to its terminal."""

    def __init__(self) -> None:
        self._size = Size(0, 0)
        self._rows: list[list[Cell]] = []
        self._system = ColorSystem.TRUECOLOR
        self._carried_at = 0.0

    @property
    def seconds_behind(self) -> float:
        """The seconds that a slow connection still needs for what was written."""
        return max(0.0, self._carried_at - time.monotonic())

    def catch_up(self) -> None:
        """Take all that was written for carried."""
        self._carried_at = 0.0

    def forget(self, size: Size) -> None:
        """Take nothing for known of a terminal of this size."""
        self._size = size
        self._rows = [[None] * size.width for _ in range(size.height)]

    def whole(self, size: Size, pieces: Iterable[Piece], console: Console) -> str:
        """Return what has to be written for a whole screen, whatever the terminal shows."""
        self.forget(size)
        return self.changes(size, pieces, console)

    def changes(self, size: Size, pieces: Iterable[Piece], console: Console) -> str:
        """Return what has to be written so that the terminal shows these pieces.

        Parameters
        ----------
        size : Size
            The size of the screen; if it is another one than before, everything is written.
        pieces : iterable of (int, int, Strip)
            Strips with their lines and first columns.
        console : Console

        Returns
        -------
        str
        """
        if size != self._size:
            self.forget(size)
        self._system = getattr(console, "_color_system", None) or ColorSystem.TRUECOLOR
        written: list[str] = []
        pen = _PLAIN
        for y, x, strip in pieces:
            cells = self._cells_of(strip)
            if cells is None:
                # Characters of two columns, or of none: it depends on the terminal where the next one stands.
                written += (_RESET, _place(x, y), strip.render(console))
                self._remember(y, x, [None] * strip.cell_length)
                pen = _PLAIN
                continue
            pen = _write_changes(written, y, x, self._rows[y][x : x + len(cells)], cells, pen)
            self._remember(y, x, cells)
        if pen != _PLAIN:
            written.append(_RESET)
        sequence = "".join(written)
        behind = self.seconds_behind + len(sequence.encode()) / _BYTES_A_SECOND
        self._carried_at = time.monotonic() + min(behind, _MOST_SECONDS_BEHIND)
        return sequence

    def _remember(self, y: int, x: int, cells: Sequence[Cell]) -> None:
        if y < len(self._rows):
            self._rows[y][x : x + len(cells)] = cells

    def _cells_of(self, strip: Strip) -> list[Cell] | None:
        """Return the cells of a strip; None if it has characters that do not take one column each."""
        cells: list[Cell] = []
        for text, style, control in strip:
            if control or not _takes_a_column_each(text) or (style is not None and style.link):
                return None
            pen, on_blanks = _pens_of(style, self._system)
            cells += [(letter, on_blanks if letter == " " else pen) for letter in text]
        return cells


def _write_changes(written: list[str], y: int, x: int, before: Sequence[Cell], cells: Sequence[Cell], pen: Pen) -> Pen:
    """Write the cells of a line that are not as before; return the pen at the end."""
    if before == cells:
        return pen
    cursor = -1
    for place, cell in enumerate(cells):
        if cell is None or (place < len(before) and before[place] == cell):
            continue
        if cursor < 0:
            written.append(_place(x + place, y))
        elif cursor < place:
            between = cells[cursor:place]
            if len(between) <= _SHORT and all(each is not None and _suits(each[1], pen) for each in between):
                written += [each[0] for each in between if each is not None]
            else:
                written.append(f"\x1b[{place - cursor}C")
        letter, wanted = cell
        if wanted is not pen:
            sequence, pen = _change(pen, wanted)
            written.append(sequence)
        written.append(letter)
        cursor = place + 1
    return pen


def _place(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"


def _suits(wanted: Pen, pen: Pen) -> bool:
    """Return whether a cell can be written with the pen in hand."""
    return not _change(pen, wanted)[0]


@lru_cache(maxsize=16_384)
def _change(pen: Pen, wanted: Pen) -> tuple[str, Pen]:
    """Return the shortest sequence from one pen to another, and the pen that is then in hand."""
    codes: list[str] = []
    attributes, letters, ground = pen
    # A blank has no letters that could be bold.
    bare = not wanted.letters and not wanted.attributes and not _ON_BLANKS & {*attributes.split(";")}
    if attributes != wanted.attributes and not bare:
        codes += ["0", *filter(None, (wanted.attributes,))]
        attributes, letters, ground = wanted.attributes, _PLAIN.letters, _PLAIN.ground
    if wanted.letters and wanted.letters != letters:
        letters = wanted.letters
        codes.append(letters)
    if wanted.ground != ground:
        ground = wanted.ground
        codes.append(ground)
    return (f"\x1b[{';'.join(codes)}m" if codes else ""), Pen(attributes, letters, ground)


@lru_cache(maxsize=16_384)
def _pens_of(style: Style | None, system: ColorSystem) -> tuple[Pen, Pen]:
    """Return the pen of a style, and the one that suffices for a blank."""
    if style is None:
        return _PLAIN, Pen("", "", _PLAIN.ground)
    attributes = [code for name, code in _ATTRIBUTES if getattr(style, name)]
    letters = ";".join(style.color.downgrade(system).get_ansi_codes()) if style.color else _PLAIN.letters
    ground = ";".join(style.bgcolor.downgrade(system).get_ansi_codes(False)) if style.bgcolor else _PLAIN.ground
    pen = Pen(";".join(attributes), letters, ground)
    return pen, (pen if _ON_BLANKS & {*attributes} else Pen("", "", ground))


@lru_cache(maxsize=16_384)
def _takes_a_column_each(text: str) -> bool:
    return text.isprintable() and (text.isascii() or all(cell_len(letter) == 1 for letter in text))
