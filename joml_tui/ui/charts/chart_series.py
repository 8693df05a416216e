"""From the histories of runs to the descriptions of their charts, reducing only what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from joml.statistics.metrics import SCORE_NAMES
from joml_tui.experiment import Task
from joml_tui.plots.chart_model import (
    Best,
    Cursor,
    CursorReading,
    Curve,
    Description,
    LegendEntry,
    Level,
    Mark,
    Unit,
    curve,
)
from joml_tui.plots.geometry import dot_columns
from joml_tui.plots.label_text import plain
from joml_tui.plots.palette import Ink, curve_colour
from joml_tui.runs.history import Columns, History, SeriesName, SpreadName
from joml_tui.ui.charts.x_axis import end_of, iteration_at, place, places
from joml_tui.ui.text import duration

Metric = Literal["cost", "accuracy"]
_TRAIN: dict[Metric, SeriesName] = {"cost": "train_cost", "accuracy": "train_accuracy"}
_CHECK: dict[Metric, SeriesName] = {"cost": "check_cost", "accuracy": "check_accuracy"}
_SPREAD: dict[Metric, SpreadName] = {"cost": "train_cost_spread", "accuracy": "train_accuracy_spread"}
_CHECK_SPREAD: dict[Metric, SpreadName] = {"cost": "check_cost_spread", "accuracy": "check_accuracy_spread"}
_CELLS_PER_WHISKER = 2
_ERRORS: dict[Task, str] = {"classes": "error", "answers": "wrong answers", "values": "1 - R2"}
_NOTHING_HERE = "No curve in this range; 0 shows everything."
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
    parted_at : int, optional
        The iteration up to which the series are those of the run that this one goes on from; they are not drawn again.
    task : {"classes", "answers", "values"}
        What its scores are of.
    cost_unit : str, optional
        What its costs are in, such as "nats".
    """

    key: str
    label: str
    colour_index: int
    history: History
    live: bool
    mark: str = ""
    parted_at: int = 0
    task: Task = "classes"
    cost_unit: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """How one chart shows its runs; equal views of equal counts give equal pictures.

    Attributes
    ----------
    log : bool
        Logarithmic; a score is shown as the error then, 1 minus it.
    window : (float, float), optional
        The first and the last place across; default all there is.
    cursor : float, optional
        The place across at which all values are read.
    levels : tuple of (str, float, float)
        Values to hold curves against: a name, a cost (nan for none) and an accuracy each.
    """

    metric: Metric
    width: int
    height: int
    ink: Ink
    dark: bool
    log: bool = False
    smoothing: int = 0
    message: str = ""
    unit: Unit = "iteration"
    window: tuple[float, float] | None = None
    cursor: float | None = None
    levels: tuple[tuple[str, float, float], ...] = ()
    ascii: bool = False

    @property
    def as_error(self) -> bool:
        """Whether 1 minus the accuracy is shown."""
        return self.metric == "accuracy" and self.log


Counts = tuple[tuple[str, int, int, int], ...]


def counts_of(runs: Sequence[ChartedRun]) -> Counts:
    """Say how far each history is: as long as this stays the same, so does every chart."""
    return tuple((run.key, id(run.history), run.history.iterations, run.history.checks) for run in runs)


