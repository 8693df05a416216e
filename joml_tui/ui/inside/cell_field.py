"""A field of cells that pictures of half cells and texts are laid on, cut into a panel's rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from joml_tui.plots.label_text import cell_width
from joml_tui.plots.palette import mix
from joml_tui.ui.text import plain
from joml_tui.ui.widgets.line_cache import Piece, Row

_SPACE = ord(" ")
_UPPER_HALF = ord("▀")
_THEMES = -1  # the theme's own colour
_LEVELS = 16

Colours = NDArray[np.int64]


class CellField:
    """Characters and colours of ``height`` x ``width`` cells; row 0 is on top."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._codes = np.full((height, width), _SPACE, np.uint32)
        self._colours: Colours = np.full((height, width), _THEMES, np.int64)
        self._grounds = self._colours.copy()
        self._bold = np.zeros((height, width), np.bool_)
        self._actions = np.zeros((height, width), np.int64)
        self._named = [""]

    def write(self, row: int, column: int, text: str, colour: int = _THEMES, *, bold: bool = False) -> int:
        """Write a harmless text from a cell on, cut off at the border; returns the column after it."""
        shown = narrow(text)[: max(0, self.width - column)]
        end = column + len(shown)
        if 0 <= row < self.height and column >= 0 and shown:
            self._codes[row, column:end] = [ord(character) for character in shown]
            self._colours[row, column:end] = colour
            self._bold[row, column:end] = bold
        return end

    def paint(self, row: int, column: int, dots: Colours) -> None:
        """Lay square dots of shape (2 * rows, columns), each half a cell, on the cells from (row, column) on."""
        dots = dots[: 2 * max(0, self.height - row), : max(0, self.width - column)]
        upper, lower = dots[0::2], dots[1::2]
        area = self._area(row, column, lower)
        self._codes[area] = np.where(upper == lower, _SPACE, _UPPER_HALF)
        self._colours[area] = np.where(upper == lower, _THEMES, upper)
        self._grounds[area] = lower

    def fill(self, row: int, column: int, characters: NDArray[np.uint32], colour: int = _THEMES) -> None:
        """Lay characters, (rows, columns) code points, on the cells from (row, column) on."""
        characters = characters[: max(0, self.height - row), : max(0, self.width - column)]
        area = self._area(row, column, characters)
        self._codes[area] = characters
        self._colours[area] = colour

    def bars(self, row: int, column: int, upper: int, lower: int, colours: tuple[int, int]) -> None:
        """Draw two bars of so many cells above each other, each half a row high."""
        if not 0 <= row < self.height:
            return
        both = min(upper, lower)
        area = (row, slice(column, column + both))
        self._codes[area], self._colours[area], self._grounds[area] = _UPPER_HALF, *colours
        rest = "▀" * (upper - both) or "▄" * (lower - both)
        self.write(row, column + both, rest, colours[0 if upper > lower else 1])

    def make_clickable(self, row: int, column: int, rows: int, columns: int, action: str) -> None:
        """Have a click on these cells do an action of the panel."""
        self._named.append(action)
        self._actions[max(row, 0) : row + rows, max(column, 0) : column + columns] = len(self._named) - 1

    def rows(self) -> tuple[Row, ...]:
        """Cut every row into pieces that look the same."""
        if not self._codes.size:
            return ((),) * self.height
        looks = (self._colours, self._bold, self._grounds, self._actions)
        begins = np.zeros((self.height, self.width), np.bool_)
        begins[:, 0] = True
        for look in looks:
            begins[:, 1:] |= look[:, 1:] != look[:, :-1]
        pieces = self._pieces(np.flatnonzero(begins), [look.ravel() for look in looks])
        ends = begins.sum(axis=1).cumsum().tolist()
        return tuple(tuple(pieces[first:last]) for first, last in zip([0, *ends], ends, strict=False))

    def _pieces(self, starts: NDArray[np.intp], looks: Sequence[NDArray[np.generic]]) -> list[Piece]:
        """Return the pieces that begin at these cells, counted through all rows."""
        letters = self._codes.tobytes().decode("utf-32")
        stops = [*starts[1:].tolist(), len(letters)]
        # As lists of Python's own numbers: a picture has thousands of pieces.
        each = (look[starts].tolist() for look in looks)
        return [
            Piece(
                letters[start:stop],
                None if colour == _THEMES else colour,
                bold,
                None if ground == _THEMES else ground,
                self._named[action],
            )
            for start, stop, colour, bold, ground, action in zip(starts.tolist(), stops, *each, strict=True)
        ]

    @staticmethod
    def _area(row: int, column: int, like: NDArray[np.generic]) -> tuple[slice, slice]:
        return slice(row, row + like.shape[0]), slice(column, column + like.shape[1])


def narrow(text: str) -> str:
    """Return a text of one cell a character, harmless; what is wider or none becomes a dot."""
    return "".join(character if cell_width(character) == 1 else "·" for character in plain(text))


@lru_cache(16)
def tints(colours: tuple[int, ...], background: int, most: float) -> Colours:
    """Return a table (colours, levels) from the background towards each colour, by at most that share."""
    shares = np.linspace(0, most, _LEVELS)
    return np.array([[mix(background, colour, float(share)) for share in shares] for colour in colours], np.int64)


def tinted(table: Colours, which: NDArray[np.integer], strengths: NDArray[np.floating]) -> Colours:
    """Look up the tint of every dot: which colour, and how strong from 0 to 1."""
    levels = np.rint(np.clip(strengths, 0, 1) * (table.shape[1] - 1)).astype(np.intp)
    found: Colours = table[which % len(table), levels]
    return found


def resampled(dots: NDArray[np.generic], rows: int, columns: int) -> NDArray[np.generic]:
    """Return the nearest of the dots, (..., any, any), at each of rows x columns places."""
    down = (np.arange(rows) + 0.5) * dots.shape[-2] / rows
    across = (np.arange(columns) + 0.5) * dots.shape[-1] / columns
    return dots[..., down.astype(np.intp)[:, np.newaxis], across.astype(np.intp)]


def characters(ramp: str, places: NDArray[np.integer]) -> NDArray[np.uint32]:
    """Look up a character for every place."""
    found: NDArray[np.uint32] = np.array([ord(character) for character in ramp], np.uint32)[places % len(ramp)]
    return found
