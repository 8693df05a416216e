"""The panel of the network's diagram: one block per layer, as wide as its units, with statistics beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from joml import Residual
from joml.data.category_columns import CategoryColumn, category_columns
from joml.layers.base_layer import BaseLayer, Shape, features_of, shape_text, shapes_of
from joml.layers.layer_stack import parse_ends
from joml_tui.alignment import align_left, align_right
from joml_tui.experiment import Experiment, LayerSpec, has_layers_of_kinds, name_of
from joml_tui.experiment.category_layers import asks_for_columns
from joml_tui.experiment.layer_parts import stack_of
from joml_tui.inspect import Answer, Question
from joml_tui.inspect.layer_curves import Layers, LayersNow
from joml_tui.plots.arc_lanes import lanes_of
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.palette import Ink, curve_colour, mix
from joml_tui.reports.sentences.text_table import text_table
from joml_tui.ui.inside.panel import Doing, InsidePanel
from joml_tui.ui.inside.sparklines import percent, short
from joml_tui.ui.text import count

_INVALID = "The composed network has an invalid entry: see the compose panel."
#: Cells of the widest block, at most and at least.
_WIDEST, _NARROWEST = 100, 6
#: Rows of a block, at most.
_THICKEST = 9
_UNITS, _LANE = 7, 2
#: Cells of a layer's gradient, update and idle units.
_NUMBERS = 24
#: The share of its colour that the darkest block has.
_DARKEST = 0.3

#: The option of a layer whose parameters stay as they are, and its mark where there is less room.
_FROZEN = ("frozen", "F")

#: What the brightness of a block shows.
Brightness = Literal["gradient", "active units"]


@dataclass(frozen=True, slots=True)
class Block:
    """One layer of the diagram; the inputs are the first."""

    title: str
    units: int
    activation: str = ""
    parameters: int = 0
    options: str = ""
    marks: str = ""
    residual: int = 0
    #: Whether it is a layer inside a residual block, which has no statistics of its own.
    inside: bool = False


def blocks_of(
    experiment: Experiment,
    inputs: Shape | None = None,
    output_size: int | None = None,
    categories: Sequence[CategoryColumn] = (),
) -> list[Block]:
    """Return the layers of an experiment; sizes that come from the data set are 0 unless they are given."""
    if has_layers_of_kinds(experiment):
        ends = experiment.input_shape or inputs, experiment.output.size or output_size
        return _blocks_of_kinds(experiment, *ends, categories)
    layers = [layer for layer in experiment.layers if isinstance(layer, LayerSpec)]
    sizes = [
        experiment.input_size or (0 if inputs is None else features_of(inputs)),
        *(layer.size for layer in layers),
        experiment.output.size or output_size or 0,
    ]
    blocks = [Block("input", sizes[0])]
    for place, layer in enumerate(layers, start=1):
        options = [f"dropout {layer.dropout:g}"] if layer.dropout else []
        options += ["normalised"] if layer.normalised else []
        options += [f"residual {layer.residual}"] if layer.residual else []
        options += ["frozen"] if layer.frozen else []
        marks = [f"D{layer.dropout:g}"] if layer.dropout else []
        marks += ["N"] if layer.normalised else []
        marks += [f"R{layer.residual}"] if layer.residual else []
        marks += ["F"] if layer.frozen else []
        parameters = layer.size * (sizes[place - 1] + 1 + 2 * layer.normalised) if sizes[place - 1] else 0
        activation = name_of(layer.activation)
        columns = ", ".join(options), " ".join(marks)
        blocks.append(Block(str(place), layer.size, activation, parameters, *columns, layer.residual))
    output = experiment.output
    parameters = sizes[-1] * (sizes[-2] + 1) if sizes[-2] else 0
    frozen = _FROZEN if output.frozen else ("", "")
    blocks.append(Block("output", sizes[-1], name_of(output.activation), parameters, *frozen))
    return blocks


def _blocks_of_kinds(
    experiment: Experiment, inputs: Shape | None, output_size: int | None, categories: Sequence[CategoryColumn]
) -> list[Block]:
    """Return the layers with the shapes after them; without the sizes of the data set, the layers' names alone."""
    if inputs is None:
        inputs = (experiment.input_size,) if experiment.input_size is not None else None
    try:
        if inputs is None or output_size is None:
            stack = None
        else:
            stack = stack_of(experiment.layers, inputs, output_size, categories)
    except ValueError:  # the problem stands at the layer in the compose panel
        stack = None
    output = name_of(experiment.output.activation)
    if stack is None:
        hidden = [Block(str(place), 0, name_of(layer)) for place, layer in enumerate(experiment.layers, start=1)]
        return [Block("input", 0), *hidden, Block("output", 0, output)]
    blocks = [Block("input", stack.input_size, options=_image_text(stack.input_shape))]
    blocks += _opened_blocks(stack.layers, stack.shapes)
    parameters = stack.output_size * (features_of(stack.shapes[-2]) + 1)
    frozen = _FROZEN if experiment.output.frozen else ("", "")
    return [*blocks, Block("output", stack.output_size, output, parameters, *frozen)]