class Describer:
    """Describes one chart again and again; a run whose history and view stay the same is not reduced again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, tuple[Curve, ...]]] = {}

    def describe(self, runs: Sequence[ChartedRun], view: View) -> Description:
        """Describe the runs as they are now. The first run lies over the others."""
        first, last = view.window or (0.0, extent(runs, view.unit))
        reduced = replace(view, window=(first, last), cursor=None, levels=())
        known, self._known = self._known, {}
        curves: list[Curve] = []
        for run, counts in zip(runs, counts_of(runs), strict=True):
            key = (counts, run.colour_index, run.mark, run.parted_at, reduced)
            if run.key not in known or known[run.key][0] != key:
                known[run.key] = (key, _curves_of(run, (first, last), view))
            self._known[run.key] = known[run.key]
            curves.extend(known[run.key][1])
        return Description(
            title=_title(runs, view) + _part(view, last - first, runs),
            width=view.width,
            height=view.height,
            first=first,
            last=last,
            ink=view.ink,
            curves=tuple(curves),
            legend=tuple(LegendEntry(_label(run, runs, view), _colour(run, view)) for run in runs),
            marks=tuple(
                Mark(
                    place(run.history, run.history.iterations, view.unit),
                    plain(run.mark, _LABEL_CELLS),
                    _colour(run, view),
                )
                for run in runs
                if run.mark
            ),
            log=view.log,
            bounds=_bounds(runs) if view.metric == "accuracy" and not view.log else None,
            message=_NOTHING_HERE if runs and view.window else view.message,
            unit=view.unit,
            best=tuple(best for run in runs if (best := _best_of(run, view)) is not None),
            levels=tuple(_level(level, view) for level in view.levels) if curves else (),
            cursor=_cursor(runs, view),
            ascii=view.ascii,
            checked=" / ".join(dict.fromkeys(run.history.checked_part for run in runs)) or "test",
        )


def extent(runs: Sequence[ChartedRun], unit: Unit) -> float:
    """Return where the axis ends that shows all runs whole; it begins at 0."""
    return max((end_of(run.history, unit, live=run.live) for run in runs), default=1)


def _title(runs: Sequence[ChartedRun], view: View) -> str:
    """Name what the curves are, and costs with their unit; where runs have different tasks, all scores are named."""
    names = _ERRORS if view.as_error else SCORE_NAMES
    if view.metric == "cost":
        units = {run.cost_unit for run in runs} - {""}
        return f"cost ({'mixed units' if len(units) > 1 else units.pop()})" if units else "cost"
    tasks = dict.fromkeys(run.task for run in runs) or {"classes": None}
    return " / ".join(names[task] for task in tasks)


def _part(view: View, length: float, runs: Sequence[ChartedRun]) -> str:
    """Say how much of the curves is in view, where that is not all."""
    if view.window is None or not runs:
        return ""
    percent = 100 * length / extent(runs, view.unit)
    return f", {f'{percent:.0f}' if percent >= 10 else f'{percent:.2g}'} % in view"


def _label(run: ChartedRun, runs: Sequence[ChartedRun], view: View) -> str:
    """Name a run; with what its curve is where others are of another kind."""
    label = plain(run.label, _LABEL_CELLS)
    if view.metric == "cost" or all(other.task == run.task for other in runs):
        return label
    return f"{(_ERRORS if view.as_error else SCORE_NAMES)[run.task]}: {label}"


def _bounds(runs: Sequence[ChartedRun]) -> tuple[float, float]:
    """Return the limits of the scores' axis: an R2 far below 0, as before the first epochs, would flatten the rest."""
    return (-1.0 if any(run.task == "values" for run in runs) else 0.0), 1.0


def _curves_of(run: ChartedRun, window: tuple[float, float], view: View) -> tuple[Curve, ...]:
    history, colour, scales = run.history, _colour(run, view), not run.mark
    columns = dot_columns(view.width, view.height)
    name = _TRAIN[view.metric]
    first, last = (iteration_at(history, edge, view.unit) for edge in window)
    first = max(1, first, run.parted_at)
    if last < first or _ended_before(window[0], history, view):
        return ()
    train = _shown(history.reduce(name, first, last, columns), view)
    check = _shown(history.reduce(_CHECK[view.metric], max(first, run.parted_at + 1), last, columns), view)
    across, checked = (places(history, part.iteration, view.unit) for part in (train, check))
    value = _last_value(history, name, (first, last), view)
    curves = []
    smooth = _smoothing(history, view)
    if smooth or history.has_spread:
        mean = history.smooth(name, train.iteration, max(1, smooth))
        mean = 1 - mean if view.as_error else mean
    if smooth:
        value = float(mean[-1]) if len(mean) else np.nan
        curves.append(curve("smooth", colour, across, mean, value=value, scales=scales))
        value = np.nan
    if not (smooth and history.has_spread):  # a band of replicas takes the place of the single iterations
        curves.append(curve("raw", colour, across, train.low, train.high, value=value, scales=scales))
    if history.has_spread:
        spread = history.smooth(_SPREAD[view.metric], train.iteration, max(1, smooth))
        low = mean - spread
        low = np.maximum(low, 0) if view.metric == "cost" or view.as_error else low
        curves.append(curve("band", colour, across, low, mean + spread, scales=scales))
        curves += _whiskers(run, (first, last), view)
    last_check = _last_value(history, _CHECK[view.metric], (max(first, run.parted_at + 1), last), view)
    curves.append(curve("check", colour, checked, check.low, check.high, value=last_check, scales=scales))
    return tuple(curves)


