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
from joml_tui.plots.chart_model import Piece, Row
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


def tiles_for(units: int, width: int, height: int, image: tuple[int, int] | None = None) -> Tiles:
    """Return a layout with the largest pictures that all fit, or with as many of the smallest as fit.

    Images have a height and a width in dots, of which each takes as many cells as the others where that is possible.
    """
    sizes = [(columns, columns // 2) for columns in range(_LARGEST, _SMALLEST - 1, -2)]
    if image is not None:
        sizes = [(columns, _rows_of(image, columns)) for columns in _widths_of(image[1])]
    for columns, rows in sizes:
        tiles = _tiles(columns, rows, width, height)
        if tiles.number >= units and tiles.height + 2 <= height and tiles.width <= width:
            return tiles
    return _tiles(*sizes[-1], width, height)


def _widths_of(dots: int) -> list[int]:
    """Return the cells of images so many dots wide, falling: multiples of the dots, and parts of many."""
    multiples = [dots * times for times in range(_LARGEST // dots, 0, -1) if dots * times >= _SMALLEST]
    return multiples + [dots // part for part in (2, 4, 8, 16, 32) if dots // part >= _SMALLEST]


def _rows_of(image: tuple[int, int], columns: int) -> int:
    """Return the rows of cells of an image, two dots each, that is so many columns wide."""
    height, width = image
    return max(1, -(-height * columns // (2 * width)))


def _tiles(columns: int, rows: int, width: int, height: int) -> Tiles:
    return Tiles(columns, rows, max(1, (width + 1) // (columns + 1)), max(1, (height - 1) // (rows + 1)))


class UnitsPanel(InsidePanel):
    """The units of one layer over the plane of two features."""

    HELP = (
        "What each unit of a layer outputs over the plane: one colour above 0, the other below, none at 0. Up and down "
        "choose the layer, or inputs such as x1², left and right the unit. Enter or a click shows one unit with its "
        "weights, c switches between colours and characters. Of images: weights that see one, such as filters, and by "
        "Space the maps of a test sample (Shift ← →)."
    )
    title: ClassVar[str] = "Units"
    purpose: ClassVar[str] = "what each unit outputs over the plane, or its filter and its map of an image"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now: UnitsNow | None = None
        self._layer = self._unit = 0
        self._large = self._maps = False
        self._sample = 0
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
            "choice": self.action_maps,
            "before": partial(self.action_sample, -1),
            "after": partial(self.action_sample, 1),
        }

    def question(self) -> Units:
        """Return the question about as many pictures as fit, or about one that fills the panel."""
        size = self.size or self.app.size  # nothing is shown before the first answer
        width, height = size.width - 1, size.height
        if self._large:
            columns, rows = large_size(width, height)
            return Units(self._layer, self._unit, 1, columns, 2 * rows, self._maps, self._sample)
        tiles = self._tiles(width, height)
        first = self._unit // tiles.number * tiles.number
        return Units(self._layer, first, tiles.number, tiles.width, 2 * tiles.height, self._maps, self._sample)

    def _tiles(self, width: int, height: int) -> Tiles:
        """Return the layout of the pictures that the latest answer lets expect."""
        now = self._now
        return tiles_for(8 if now is None else now.size_of(self._layer), width, height, _image_of(now))

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
        if not self._large and (previous is None or _image_of(previous) != _image_of(answer)):
            self.ask_again()

    def forget(self) -> None:
        """Begin with the first layer and the first sample."""
        self._now = None
        self._layer = self._unit = self._sample = 0

    def on_resize(self) -> None:
        """Draw the present answer in the new size, and ask for matching dots."""
        super().on_resize()
        self.ask_again()

    def action_layer(self, by: int) -> None:
        """Show another layer."""
        if self._now is not None:
            self._layer = min(max(self._layer + by, self._now.first_layer), len(self._now.sizes) - 1)
            self._unit = 0
            self.redraw()
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

    def action_maps(self) -> None:
        """Show the maps of a sample, or the weights, of a network on images."""
        if self._now is not None and self._now.images:
            self._maps = not self._maps
            self.ask_again()

    def action_sample(self, by: int) -> None:
        """Show the maps of another sample; after the last comes the first."""
        if self._now is not None and self._now.maps:
            self._sample = (self._sample + by) % self._now.samples
            self.redraw()
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
        rows = draw(now, self._unit, width, height, ink, dark=dark, shading=self._shaded)
        coming = self._coming(now)
        return rows if not coming else ((Piece(coming[:width], bold=True),), *rows[1:])

    def _coming(self, now: UnitsNow) -> str:
        """Return the head of the panel while the answer is about another layer or sample than the chosen one."""
        if now.layer != self._layer:
            chosen = "the inputs" if self._layer < 0 else f"layer {self._layer + 1}"
            return f"{chosen} … (below is still {'the input' if now.layer < 0 else f'layer {now.layer + 1}'})"
        if now.maps and now.sample != self._sample % now.samples:
            return f"test sample {self._sample % now.samples + 1:,} … (below is still {now.sample + 1:,})"
        return ""


def draw_units(
    now: UnitsNow, chosen: int, width: int, height: int, ink: Ink, *, dark: bool, shading: Shading
) -> tuple[Row, ...]:
    """Return small pictures of the units that fit, below a line with the layer's name."""
    cells = Canvas(width, height)
    units = now.size_of(now.layer)
    tiles = tiles_for(units, width, height, _image_of(now))
    shown = min(len(now.activations), tiles.number)
    column = _write_layer(cells, now, ink, shading)
    noun = "channel" if now.layer < 0 and now.images else "unit"
    more = f"{noun}s {now.first + 1}–{now.first + shown} of {units:,}"
    more = f"{units:,} {noun}{'s' * (units != 1)}" if shown == units else more
    keys = "↑↓ layer  ←→ unit  Enter: large"
    texts = (f"{_image_hints(now)}{keys}", _image_hints(now), _space_hint(now), "")
    hints = _fitting(width - column - 2, *(f"{more}  {hint}" for hint in texts))
    cells.write(0, max(column + 2, width - len(hints)), _simple(hints, shading), ink.muted)
    largest = float(np.abs(now.activations).max()) if now.maps else None  # maps are compared with each other
    for place in range(shown):
        unit = now.first + place
        row = 1 + place // tiles.across * (tiles.height + 1)
        left = place % tiles.across * (tiles.width + 1)
        name = _name(now, unit)
        if now.maps and now.activations[place].size == 1:
            name += f" {float(now.activations[place, 0, 0]):.2g}"
        name = _simple(f"▸{name}" if unit == chosen else f" {name}", shading)
        cells.write(row, left, name[: tiles.width], ink.text if unit == chosen else ink.muted, bold=unit == chosen)
        size = (tiles.width, tiles.height)
        _draw(cells, row + 1, left, now.activations[place], size, ink, dark, shading, largest)
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
    columns, rows = _large_image(_image_of(now), *large_size(width, height))
    column = _write_layer(cells, now, ink, shading)
    hints = f"{_image_hints(now)}↑↓ layer  ←→ unit  Enter: all units"
    hints = _fitting(width - column - 2, hints, "↑↓ layer  ←→ unit  Enter: all units", "Enter: all units")
    cells.write(0, max(column + 2, width - len(hints)), _simple(hints, shading), ink.muted)
    _draw(cells, 1, 0, now.activations[0], (columns, rows), ink, dark, shading)
    cells.make_clickable(1, 0, rows, columns, "large")
    _write_weights(cells, now, chosen, columns + 2, ink, dark, shading)
    return cells.rows()


def _write_layer(cells: Canvas, now: UnitsNow, ink: Ink, shading: Shading) -> int:
    title = "output layer" if _is_output(now) else f"layer {now.layer + 1}"
    if now.images:
        title = f"{'maps' if now.maps else 'weights'} of {title}"
    inputs = "the sample" if now.images else f"{len(now.terms)} inputs"
    named = inputs if now.layer < 0 else f"{title}: {narrow(now.layers[now.layer])}"
    column = cells.write(0, 0, named, ink.text, bold=True)
    about = f" · test sample {text.count(now.sample + 1)}" if now.maps else ""
    about += f": {narrow(now.label)}" if now.maps and now.label else ""
    return cells.write(0, column, _simple(f" · iteration {text.count(now.iteration)}{about}", shading), ink.muted)


def _image_of(now: UnitsNow | None) -> tuple[int, int] | None:
    """Return the height and width of pictures that are images, in dots; None for others."""
    return None if now is None or not now.images else (now.activations.shape[1], now.activations.shape[2])


def _image_hints(now: UnitsNow) -> str:
    """Return the keys for pictures that are images."""
    return _space_hint(now) + ("Shift ← → sample  " if now.maps else "")


def _space_hint(now: UnitsNow) -> str:
    return f"Space: {'weights' if now.maps else 'maps'}  " if now.both else ""


def _fitting(room: int, *texts: str) -> str:
    """Return the first of the texts that fits, or the last one."""
    return next((text for text in texts if len(text.rstrip()) <= room), texts[-1]).rstrip()


def _large_image(image: tuple[int, int] | None, columns: int, rows: int) -> tuple[int, int]:
    """Return the columns and rows of a large picture in this room; of an image with equal dots where they fit."""
    if image is None:
        return columns, rows
    times = min(columns // image[1], 2 * rows // image[0])
    if times:
        return times * image[1], _rows_of(image, times * image[1])
    columns = max(1, min(columns, 2 * rows * image[1] // image[0]))
    return columns, _rows_of(image, columns)


def _write_weights(
    cells: Canvas, now: UnitsNow, chosen: int, column: int, ink: Ink, dark: bool, shading: Shading
) -> None:
    """Write bias and weights as bars, or the largest of them if not all fit."""
    weights, bias, height = now.weights[0], float(now.biases[0]), cells.height
    activations = now.activations[0]
    cells.write(1, column, f"{'input' if now.layer < 0 else 'unit'} {_name(now, chosen)}", ink.text, bold=True)
    cells.write(
        2,
        column,
        f"{'w' if now.images and not now.maps else 'a'} {activations.min():.3g} to {activations.max():.3g}",
        ink.muted,
    )
    if not len(weights):
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
    largest: float | None = None,
) -> None:
    """Draw one unit's picture, on a scale symmetric around activation 0; by default up to its own largest one."""
    columns, rows = size
    largest = (float(np.abs(activations).max()) if largest is None else largest) or 1.0
    if shading is Shading.COLOURS:
        level = resampled(activations / largest, 2 * rows, columns).astype(np.float64)
        table = tints((curve_colour(0, dark=dark), curve_colour(1, dark=dark)), ink.background, _STRENGTH)
        cells.paint(row, column, tinted(table, (level < 0).astype(np.intp), np.abs(level)))
    else:
        level = resampled(activations / largest, rows, columns).astype(np.float64)
        places = np.rint((level + 1) / 2 * (len(_RAMP) - 1)).astype(np.intp)
        cells.fill(row, column, characters(_RAMP, places), ink.text)


def _name(now: UnitsNow, unit: int) -> str:
    if now.layer < 0 and now.terms:
        return narrow(now.terms[unit])
    return narrow(now.outputs[unit]) if _is_output(now) else str(unit + 1)


def _is_output(now: UnitsNow) -> bool:
    return now.layer == len(now.layers) - 1


def _simple(words: str, shading: Shading) -> str:
    """Return a text, in ASCII if the terminal needs it."""
    if shading is not Shading.ASCII:
        return words
    for fine, plain in (("↑↓", "up/down"), ("←→", "left/right"), ("▸", ">"), ("·", "-"), ("–", "-")):
        words = words.replace(fine, plain)
    return words
