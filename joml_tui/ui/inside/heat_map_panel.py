"""The panel of a heat map of layers and iterations, for gradients, updates and dead units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from joml_tui.alignment import align_left, align_right
from joml_tui.inspect import Answer, Question
from joml_tui.inspect.layer_curves import Layers, LayersNow, idle, relative_update
from joml_tui.plots.canvas import Canvas
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.palette import Ink
from joml_tui.reports.sentences.layer_sentences import describe_layers_over_time
from joml_tui.ui.inside.heat_scale import heat_tints, lay_heat
from joml_tui.ui.inside.panel import Doing, InsidePanel
from joml_tui.ui.inside.sparklines import SHADES, Values, columns, limits, logarithms, percent, short

_NAME, _VALUE = 15, 9
#: Rows of a layer, at most.
_THICKEST = 16
_MEASURES = ("gradient", "update", "dead")
_SAID = {
    "gradient": "norm of the gradient",
    "update": "norm of the update, of the weights",
    "dead": "share of dead or saturated units",
}


class HeatMap(InsidePanel):
    """A map with rows of layers and columns of iterations, coloured by one measure on a common scale."""

    HELP = (
        "Layers are rows, iterations are columns, and all share one scale: the brighter (on a light screen, the "
        "darker), the larger. A layer whose row stays at the low end does not learn. Space or the arrows switch "
        "between the gradient, the update, and the share of dead or saturated units."
    )
    title = "Heat map"
    purpose = "where in the network, and when, the gradient fades"

    def __init__(self) -> None:
        super().__init__(id="inside-heat-map")
        self._now: LayersNow | None = None
        self._measure = _MEASURES[0]

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Say what the keys do."""
        return {
            "left": partial(self.action_turn, -1),
            "right": partial(self.action_turn, 1),
            "choice": partial(self.action_turn, 1),
        }

    def question(self) -> Question | None:
        """Ask for the record."""
        return Layers(bins=1)

    def show_answer(self, answer: Answer) -> None:
        """Draw the map as it is now."""
        if isinstance(answer, LayersNow):
            self._now = answer
            self.redraw()

    def describe(self, answer: Answer) -> list[str]:
        """Return the gradients of the layers at some iterations."""
        return describe_layers_over_time(answer) if isinstance(answer, LayersNow) else []

    def forget(self) -> None:
        """Wait for another run's record."""
        self._now = None
        self.redraw()

    def action_turn(self, by: int) -> None:
        """Show another measure."""
        self.action_measure(_MEASURES[(_MEASURES.index(self._measure) + by) % len(_MEASURES)])

    def action_measure(self, measure: str) -> None:
        """Show a measure by its name."""
        self._measure = measure
        self.redraw()

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Draw the measures' names, the scale and the map."""
        now = self._now
        if now is None:
            return ()
        chooser = tuple(
            Piece(f" {measure} ", None if measure == self._measure else ink.muted, measure == self._measure, None,
                  f"measure('{measure}')")
            for measure in _MEASURES
        )  # fmt: skip
        if not len(now.series.iterations):
            return [chooser, (Piece("No measurements yet: layers are measured while the run trains.", ink.muted),)]
        linear = self._measure == "dead"
        raw = {"gradient": now.series.gradient, "update": relative_update(now), "dead": idle(now)}[self._measure]
        return [
            (*chooser, Piece("  ← →", ink.muted)),
            *draw(now.series.iterations, raw, now.names, width, height - 1, ink, linear=linear, dark=dark,
                  note=_SAID[self._measure]),
        ]  # fmt: skip


def draw(
    iterations: np.ndarray,
    values: Values,
    names: Sequence[str],
    width: int,
    height: int,
    ink: Ink,
    *,
    linear: bool,
    dark: bool,
    note: str,
) -> list[Row]:
    """Return the map of one measure in this size.

    Parameters
    ----------
    iterations : (measurements,) array
    values : (measurements, layers) array
    names : sequence of str
        Names of the layers, or of the first ones if there are fewer columns.
    linear : bool
        Whether values are shares from 0 to 1; otherwise their logarithms are shown.
    note : str
        A description of the values.
    """
    cells = max(8, width - _NAME - _VALUE)
    last = int(iterations[-1])
    by_column = columns(iterations, values if linear else logarithms(values), last, cells)
    # A gradient of exactly 0 has no logarithm, and is the most important case.
    zero = columns(iterations, (values == 0).astype(float), last, cells) == 1
    low, high = (0.0, 1.0) if linear else limits(by_column)
    shares = (by_column - low) / (high - low)
    tints = heat_tints(ink.background, dark=dark)
    layers = values.shape[1]
    thick = max(1, min(_THICKEST, (height - 3) // max(layers, 1)))
    ends = (percent(low), percent(high)) if linear else (short(10.0**low), short(10.0**high))
    canvas = Canvas(_NAME + cells + _VALUE, 1 + layers * thick)
    column = canvas.write(0, 0, f"{note}: {ends[0]} ", ink.muted)
    steps = np.repeat((np.arange(len(SHADES)) + 0.5) / len(SHADES), 2)
    lay_heat(canvas, 0, column, steps[np.newaxis], tints)
    exactly = "" if linear or not zero.any() else "  × exactly 0"
    canvas.write(0, column + len(steps), f" {ends[1]}{'' if linear else ' (log)'}{exactly}", ink.muted)
    for layer in range(layers):
        top = 1 + layer * thick
        lay_heat(canvas, top, _NAME, np.tile(shares[:, layer], (thick, 1)), tints)
        if not linear:
            for place in np.flatnonzero(zero[:, layer]).tolist():
                canvas.fill(top, _NAME + place, np.full((thick, 1), ord("×"), np.uint32), ink.muted)
        value, middle = float(values[-1, layer]), top + (thick - 1) // 2
        canvas.write(middle, 0, f"{layer + 1} {names[layer]}"[: _NAME - 1])
        canvas.write(middle, _NAME + cells, align_right(percent(value) if linear else short(value), _VALUE))
    rows = list(canvas.rows())
    end = f"{last:,}"
    rows.append(
        (
            Piece(
                f"{align_left('iteration', _NAME)}{align_left('1', cells - len(end))}{end}{align_right('now', _VALUE)}",
                ink.muted,
            ),
        )
    )
    return rows
