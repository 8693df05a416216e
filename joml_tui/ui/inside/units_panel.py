"""The panel of a layer's units: small pictures of their activations over the plane, or a large one with weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml_tui.inspect import Answer
from joml_tui.inspect.units import Units, UnitsNow
from joml_tui.plots.canvas import Canvas
from joml_tui.plots.chart_model import Row
from joml_tui.plots.palette import Ink, curve_colour
from joml_tui.ui import text
from joml_tui.ui.inside.panel import Doing, InsidePanel
from joml_tui.ui.inside.shading import Shading, shading_of
from joml_tui.ui.inside.tints import characters, narrow, resampled, tinted, tints

_SMALLEST, _LARGEST = 8, 36
_WEIGHTS = 34
_STRENGTH = 0.85
_RAMP = "@%+- .:*#"  # from -1 to 1; a blank at 0


class Tiles(NamedTuple):
    """The layout of the small pictures: their cells, and their numbers across and down."""

    width: int
    height: int
    across: int
    down: int

    @property
    def number(self) -> int:
        """The number of pictures shown at once."""
        return self.across * self.down


def tiles_for(units: int, width: int, height: int) -> Tiles:
    """Return a layout with the largest pictures that all fit, or with as many of the smallest as fit."""
    for columns in range(_LARGEST, _SMALLEST - 1, -2):
        tiles = _tiles(columns, width, height)
        if tiles.number >= units and tiles.height + 2 <= height:
            return tiles
    return _tiles(_SMALLEST, width, height)


def _tiles(columns: int, width: int, height: int) -> Tiles:
    rows = columns // 2
    return Tiles(columns, rows, max(1, (width + 1) // (columns + 1)), max(1, (height - 1) // (rows + 1)))


class UnitsPanel(InsidePanel):
    """The units of one layer over the plane of two features."""

    HELP = (
        "What each unit of a layer outputs over the plane: one colour above 0, the other below, none at 0. Up and down "
        "choose the layer, or inputs such as x1², left and right the unit. Enter or a click shows one unit with its "
        "weights, c switches between colours and characters. Where the inputs are images, each unit of the first layer "
        "is drawn as the image of its weights."
    )
    title: ClassVar[str] = "Units"
    purpose: ClassVar[str] = "what each unit outputs over the plane, or its weights as an image"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now: UnitsNow | None = None
        self._layer = self._unit = 0
        self._large = False
        self._shading: Shading | None = None

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Say what the keys do."""
        return {
            "up": partial(self.action_layer, -1),
            "down": partial(self.action_layer, 1),
            "left": partial(self.action_unit, -1),
            "right": partial(self.action_unit, 1),
            "large": self.action_large,
            "shading": self.action_shading,
        }

    def question(self) -> Units:
        """Return the question about as many pictures as fit, or about one that fills the panel."""
        size = self.size or self.app.size  # nothing is shown before the first answer
        width, height = size.width - 1, size.height
        if self._large:
            columns, rows = large_size(width, height)
            return Units(self._layer, self._unit, 1, columns, 2 * rows)
        units = self._now.size_of(self._layer) if self._now is not None else 8
        tiles = tiles_for(units, width, height)
        first = self._unit // tiles.number * tiles.number
        return Units(self._layer, first, tiles.number, tiles.width, 2 * tiles.height)

    def show_answer(self, answer: Answer) -> None:
        """Draw the answer, unless another layer was chosen in the meantime; ask again if the layout has changed."""
        if not isinstance(answer, UnitsNow):
            return
        if answer.layer != max(min(self._layer, len(answer.sizes) - 1), answer.first_layer):
            return
        previous, self._now = self._now, answer
        self._layer = answer.layer
        self._unit = min(self._unit, answer.size_of(answer.layer) - 1)
        self.redraw()
        if previous is None and not self._large:
            self.ask_again()

    def forget(self) -> None:
        """Begin with the first layer."""
        self._now = None
        self._layer = self._unit = 0

    def on_resize(self) -> None:
        """Draw the present answer in the new size, and ask for matching dots."""
        super().on_resize()
        self.ask_again()

    def action_layer(self, by: int) -> None:
        """Show another layer."""
        if self._now is not None:
            self._layer = min(max(self._layer + by, self._now.first_layer), len(self._now.sizes) - 1)
            self._unit = 0
            self.ask_again()

    def action_unit(self, by: int) -> None:
        """Go to another unit; after the last comes the first."""
        if self._now is not None:
            self._choose((self._unit + by) % self._now.size_of(self._layer))

    def action_open(self, unit: int) -> None:
        """Show a unit large."""
        self._large = True
        self._choose(unit)

    def action_large(self) -> None:
        """Show the selected unit large, or all units."""
        self._large = not self._large
        self.ask_again()

    def action_shading(self) -> None:
        """Toggle between colours and characters."""
        self._shading = Shading((self._shaded + 1) % len(Shading))
        self.redraw()

    def _choose(self, unit: int) -> None:
        self._unit = unit
        self.redraw()
        if self._large or self._now is None or not 0 <= unit - self._now.first < len(self._now.activations):
            self.ask_again()

    @property
    def _shaded(self) -> Shading:
        return shading_of() if self._shading is None else self._shading

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Draw the pictures."""
        now = self._now
        if now is None:
            return ()
        large = self._large and len(now.activations) == 1 and now.first == self._unit
        draw = draw_unit if large else draw_units
        return draw(now, self._unit, width, height, ink, dark=dark, shading=self._shaded)


def draw_units(
    now: UnitsNow, chosen: int, width: int, height: int, ink: Ink, *, dark: bool, shading: Shading
) -> tuple[Row, ...]:
    """Return small pictures of the units that fit, below a line with the layer's name."""
    cells = Canvas(width, height)
    units = now.size_of(now.layer)
    tiles = tiles_for(units, width, height)
    shown = min(len(now.activations), tiles.number)
    column = _write_layer(cells, now, ink, shading)
    more = f"units {now.first + 1}–{now.first + shown} of {units:,}" if shown < units else f"{units:,} units"
    hints = f"{more}  ↑↓ layer  ←→ unit  Enter: large"
    hints = hints if column + len(hints) + 2 <= width else more
    cells.write(0, max(column + 2, width - len(hints)), _simple(hints, shading), ink.muted)
    for place in range(shown):
        unit = now.first + place
        row = 1 + place // tiles.across * (tiles.height + 1)
        left = place % tiles.across * (tiles.width + 1)
        name = _simple(f"▸{_name(now, unit)}" if unit == chosen else f" {_name(now, unit)}", shading)
        cells.write(row, left, name[: tiles.width], ink.text if unit == chosen else ink.muted, bold=unit == chosen)
        _draw(cells, row + 1, left, now.activations[place], (tiles.width, tiles.height), ink, dark, shading)
        cells.make_clickable(row, left, tiles.height + 1, tiles.width, f"open({unit})")
    return cells.rows()


