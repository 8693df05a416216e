"""Drawing of a chart's description as a picture; the only module that uses plotext.

plotext draws axes, ticks, labels and the grid, which are cached while the axes do not change. The curves are drawn over
them by NumPy as braille dots, about ten times faster, with a dot for every minimum and maximum of a column. plotext
never gets a value, so no value can make it fail.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import plotext
from numpy.typing import NDArray

from joml_tui.plots.axes import Axis, across_axis, linear_axis, log_axis, number_text, time_axis
from joml_tui.plots.canvas import DOTS_ACROSS, DOTS_DOWN, Canvas, curve_dots
from joml_tui.plots.chart_model import UNIT_ACTION, Cursor, CursorReading, Curve, Description, Picture
from joml_tui.plots.end_values import draw_end_values
from joml_tui.plots.geometry import LABEL_WIDTH, Geometry, geometry_of
from joml_tui.plots.label_text import cells_of, plain, shortened
from joml_tui.plots.legend import BEST_POINT, draw_legend
from joml_tui.plots.palette import Ink, check_colour, mix
from joml_tui.plots.strokes import check_sign, dashed
from joml_tui.plots.value_limits import Limits, value_limits

Places = NDArray[np.float64]

_ORDER = {"band": 0, "whisker": 1, "raw": 2, "smooth": 3, "check": 4}
_CHECK_POINT = check_sign(0)
_CELLS_PER_CHECK = 2  # closer checks become a line
_GRID = "─"
_FEW_TICK_ROWS = 3
_WIDE_ENOUGH_FOR_NAME = 28
_CURSOR = "┆"
_LEVEL = "╌"
_READING_LABEL = 20


def draw(description: Description) -> Picture:
    """Return the picture of a chart; errors become a message in the picture."""
    try:
        return _draw(description)
    except Exception as error:  # an error of drawing must not end the lab
        return _message_picture(description, f"This chart cannot be drawn: {type(error).__name__}: {error}")


def _draw(description: Description) -> Picture:
    geometry = geometry_of(description.width, description.height, named=description.named)
    limits = _limits(description)
    axis = _value_axis(description, geometry, limits)
    if geometry is None or axis is None or limits is None:
        return _message_picture(description, _why_empty(description))
    across, counted = _across(description, geometry.columns // 12)
    canvas = Canvas(description.width, description.height, description.ink.text)
    _draw_frame(canvas, description, geometry, axis, across, counted)
    draw_legend(canvas, description, geometry.left)
    _draw_levels(canvas, description, geometry, axis)
    if description.cursor:
        _draw_cursor(canvas, description.cursor, description.ink, geometry, across)
    _draw_curves(canvas, description, geometry, axis, across)
    draw_end_values(canvas, description, geometry, axis)
    _draw_left_out(canvas, description, geometry, axis, limits)
    _draw_best(canvas, description, geometry, axis, across)
    _draw_level_labels(canvas, description, geometry, axis)
    _draw_marks(canvas, description, geometry, across)
    if description.cursor:
        _draw_readings(canvas, description.cursor, description.ink, geometry, across)
    return _picture(canvas, description)


def _picture(canvas: Canvas, description: Description) -> Picture:
    if description.ascii:
        canvas.to_ascii()
    return Picture(canvas.rows())


def _why_empty(description: Description) -> str:
    if description.log and any(np.isfinite(curve.points()[2]).any() for curve in description.curves):
        return "A logarithmic scale shows values above 0 only; there are none."
    return description.message


def _value_axis(description: Description, geometry: Geometry | None, shown: Limits | None) -> Axis | None:
    if shown is None or geometry is None:
        return None
    levels = [level.value for level in description.levels if _is_drawn(level.value, description.log)]
    limits = min([shown.low, *levels]), max([shown.high, *levels])
    ticks = max(2, geometry.rows // _FEW_TICK_ROWS)
    if description.log:
        return log_axis(*limits, ticks)
    return linear_axis(*limits, ticks, description.bounds)


def _limits(description: Description) -> Limits | None:
    """Return the limits of the values; those of diverged runs count only if there are no others."""
    log, full = description.log, description.full_range
    scaling = [curve for curve in description.curves if curve.scales]
    return value_limits(scaling, log=log, full=full) or value_limits(description.curves, log=log, full=full)


def _is_drawn(value: float, log: bool) -> bool:
    return bool(np.isfinite(value)) and (value > 0 or not log)


def _across(description: Description, ticks: int) -> tuple[Axis, str]:
    """Return the horizontal axis and its name."""
    first, last, unit = description.first, description.last, description.unit
    if unit == "seconds":
        return time_axis(first, last, ticks)
    return across_axis(first, last, ticks, whole=unit == "iteration"), unit


def _draw_frame(
    canvas: Canvas, description: Description, geometry: Geometry, axis: Axis, across: Axis, counted: str
) -> None:
    ink = description.ink
    lines = _frame(geometry, axis, across, counted)
    for row, line in enumerate(lines, geometry.top):
        # In ASCII a grid looks like a curve.
        grid_free = description.ascii and row < geometry.bottom
        canvas.write(row, 0, line.replace(_GRID, " ") if grid_free else line, ink.muted)
    canvas.colour_character(_GRID, ink.faint)
    canvas.write(geometry.bottom, geometry.left - 1, lines[geometry.rows][geometry.left - 1 :], ink.muted)
    if geometry.columns >= _WIDE_ENOUGH_FOR_NAME:
        start = geometry.left + geometry.columns - len(counted)
        canvas.write(geometry.bottom + 1, start, counted, ink.muted)
        canvas.make_clickable(geometry.bottom + 1, start, 1, len(counted), UNIT_ACTION)


@lru_cache(maxsize=32)
def _frame(geometry: Geometry, axis: Axis, across: Axis, name: str) -> tuple[str, ...]:
    """Return axes, ticks and grid as drawn by plotext, without colours."""
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(geometry.left + geometry.columns, geometry.rows + 2)
    plotext.theme("clear")
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)
    plotext.grid(True, False)
    plotext.xlim(across.low, across.high)
    plotext.ylim(axis.low, axis.high)
    plotext.xticks(list(across.ticks), _labels_beside_name(across, geometry.columns, name))
    plotext.yticks(list(axis.ticks), [label.rjust(LABEL_WIDTH) for label in axis.labels])
    plotext.scatter([across.low], [axis.low], marker=_GRID if axis.low in axis.ticks else " ")  # axes need a point
    lines = plotext.uncolorize(plotext.build()).split("\n")[: geometry.rows + 2]
    return tuple(line.rstrip() for line in lines)


def _labels_beside_name(across: Axis, columns: int, name: str) -> list[str]:
    """Return the tick labels with those blanked that would touch the axis' name at the right end."""
    if columns < _WIDE_ENOUGH_FOR_NAME:
        return list(across.labels)
    room = columns - len(name) - 1
    span = across.high - across.low
    return [
        label if (tick - across.low) / span * (columns - 1) + len(label) / 2 + 1 < room else ""
        for tick, label in zip(across.ticks, across.labels, strict=True)
    ]


