"""A picture of a network: a column of units for each layer, and links coloured by their weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml_tui.plots.arc_lanes import Arc, lanes_of
from joml_tui.plots.canvas import DOTS_ACROSS, DOTS_DOWN, Canvas
from joml_tui.plots.chart_model import Row
from joml_tui.plots.label_text import plain
from joml_tui.plots.palette import Ink, curve_colour, mix

Values = NDArray[np.floating]

#: Cells beside the first and the last column, for their titles.
_MARGIN = 3
_LEAST_WIDTH, _LEAST_HEIGHT = 16, 5
#: Weights below this share of the layer's largest are drawn faintly, others in steps.
_STEPS = 6
_THICK = 0.6
#: Without colours, weaker links are left out.
_FAINT = 0.25
#: Dots of a dash and of the gap after it.
_DASH = 6
#: Letters of a title that still say something.
_LEAST_TITLE = 4
_THOUSAND = 1_000
#: Shares of the layer's largest activity that count as 0.
_NEAR_ZERO = 0.05
_LONGEST_NAME = 8
#: Cells between two columns that leave room for numbers beside the units.
_NUMBERS = 16


@dataclass(frozen=True, slots=True, eq=False)
class LayerUnits:
    """The units of a layer.

    Attributes
    ----------
    units : int
        0 if the number is unknown.
    title : str
        Such as "in" or "relu".
    activity : (units,) array or None
        Colours the units: the activations of a sample.
    size : int
        Number of all units of the layer, of which only some are given; 0 if these are all.
    names : tuple of str
        Names to write beside the units where there is room; empty for none.
    """

    units: int
    title: str
    activity: Values | None = None
    size: int = 0
    names: tuple[str, ...] = ()


def draw_network(
    layers: Sequence[LayerUnits],
    weights: Sequence[Values] | None,
    width: int,
    height: int,
    ink: Ink,
    *,
    dark: bool,
    chosen: tuple[int, int] | None = None,
    links_of_chosen: bool = True,
    action: str = "",
    signs: bool = False,
    sparse: bool = False,
    arcs: Sequence[Arc] = (),
) -> tuple[Row, ...]:
    """Return a picture of a network, from its inputs on the left to its outputs on the right.

    Layers with more units than rows show their first ones and the number of all.

    Parameters
    ----------
    layers : sequence of LayerUnits
        The inputs first.
    weights : sequence of arrays, shape (units, units before), or None
        Colour the links: positive ones in one colour, negative ones in another, and the stronger the larger. Without
        weights all links look the same.
    width, height : int
        In cells.
    ink : Ink
    dark : bool
    chosen : (int, int), optional
        The layer and the unit that are selected.
    links_of_chosen : bool
        Draw only the links to and from the selected unit.
    action : str
        The widget's action that a click on a unit does, with its layer and its place there, such as "unit".
    signs : bool
        Draw activities by their signs as well: ▲ above 0, ▼ below, ○ near 0; and only links that are not faint.
    sparse : bool
        Whether a weight of 0 means that there is no link.
    arcs : sequence of (int, int)
        The layers where the way past a residual block begins and where it ends, drawn above the units if there is room.
    """
    canvas = Canvas(max(1, width), max(1, height), ink.text)
    if not has_room(len(layers), width, height):
        canvas.write(0, 0, " ─ ".join(str(layer.units or "?") for layer in layers)[:width], ink.muted)
        return canvas.rows()
    columns = _columns(len(layers), width)
    lanes = lanes_of(arcs)
    lanes = lanes if height >= _LEAST_HEIGHT + len(lanes) else []
    rows = [[len(lanes) + row for row in _rows(layer.units, height - 2 - len(lanes))] for layer in layers]
    for place in range(1, len(layers)):
        _draw_links(
            canvas,
            columns,
            rows,
            place,
            None if weights is None else weights[place - 1],
            ink,
            dark,
            chosen if links_of_chosen else None,
            signs,
            sparse,
        )
    for place, layer in enumerate(layers):
        unit = chosen[1] if chosen is not None and chosen[0] == place else None
        _draw_units(canvas, columns[place], rows[place], layer, ink, dark, unit, signs)
        _write_beside_units(canvas, columns, rows, place, layer, ink)
        if action:
            for each, row in enumerate(rows[place]):
                canvas.make_clickable(row, columns[place] - 1, 1, 3, f"{action}({place}, {each})")
    _write_titles(canvas, layers, columns, width, height, ink)
    for row, lane in enumerate(reversed(lanes), start=1):
        for start, end in lane:
            _draw_arc(canvas, row, columns[start], columns[end], dark)
    return canvas.rows()


def _draw_arc(canvas: Canvas, row: int, left: int, right: int, dark: bool) -> None:
    canvas.write(row, left, f"╭{'─' * (right - left - 2)}▸╮", curve_colour(3, dark=dark))


def has_room(layers: int, width: int, height: int) -> bool:
    """Return whether so many layers fit a picture of this size; otherwise only their sizes are written."""
    return width >= max(_LEAST_WIDTH, 4 * layers) and height >= _LEAST_HEIGHT


def shown_units(units: int, height: int) -> int:
    """Return the number of units that a picture of this height shows of a layer."""
    return len(_rows(units, height - 2))


def _columns(layers: int, width: int) -> list[int]:
    room = width - 1 - 2 * _MARGIN
    return [_MARGIN + round(place * room / (layers - 1)) for place in range(layers)]


def _rows(units: int, height: int) -> list[int]:
    """Return the row of each unit that is shown, below the row of titles.

    Of a layer with more units than rows every second row shows one, and a row is left for a sign that there are more.
    """
    if units > height:
        return [1 + row for row in range(0, height - 1, 2)]
    apart = min(3.0, height / max(1, units))
    top = (height - apart * max(1, units)) / 2 + apart / 2
    return [1 + int(top + apart * place) for place in range(max(1, units))]


def _draw_links(
    canvas: Canvas,
    columns: Sequence[int],
    rows: Sequence[Sequence[int]],
    place: int,
    weights: Values | None,
    ink: Ink,
    dark: bool,
    chosen: tuple[int, int] | None,
    signs: bool,
    sparse: bool,
) -> None:
    """Draw the links into a layer; where several cross a cell, it has the colour of the strongest.

    Negative weights are dashed, so that they can be told from positive ones without colours.
    """
    before, after = rows[place - 1], rows[place]
    left, right = columns[place - 1] + 1, columns[place]
    wide = (right - left) * DOTS_ACROSS
    if wide <= 0:
        return
    strengths = np.full((len(after), len(before)), np.nan)
    if weights is not None and weights.size:
        part = np.asarray(weights, np.float64)[: len(after), : len(before)]
        largest = float(np.nanmax(np.abs(weights))) if np.isfinite(weights).any() else 0.0
        strengths[: part.shape[0], : part.shape[1]] = part / largest if largest > 0 else 0.0
    if chosen is not None:
        kept = _of_chosen(strengths.shape, place, chosen)
    else:
        kept = ~(np.abs(strengths) < _FAINT) if signs else np.ones(strengths.shape, np.bool_)
    if sparse:
        kept &= strengths != 0
    groups = _by_colour(strengths, kept, ink, dark)
    if not groups:
        return
    ranks = np.full(strengths.shape, -1)
    for rank, (_, members) in enumerate(groups):
        ranks[members] = rank
    dots, highest = _dots_of(strengths, ranks, before, after, (canvas.height * DOTS_DOWN, wide))
    canvas.draw_dots(0, left, dots, np.array([colour for colour, _ in groups], np.int64)[highest])


def _of_chosen(shape: tuple[int, int], place: int, chosen: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which links into a layer, (units, units before), lead to the chosen unit or from it."""
    kept = np.zeros(shape, np.bool_)
    layer, unit = chosen
    if layer == place:
        kept[unit] = True
    elif layer == place - 1:
        kept[:, unit] = True
    return kept