def large_size(width: int, height: int) -> tuple[int, int]:
    """Return the columns and rows of cells of a picture that fills the panel beside the weights."""
    rows = max(2, height - 1)
    room = width - _WEIGHTS if width > 2 * _WEIGHTS else width
    return max(4, min(room, round(2 * rows * 1.5))), rows


def draw_unit(
    now: UnitsNow, chosen: int, width: int, height: int, ink: Ink, *, dark: bool, shading: Shading
) -> tuple[Row, ...]:
    """Return one unit's large picture, with its incoming weights beside it."""
    cells = Canvas(width, height)
    columns, rows = large_size(width, height)
    column = _write_layer(cells, now, ink, shading)
    hints = _simple("↑↓ layer  ←→ unit  Enter: all units", shading)
    cells.write(0, max(column + 2, width - len(hints)), hints, ink.muted)
    _draw(cells, 1, 0, now.activations[0], (columns, rows), ink, dark, shading)
    cells.make_clickable(1, 0, rows, columns, "large")
    _write_weights(cells, now, chosen, columns + 2, ink, dark, shading)
    return cells.rows()


def _write_layer(cells: Canvas, now: UnitsNow, ink: Ink, shading: Shading) -> int:
    title = "output layer" if _is_output(now) else f"layer {now.layer + 1}"
    title = f"weights of {title}" if now.images else title
    named = f"{len(now.terms)} inputs" if now.layer < 0 else f"{title}: {narrow(now.layers[now.layer])}"
    column = cells.write(0, 0, named, ink.text, bold=True)
    return cells.write(0, column, _simple(f" · iteration {text.count(now.iteration)}", shading), ink.muted)


