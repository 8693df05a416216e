"""A canvas of cells: braille dots for curves, half cells for areas, characters for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.label_text import cell_width

DOTS_ACROSS = 2
DOTS_DOWN = 4
_BRAILLE = 0x2800
_DOT_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint8)
_SPACE = ord(" ")
_UPPER_HALF = ord("▀")
_RGB = 0xFFFFFF
_BOLD = 1 << 24
THEMES = 1 << 25
"""In the place of a colour: the widget's own."""
_COVERED = 0  # the second cell of a wide character

# ASCII substitutes of a braille cell, by the rows that have dots.
_ASCII_BY_ROWS = " '-\"-'-|.:-:.::|"
_ASCII = {"┼": "+", "┬": "+", "└": "+", "│": "|", "─": "-", "┊": ":", "┆": ":", "╌": "=", "━": "-", "■": "#"}
_ASCII |= {"●": "o", "◆": "*", "…": "~", "±": "~", "–": "-", "↳": ">"}
_ASCII |= {"▲": "^", "○": "0", "△": "A", "□": "+", "·": ".", "╱": "/", "╲": "\\", "↑": "^", "↓": "v"}

Dots = NDArray[np.int64]
Colours = NDArray[np.int64]


class Canvas:
    """Characters and colours of ``height`` x ``width`` cells; row 0 is at the top.

    Parameters
    ----------
    width, height : int
    colour : int
        Of cells that nothing is written on; the widget's unless given.
    """

    def __init__(self, width: int, height: int, colour: int = THEMES) -> None:
        self.width = width
        self.height = height
        self._codes = np.full((height, width), _SPACE, np.uint32)
        self._colours: Colours = np.full((height, width), colour, np.int64)
        self._grounds: Colours = np.full((height, width), THEMES, np.int64)
        self._clicks = np.zeros((height, width), np.int64)
        self._actions = [""]

    def write(self, row: int, column: int, text: str, colour: int = THEMES, *, bold: bool = False) -> int:
        """Write text starting at a cell, cut at the border, and return the column after it."""
        if not 0 <= row < self.height:
            return column
        for character in text:
            cells = cell_width(character)
            if column >= 0 and column + cells <= self.width:
                self._codes[row, column] = ord(character)
                self._codes[row, column + 1 : column + cells] = _COVERED
                self._colours[row, column : column + cells] = colour | (_BOLD if bold else 0)
            column += cells
        return column

    def fill(
        self,
        row: int,
        column: int,
        characters: NDArray[np.uint32],
        colours: Colours | int = THEMES,
        grounds: Colours | int = THEMES,
    ) -> None:
        """Lay characters, (rows, columns) code points, on the cells from (row, column) on, as far as there are any.

        Colours and grounds are one for all, or of the characters' shape.
        """
        rows, columns = max(0, self.height - row), max(0, self.width - column)
        area = slice(row, row + characters.shape[0]), slice(column, column + characters.shape[1])
        for cells, values in ((self._codes, characters), (self._colours, colours), (self._grounds, grounds)):
            cells[area] = values if isinstance(values, int) else values[:rows, :columns]

    def paint(self, row: int, column: int, dots: Colours) -> None:
        """Lay square dots of shape (2 * rows, columns), each half a cell, on the cells from (row, column) on."""
        dots = dots[: 2 * max(0, self.height - row), : max(0, self.width - column)]
        upper, lower = dots[0::2], dots[1::2]
        area = _area(row, column, lower)
        self._codes[area] = np.where(upper == lower, _SPACE, _UPPER_HALF)
        self._colours[area] = np.where(upper == lower, THEMES, upper)
        self._grounds[area] = lower

    def draw_bars(self, row: int, column: int, upper: int, lower: int, colours: tuple[int, int]) -> None:
        """Draw two bars of so many cells above each other, each half a row high."""
        if not 0 <= row < self.height:
            return
        both = min(upper, lower)
        area = (row, slice(column, column + both))
        self._codes[area], self._colours[area], self._grounds[area] = _UPPER_HALF, *colours
        rest = "▀" * (upper - both) or "▄" * (lower - both)
        self.write(row, column + both, rest, colours[0 if upper > lower else 1])

    def make_clickable(self, row: int, column: int, rows: int, columns: int, action: str) -> None:
        """Have a click on these cells do an action of the widget."""
        self._actions.append(action)
        self._clicks[max(row, 0) : row + rows, max(column, 0) : column + columns] = len(self._actions) - 1

    def is_blank(self, row: int, start: int, stop: int, ground: str = "") -> bool:
        """Return whether these cells are on the canvas and empty, or have only characters of ``ground``."""
        if not 0 <= row < self.height or start < 0 or stop > self.width:
            return False
        return bool(np.isin(self._codes[row, start:stop], [_SPACE, *map(ord, ground)]).all())

    def colour_character(self, character: str, colour: int) -> None:
        """Colour every cell that shows this character."""
        self._colours[self._codes == ord(character)] = colour

    def draw_dots(self, row: int, column: int, dots: NDArray[np.bool_], colour: Colours | int) -> None:
        """Draw dots of shape (4 * rows, 2 * columns) over the cells starting at (row, column).

        The colour is one for all, or one for each cell, (rows, columns).
        """
        rows, columns = dots.shape[0] // DOTS_DOWN, dots.shape[1] // DOTS_ACROSS
        cells = dots.reshape(rows, DOTS_DOWN, columns, DOTS_ACROSS)
        bits = np.einsum("rdca,da->rc", cells, _DOT_BITS, dtype=np.uint8, casting="unsafe")
        drawn = bits > 0
        area = (slice(row, row + rows), slice(column, column + columns))
        self._codes[area][drawn] = _BRAILLE + bits[drawn].astype(np.uint32)
        self._colours[area][drawn] = colour if isinstance(colour, int) else colour[drawn]

    def to_ascii(self) -> None:
        """Replace characters that are not ASCII by similar ones."""
        codes = self._codes
        for character, stand_in in _ASCII.items():
            codes[codes == ord(character)] = ord(stand_in)
        braille = (codes >= _BRAILLE) & (codes < _BRAILLE + 256)
        codes[braille] = _ASCII_OF_BRAILLE[codes[braille] - _BRAILLE]
        codes[(codes == _COVERED) | (codes > ord("~"))] = ord("?")

    def rows(self) -> tuple[Row, ...]:
        """Return the rows as pieces that look the same; blanks have the colour of what is before them."""
        if not self._codes.size:
            return ((),) * self.height
        places = np.where(self._codes != _SPACE, np.arange(self.width), 0)
        np.maximum.accumulate(places, axis=1, out=places)
        looks = (np.take_along_axis(self._colours, places, axis=1), self._grounds, self._clicks)
        begins = np.zeros((self.height, self.width), np.bool_)
        begins[:, 0] = True
        for look in looks:
            begins[:, 1:] |= look[:, 1:] != look[:, :-1]
        pieces = self._pieces(np.flatnonzero(begins), [look.ravel() for look in looks])
        ends = begins.sum(axis=1).cumsum().tolist()
        return tuple(tuple(pieces[first:last]) for first, last in zip([0, *ends], ends, strict=False))

    def _pieces(self, starts: NDArray[np.intp], looks: Sequence[NDArray[np.int64]]) -> list[Piece]:
        """Return the pieces that begin at these cells, counted through all rows."""
        letters = self._codes.tobytes().decode("utf-32")
        starting = starts.tolist()
        texts = [letters[start:stop] for start, stop in zip(starting, [*starting[1:], len(letters)], strict=True)]
        if "\0" in letters:
            texts = [text.replace("\0", "") for text in texts]
        # As lists of Python's own values: a picture has thousands of pieces.
        colours, grounds, clicks = (look[starts] for look in looks)
        bold = ((colours & _BOLD) != 0).tolist()
        actions = [self._actions[click] for click in clicks.tolist()]
        looks_of_pieces = zip(texts, _or_none(colours), bold, _or_none(grounds), actions, strict=True)
        return list(map(_piece_of, looks_of_pieces))


