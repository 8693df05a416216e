"""The curves of trainings as a figure: a chart each of cost, score and metrics, with axes and a legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.plotting import block_means, checked_part
from joml_tui.export.figure_shapes import Band, Dot, Figure, Line, Shape, Text
from joml_tui.plots.axes import Axis, across_axis, linear_axis
from joml_tui.plots.palette import curve_colour

Results = Mapping[str, NDArray[Any]]

_WIDTH, _PLOT = 800, 270
_LEFT, _RIGHT, _ABOVE, _BELOW = 76, 18, 12, 44
_TITLE = 24
_LEGEND_LINE, _LETTER, _SAMPLE = 20, 8.2, 26
_FRAME, _GRID = 0x888888, 0xDDDDDD
_MEANS, _DOTS = 120, 24
_BAND = (10, 90)  # percent of the mini-batches below


def figure_of_curves(runs: Sequence[tuple[str, Results]], score: str, metrics: Sequence[str], cost: str) -> Figure:
    """Return a figure of the curves of runs, whose colours tell several apart; a single one has a band too.

    Parameters
    ----------
    runs : sequence of (str, mapping of (iterations,) arrays)
        A name and the series of each, as for `joml.plotting.figure_of_runs`; at least one.
    score, cost : str
        Names of the score and the cost.
    metrics : sequence of str
        Metrics that have a chart each.

    Returns
    -------
    Figure
    """
    last = max(float(results["n_iter"][-1]) for _, results in runs)
    across = across_axis(0.0, last, 8)
    shapes: list[Shape] = []
    down = 0.0
    if len(runs) == 1:
        shapes.append(Text(_LEFT + (_WIDTH - _LEFT - _RIGHT) / 2, _TITLE - 6, runs[0][0], "middle", bold=True))
        down += _TITLE
    for figure, name in (("cost", cost), ("acc", score), *((metric, metric) for metric in metrics)):
        chart, height = _chart(runs, figure, name, across, down)
        shapes += chart
        down += height
    return Figure(_WIDTH, round(down), tuple(shapes))


def _chart(
    runs: Sequence[tuple[str, Results]], figure: str, name: str, across: Axis, down: float
) -> tuple[list[Shape], float]:
    """Return one chart from a line of pixels on, and its height."""
    legend, lines = _legend(runs, figure, down + _ABOVE)
    top = down + _ABOVE + lines * _LEGEND_LINE
    values = np.concatenate([_finite(results, each) for _, results in runs for each in _columns(results, figure)])
    shapes: list[Shape] = []
    if len(values):
        axis = linear_axis(float(values.min()), float(values.max()), 6)
        shapes = _frame(axis, across, top)
        for place, (_, results) in enumerate(runs):
            shapes += _curves(results, figure, (axis, across, top), place, alone=len(runs) == 1)
    shapes.append(Text(16, top + _PLOT / 2, name, "middle", upright=True))
    return [*shapes, *legend], top + _PLOT + _BELOW - down


def _columns(results: Results, figure: str) -> list[str]:
    return [each for each in (f"train_{figure}", f"{checked_part(results)}_{figure}") if each in results]


def _finite(results: Results, column: str) -> NDArray[np.float64]:
    """Return the values that the axis must hold: the means of the noisy training, and all checks."""
    if column.startswith("train_"):
        return block_means(results["n_iter"], results[column], _MEANS)[1].astype(np.float64)
    values = results[column]
    return values[np.isfinite(values)].astype(np.float64)


def _frame(axis: Axis, across: Axis, top: float) -> list[Shape]:
    right, bottom = _WIDTH - _RIGHT, top + _PLOT
    shapes: list[Shape] = []
    for tick, label in zip(axis.ticks, axis.labels, strict=True):
        down = bottom - (tick - axis.low) / (axis.high - axis.low) * _PLOT
        shapes.append(_line([(_LEFT, down), (right, down)], _GRID, 1))
        shapes.append(Text(_LEFT - 8, down + 4, label, "end"))
    for tick, label in zip(across.ticks, across.labels, strict=True):
        place = _LEFT + (tick - across.low) / (across.high - across.low) * (right - _LEFT)
        shapes.append(_line([(place, bottom), (place, bottom + 4)], _FRAME, 1))
        shapes.append(Text(place, bottom + 18, label, "middle"))
    shapes.append(_line([(_LEFT, top), (_LEFT, bottom), (right, bottom)], _FRAME, 1))
    shapes.append(Text(right, bottom + 36, "iteration", "end"))
    return shapes


def _line(points: Sequence[tuple[float, float]], colour: int, width: float) -> Line:
    return Line(np.array(points, np.float64), colour, width)


def _colours(place: int, alone: bool) -> tuple[int, int]:
    """Return the colours of a run's training and of its checks."""
    return curve_colour(place, dark=False), curve_colour(place + alone, dark=False)