def _last_value(history: History, name: SeriesName, window: tuple[int, int], view: View) -> float:
    value = history.last_value(name, *window)
    return 1 - value if view.as_error else value


def _ended_before(across: float, history: History, view: View) -> bool:
    """Return whether a run's last iteration lies before a place; in seconds it would be drawn there otherwise."""
    return not history.iterations or place(history, history.iterations, view.unit) < across


def _whiskers(run: ChartedRun, window: tuple[int, int], view: View) -> list[Curve]:
    """Return how far the checks of replicas spread about their mean, where single ones can be told apart."""
    history = run.history
    checked = history.check_iteration
    seen = (checked >= max(window[0], run.parted_at + 1)) & (checked <= window[1])
    if _CELLS_PER_WHISKER * np.count_nonzero(seen) > dot_columns(view.width, view.height) / 2:
        return []
    mean = history.series(_CHECK[view.metric])[: len(checked)][seen]
    spread = history.series(_CHECK_SPREAD[view.metric])[: len(checked)][seen]
    mean = 1 - mean if view.as_error else mean
    low = np.maximum(mean - spread, 0) if view.metric == "cost" or view.as_error else mean - spread
    across = places(history, checked[seen], view.unit)
    return [curve("whisker", _colour(run, view), across, low, mean + spread, scales=not run.mark)]


def _shown(columns: Columns, view: View) -> Columns:
    """Turn accuracies into errors where those are shown."""
    return Columns(columns.iteration, 1 - columns.high, 1 - columns.low) if view.as_error else columns


def _smoothing(history: History, view: View) -> int:
    return max(1, min(view.smoothing, history.iterations // _LEAST_WINDOWS)) if view.smoothing > 0 else 0


def _best_of(run: ChartedRun, view: View) -> Best | None:
    """Find the lowest cost or the highest accuracy of a run's checks, the first of equals."""
    checked = run.history.check_iteration
    values = run.history.series(_CHECK[view.metric])[: len(checked)]
    values = values if view.metric == "cost" else -values
    finite = np.where(np.isfinite(values), values, np.inf)
    if not len(finite) or np.isinf(row := finite.min()):
        return None
    at = int(finite.argmin())
    value = float(row) if view.metric == "cost" else -float(row)
    shown = 1 - value if view.as_error else value
    return Best(place(run.history, int(checked[at]), view.unit), shown, _colour(run, view))


def _level(level: tuple[str, float, float], view: View) -> Level:
    name, cost, accuracy = level
    return Level(cost if view.metric == "cost" else 1 - accuracy if view.as_error else accuracy, name)


def _cursor(runs: Sequence[ChartedRun], view: View) -> Cursor | None:
    """Read every run's values where the cursor stands."""
    if view.cursor is None:
        return None
    if view.unit == "seconds":
        heading = f"after {duration(view.cursor)}"
    else:
        heading = f"iteration {view.cursor:,.0f}" if view.unit == "iteration" else f"{view.unit} {view.cursor:,.2f}"
    readings = tuple(_reading(run, view.cursor, view, _label(run, runs, view)) for run in runs)
    return Cursor(view.cursor, heading, readings)


def _reading(run: ChartedRun, cursor: float, view: View, label: str) -> CursorReading:
    history = run.history
    at = iteration_at(history, cursor, view.unit)
    train = check = spread = np.nan
    done = history.iterations
    end = place(history, done, view.unit) if done else 0.0
    if done and at >= 1 and cursor <= end * (1 + 1e-9):
        smooth = max(1, _smoothing(history, view))
        train = float(history.smooth(_TRAIN[view.metric], [min(at, done)], smooth)[0])
        if history.has_spread:
            spread = float(history.smooth(_SPREAD[view.metric], [min(at, done)], smooth)[0])
        checks = int(np.searchsorted(history.check_iteration, at, side="right"))
        if checks:
            check = float(history.series(_CHECK[view.metric])[checks - 1])
    if view.as_error:
        train, check = 1 - train, 1 - check
    return CursorReading(label, _colour(run, view), train, check, spread)


def _colour(run: ChartedRun, view: View) -> int:
    return curve_colour(run.colour_index, dark=view.dark)
