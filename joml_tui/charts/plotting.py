"""From a chart's description to its picture. The only module that knows plotext.

plotext draws what stands still: axes, ticks, their labels and the grid; the frame is kept as long as the axes stay.
The curves change with every frame and are laid over it as braille dots by NumPy, about ten times faster, with every
minimum and maximum of a column in its dot. plotext never sees a value, so none can make it raise.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import plotext
from numpy.typing import NDArray

from joml_tui.charts.axes import Axis, iteration_axis, linear_axis, log_axis, number_text
from joml_tui.charts.canvas import DOTS_ACROSS, DOTS_DOWN, Canvas, curve_dots
from joml_tui.charts.description import Curve, Description, Picture
from joml_tui.charts.geometry import LABEL_WIDTH, Geometry, geometry_of
from joml_tui.charts.labels import plain
from joml_tui.charts.palette import Ink, mix

Places = NDArray[np.float64]

_ORDER = {"raw": 0, "smooth": 1, "test": 2}
_TEST_POINT = "●"
_CELLS_PER_TEST = 2  # closer tests become a line
_GRID = "─"
_FEW_TICK_ROWS = 3
_ACROSS_NAME = "iteration"
_WIDE_ENOUGH_FOR_NAME = 28


def draw(description: Description) -> Picture:
    """Draw a chart; whatever goes wrong inside becomes a message in the picture."""
    try:
        return _draw(description)
    except Exception as error:  # a chart that cannot be drawn must not end the lab
        return _message_picture(description, f"This chart cannot be drawn: {type(error).__name__}: {error}")


def _draw(description: Description) -> Picture:
    geometry = geometry_of(description.width, description.height)
    axis = _value_axis(description, geometry)
    if geometry is None or axis is None:
        return _message_picture(description, _why_empty(description))
    across = iteration_axis(description.last, geometry.columns // 12)
    canvas = Canvas(description.width, description.height, description.ink.text)
    _draw_frame(canvas, description, geometry, axis, across)
    _draw_title(canvas, description, geometry)
    _draw_curves(canvas, description, geometry, axis, across)
    _draw_values(canvas, description, geometry, axis)
    _draw_marks(canvas, description, geometry, across)
    return Picture(canvas.rows())


def _why_empty(description: Description) -> str:
    if description.log and any(np.isfinite(curve.points()[2]).any() for curve in description.curves):
        return "A logarithmic scale shows values above 0 only; there are none."
    return description.message


def _value_axis(description: Description, geometry: Geometry | None) -> Axis | None:
    limits = _limits([curve for curve in description.curves if curve.scales], description.log)
    limits = limits or _limits(description.curves, description.log)
    if limits is None or geometry is None:
        return None
    ticks = max(2, geometry.rows // _FEW_TICK_ROWS)
    if description.log:
        return log_axis(*limits, ticks)
    return linear_axis(*limits, ticks, description.bounds)


def _limits(curves: list[Curve] | tuple[Curve, ...], log: bool) -> tuple[float, float] | None:
    lows, highs = [], []
    for curve in curves:
        _, low, high = curve.points()
        shown = np.isfinite(low) & np.isfinite(high) & ((high > 0) if log else True)
        low = low[shown & (low > 0)] if log else low[shown]
        lows.extend([low.min()] if len(low) else [])
        highs.extend([high[shown].max()] if shown.any() else [])
    if not highs:
        return None
    return float(min(lows, default=min(highs))), float(max(highs))


def _draw_frame(canvas: Canvas, description: Description, geometry: Geometry, axis: Axis, across: Axis) -> None:
    ink = description.ink
    lines = _frame(geometry, axis, across)
    for row, line in enumerate(lines, geometry.top):
        canvas.write(row, 0, line, ink.muted)
    canvas.colour_character(_GRID, ink.faint)
    canvas.write(geometry.bottom, geometry.left - 1, lines[geometry.rows][geometry.left - 1 :], ink.muted)
    if geometry.columns >= _WIDE_ENOUGH_FOR_NAME:
        start = geometry.left + geometry.columns - len(_ACROSS_NAME)
        canvas.write(geometry.bottom + 1, start, _ACROSS_NAME, ink.muted)


@lru_cache(maxsize=32)
def _frame(geometry: Geometry, axis: Axis, across: Axis) -> tuple[str, ...]:
    """Axes, ticks and grid as plotext draws them, without colours."""
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(geometry.left + geometry.columns, geometry.rows + 2)
    plotext.theme("clear")
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)
    plotext.grid(True, False)
    plotext.xlim(across.low, across.high)
    plotext.ylim(axis.low, axis.high)
    plotext.xticks(list(across.ticks), _labels_beside_name(across, geometry.columns))
    plotext.yticks(list(axis.ticks), [label.rjust(LABEL_WIDTH) for label in axis.labels])
    plotext.scatter([across.low], [axis.low], marker=_GRID if axis.low in axis.ticks else " ")  # axes need a point
    lines = plotext.uncolorize(plotext.build()).split("\n")[: geometry.rows + 2]
    return tuple(line.rstrip() for line in lines)


def _labels_beside_name(across: Axis, columns: int) -> list[str]:
    """Blank the labels that would meet the axis' name at its right end; their ticks stay."""
    if columns < _WIDE_ENOUGH_FOR_NAME:
        return list(across.labels)
    room = columns - len(_ACROSS_NAME) - 1
    return [
        label if tick / across.high * (columns - 1) + len(label) / 2 + 1 < room else ""
        for tick, label in zip(across.ticks, across.labels, strict=True)
    ]