def _curves(results: Results, figure: str, on: tuple[Axis, Axis, float], place: int, *, alone: bool) -> list[Shape]:
    axis, across, top = on
    of_train, of_check = _colours(place, alone)

    def points(iterations: NDArray[Any], values: NDArray[Any]) -> NDArray[np.float64]:
        right = _LEFT + across.share(iterations.astype(np.float64)) * (_WIDTH - _RIGHT - _LEFT)
        return np.stack([right, top + _PLOT * (1 - axis.share(values.astype(np.float64)))], axis=1)

    shapes: list[Shape] = []
    n_iter, train = results["n_iter"], results.get(f"train_{figure}")
    if train is not None:
        iterations, means = block_means(n_iter, train, _MEANS)
        if alone and len(means) > 1:
            low, high = _band(train)
            upper, lower = points(iterations, high), points(iterations, low)
            shapes.append(Band(upper[:, 0], upper[:, 1], lower[:, 1], of_train, 0.2))
        shapes.append(Line(points(iterations, means), of_train, 2))
    checks = results.get(f"{checked_part(results)}_{figure}", np.full(len(n_iter), np.nan))
    shown = np.isfinite(checks)
    if shown.any():
        measured = points(n_iter[shown], checks[shown])
        shapes.append(Line(measured, of_check, 1.5, (6, 4)))
        every = max(1, len(measured) // _DOTS)
        shapes += [Dot(float(right), float(down), 3, of_check) for right, down in measured[::every]]
    return shapes


def _band(train: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and upper edge of most mini-batches, over the same blocks as the means."""
    values = train[np.isfinite(train)].astype(np.float64)
    blocks = np.split(values, np.linspace(0, len(values), min(_MEANS, len(values)), endpoint=False).astype(int)[1:])
    low, high = np.array([np.percentile(block, _BAND) for block in blocks]).T
    return low, high


def _legend(runs: Sequence[tuple[str, Results]], figure: str, top: float) -> tuple[list[Shape], int]:
    """Return the names of the curves beside samples of them, from left to right, and the number of lines."""
    shapes: list[Shape] = []
    across, lines = float(_LEFT), 1
    for place, (name, results) in enumerate(runs):
        colours = _colours(place, len(runs) == 1)
        for column, colour in zip((f"train_{figure}", f"{checked_part(results)}_{figure}"), colours, strict=True):
            if column not in results or not np.isfinite(results[column]).any():
                continue
            what = "training" if column.startswith("train_") else checked_part(results)
            text = what if len(runs) == 1 else f"{name}: {what}"
            length = _SAMPLE + 8 + _LETTER * len(text) + 18
            if across > _LEFT and across + length > _WIDTH - _RIGHT:
                across, lines = float(_LEFT), lines + 1
            middle = top + (lines - 1) * _LEGEND_LINE + 6
            ends = np.array([(across, middle), (across + _SAMPLE, middle)])
            shapes.append(Line(ends, colour, 2, None if what == "training" else (6, 4)))
            shapes.append(Text(across + _SAMPLE + 8, middle + 4, text))
            across += length
    return shapes, lines