def _draw_curves(canvas: Canvas, description: Description, geometry: Geometry, axis: Axis, across: Axis) -> None:
    ink = description.ink
    size = geometry.columns * DOTS_ACROSS, geometry.rows * DOTS_DOWN
    smoothed = any(curve.kind == "smooth" for curve in description.curves)
    few = description.few_colours
    from_below = list(reversed(description.curves))
    from_below.sort(key=lambda curve: _ORDER[curve.kind])
    for curve in from_below:
        points, low, high = curve.points()
        places = across.share(points), axis.share(low), axis.share(high)
        if curve.kind == "band":
            places = places[0], np.where(low > 0, places[1], 0.0) if axis.log else places[1], places[2]
            dots = curve_dots(*places, *size) & _shade(*size)
            canvas.draw_dots(geometry.top, geometry.left, dots, mix(curve.colour, ink.background, 0.5))
            continue
        if curve.kind == "whisker":
            _draw_whiskers(canvas, geometry, places, axis.log, check_colour(curve.colour, ink, few_colours=few))
            continue
        if curve.kind == "raw" and axis.log:  # a column that reaches 0 is drawn from the bottom
            places = places[0], np.where((low <= 0) & (high > 0), 0.0, places[1]), places[2]
        dim = curve.kind == "raw" and smoothed
        colour = mix(curve.colour, ink.background, 0.6) if dim else _colour(curve, description)
        if curve.kind == "check" and len(points) * _CELLS_PER_CHECK <= geometry.columns:
            _draw_points(canvas, geometry, (places[0], places[2]), colour, check_sign(_stroke(curve, description)))
        else:
            dots = dashed(curve_dots(*places, *size), _stroke(curve, description))
            canvas.draw_dots(geometry.top, geometry.left, dots, colour)


def _stroke(curve: Curve, description: Description) -> int:
    """Return the dashes of a curve, which only few colours need."""
    return description.legend[curve.run].stroke if description.few_colours and curve.run >= 0 else 0


@lru_cache(maxsize=8)
def _shade(width: int, height: int) -> NDArray[np.bool_]:
    """Return a pattern of every second dot, so that filled areas look lighter than curves even without colour."""
    even: NDArray[np.bool_] = (np.arange(height)[:, None] + np.arange(width)) % 2 == 0
    return even