def _draw_title(canvas: Canvas, description: Description, geometry: Geometry | None) -> None:
    ink = description.ink
    column = canvas.write(0, geometry.left if geometry else 0, description.title, ink.text, bold=True)
    kinds = {curve.kind for curve in description.curves}
    if "test" in kinds and description.width - column > 40:
        column = canvas.write(0, column, "   ━ train  ", ink.muted)
        column = canvas.write(0, column, f"{_TEST_POINT} test", ink.muted)
    column += 3
    entries = description.legend
    for index, entry in enumerate(entries):
        left = len(entries) - index
        room = (description.width - column) // left - 4
        if (room < 6 and left > 1) or room < 1:
            canvas.write(0, column, f"+{left}", ink.muted)
            return
        column = canvas.write(0, column, "■ ", entry.colour)
        column = canvas.write(0, column, plain(entry.label, room), ink.text) + 2


def _draw_curves(canvas: Canvas, description: Description, geometry: Geometry, axis: Axis, across: Axis) -> None:
    ink = description.ink
    size = geometry.columns * DOTS_ACROSS, geometry.rows * DOTS_DOWN
    smoothed = any(curve.kind == "smooth" for curve in description.curves)
    from_below = list(reversed(description.curves))
    from_below.sort(key=lambda curve: _ORDER[curve.kind])
    for curve in from_below:
        iteration, low, high = curve.points()
        places = across.share(iteration), axis.share(low), axis.share(high)
        if curve.kind == "raw" and axis.log:  # a column that reaches 0 is drawn from the bottom
            places = places[0], np.where((low <= 0) & (high > 0), 0.0, places[1]), places[2]
        dim = curve.kind == "raw" and smoothed
        colour = mix(curve.colour, ink.background, 0.6) if dim else _colour(curve, ink)
        if curve.kind == "test" and len(iteration) * _CELLS_PER_TEST <= geometry.columns:
            _draw_points(canvas, geometry, places[0], places[2], colour)
        else:
            canvas.draw_dots(geometry.top, geometry.left, curve_dots(*places, *size), colour)


def _draw_points(canvas: Canvas, geometry: Geometry, across: Places, up: Places, colour: int) -> None:
    """Draw points without a line, which would lie over the training's own as soon as both agree."""
    known = np.isfinite(across) & np.isfinite(up)
    for column, height in zip(across[known], up[known], strict=True):
        canvas.write(*geometry.cell(float(column), float(height)), _TEST_POINT, colour)


def _draw_values(canvas: Canvas, description: Description, geometry: Geometry, axis: Axis) -> None:
    """Write the curves' present values to the right of the canvas, each as near to its height as others allow."""
    if not geometry.right:
        return
    shares = [float(axis.share(np.array([curve.value]))[0]) for curve in description.curves]
    shown = [index for index, share in enumerate(shares) if np.isfinite(share)][: geometry.rows]
    shown.sort(key=lambda index: -shares[index])
    rows = _spread([geometry.cell(0, shares[index])[0] for index in shown], geometry.bottom - 1)
    for index, row in zip(shown, rows, strict=True):
        curve = description.curves[index]
        text = (_TEST_POINT if curve.kind == "test" else "━") + number_text(curve.value)
        canvas.write(row, geometry.left + geometry.columns + 1, text, _colour(curve, description.ink))


def _spread(rows: list[int], last: int) -> list[int]:
    """Move rising rows apart until no two are the same, none of them beyond the last."""
    for index in range(1, len(rows)):
        rows[index] = max(rows[index], rows[index - 1] + 1)
    for back in range(len(rows) - 1, -1, -1):
        rows[back] = min(rows[back], last - (len(rows) - 1 - back))
    return rows


def _colour(curve: Curve, ink: Ink) -> int:
    """Colour of a curve: tests in a tone of the run's, nearer to the text's."""
    return mix(curve.colour, ink.text, 0.45) if curve.kind == "test" else curve.colour


def _draw_marks(canvas: Canvas, description: Description, geometry: Geometry, across: Axis) -> None:
    for index, mark in enumerate(description.marks[: geometry.rows]):
        row = geometry.top + index
        column = geometry.cell(float(across.share(np.array([mark.iteration], np.float64))[0]), 0)[1]
        for below in range(row, geometry.top + geometry.rows):
            canvas.write(below, column, "┊", mark.colour)
        text = f" {plain(mark.text, geometry.columns - 4)} "
        end = geometry.left + geometry.columns
        start = column + 1 if column + 1 + len(text) <= end else max(geometry.left, column - len(text))
        canvas.write(row, start, text, mark.colour)


def _message_picture(description: Description, message: str) -> Picture:
    canvas = Canvas(max(1, description.width), max(1, description.height), description.ink.text)
    _draw_title(canvas, description, geometry_of(description.width, description.height))
    lines = _wrapped(message, canvas.width - 2)
    top = max(1, (canvas.height - len(lines)) // 2)
    for row, line in enumerate(lines, top):
        canvas.write(row, max(0, (canvas.width - len(line)) // 2), line, description.ink.muted)
    return Picture(canvas.rows())


def _wrapped(message: str, width: int) -> list[str]:
    lines = [""]
    for word in plain(message, 400).split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