def _opened_blocks(
    layers: Sequence[BaseLayer], shapes: Sequence[Shape], prefix: str = "", *, frozen: bool = False
) -> Iterator[Block]:
    """Yield layers with the shapes after them; those inside a residual block come before its sum."""
    for place, (layer, before, after) in enumerate(zip(layers, shapes, shapes[1:], strict=False), start=1):
        title, stays = f"{prefix}{place}", frozen or layer.frozen
        option, mark = (f"{_image_text(after)} {word}".strip() for word in (_FROZEN if stays else ("", "")))
        if isinstance(layer, Residual):
            inside = list(_opened_blocks(layer.layers, shapes_of(layer.layers, before), f"{title}.", frozen=stays))
            yield from (replace(block, inside=True) for block in inside)
            yield Block(title, features_of(after), "sum", 0, option, mark, len(inside) + 1)
        else:
            parameters = sum(features_of(shape) for shape in layer.parameter_shapes(before).values())
            yield Block(title, features_of(after), layer.notation, parameters, option, mark)


def _image_text(shape: Shape) -> str:
    return shape_text(shape) if len(shape) > 1 else ""


class Diagram(InsidePanel):
    """The layers from inputs to outputs, of the composed network or of the selected run with its numbers."""

    HELP = (
        "The layers from input to output, each as wide as it has units; an arc leads past a residual block to its "
        "sum. Gradient: its norm. Update: the change of the weights in one iteration, relative to the weights; about "
        "1e-3 is usual. Idle: dead or saturated units, bold from 50 %. Blocks are bright where the gradient is large, "
        "or the units are active (Space)."
    )
    title = "Diagram"
    purpose = "the layers, and how well each one learns"
    without_run = True

    def __init__(self) -> None:
        super().__init__(id="inside-diagram")
        self._now: LayersNow | None = None
        self._brightness: Brightness = "gradient"

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Return the effects of the keys."""
        return {"choice": self.action_other_brightness}

    def action_other_brightness(self) -> None:
        """Have the brightness of the blocks show the other measure."""
        self._brightness = "active units" if self._brightness == "gradient" else "gradient"
        self.redraw()

    def question(self) -> Question | None:
        """Return the question about the layers' statistics."""
        return Layers(bins=1)

    def show_answer(self, answer: Answer) -> None:
        """Write the numbers beside the blocks."""
        if isinstance(answer, LayersNow):
            self._now = answer
            self.redraw()

    def forget(self) -> None:
        """Draw the blocks without numbers."""
        self._now = None
        self.redraw()

    def describe_composed(self) -> list[str]:
        """Return a table of the layers."""
        if self.experiment is None:
            return [_INVALID]
        blocks = blocks_of(self.experiment, *self._ends(), self._columns())
        rows = [
            [
                f"{block.title} {block.activation}".strip(),
                str(block.units or "?"),
                f"{block.parameters:,}",
                block.options,
            ]
            for block in blocks
        ]
        return text_table(("layer", "units", "parameters", "options"), rows)

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Return the blocks one below the other, with arrows between them if there is room."""
        if self.experiment is None:
            return [(Piece(_INVALID, ink.muted),)]
        blocks = blocks_of(self.experiment, *self._ends(), self._columns())
        return draw(blocks, self._now, width, height, ink, dark=dark, brightness=self._brightness)

    def _ends(self) -> tuple[Shape | None, int | None]:
        """Return the shape of a sample and the number of outputs from the data set, as far as they are known."""
        if self.run is None:
            return self.ends.inputs, self.ends.outputs
        architecture = self.run.architecture
        return parse_ends(architecture) if architecture else (None, None)

    def _columns(self) -> tuple[CategoryColumn, ...]:
        """Return the columns of categories of the data, of a run as far as they are recorded."""
        if self.run is None:
            return self.ends.columns
        if not asks_for_columns(self.run.experiment.layers):
            return ()
        return () if self.run.preparation is None else category_columns(self.run.preparation.columns)


def draw(
    blocks: Sequence[Block],
    now: LayersNow | None,
    width: int,
    height: int,
    ink: Ink,
    *,
    dark: bool,
    brightness: Brightness = "gradient",
) -> list[Row]:
    """Return a diagram of this size in cells; the brightness of the blocks shows a measure of each layer."""
    lanes = _lanes(blocks)
    numbers = _numbers(blocks, now)
    width_of_names = max(len(block.activation) for block in blocks)
    counts = max(len("params"), *(len(count(block.parameters)) for block in blocks))
    left = 7 + _UNITS + 1 + _LANE * len(lanes)
    beside = width_of_names + counts + 4 + (_NUMBERS if now is not None else 0)
    room = width - left - beside
    # Options are written out if the blocks still fit beside them, else as the letters of their keys.
    full = room - max(len(block.options) for block in blocks) - 2 >= 2 * _NARROWEST
    options = [block.options if full else block.marks for block in blocks]
    widest = max(_NARROWEST, min(_WIDEST, room - max(len(option) for option in options) - 2))
    most = max(block.units for block in blocks) or 1
    colours = _colours(blocks, now, brightness, ink, dark)
    titles = f"{'layer':<7}{align_right('units', _UNITS)} " + " " * (_LANE * len(lanes) + widest + width_of_names + 4)
    titles += align_right("params", counts)
    titles += f"{'gradient':>9}{'update':>9}{'idle':>6}" if now is not None else ""
    rows: list[Row] = [(Piece(titles[:width], ink.muted),)]
    apart = height >= 2 * len(blocks) + 2
    thick = max(1, min(_THICKEST, (height - 2 - len(blocks)) // len(blocks))) if apart else 1
    for place, block in enumerate(blocks):
        cells = max(1, round(widest * block.units / most))
        before = (widest - cells) // 2
        block_pieces = (Piece(" " * before), Piece("█" * cells, colours[place]))
        above, below = (
            (
                Piece(" " * (7 + _UNITS + 1)),
                Piece("".join(_between(lane, beside_place) for lane in lanes), curve_colour(3, dark=dark)),
                *block_pieces,
            )
            for beside_place in (place - 1, place)
        )
        rows += [above] * ((thick - 1) // 2)
        rows.append(
            (
                Piece(f"{block.title:<7}", ink.muted),
                Piece(f"{align_right(count(block.units) if block.units else '?', _UNITS)} "),
                Piece("".join(_lane(lane, place) for lane in lanes), curve_colour(3, dark=dark)),
                *block_pieces,
                Piece(" " * (widest - cells - before) + f"  {align_left(block.activation, width_of_names)}  "),
                Piece(align_right(count(block.parameters) if block.parameters else "", counts), ink.muted),
                *numbers[place],
                Piece(f"  {options[place]}" if options[place] else "", ink.muted),
            )
        )
        rows += [below] * (thick // 2)
        if apart and place < len(blocks) - 1:
            arcs = "".join(_between(lane, place) for lane in lanes)
            rows.append(
                (
                    Piece(" " * (7 + _UNITS + 1)),
                    Piece(arcs, curve_colour(3, dark=dark)),
                    Piece(" " * ((widest - 1) // 2) + "↓", ink.muted),
                )
            )
    total = sum(block.parameters for block in blocks)
    notes = [f"{count(total)} parameters"] if total else []
    if now is not None:
        notes.append(f"brighter: {'larger gradient' if brightness == 'gradient' else 'more active units'} (Space)")
    rows.append((Piece(" · ".join(notes)[:width], ink.muted),))
    if now is not None:
        rows.append((Piece("update: of the weights · idle: dead or saturated units"[:width], ink.muted),))
    return rows


def _colours(blocks: Sequence[Block], now: LayersNow | None, brightness: Brightness, ink: Ink, dark: bool) -> list[int]:
    """Return the colours of the blocks; without measurements, inputs and outputs differ from the hidden layers."""
    hidden, ends = curve_colour(0, dark=dark), curve_colour(1, dark=dark)
    colours = [ends, *[hidden] * (len(blocks) - 2), ends]
    if now is None or not len(now.series.iterations):
        return colours
    series = now.series
    if brightness == "gradient":
        shares = _between_extremes(series.gradient[-1])
    else:
        shares = 1 - np.nan_to_num(np.where(np.isnan(series.dead[-1]), series.saturated[-1], series.dead[-1]))
    measured = [place for place, block in enumerate(blocks) if place and not block.inside]
    for place, share in zip(measured, shares.tolist(), strict=False):
        colours[place] = mix(ink.background, colours[place], _DARKEST + (1 - _DARKEST) * share)
    return colours


def _between_extremes(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the places of positive numbers between the smallest and the largest, by their logarithms, from 0 to 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithms = np.log(values.astype(np.float64))
    finite = np.isfinite(logarithms)
    low, high = (logarithms[finite].min(), logarithms[finite].max()) if finite.any() else (0.0, 0.0)
    if high <= low:
        return np.where(finite, 1.0, 0.0)
    return np.where(finite, (np.where(finite, logarithms, low) - low) / (high - low), 0.0)


def _numbers(blocks: Sequence[Block], now: LayersNow | None) -> list[Row]:
    """Return each layer's norm of the gradient, relative update, and share of dead or saturated units."""
    rows: list[Row] = [()] * len(blocks)
    if now is None or not len(now.series.iterations):
        return rows
    series = now.series
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = series.update[-1] / series.weights[-1]
    idle = np.where(np.isnan(series.dead[-1]), series.saturated[-1], series.dead[-1])
    rows = [(Piece(" " * _NUMBERS),) if block.inside else () for block in blocks]
    measured = [place for place, block in enumerate(blocks) if place and not block.inside]
    for place, number in enumerate(measured):
        share = float(idle[place]) if place < len(idle) else float("nan")
        written = f"{short(float(series.gradient[-1, place])):>9}{short(float(relative[place])):>9}"
        rows[number] = (Piece(written), Piece(f"{percent(share):>6}", bold=share >= 0.5))
    return rows


def _lanes(blocks: Sequence[Block]) -> list[list[tuple[int, int]]]:
    """Return lanes of arcs from the start to the end of residual blocks; arcs in a lane do not overlap."""
    return lanes_of((place - block.residual, place) for place, block in enumerate(blocks) if block.residual)


def _lane(lane: Sequence[tuple[int, int]], place: int) -> str:
    ends, starts = any(end == place for _, end in lane), any(start == place for start, _ in lane)
    if ends:
        return "├▸" if starts else "╰▸"
    if starts:
        return "╭─"
    return "│ " if any(start < place < end for start, end in lane) else "  "


def _between(lane: Sequence[tuple[int, int]], place: int) -> str:
    return "│ " if any(start <= place < end for start, end in lane) else "  "
