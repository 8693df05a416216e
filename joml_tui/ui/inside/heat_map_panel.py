"""A map of layers and iterations: where gradients fade, where nothing moves, where units die."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

import numpy as np

from joml_tui.alignment import align_left, align_right
from joml_tui.inspect import Answer, Question
from joml_tui.inspect.layer_curves import Layers, LayersNow
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.palette import Ink, mix
from joml_tui.ui.inside.layers_panel import idle, relative_update
from joml_tui.ui.inside.panel import Doing, InsidePanel
from joml_tui.ui.inside.sparklines import SHADES, Values, columns, limits, logarithms, percent, shade, short

_NAME, _VALUE = 15, 9
#: Rows of a layer, at most.
_THICKEST = 8
_MEASURES = ("gradient", "update", "dead")
_SAID = {
    "gradient": "norm of the gradient",
    "update": "norm of the update, of the weights",
    "dead": "share of dead or saturated units",
}
#: From least to most, from the ground of the screen away: each of these is told from its neighbours by its lightness.
_RAMP_DARK = (0x2D1160, 0x721F81, 0xB63679, 0xF1605D, 0xFEC287)
_RAMP_LIGHT = (0xF3C98B, 0xE8703A, 0xB63679, 0x721F81, 0x2D1160)


class HeatMap(InsidePanel):
    """Rows of layers, columns of iterations, colours and shades of one measure; the scale is the same for all."""

    HELP = (
        "Layers from top to bottom, iterations from left to right, one scale for all: bright on a dark screen, dark "
        "on a light one, is much. Rows that stay at the scale's low end do not learn. Space or the arrows choose the "
        "gradient, the update, or the share of dead or saturated units."
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
                  said=_SAID[self._measure]),
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
    said: str,
) -> list[Row]:
    """Draw the map of one measure in so many cells.

    Parameters
    ----------
    iterations : (measurements,) array
    values : (measurements, layers) array
    names : sequence of str
        Of the layers; of the first ones where there are fewer columns.
    linear : bool
        Whether values are shares from 0 to 1; else their logarithms are shown.
    said : str
        What the values are.
    """
    cells = max(8, width - _NAME - _VALUE)
    last = int(iterations[-1])
    by_column = columns(iterations, values if linear else logarithms(values), last, cells)
    # A gradient of exactly 0 has no logarithm, and says more than any other.
    zero = columns(iterations, (values == 0).astype(float), last, cells) == 1
    low, high = (0.0, 1.0) if linear else limits(by_column)
    shares = (by_column - low) / (high - low)
    ramp = _RAMP_DARK if dark else _RAMP_LIGHT
    layers = values.shape[1]
    thick = max(1, min(_THICKEST, (height - 3) // max(layers, 1)))
    ends = (percent(low), percent(high)) if linear else (short(10.0**low), short(10.0**high))
    scale = [Piece(f"{said}: {ends[0]} ", ink.muted)]
    scale += [_cell(sign * 2, (place + 0.5) / len(SHADES), ramp, ink) for place, sign in enumerate(SHADES)]
    scale.append(
        Piece(
            f" {ends[1]}" + ("" if linear else " (log)") + ("  × exactly 0" if zero.any() and not linear else ""),
            ink.muted,
        )
    )
    rows: list[Row] = [tuple(scale)]
    for layer in range(layers):
        pieces = _line(shares[:, layer], zero[:, layer] & (not linear), ramp, ink)
        value = float(values[-1, layer])
        name = f"{layer + 1} {names[layer]}"[: _NAME - 1]
        for row in range(thick):
            said_here = row == (thick - 1) // 2
            rows.append(
                (
                    Piece(align_left(name if said_here else "", _NAME)),
                    *pieces,
                    Piece(align_right((percent(value) if linear else short(value)) if said_here else "", _VALUE)),
                )
            )
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


def _line(shares: Values, zero: np.ndarray, ramp: Sequence[int], ink: Ink) -> list[Piece]:
    """Draw one layer's cells, equal neighbours in one piece."""
    pieces: list[Piece] = []
    for share, nothing in zip(shares.tolist(), zero.tolist(), strict=True):
        cell = Piece("×", ink.muted) if nothing else _cell(shade(share), share, ramp, ink)
        if pieces and pieces[-1][1:] == cell[1:]:
            pieces[-1] = pieces[-1]._replace(text=pieces[-1].text + cell.text)
        else:
            pieces.append(cell)
    return pieces


def _cell(text: str, share: float, ramp: Sequence[int], ink: Ink) -> Piece:
    """Return a cell of the map: its shade tells without colours what its colour tells."""
    if np.isnan(share):
        return Piece(text)
    # In 32 steps, so that neighbours make one piece.
    colour, ground = _tint(round(min(max(share, 0.0), 1.0) * 31), tuple(ramp), ink.background)
    return Piece(text, colour, ground=ground)


@cache
def _tint(step: int, ramp: tuple[int, ...], background: int) -> tuple[int, int]:
    """Return the colour of a step of 31 and the ground behind it."""
    place = step / 31 * (len(ramp) - 1)
    start = min(int(place), len(ramp) - 2)
    colour = mix(ramp[start], ramp[start + 1], place - start)
    return colour, mix(colour, background, 0.35)
