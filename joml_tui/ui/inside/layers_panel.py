"""The panel of layers: small curves of their statistics, and histograms of one layer's weights and activations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from joml_tui.alignment import align_left, align_right
from joml_tui.inspect import Answer, Question
from joml_tui.inspect.layer_curves import Layers, LayersNow, idle, relative_update
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.palette import Ink, curve_colour
from joml_tui.reports.sentences.layer_sentences import describe_histograms, describe_layers
from joml_tui.ui.inside.histograms_panel import Histogram, draw_over_time
from joml_tui.ui.inside.panel import Doing, InsidePanel, spread_over
from joml_tui.ui.inside.sparklines import columns, limits, logarithms, percent, short, tall_sparkline, upright

_NAME, _VALUE = 15, 8
#: Rows of the bars of a histogram, at least and at most.
_LOW, _HIGH = 4, 24
#: Rows that the histograms keep when the curves become taller, and rows of a layer's curves, at most.
_KEPT, _TALLEST = 12, 4
_BINS = 32
#: Largest number of histograms; beyond it every second one is dropped.
_MOST = 256


class LayerCurves(InsidePanel):
    """Rows of layers with gradient, update and inactive units over time, and the selected layer's histograms below."""

    HELP = (
        "One row per layer, from the first iteration until now: gradient and relative update, both logarithmic, and "
        "dead or saturated units. A gradient that shrinks from layer to layer vanishes. Below are histograms of the "
        "selected layer's weights and activations. Up and down select a layer, Space changes the scale, Enter shows "
        "the histograms over time; while a run trains, since you opened this view."
    )
    title = "Layers"
    purpose = "gradients, updates and dead units of each layer over time"

    def __init__(self) -> None:
        super().__init__(id="inside-layers")
        self._now: LayersNow | None = None
        self._selected = 0
        self._log = False
        self._over_time = False
        self._seen: dict[int, LayersNow] = {}
        self._asked: set[int] = set()

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Say what the keys do."""
        return {
            "up": partial(self.action_select, -1),
            "down": partial(self.action_select, 1),
            "choice": self.action_scale,
            "large": self.action_over_time,
        }

    def question(self) -> Question | None:
        """Return the question about the record and the histograms."""
        return Layers(bins=_BINS)

    def show_answer(self, answer: Answer) -> None:
        """Draw the curves as they are now."""
        if isinstance(answer, LayersNow):
            self._now = answer
            self._keep(answer)
            self._selected = min(self._selected, len(answer.names) - 1)
            self.redraw()

    def describe(self, answer: Answer) -> list[str]:
        """Return the layers' measures, and the ranges of weights and activations."""
        if not isinstance(answer, LayersNow):
            return []
        return [*describe_layers(answer), *describe_histograms(answer)]

    def earlier(self, iterations: Sequence[int]) -> int | None:
        """Return the next snapshot of an ended run to ask about, if histograms over time are shown."""
        wanted = (at for at in spread_over(iterations) if at not in self._seen and at not in self._asked)
        nearest = next(wanted, None) if self._over_time else None
        if nearest is not None:
            self._asked.add(nearest)
        return nearest

    def show_earlier(self, answer: Answer) -> None:
        """Add the histograms of a snapshot."""
        if isinstance(answer, LayersNow):
            self._keep(answer)
            self.redraw()

    def _keep(self, answer: LayersNow) -> None:
        self._seen[answer.iteration] = answer
        if len(self._seen) > _MOST:
            for iteration in sorted(self._seen)[1::2]:
                del self._seen[iteration]

    def forget(self) -> None:
        """Begin with the first layer."""
        self._now, self._selected = None, 0
        self._seen.clear()
        self._asked.clear()
        self.redraw()

    def action_select(self, by: int) -> None:
        """Select another layer."""
        self.action_choose(self._selected + by)

    def action_choose(self, place: int) -> None:
        """Select a layer by its place."""
        if self._now is not None:
            self._selected = min(max(place, 0), len(self._now.names) - 1)
            self.redraw()

    def action_scale(self) -> None:
        """Toggle the logarithmic scale of counts."""
        self._log = not self._log
        self.redraw()

    def action_over_time(self) -> None:
        """Toggle between the present histograms and histograms over time."""
        self._over_time = not self._over_time
        self.ask_again()
        self.redraw()

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Return the rows of the layers around the selected one that fit, then its histograms."""
        if self._now is None:
            return ()
        layers = len(self._now.names)
        each = min(max((height - _KEPT - 5) // layers, 1), _TALLEST)
        tall = min(max(height - layers * each - 5, _LOW), _HIGH)
        histograms = self._histograms(width, tall, ink, dark=dark)
        room = max(3, height - len(histograms) - 1)
        return [*self._curves(width, room // each, each, ink, dark=dark), *histograms]

    def _curves(self, width: int, room: int, each: int, ink: Ink, *, dark: bool) -> list[Row]:
        now = self._now
        assert now is not None
        layers = len(now.names)
        cells = max(4, (width - _NAME) // 3 - _VALUE - 1)
        last = int(now.series.iterations[-1]) if len(now.series.iterations) else 1
        nothing = np.full((len(now.series.iterations), 1), np.nan)  # the output layer is never idle
        drawn = []
        for place, values in enumerate(
            (now.series.gradient, relative_update(now), np.concatenate([idle(now), nothing], axis=1))
        ):
            by_column = columns(now.series.iterations, values if place == 2 else logarithms(values), last, cells)
            low, high = (0.0, 1.0) if place == 2 else limits(by_column)
            drawn.append((values, by_column, low, high, percent if place == 2 else short))
        titles = ("gradient", "update / weights", "dead, saturated")
        header = align_left("layer", _NAME) + "".join(
            align_left(title[: cells + _VALUE], cells + _VALUE + 1) for title in titles
        )
        rows: list[Row] = [(Piece(header[:width], ink.muted),)]
        first = min(max(0, self._selected - room // 2), max(0, layers - room))
        for layer in range(first, min(layers, first + room)):
            chosen = layer == self._selected
            name = f"{'▸' if chosen else ' '}{layer + 1} {now.names[layer]}"[: _NAME - 1]
            action = f"choose({layer})"
            high = max(1, each - 1)  # taller curves have a row between them
            lines = [
                [Piece(align_left(name if row == high - 1 else "", _NAME), None, chosen, None, action)]
                for row in range(high)
            ]
            for place, (values, by_column, low, most, write) in enumerate(drawn):
                value = float(values[-1, layer]) if len(values) else float("nan")
                curve = tall_sparkline(by_column[:, layer], low, most, high)
                for row, (line, text) in enumerate(zip(lines, curve, strict=True)):
                    line.append(Piece(text.ljust(cells), curve_colour(place, dark=dark)))
                    line.append(Piece(f"{align_right(write(value) if row == high - 1 else '', _VALUE)} ", bold=chosen))
            rows += [tuple(line) for line in lines] + [()] * (each - high)
        return rows

    def _histograms(self, width: int, tall: int, ink: Ink, *, dark: bool) -> list[Row]:
        now = self._now
        assert now is not None
        layer = self._selected
        each = max(1, (width - 3) // 2)
        courses = self._courses(layer) if self._over_time else {}
        if not courses and each >= _BINS:
            each -= each % _BINS  # bars of one width
        drawn = [("weights", now.weight_counts[layer], now.weight_edges[layer], 0)]
        if layer < len(now.activation_counts):
            drawn.append(("activations", now.activation_counts[layer], now.activation_edges[layer], 2))
        titles, limits_row = [], []
        heights: list[list[Piece]] = [[] for _ in range(tall)]
        for title, counts, edges, colour in drawn:
            low, high = float(edges[0]), float(edges[-1])
            if course := courses.get(title):
                rows, low, high = draw_over_time(
                    course, each, tall, ink, curve_colour(colour, dark=dark), log=self._log
                )
                for line, pieces in zip(heights, rows, strict=True):
                    line += [*([Piece("   ")] if line else []), *pieces]
                iterations = f"iteration {course[0].iteration:,} to {course[-1].iteration:,}"
                span = f"  {short(low)} to {short(high)}"
                limit = iterations + align_right(span, each - len(iterations))
                limits_row.append(f"{align_left(limit[:each], each)}   ")
                titles.append(f"{title} of layer {layer + 1} over time"[:each].ljust(each + 3))
                continue
            shown = np.log1p(counts) if self._log else counts.astype(float)
            bins = np.arange(each) * len(counts) // each
            shares = shown[bins] / max(float(shown.max()), 1e-30)
            for row, text in zip(heights, upright(shares, len(heights)), strict=True):
                row.append(Piece(text + "   ", curve_colour(colour, dark=dark)))
            there = f"{title} of layer {layer + 1}" if counts.any() else f"no {title} in layer {layer + 1}"
            titles.append(there[:each].ljust(each + 3))
            limit = f"{short(low)}{align_right(short(high), each - len(short(low)))}" if counts.any() else ""
            limits_row.append(f"{align_left(limit, each)}   ")
        scale = "logarithmic" if self._log else "linear"
        return [
            (Piece(""),),
            (Piece("".join(titles)[:width]),),
            *(tuple(row) for row in heights),
            (Piece("".join(limits_row)[:width], ink.muted),),
            (
                Piece("↑ ↓ layer · Space counts: ", ink.muted),
                Piece(scale, action="scale"),
                Piece(" · Enter: ", ink.muted),
                Piece("now" if self._over_time else "over time", action="over_time"),
            ),
        ]

    def _courses(self, layer: int) -> dict[str, list[Histogram]]:
        """Return the layer's histograms in order, if there are several."""
        seen = [self._seen[iteration] for iteration in sorted(self._seen)]
        if len(seen) < 2:
            return {}
        courses = {
            "weights": [Histogram(now.iteration, now.weight_counts[layer], now.weight_edges[layer]) for now in seen]
        }
        if layer < len(seen[-1].activation_counts):
            courses["activations"] = [
                Histogram(now.iteration, now.activation_counts[layer], now.activation_edges[layer]) for now in seen
            ]
        return courses