#: A piece from its attributes; the class itself takes twice as long.
_piece_of = partial(tuple.__new__, Piece)


def _or_none(colours: Colours) -> list[int | None]:
    """Return colours as numbers; None for the widget's own."""
    numbers: list[int | None] = np.where(colours & THEMES, np.array(None), colours & _RGB).tolist()
    return numbers


def _area(row: int, column: int, like: NDArray[np.generic]) -> tuple[slice, slice]:
    return slice(row, row + like.shape[0]), slice(column, column + like.shape[1])


def _ascii_of(bits: int) -> int:
    lit = sum(1 << row for row in range(DOTS_DOWN) if bits & int(_DOT_BITS[row].sum()))
    return ord(_ASCII_BY_ROWS[lit])


_ASCII_OF_BRAILLE = np.array([_ascii_of(bits) for bits in range(256)], np.uint32)


def curve_dots(
    across: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], width: int, height: int
) -> NDArray[np.bool_]:
    """Return the dots of a continuous curve that covers low to high at each point.

    Parameters
    ----------
    across, low, high : ndarray, shape (points,)
        Positions from 0 to 1, ``across`` rising, the others from the bottom; nan in any of them makes a gap.
    width, height : int
        Size in dots.

    Returns
    -------
    ndarray of bool, shape (height, width)
        Every minimum and maximum has a dot, and neighbouring points are joined.
    """
    dots = np.zeros((height, width), np.bool_)
    finite = np.isfinite(across) & np.isfinite(low) & np.isfinite(high)
    borders = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]])))
    levels = np.arange(height)[::-1, None]
    for start, stop in zip(borders[::2], borders[1::2], strict=True):
        part = slice(start, stop)
        columns = _dot(across[part], width)
        first, last = int(columns[0]), int(columns[-1])
        bottom, top = _joined(columns, _dot(low[part], height), _dot(high[part], height))
        dots[:, first : last + 1] |= (levels >= bottom) & (levels <= top)
    return dots


def _dot(shares: NDArray[np.float64], dots: int) -> Dots:
    return np.floor(shares * (dots - 1) + 0.5).astype(np.int64)


def _joined(columns: Dots, low: Dots, high: Dots) -> tuple[Dots, Dots]:
    """Return the lowest and highest dot of every column from first to last, without gaps between neighbours."""
    first, size = columns[0], columns[-1] - columns[0] + 1
    starts = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    taken = columns[starts]
    every = np.arange(size) + first
    bottom = np.floor(np.interp(every, taken, np.minimum.reduceat(low, starts)) + 0.5).astype(np.int64)
    top = np.floor(np.interp(every, taken, np.maximum.reduceat(high, starts)) + 0.5).astype(np.int64)
    # If the next column is entirely above or below, both extend to the middle.
    rise = np.maximum(bottom[1:] - top[:-1] - 1, 0)
    fall = np.maximum(bottom[:-1] - top[1:] - 1, 0)
    joined_bottom, joined_top = bottom.copy(), top.copy()
    joined_top[:-1] = np.maximum(joined_top[:-1], top[:-1] + rise // 2)
    joined_bottom[1:] = np.minimum(joined_bottom[1:], bottom[1:] - (rise - rise // 2))
    joined_bottom[:-1] = np.minimum(joined_bottom[:-1], bottom[:-1] - fall // 2)
    joined_top[1:] = np.maximum(joined_top[1:], top[1:] + (fall - fall // 2))
    return joined_bottom, joined_top
