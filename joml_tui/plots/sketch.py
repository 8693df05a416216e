"""Sketches: small plots that are drawn at once in the screen's process.

The painter process draws the large charts, which change several times a second; a sketch has a few hundred points and
is drawn when its subject changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml_tui.plots.axes import Axis, linear_axis
from joml_tui.plots.canvas import DOTS_ACROSS, DOTS_DOWN, Canvas, curve_dots
from joml_tui.plots.chart_model import Row
from joml_tui.plots.geometry import LABEL_WIDTH
from joml_tui.plots.label_text import plain
from joml_tui.plots.palette import Ink
from joml_tui.plots.strokes import dashed

_LEAST_WIDTH, _LEAST_HEIGHT = 24, 4
_LEFT = LABEL_WIDTH + 1
_ROWS_A_TICK, _COLUMNS_A_TICK = 3, 12


@dataclass(frozen=True, slots=True, eq=False)
class SketchLine:
    """A curve from low to high at each point; nan makes a gap. Only curves with ``scales`` affect the limits.

    Attributes
    ----------
    across, low, high : (points,) arrays
    colour : int
    scales : bool
    stroke : int
        The dashes, by which curves are told apart without colours.
    """

    across: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    colour: int
    scales: bool = True
    stroke: int = 0


def line(
    across: ArrayLike,
    low: ArrayLike,
    high: ArrayLike | None = None,
    *,
    colour: int,
    scales: bool = True,
    stroke: int = 0,
) -> SketchLine:
    """Return a line of points, or of ranges if ``high`` is given."""
    lows = np.asarray(low, np.float64)
    return SketchLine(
        np.asarray(across, np.float64),
        lows,
        lows if high is None else np.asarray(high, np.float64),
        colour,
        scales,
        stroke,
    )


@dataclass(frozen=True, slots=True)
class Upright:
    """A dotted vertical line with a word at its top, such as the suggested rate."""

    across: float
    text: str
    colour: int


def tick_count(width: int) -> int:
    """Return the number of ticks that fit on the horizontal axis of a sketch."""
    return max(2, (width - _LEFT) // _COLUMNS_A_TICK)


def sketch(
    width: int,
    height: int,
    ink: Ink,
    across: Axis,
    lines: Sequence[SketchLine],
    uprights: Sequence[Upright] = (),
    message: str = "",
) -> tuple[Row, ...]:
    """Return the rows of a sketch, or of the message if there is no finite point.

    Parameters
    ----------
    width, height : int
        In cells.
    ink : Ink
    across : Axis
        The horizontal axis, linear or logarithmic.
    lines : sequence of Line
        Later ones cover earlier ones.
    uprights : sequence of Upright
    message : str
    """
    canvas = Canvas(max(1, width), max(1, height), ink.text)
    up = _up(lines, height)
    if up is None or width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        text = plain(message, max(0, width - 2))
        canvas.write(height // 2, max(0, (width - len(text)) // 2), text, ink.muted)
        return canvas.rows()
    rows, columns = height - 2, width - _LEFT
    _draw_axes(canvas, ink, across, up, rows, columns)
    for drawn in lines:
        places = across.share(drawn.across), up.share(drawn.low), up.share(drawn.high)
        dots = curve_dots(*places, columns * DOTS_ACROSS, rows * DOTS_DOWN)
        canvas.draw_dots(0, _LEFT, dashed(dots, drawn.stroke), drawn.colour)
    for upright in uprights:
        _draw_upright(canvas, across, upright, rows, columns)
    return canvas.rows()


def _up(lines: Sequence[SketchLine], height: int) -> Axis | None:
    values = [np.concatenate([drawn.low, drawn.high]) for drawn in lines if drawn.scales]
    finite = np.concatenate(values)[np.isfinite(np.concatenate(values))] if values else np.empty(0)
    if not len(finite):
        return None
    return linear_axis(float(finite.min()), float(finite.max()), max(2, (height - 2) // _ROWS_A_TICK))


def _draw_axes(canvas: Canvas, ink: Ink, across: Axis, up: Axis, rows: int, columns: int) -> None:
    for share, label in zip(up.share(_scaled(up)), up.labels, strict=True):
        row = rows - 1 - int(share * (rows - 1) + 0.5)
        canvas.write(row, _LEFT, "─" * columns, ink.faint)
        canvas.write(row, 0, label.rjust(LABEL_WIDTH), ink.muted)
    canvas.write(rows, _LEFT - 1, "└" + "─" * columns, ink.muted)
    for row in range(rows):
        canvas.write(row, _LEFT - 1, "│", ink.muted)
    used = 0
    for share, label in zip(across.share(_scaled(across)), across.labels, strict=True):
        column = _LEFT + int(share * (columns - 1) + 0.5)
        canvas.write(rows, column, "┴", ink.muted)
        start = min(max(column - len(label) // 2, 0), canvas.width - len(label))
        if start >= used:
            canvas.write(rows + 1, start, label, ink.muted)
            used = start + len(label) + 1


def _scaled(axis: Axis) -> NDArray[np.float64]:
    ticks = np.asarray(axis.ticks, np.float64)
    return 10**ticks if axis.log else ticks


def _draw_upright(canvas: Canvas, across: Axis, upright: Upright, rows: int, columns: int) -> None:
    share = float(across.share(np.array([upright.across], np.float64))[0])
    if not np.isfinite(share):
        return
    column = _LEFT + int(share * (columns - 1) + 0.5)
    for row in range(rows):
        canvas.write(row, column, "┊", upright.colour)
    text = f" {plain(upright.text, max(0, columns - 3))} " if upright.text else ""
    start = column + 1 if column + 1 + len(text) <= canvas.width else max(_LEFT, column - len(text))
    canvas.write(0, start, text, upright.colour, bold=True)