def _by_colour(strengths: Values, kept: NDArray[np.bool_], ink: Ink, dark: bool) -> list[tuple[int, NDArray[np.bool_]]]:
    """Return the colours of links, those near the ground first, each with the links that have it."""
    steps = np.where(np.isnan(strengths), -1, np.rint(np.minimum(np.abs(strengths), 1) * _STEPS))
    negative = strengths < 0
    groups: list[tuple[int, NDArray[np.bool_]]] = []
    for step in np.unique(steps[kept]).tolist():
        for below in (False, True):
            members = kept & (steps == step) & (negative == below)
            if members.any():
                groups.append((_link_colour(step, below, ink, dark), members))
    return sorted(groups, key=lambda each: _strength_order(each[0], ink))


def _dots_of(
    strengths: Values,
    ranks: NDArray[np.intp],
    before: Sequence[int],
    after: Sequence[int],
    size: tuple[int, int],
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Return the dots, of shape ``size``, of the links with a rank from 0, and the highest rank in each cell.

    Where links cross a cell, it has the dots of those of its highest rank alone.
    """
    high, wide = size
    ends, starts = np.nonzero(ranks >= 0)
    (thick,) = np.nonzero(np.abs(strengths[ends, starts]) >= _THICK)  # which have a second line below the first
    ends, starts = np.concatenate([ends, ends[thick]]), np.concatenate([starts, starts[thick]])
    lower = np.arange(len(ends)) >= len(ends) - len(thick)
    order = np.argsort(ranks[ends, starts], kind="stable")
    ends, starts, lower = ends[order], starts[order], lower[order, np.newaxis]
    across = np.arange(wide)
    first, last = np.array(before)[starts, np.newaxis], np.array(after)[ends, np.newaxis]
    down = first * DOTS_DOWN + 1.5 + (across + 0.5) / wide * (last - first) * DOTS_DOWN
    lines = np.minimum(np.clip(down.astype(np.int64), 0, high - 1) + lower, high - 1)
    drawn = ~(strengths[ends, starts] < 0)[:, np.newaxis] | (across % _DASH < _DASH - 2)
    links, columns = np.nonzero(drawn)
    lines, rank = lines[drawn], ranks[ends, starts][links]
    cells = lines // DOTS_DOWN, columns // DOTS_ACROSS
    highest = np.zeros((high // DOTS_DOWN, wide // DOTS_ACROSS), np.intp)
    highest[cells] = rank  # in their order: of those in one cell the last remains
    shown = rank == highest[cells]
    dots = np.zeros(size, np.bool_)
    dots[lines[shown], columns[shown]] = True
    return dots, highest


def _strength_order(colour: int, ink: Ink) -> int:
    """Return an order of colours from those near the ground to those far from it."""
    return sum(abs((colour >> shift & 255) - (ink.background >> shift & 255)) for shift in (0, 8, 16))


def _link_colour(step: float, negative: bool, ink: Ink, dark: bool) -> int:
    """Return the colour of links of a strength in steps; -1 stands for an unknown strength."""
    if step < 0:
        return mix(ink.background, ink.text, 0.3)
    full = curve_colour(1 if negative else 0, dark=dark)
    return mix(ink.background, full, 0.15 + 0.85 * step / _STEPS)


def _draw_units(
    canvas: Canvas,
    column: int,
    rows: Sequence[int],
    layer: LayerUnits,
    ink: Ink,
    dark: bool,
    chosen: int | None,
    signs: bool,
) -> None:
    activity = layer.activity
    largest = 0.0 if activity is None else float(np.nanmax(np.abs(activity), initial=0.0))
    for unit, row in enumerate(rows):
        colour, sign = curve_colour(2, dark=dark), "●"
        if activity is not None and unit < len(activity):
            share = float(activity[unit]) / largest if 0 < largest < np.inf else 0.0
            share = share if np.isfinite(share) else 0.0
            full = curve_colour(0 if share >= 0 else 1, dark=dark)
            colour = mix(mix(ink.background, ink.text, 0.25), full, min(1.0, abs(share)))
            sign = "○" if abs(share) < _NEAR_ZERO else "●" if not signs else "▲" if share > 0 else "▼"
        if unit == chosen:
            canvas.write(row, column - 1, "▸", ink.text, bold=True)
            sign, colour = "◆" if activity is None else sign, ink.text
        canvas.write(row, column, sign, colour, bold=True)
    if (layer.size or layer.units) > len(rows):
        canvas.write(rows[-1] + 1, column, "⋮", ink.muted, bold=True)


def _write_beside_units(
    canvas: Canvas,
    columns: Sequence[int],
    rows: Sequence[Sequence[int]],
    place: int,
    layer: LayerUnits,
    ink: Ink,
) -> None:
    """Write names and activities beside the units of all columns but the last, if the columns are far apart."""
    if place == len(columns) - 1 or columns[place + 1] - columns[place] < _NUMBERS:
        return
    names = [plain(name, _LONGEST_NAME) for name in layer.names] or [""] * len(rows[place])
    values = [""] * len(names) if layer.activity is None else [_written(value) for value in layer.activity.tolist()]
    for name, value, row in zip(names, values, rows[place], strict=False):
        canvas.write(row, columns[place] + 1, f"{name} {value}".strip(), ink.muted)


def _written(value: float) -> str:
    text = f"{value:.2f}" if abs(value) < 100 else f"{value:.1e}"
    return "0.00" if text == "-0.00" else text


def _write_titles(
    canvas: Canvas, layers: Sequence[LayerUnits], columns: Sequence[int], width: int, height: int, ink: Ink
) -> None:
    room = max(3, columns[1] - columns[0] - 1) if len(columns) > 1 else width
    for layer, column in zip(layers, columns, strict=True):
        for row, written in ((0, _title_within(layer.title, room)), (height - 1, _units_within(layer, room))):
            start = min(max(0, column - len(written) // 2), max(0, width - len(written)))
            canvas.write(row, start, written, ink.muted)


def _title_within(title: str, room: int) -> str:
    """Return the title of a layer in some cells; "" if so little of it fits that it says nothing."""
    written = plain(title, room)
    return written if written == title or len(written) >= _LEAST_TITLE else ""


def _units_within(layer: LayerUnits, room: int) -> str:
    """Return the number of units in some cells: a number is never cut, but rounded to thousands."""
    if not layer.units:
        return "?"
    size = max(layer.size, layer.units)
    forms = [f"{layer.units:,} of {size:,}"] if layer.size > layer.units else []
    forms += [f"{size:,}", f"{size / 1_000:.0f}k" if size >= _THOUSAND else "", f"{size / 1_000_000:.0f}M"]
    return next((form for form in forms if form and len(form) <= room), "")
