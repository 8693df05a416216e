"""From the histories of runs to the descriptions of their charts, reducing only what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from joml_tui.charts.axes import nice_last
from joml_tui.charts.description import Curve, Description, LegendEntry, Mark, curve
from joml_tui.charts.geometry import dot_columns
from joml_tui.charts.labels import plain
from joml_tui.charts.palette import Ink, curve_colour
from joml_tui.history import History, SeriesName

Metric = Literal["cost", "accuracy"]
_TRAIN: dict[Metric, SeriesName] = {"cost": "train_cost", "accuracy": "train_accuracy"}
_TEST: dict[Metric, SeriesName] = {"cost": "test_cost", "accuracy": "test_accuracy"}
_LABEL_CELLS = 60
_LEAST_WINDOWS = 5  # a window longer than a fifth of the run so far would flatten what there is to see


@dataclass(frozen=True, slots=True)
class ChartedRun:
    """One run in the charts.

    Attributes
    ----------
    key : str
        Tells runs apart; unique among those shown.
    label : str
        Any text; shown harmlessly and shortened.
    colour_index : int
        Which of the palette's colours.
    history : History
    live : bool
        Whether more rows may come.
    mark : str, optional
        A remark at the end of the curves, such as "diverged at iteration 12".
    """

    key: str
    label: str
    colour_index: int
    history: History
    live: bool
    mark: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """How one chart shows its runs; equal views of equal counts give equal pictures."""

    metric: Metric
    width: int
    height: int
    ink: Ink
    dark: bool
    log: bool = False
    smoothing: int = 0
    message: str = ""


Counts = tuple[tuple[str, int, int, int], ...]


def counts_of(runs: Sequence[ChartedRun]) -> Counts:
    """Say how far each history is: as long as this stays the same, so does every chart."""
    return tuple((run.key, id(run.history), run.history.iterations, run.history.tests) for run in runs)


class Describer:
    """Describes one chart again and again; a run whose history and view stay the same is not reduced again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, tuple[Curve, ...]]] = {}

    def describe(self, runs: Sequence[ChartedRun], view: View) -> Description:
        """Describe the runs as they are now. The first run lies over the others."""
        last = max((nice_last(run.history.iterations, run.history.total_iterations) for run in runs), default=1)
        known, self._known = self._known, {}
        curves: list[Curve] = []
        for run, counts in zip(runs, counts_of(runs), strict=True):
            key = (counts, run.colour_index, run.mark, last, view)
            if run.key not in known or known[run.key][0] != key:
                known[run.key] = (key, _curves_of(run, last, view))
            self._known[run.key] = known[run.key]
            curves.extend(known[run.key][1])
        return Description(
            title=view.metric,
            width=view.width,
            height=view.height,
            last=last,
            ink=view.ink,
            curves=tuple(curves),
            legend=tuple(LegendEntry(plain(run.label, _LABEL_CELLS), _colour(run, view)) for run in runs),
            marks=tuple(
                Mark(run.history.iterations, plain(run.mark, _LABEL_CELLS), _colour(run, view))
                for run in runs
                if run.mark
            ),
            log=view.log,
            bounds=(0.0, 1.0) if view.metric == "accuracy" else None,
            message=view.message,
        )


def _curves_of(run: ChartedRun, last: int, view: View) -> tuple[Curve, ...]:
    history, colour, scales = run.history, _colour(run, view), not run.mark
    columns = dot_columns(view.width, view.height)
    name = _TRAIN[view.metric]
    train = history.reduce(name, 1, last, columns)
    test = history.reduce(_TEST[view.metric], 1, last, columns)
    value = float(train.high[-1]) if len(train.high) else np.nan
    curves = []
    if view.smoothing > 0:
        window = max(1, min(view.smoothing, history.iterations // _LEAST_WINDOWS))
        smoothed = history.smooth(name, train.iteration, window)
        value = float(smoothed[-1]) if len(smoothed) else np.nan
        curves.append(curve("smooth", colour, train.iteration, smoothed, value=value, scales=scales))
        value = np.nan
    curves.append(curve("raw", colour, train.iteration, train.low, train.high, value=value, scales=scales))
    last_test = float(test.high[-1]) if len(test.high) else np.nan
    curves.append(curve("test", colour, test.iteration, test.low, test.high, value=last_test, scales=scales))
    return tuple(curves)


def _colour(run: ChartedRun, view: View) -> int:
    return curve_colour(run.colour_index, dark=view.dark)
