"""The latest values of curves, written at their right ends."""

from __future__ import annotations

import numpy as np

from joml_tui.plots.axes import Axis, number_text
from joml_tui.plots.canvas import Canvas
from joml_tui.plots.chart_model import Curve, Description
from joml_tui.plots.geometry import Geometry
from joml_tui.plots.label_text import shortened
from joml_tui.plots.palette import check_colour
from joml_tui.plots.strokes import check_sign

_VALUE_CELLS = 8  # of a sign and a value
_ABOVE, _BELOW = "╱", "╲"


def draw_end_values(canvas: Canvas, description: Description, geometry: Geometry, axis: Axis) -> None:
    """Write the curves' latest values right of the canvas, as near to their heights as possible.

    A value that has been moved aside has a leader that points to its curve's end.
    """
    if not geometry.right:
        return
    shares = [float(axis.share(np.array([curve.value]))[0]) for curve in description.curves]
    finite = [index for index, share in enumerate(shares) if np.isfinite(share)]
    if len(finite) > geometry.rows:  # a value of each run tells the runs apart, both of a few do not
        finite.sort(key=lambda index: description.curves[index].kind != "check")
    shown = finite[: geometry.rows]
    shown.sort(key=lambda index: -shares[index])
    ends = [geometry.cell(0, shares[index])[0] for index in shown]
    column = geometry.left + geometry.columns
    for index, end, row in zip(shown, ends, spread(ends, geometry.top, geometry.bottom - 1), strict=True):
        curve = description.curves[index]
        colour = _colour(curve, description)
        if row != end:
            canvas.write(row, column, _ABOVE if row < end else _BELOW, colour)
        _write_value(canvas, description, curve, (row, column + 1), geometry.right - 1 - _VALUE_CELLS)


def _write_value(canvas: Canvas, description: Description, curve: Curve, place: tuple[int, int], room: int) -> None:
    row, start = place
    run = description.legend[curve.run] if 0 <= curve.run < len(description.legend) else None
    stroke = run.stroke if run and description.few_colours else 0
    is_check = curve.kind == "check"
    colour = _colour(curve, description)
    text = (check_sign(stroke) if is_check else "━") + number_text(curve.value)
    column = canvas.write(row, start, text, colour)
    if run is None:
        return
    if description.named and room > 1:
        name = shortened(run.label, room - 1)
        column = canvas.write(row, start + _VALUE_CELLS + 1, name, colour)
    if run.action:
        canvas.make_clickable(row, start, 1, column - start, run.action)


def _colour(curve: Curve, description: Description) -> int:
    if curve.kind != "check":
        return curve.colour
    return check_colour(curve.colour, description.ink, few_colours=description.few_colours)


def spread(rows: list[int], first: int, last: int) -> list[int]:
    """Return rising rows moved apart until all differ, between first and last, each as near as possible.

    Rows that would overlap become a block around the middle of where they should be.
    """
    blocks: list[tuple[float, int]] = []  # the sum of the wanted first rows of a block's rows, and their number
    for row in rows:
        total, count = float(row), 1
        while blocks and _first_row(blocks[-1], first, last) + blocks[-1][1] > _first_row((total, count), first, last):
            before_total, before = blocks.pop()
            total, count = before_total + total - before * count, before + count
        blocks.append((total, count))
    return [_first_row(block, first, last) + place for block in blocks for place in range(block[1])]


def _first_row(block: tuple[float, int], first: int, last: int) -> int:
    total, count = block
    return max(first, min(round(total / count), last - count + 1))
