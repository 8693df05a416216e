"""A cache of rendered lines from rows of coloured pieces, to repaint only changed rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.palette import few_colour, is_grey
from joml_tui.ui.terminal_traits import traits

#: Half cells, whose two colours are a picture.
_HALVES = "▀"
#: The sum of the three parts of a middle grey.
_MIDDLE = 384


class LineCache:
    """The rendered lines of a widget that shows rows.

    Parameters
    ----------
    narrow : bool
        Whether every character is one cell wide, so that nothing must be measured.

    Attributes
    ----------
    rows : tuple of rows
        The rows of the lines.
    base : Style
        The widget's colours at rendering.
    """

    def __init__(self, *, narrow: bool = False) -> None:
        self.rows: tuple[Row, ...] = ()
        self._narrow = narrow
        self._lines: list[Strip] = []
        self._styles: dict[tuple[Any, ...], Style] = {}
        self.base = Style()
        self._look: object = None

    def show(self, rows: Sequence[Row], base: Style, look: object) -> Sequence[int] | None:
        """Set the rows.

        Parameters
        ----------
        rows : sequence of rows
        base : Style
            The widget's colours, for pieces without colours.
        look : object
            Further state of the appearance; if it changes, all lines are rendered again.

        Returns
        -------
        sequence of int or None
            The changed lines; None if all must be painted.
        """
        before, self.rows = self.rows, tuple(rows)
        make = cache(self._make)  # rows of one picture are often alike
        if look != self._look or len(self.rows) != len(before):
            self._look, self.base = look, base
            self._styles.clear()
            self._lines = [make(row) for row in self.rows]
            return None
        changed = [place for place, row in enumerate(self.rows) if row != before[place]]
        for place in changed:
            self._lines[place] = make(self.rows[place])
        return changed

    def line(self, place: int) -> Strip | None:
        """Return a rendered line; None if there is none."""
        return self._lines[place] if place < len(self._lines) else None

    def _make(self, row: Row) -> Strip:
        if traits().few_colours:
            row = self._in_few_colours(row)
        cells = sum(len(piece.text) for piece in row) if self._narrow else None
        return Strip([Segment(piece.text, self._style(piece[1:])) for piece in row], cells)

    def _in_few_colours(self, row: Row) -> Row:
        """Return a row that is readable with few colours: in distinct ones, and without grounds behind characters.

        Ground and characters could become the same colour; without any colour only the characters count.
        """
        ground = self.base.bgcolor
        dark = ground is None or ground.triplet is None or sum(ground.triplet) < _MIDDLE
        is_picture = any(_HALVES in piece.text for piece in row)

        def readable(piece: Piece) -> Piece:
            colour = piece.colour
            if colour is not None and not is_grey(colour):
                colour = few_colour(colour, dark=dark) if traits().colours else None
            return piece._replace(colour=colour, ground=piece.ground if is_picture else None)

        return tuple(map(readable, row))

    def _style(self, look: tuple[Any, ...]) -> Style:
        style = self._styles.get(look)
        if style is None:
            style = self._styles[look] = self.base + _style_of(*look)
        return style


def _style_of(colour: int | None, bold: bool, ground: int | None, action: str) -> Style:
    """Return the style of a piece."""
    style = Style(
        color=None if colour is None else _colour(colour),
        bgcolor=None if ground is None else _colour(ground),
        bold=bold or None,
    )
    return style + Style.from_meta({"@click": action}) if action else style


def _colour(rgb: int) -> Color:
    return Color.from_rgb(rgb >> 16, rgb >> 8 & 255, rgb & 255)