def _draw_points(canvas: Canvas, geometry: Geometry, places: tuple[Places, Places], colour: int, sign: str) -> None:
    """Draw points without a line, which would cover the training's curve where both agree."""
    across, up = places
    finite = np.isfinite(across) & np.isfinite(up)
    for column, height in zip(across[finite], up[finite], strict=True):
        canvas.write(*geometry.cell(float(column), float(height)), sign, colour)


def _draw_whiskers(
    canvas: Canvas, geometry: Geometry, places: tuple[Places, Places, Places], log: bool, colour: int
) -> None:
    """Draw a vertical line from low to high at each check; below 0 on a log axis it starts at the bottom."""
    across, low, high = places
    low = np.where(np.isnan(low) & np.isfinite(high), 0.0, low) if log else low
    size = geometry.columns * DOTS_ACROSS, geometry.rows * DOTS_DOWN
    # In the cell of the check's point.
    across = np.floor(across * (geometry.columns - 1) + 0.5) * DOTS_ACROSS / (size[0] - 1)
    dots = np.zeros(size[::-1], np.bool_)
    for place in range(len(across)):  # one by one, because neighbours are not joined
        part = slice(place, place + 1)
        dots |= curve_dots(across[part], low[part], high[part], *size)
    canvas.draw_dots(geometry.top, geometry.left, dots, colour)


def _colour(curve: Curve, description: Description) -> int:
    """Return the colour of a curve: that of the run, mixed with the text's for checks."""
    if curve.kind != "check":
        return curve.colour
    return check_colour(curve.colour, description.ink, few_colours=description.few_colours)


def _draw_left_out(canvas: Canvas, description: Description, geometry: Geometry, axis: Axis, limits: Limits) -> None:
    """Write how far spikes reach beyond the axis, at its ends."""
    ends = np.array([axis.high, axis.low])
    top, bottom = (10**ends if axis.log else ends).tolist()
    slack = 1e-6 * (top - bottom)
    for beyond, row, text in (
        (limits.highest > top + slack, geometry.top, f" ↑ {number_text(limits.highest)} "),
        (limits.lowest < bottom - slack, geometry.bottom - 1, f" ↓ {number_text(limits.lowest)} "),
    ):
        if beyond and description.bounds is None:
            canvas.write(row, geometry.left + geometry.columns - len(text), text, description.ink.muted)


def _draw_levels(canvas: Canvas, description: Description, geometry: Geometry, axis: Axis) -> None:
    """Draw a line for each reference value."""
    for level in description.levels:
        if _is_drawn(level.value, axis.log):
            canvas.write(
                _row(geometry, axis, level.value), geometry.left, _LEVEL * geometry.columns, description.ink.muted
            )


def _draw_level_labels(canvas: Canvas, description: Description, geometry: Geometry, axis: Axis) -> None:
    """Write each line's name on or beside it without covering anything, or else at its end."""
    for level in description.levels:
        if not _is_drawn(level.value, axis.log):
            continue
        row = _row(geometry, axis, level.value)
        text = f" {plain(level.label, geometry.columns - 12)} {number_text(level.value)} "
        starts = range(geometry.left + geometry.columns - len(text), geometry.left - 1, -4)
        rows = [place for place in (row, row - 1, row + 1) if geometry.top <= place < geometry.bottom]
        free = (
            (place, start)
            for place in rows
            for start in starts
            if canvas.is_blank(place, start, start + len(text), _GRID + _LEVEL)
        )
        canvas.write(*next(free, (row, starts[0])), text, description.ink.muted)


def _row(geometry: Geometry, axis: Axis, value: float) -> int:
    return geometry.cell(0, float(axis.share(np.array([value]))[0]))[0]


