"""The panel of the network's picture: units and links, their values for one sample, and a unit's formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from textual.widget import Widget

from joml.statistics.metrics import predictions
from joml_tui.inspect import Answer, Question
from joml_tui.inspect.sample_flow import LayerFlow, SampleFlow, SampleFlowNow
from joml_tui.plots.arc_lanes import Arc, lanes_of
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.network_picture import LayerUnits, draw_network, has_room
from joml_tui.plots.palette import Ink
from joml_tui.ui.actions import key_of
from joml_tui.ui.inside.panel import Doing
from joml_tui.ui.inside.part_choice import PartPanel, about, written_sample
from joml_tui.ui.inside.shading import Shading, shading_of
from joml_tui.ui.inside.sparklines import short
from joml_tui.ui.inside.tints import narrow
from joml_tui.ui.inside.unit_formula import formula_lines, signed

#: Rows above the picture, and those of a formula below it, at most.
_HEAD, _FORMULA = 2, 7
#: Rows of the shortest formula.
_SUM = 3
#: Rows of titles above and below the units.
_TITLES = 2


class NetworkPanel(PartPanel[SampleFlowNow]):
    """The network as units and links, with the activations of one sample."""

    HELP = (
        "Units by their activation for one sample, links by their weight: one colour above 0, the other and dashed "
        "below. A channel of images is a unit, by its mean; an arc leads past a residual block to its sum. "
        "Arrows or a click choose a unit and show its formula, a channel's of its strongest window; Enter shows all "
        "links. Space changes the part, Shift with left and right the sample."
    )
    title = "Network"
    purpose = "units and weights, and the values of the units for one sample"

    def __init__(self) -> None:
        super().__init__(id="inside-network")
        self._chosen: tuple[int, int] | None = None
        self._sample = 0
        self._shading: Shading | None = None
        self._asked: SampleFlow | None = None
        #: Whether residual blocks are opened, as long as the picture has room for their layers.
        self._opened = True

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Return the effects of the keys."""
        return {
            "up": partial(self.action_move, 0, -1),
            "down": partial(self.action_move, 0, 1),
            "left": partial(self.action_move, -1, 0),
            "right": partial(self.action_move, 1, 0),
            "choice": self.action_other_part,
            "large": self.action_whole,
            "before": partial(self.action_sample, -1),
            "after": partial(self.action_sample, 1),
            "shading": self.action_shading,
        }

    def question(self) -> Question | None:
        """Return the question about the chosen sample and unit."""
        layer, unit = self._chosen or (-1, 0)
        self._asked = SampleFlow(
            self._part, self._sample, layer, unit, self._rows_of_picture(self._room()), self._opened
        )
        return self._asked

    def show_answer(self, answer: Answer) -> None:
        """Draw the answer, unless another sample was chosen in the meantime."""
        if not isinstance(answer, SampleFlowNow) or answer.part != self._part:
            return
        if answer.sample != self._sample % answer.samples or answer.opened != self._opened:
            return
        if answer.opened and not self._fits(answer):
            self._open_blocks(False)
            self.ask_again()
            return
        self._now = answer
        self.redraw()
        if self._asked is not None and self._asked.rows != self._rows_of_picture(self._room()):
            self.ask_again()

    def _fits(self, answer: SampleFlowNow) -> bool:
        """Return whether the picture has room for the layers inside blocks, or there are none."""
        if not self.size.width or not any("." in layer.number for layer in answer.layers):
            return True
        return has_room(len(answer.layers), self.size.width, self._room() - _HEAD)

    def _open_blocks(self, opened: bool) -> None:
        """Open or close residual blocks; the chosen unit is given up, as layers have other places then."""
        if opened != self._opened:
            self._opened, self._chosen = opened, None

    def forget(self) -> None:
        """Begin with the first sample and the whole network."""
        self._chosen, self._sample, self._opened = None, 0, True
        super().forget()

    def on_resize(self) -> None:
        """Draw in the new size, and ask for as many units as it has room for."""
        super().on_resize()
        self._open_blocks(True)
        if self._now is not None and self._asked is not None:
            self.ask_again()

    def action_part(self, part: str) -> None:
        """Show the first sample of a part."""
        self._sample = 0
        super().action_part(part)  # type: ignore[arg-type]  # a click gives it as text

    def action_move(self, layers: int, units: int) -> None:
        """Choose the unit that is so many layers and units further; the first time, the first unit of layer 1."""
        if self._now is None:
            return
        sizes = [layer.size for layer in self._now.layers]
        if self._chosen is None:
            self._choose(1, 0)
            return
        layer = min(max(self._chosen[0] + layers, 0), len(sizes) - 1)
        unit = (min(self._chosen[1], sizes[layer] - 1) + units) % sizes[layer]
        self._choose(layer, unit)

    def action_unit(self, layer: int, place: int) -> None:
        """Choose a unit by its place among those that are drawn."""
        if self._now is not None:
            self._choose(layer, int(self._now.layers[layer].units[place]))

    def action_whole(self) -> None:
        """Show all links and no formula."""
        self._chosen = None
        self.ask_again()
        self.redraw()

    def action_sample(self, by: int) -> None:
        """Go to another sample; after the last comes the first."""
        if self._now is not None:
            self._sample = (self._sample + by) % self._now.samples
            self.redraw()
            self.ask_again()

    def action_shading(self) -> None:
        """Toggle between colours and signs."""
        self._shading = Shading((self._shaded + 1) % len(Shading))
        self.redraw()

    def _choose(self, layer: int, unit: int) -> None:
        if (layer, unit) != self._chosen:
            self._chosen = layer, unit
            self.redraw()
            self.ask_again()

    def _room(self) -> int:
        """Rows of the panel; before the first answer those that it will have."""
        if self.size.height:
            return self.size.height
        return self.parent.size.height - 2 if isinstance(self.parent, Widget) else self.app.size.height

    def _rows_of_picture(self, height: int) -> int:
        lanes = 0 if self._now is None else len(lanes_of(_arcs(self._now)))
        return max(1, height - _HEAD - _TITLES - lanes - (self._rows_of_formula(height) if self._chosen else 0))

    @staticmethod
    def _rows_of_formula(height: int) -> int:
        return max(1, min(_FORMULA, (height - _HEAD) // 3))

    @property
    def _shaded(self) -> Shading:
        return shading_of() if self._shading is None else self._shading

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Write the sample, draw the network, and write the chosen unit's formula."""
        now = self._now
        if now is None:
            return ()
        head = written_sample(self._part, self._sample, now, width, ink)
        sentence = about(now.iteration, outcome(now), width)
        shown = "formula" if any(now.sums) else "value"
        hint = f"  arrows: a unit's {shown}" if self._chosen is None else "  Enter: all links"
        hint = hint if len(sentence) + len(hint) <= width else ""
        rows: list[Row] = [head, (Piece(sentence), Piece(hint, ink.muted))]
        formula = self._formula(now, width, self._rows_of_formula(height)) if self._chosen else []
        picture = height - len(rows) - len(formula)
        if picture > 0:
            signs = self._shaded is not Shading.COLOURS
            rows += draw_flow(now, self._chosen, width, picture, ink, dark=dark, signs=signs)
        return [*rows, *((Piece(line),) for line in formula)]

    def _formula(self, now: SampleFlowNow, width: int, most: int) -> list[str]:
        assert self._chosen is not None
        layer, unit = self._chosen
        name = _unit_name(now, layer, unit)
        if not now.sums[layer] or (now.unit is None and now.asked == self._chosen):
            return [line[:width] for line in _value_lines(now.layers[layer], layer, unit, name)]
        summed = now.unit
        if summed is None or (summed.layer, summed.unit) != self._chosen:
            return [f"{name}: …"[:width]]
        if not summed.where:
            return formula_lines(summed, name, width, most)
        # Of a channel there are many sums: its mean, which the picture shows, and the sum of one window.
        means = [line[:width] for line in _value_lines(now.layers[layer], layer, unit, name)] if most > _SUM else []
        return [*means, *formula_lines(summed, f"{name} at {summed.where}", width, most - len(means))]


def draw_flow(
    now: SampleFlowNow,
    chosen: tuple[int, int] | None,
    width: int,
    height: int,
    ink: Ink,
    *,
    dark: bool,
    signs: bool = False,
) -> tuple[Row, ...]:
    """Return the picture of a network with the activations of one sample, or say that it does not fit."""
    if not has_room(len(now.layers), width, height):
        sizes = " ─ ".join(str(layer.size) for layer in now.layers)
        notes = (
            f"{len(now.layers)} columns of units do not fit: {key_of('maximise')} maximises the panel, or see Diagram.",
            sizes,
        )
        return tuple((Piece(note[:width], ink.muted),) for note in notes[:height])
    layers = [
        # Plain features need no names in the picture.
        LayerUnits(len(layer.units), layer.title, layer.a, layer.size, layer.names if named else ())
        for layer, named in zip(now.layers, [now.takes_terms, *[False] * len(now.layers)], strict=False)
    ]
    drawn: tuple[int, int] | None = None
    if chosen is not None:
        places = np.flatnonzero(now.layers[chosen[0]].units == chosen[1])
        drawn = (chosen[0], int(places[0])) if len(places) else None
    weights = [layer.W for layer in now.layers[1:]]
    return draw_network(
        layers,
        weights,
        width,
        height,
        ink,
        dark=dark,
        chosen=drawn,
        action="unit",
        signs=signs,
        sparse=not now.has_sums,
        arcs=_arcs(now),
    )


def _arcs(now: SampleFlowNow) -> list[Arc]:
    """Return the ways past residual blocks, from what enters a block to its sum."""
    return [(layer.added, place) for place, layer in enumerate(now.layers) if layer.added >= 0]


def outcome(now: SampleFlowNow) -> str:
    """Return the true and the predicted outcome of the sample as a sentence."""
    names = [narrow(name) for name in now.outputs]
    if not np.isfinite(now.y_hat).all():
        return "the outputs are not finite: the training has diverged"
    if now.task == "classes":
        true, predicted = int(now.y.argmax()), int(now.y_hat.argmax())
        verdict = "right" if true == predicted else "wrong"
        return f"true {names[true]}, predicted {names[predicted]} {now.y_hat[predicted]:.3f}: {verdict}"
    if now.task == "multilabel":
        predicted_answers = predictions("multilabel", now.y_hat)
        pairs = zip(names, now.y > 0.5, predicted_answers > 0.5, now.y_hat.tolist(), strict=True)
        return ", ".join(
            f"{name} {_answer(true)}, predicted {_answer(answer)} {share:.2f}" for name, true, answer, share in pairs
        )
    pairs_of_values = zip(names, now.y.tolist(), now.y_hat.tolist(), strict=True)
    return ", ".join(f"{name} {short(true)}, predicted {short(value)}" for name, true, value in pairs_of_values) + (
        " (standardised in the network)" if now.standardised else ""
    )


def _answer(yes: bool) -> str:
    return "yes" if yes else "no"


def _value_lines(drawn: LayerFlow, layer: int, unit: int, name: str) -> list[str]:
    """Return the value of a unit without a sum as a line; none while the answer does not have the unit."""
    mean = f", the mean of {drawn.places:,} places" if drawn.places > 1 else ""
    seen = ", as the network sees it" if layer == 0 else ""
    lines = []
    for place in np.flatnonzero(drawn.units == unit).tolist():
        a = float(drawn.a[place])
        lines.append(f"{name} = {_parts(drawn, place, a)}{signed(a)}{mean}{seen}")
    return lines


def _parts(drawn: LayerFlow, place: int, a: float) -> str:
    """Return what the value of a sum or of a normalisation is made of; empty for other units."""
    if drawn.entered:
        return f"{signed(a - drawn.entered[place])} of the block + {signed(drawn.entered[place])} past it = "
    if drawn.scales and drawn.scales[place]:
        gamma, beta = drawn.scales[place], drawn.shifts[place]
        return f"γ·h + β = {signed(gamma)}·{_factor((a - beta) / gamma)} + {_factor(beta)} = "
    return ""


def _factor(value: float) -> str:
    return f"({signed(value)})" if value < 0 else signed(value)


def _unit_name(now: SampleFlowNow, layer: int, unit: int) -> str:
    """Return the name of an input or output, or the place of a hidden unit."""
    drawn: LayerFlow = now.layers[layer]
    places = np.flatnonzero(drawn.units == unit)
    named = narrow(drawn.names[int(places[0])])[:24] if drawn.names and len(places) else f"unit {unit + 1}"
    if layer == 0:
        return f"input {named}"
    return f"output {named}" if layer == len(now.layers) - 1 else f"layer {drawn.number}, unit {unit + 1}"