def _write_weights(
    cells: Canvas, now: UnitsNow, chosen: int, column: int, ink: Ink, dark: bool, shading: Shading
) -> None:
    """Write bias and weights as bars, or the largest of them if not all fit."""
    weights, bias, height = now.weights[0], float(now.biases[0]), cells.height
    activations = now.activations[0]
    cells.write(1, column, f"{'input' if now.layer < 0 else 'unit'} {_name(now, chosen)}", ink.text, bold=True)
    cells.write(
        2, column, f"{'w' if now.images else 'a'} {activations.min():.3g} to {activations.max():.3g}", ink.muted
    )
    if now.layer < 0:
        return
    fitting = max(0, height - 6)
    places = np.arange(len(weights))
    if len(weights) > fitting:
        places = np.sort(np.argsort(-np.abs(weights), kind="stable")[:fitting])
    title = (
        f"weights from {len(weights):,}"
        if len(places) == len(weights)
        else f"{len(places)} largest of {len(weights):,}"
    )
    cells.write(4, column, title, ink.muted)
    room = max(2, cells.width - column - 16)
    largest = max(float(np.abs(weights).max(initial=0)), abs(bias)) or 1.0
    rows = [(now.inputs[place] if now.inputs else f"a{place + 1}", float(weights[place])) for place in places]
    block = "#" if shading is Shading.ASCII else "█"
    for row, (name, weight) in enumerate([("b", bias), *rows], start=5):
        cells.write(row, column, f"{narrow(name)[:6]:<6}{weight:>8.3f}", ink.text if row == 5 else ink.muted)
        bar = max(1, round(abs(weight) / largest * room)) if weight else 0
        cells.write(row, column + 15, block * bar, curve_colour(0 if weight > 0 else 1, dark=dark))


def _draw(
    cells: Canvas,
    row: int,
    column: int,
    activations: NDArray[np.float32],
    size: tuple[int, int],
    ink: Ink,
    dark: bool,
    shading: Shading,
) -> None:
    """Draw one unit's picture, on a scale symmetric around activation 0."""
    columns, rows = size
    largest = float(np.abs(activations).max()) or 1.0
    if shading is Shading.COLOURS:
        level = resampled(activations / largest, 2 * rows, columns).astype(np.float64)
        table = tints((curve_colour(0, dark=dark), curve_colour(1, dark=dark)), ink.background, _STRENGTH)
        cells.paint(row, column, tinted(table, (level < 0).astype(np.intp), np.abs(level)))
    else:
        level = resampled(activations / largest, rows, columns).astype(np.float64)
        places = np.rint((level + 1) / 2 * (len(_RAMP) - 1)).astype(np.intp)
        cells.fill(row, column, characters(_RAMP, places), ink.text)


def _name(now: UnitsNow, unit: int) -> str:
    if now.layer < 0:
        return narrow(now.terms[unit])
    return narrow(now.outputs[unit]) if _is_output(now) else str(unit + 1)


def _is_output(now: UnitsNow) -> bool:
    """Return whether the units are outputs; of images only the first of several layers is sent."""
    return now.layer == len(now.layers) - 1 and (not now.images or now.sizes[0] == len(now.outputs))


def _simple(words: str, shading: Shading) -> str:
    """Return a text, in ASCII if the terminal needs it."""
    if shading is not Shading.ASCII:
        return words
    for fine, plain in (("↑↓", "up/down"), ("←→", "left/right"), ("▸", ">"), ("·", "-"), ("–", "-")):
        words = words.replace(fine, plain)
    return words
