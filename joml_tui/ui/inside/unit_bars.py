"""The activations of hidden layers as bars: a bar for each unit, upwards above 0 and downwards below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from joml_tui.plots.canvas import Canvas
from joml_tui.plots.palette import Ink, curve_colour
from joml_tui.ui.inside.sparklines import short, upright
from joml_tui.ui.text import count

#: Rows of bars of a layer, at least and at most.
_LEAST, _MOST = 3, 12
_WIDEST = 6
#: From this width on, bars have a gap between them.
_APART = 3

Values = NDArray[np.floating]


def rows_for_bars(layers: int, room: int) -> int:
    """Return the rows of bars that each layer gets below its title, out of so many rows; 0 if there are too few."""
    if not layers:
        return 0
    each = room // layers
    rows = each - 2 if each - 2 >= _LEAST else each - 1  # with a blank row between layers, if there is room
    return min(rows, _MOST) if rows >= _LEAST else 0


def draw_unit_bars(canvas: Canvas, top: int, layers: Sequence[Values], sizes: Sequence[int], ink: Ink, *,
                   dark: bool) -> None:  # fmt: skip
    """Draw each layer's activations from a row to the last one, below its title.

    Parameters
    ----------
    canvas : Canvas
    top : int
        The first row, which `rows_for_bars` has found room from.
    layers : sequence of ndarray
        The activations of each hidden layer, of all units or the first ones.
    sizes : sequence of int
        The number of all units of each.
    ink : Ink
    dark : bool
    """
    room = canvas.height - top
    rows = rows_for_bars(len(layers), room)
    if not rows:
        return
    apart = min(rows + 2, room // len(layers))
    for place, (activations, size) in enumerate(zip(layers, sizes, strict=True)):
        first = top + place * apart
        a = np.nan_to_num(np.asarray(activations, np.float64))
        wide = min(_WIDEST, max(1, canvas.width // max(1, len(a))))
        shown = a[: canvas.width // wide]
        column = canvas.write(first, 0, f"layer {place + 1}", ink.text, bold=True)
        canvas.write(first, column, _summary(shown, size), ink.muted)
        _draw_bars(canvas, first + 1, rows, shown, wide, dark=dark)


def _summary(a: Values, size: int) -> str:
    if not len(a):
        return ""
    units = f"{count(size)} units" if size == len(a) else f"units 1–{len(a)} of {count(size)}"
    most = int(np.abs(a).argmax())
    return f" · {units} · from {short(float(a.min()))} to {short(float(a.max()))} · strongest: unit {most + 1}"


def _draw_bars(canvas: Canvas, top: int, rows: int, a: Values, wide: int, *, dark: bool) -> None:
    """Draw bars around the row of 0, which is where both directions have the room that they need."""
    high, low = max(0.0, float(a.max(initial=0.0))), max(0.0, float(-a.min(initial=0.0)))
    if high + low <= 0:
        return
    above = round(rows * high / (high + low))
    above = min(max(above, 1 if high else 0), rows - (1 if low else 0))
    filled = wide - 1 if wide >= _APART else wide
    if above:
        for row, line in enumerate(upright(np.maximum(a, 0) / high, above)):
            _write_bars(canvas, top + row, line, wide, filled, curve_colour(0, dark=dark))
    below = rows - above
    if below and low:
        halves = np.rint(2 * below * np.maximum(-a, 0) / low).astype(int)
        for row in range(below):
            left = np.clip(halves - 2 * row, 0, 2).tolist()
            _write_bars(canvas, top + above + row, "".join(" ▀█"[each] for each in left), wide, filled,
                        curve_colour(1, dark=dark))  # fmt: skip


def _write_bars(canvas: Canvas, row: int, line: str, wide: int, filled: int, colour: int) -> None:
    for place, character in enumerate(line):
        if character != " ":
            canvas.write(row, place * wide, character * filled, colour)