def _draw_best(canvas: Canvas, description: Description, geometry: Geometry, axis: Axis, across: Axis) -> None:
    """Mark each run's best check, with its value if that covers nothing."""
    for best in reversed(description.best):
        if not across.low <= best.across <= across.high or not _is_drawn(best.value, axis.log):
            continue
        share = float(axis.share(np.array([best.value]))[0])
        row, column = geometry.cell(_share_across(across, best.across), share)
        colour = check_colour(best.colour, description.ink, few_colours=description.few_colours)
        canvas.write(row, column, BEST_POINT, colour, bold=True)
        if description.cursor or len(description.legend) == 1:
            continue  # the cursor or the legend shows the value then
        text = number_text(best.value)
        left, right = geometry.left, geometry.left + geometry.columns
        for place in (row - 1, row + 1, row):
            start = min(max(column - len(text) // 2, left), right - len(text)) if place != row else column - len(text)
            if start < left or not geometry.top <= place < geometry.bottom:
                continue
            if canvas.is_blank(place, max(left, start - 1), start + len(text), _GRID):
                canvas.write(place, start, text, colour)
                break


def _draw_cursor(canvas: Canvas, cursor: Cursor, ink: Ink, geometry: Geometry, across: Axis) -> None:
    if across.low <= cursor.across <= across.high:
        column = geometry.cell(_share_across(across, cursor.across), 0)[1]
        for row in range(geometry.top, geometry.bottom):
            canvas.write(row, column, _CURSOR, ink.text)


def _draw_readings(canvas: Canvas, cursor: Cursor, ink: Ink, geometry: Geometry, across: Axis) -> None:
    """Write the values of all runs beside the cursor, on the side with more room."""
    if not across.low <= cursor.across <= across.high:
        return
    rows = max(1, geometry.rows - 1)
    entries = _entries(cursor.readings, brief=False)
    columns = -(-len(entries) // rows)
    if columns * _width(entries) > geometry.columns * 2 // 3:
        entries = _entries(cursor.readings, brief=True)
        columns = max(1, min(columns, geometry.columns * 3 // 4 // max(1, _width(entries))))
    width = _width(entries)
    total = max(width * columns, len(cursor.heading) + 2)
    share = _share_across(across, cursor.across)
    middle = geometry.cell(share, 0)[1]
    start = middle + 2 if share < 0.5 else middle - 1 - total
    start = max(geometry.left, min(start, geometry.left + geometry.columns - total))
    canvas.write(geometry.top, start, f" {cursor.heading}".ljust(total), ink.text, bold=True)
    height = -(-len(entries) // columns)
    last = rows * columns - 1
    for place, (reading, (name, values)) in enumerate(zip(cursor.readings, entries, strict=True)):
        row, column = geometry.top + 1 + place % min(height, rows), start + place // min(height, rows) * width
        canvas.write(row, column, " " * width, ink.text)
        if place == last and len(entries) > last + 1:
            canvas.write(row, column + 1, f"+{len(entries) - last}", ink.muted)
            return
        column = canvas.write(row, column, " ■ ", reading.colour)
        canvas.write(row, column, f"{name} {values}", ink.text)


def _entries(readings: tuple[CursorReading, ...], *, brief: bool) -> list[tuple[str, str]]:
    """Return the runs' names, padded to one width, and values; only numbers if there is little room."""
    names = [shortened(reading.label, 3 if brief else _READING_LABEL) for reading in readings]
    cells = max(map(cells_of, names), default=0)
    padded = [name + " " * (cells - cells_of(name)) for name in names]
    return [(name, _values_text(reading, brief)) for name, reading in zip(padded, readings, strict=True)]


def _width(entries: list[tuple[str, str]]) -> int:
    return max((cells_of(name) + len(values) for name, values in entries), default=0) + 5


def _values_text(reading: CursorReading, brief: bool) -> str:
    check = f"{_CHECK_POINT}{number_text(reading.check) if np.isfinite(reading.check) else '–'}"
    if reading.train is None:
        return check
    text = f"━{number_text(reading.train)}" if np.isfinite(reading.train) else "━–"
    if np.isfinite(reading.spread) and not brief:
        text += f" ±{number_text(reading.spread)}"
    return f"{text:<7} {check}"


def _share_across(across: Axis, place: float) -> float:
    return float(across.share(np.array([place], np.float64))[0])


def _draw_marks(canvas: Canvas, description: Description, geometry: Geometry, across: Axis) -> None:
    marks = [mark for mark in description.marks if across.low <= mark.across <= across.high]
    for index, mark in enumerate(marks[: geometry.rows]):
        row = geometry.top + index
        column = geometry.cell(_share_across(across, mark.across), 0)[1]
        for below in range(row, geometry.top + geometry.rows):
            canvas.write(below, column, "┊", mark.colour)
        text = f" {plain(mark.text, geometry.columns - 4)} "
        end = geometry.left + geometry.columns
        start = column + 1 if column + 1 + len(text) <= end else max(geometry.left, column - len(text))
        canvas.write(row, start, text, mark.colour)


def _message_picture(description: Description, message: str) -> Picture:
    canvas = Canvas(max(1, description.width), max(1, description.height), description.ink.text)
    geometry = geometry_of(description.width, description.height)
    draw_legend(canvas, description, geometry.left if geometry else 0)
    lines = _wrapped(message, canvas.width - 2)
    top = max(1, (canvas.height - len(lines)) // 2)
    for row, line in enumerate(lines, top):
        canvas.write(row, max(0, (canvas.width - len(line)) // 2), line, description.ink.muted)
    return _picture(canvas, description)


def _wrapped(message: str, width: int) -> list[str]:
    lines = [""]
    for word in plain(message, 400).split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
