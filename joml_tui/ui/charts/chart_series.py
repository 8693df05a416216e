"""Descriptions of charts from the histories of runs; only changed runs are processed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from joml.task import SCORE_NAMES
from joml_tui.experiment import CostScale, Task
from joml_tui.names import metric_title
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
from joml_tui.runs.best_check import best_check
from joml_tui.runs.history import Columns, History, SeriesName, SpreadName
from joml_tui.runs.history_blocks import METRIC
from joml_tui.runs.run_record import SCORE_METRICS
from joml_tui.ui.charts.x_axis import end_of, iteration_at, place, places
from joml_tui.ui.text import duration

_CELLS_PER_WHISKER = 2
_ERRORS: dict[Task, str] = {"classes": "error", "multilabel": "wrong answers", "regression": "1 - R2"}
_NOTHING_HERE = "No curve in this range; 0 shows everything."
_ALL_HIDDEN = "All curves are hidden; a click on a name above shows one."
_LABEL_CELLS = 60
#: The band about a smooth curve leaves out the lowest and the highest tenth of the mini-batches.
_BAND_SHARES = (0.1, 0.9)
_LEAST_WINDOWS = 5  # a window longer than a fifth of the run would hide the curve's shape


@dataclass(frozen=True, slots=True)
class ChartedRun:
    """One run in the charts.

    Attributes
    ----------
    key : str
        A key that is unique among the runs shown.
    label : str
        Any text; it is made printable and shortened.
    colour_index : int
        Index of its colour in the palette.
    history : History
    live : bool
        Whether more rows may come.
    mark : str, optional
        A remark at the end of the curves, such as "diverged at iteration 12".
    parted_at : int, optional
        The iteration of the fork; the curves before it belong to the origin and are not drawn again.
    task : {"classes", "multilabel", "regression"}
        The task of its scores.
    cost_unit : str, optional
        The unit of its costs, such as "nats".
    cost_scale : CostScale, optional
        The conversion of its costs to an error in the units of the data, which is then shown.
    lower_is_better : frozenset of str, optional
        The metrics for which lower values are better.
    watched : bool, optional
        Whether it trains at a pace to watch, so that its curves are drawn more often.
    members : int, optional
        The number of runs that it is the mean of, whose costs are in the units of the data already; 1 for a run of its
        own.
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
    cost_scale: CostScale | None = None
    lower_is_better: frozenset[str] = frozenset()
    watched: bool = False
    members: int = 1


@dataclass(frozen=True, slots=True)
class View:
    """The settings of a chart's view; equal views with equal counts have equal pictures.

    Attributes
    ----------
    figure : str
        The figure of the curves: "cost", "accuracy" for the score of any task, or "metric:" and a metric's name.
    log : bool
        Whether the axis is logarithmic; a score is then shown as the error, 1 minus the score.
    window : (float, float), optional
        The first and last position; default the whole.
    cursor : float, optional
        The position at which values are read.
    levels : tuple of (str, float, float)
        Reference values, each a name, a cost (nan for none) and an accuracy.
    ascii, few_colours : bool
        The terminal's limits, which dashes make up for.
    full_range : bool
        Whether the y axis includes spikes.
    hidden : frozenset of str
        The keys of the runs whose curves are left out.
    named : bool
        Whether there are several runs, so that values have their names beside them.
    """

    figure: str
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
    few_colours: bool = False
    full_range: bool = False
    hidden: frozenset[str] = frozenset()
    named: bool = False

    @property
    def columns(self) -> int:
        """The columns of dots, to which series are reduced."""
        return dot_columns(self.width, self.height, named=self.named)

    @property
    def as_error(self) -> bool:
        """Return whether 1 minus the accuracy is shown."""
        return self.figure == "accuracy" and self.log

    @property
    def metric(self) -> str:
        """The name of the metric shown; empty for cost and score."""
        return self.figure.removeprefix(METRIC) if self.figure.startswith(METRIC) else ""

    @property
    def train(self) -> SeriesName:
        """The series of the mini-batches, which metrics do not have."""
        return cast("SeriesName", f"train_{self.figure}")

    @property
    def check(self) -> SeriesName:
        """The series of the checks."""
        return cast("SeriesName", f"check_{self.figure}")

    def spread_of(self, series: SeriesName) -> SpreadName:
        """Return the series of the standard deviations over replicas."""
        return cast("SpreadName", f"{series}_spread")

    def lower_is_better(self, run: ChartedRun) -> bool:
        """Return whether lower values are better."""
        return self.figure == "cost" or self.metric in run.lower_is_better


def figures_of(runs: Sequence[ChartedRun]) -> tuple[str, ...]:
    """Return the figures for the second chart of these runs: the score, then their metrics."""
    metrics = dict.fromkeys(name for run in runs for name in run.history.metrics if name not in SCORE_METRICS)
    return ("accuracy", *(f"{METRIC}{name}" for name in metrics))


Counts = tuple[tuple[str, int, int, int], ...]


def counts_of(runs: Sequence[ChartedRun]) -> Counts:
    """Return the lengths of the histories; charts do not change while these are the same."""
    return tuple((run.key, id(run.history), run.history.iterations, run.history.checks) for run in runs)


class Describer:
    """A describer of one chart that caches the curves of runs whose history and view have not changed."""

    def __init__(self) -> None:
        self._cached: dict[str, tuple[object, tuple[Curve, ...]]] = {}

    def describe(self, runs: Sequence[ChartedRun], view: View) -> Description:
        """Return the description of the present runs, the first one in front."""
        first, last = view.window or (0.0, extent(runs, view.unit))
        reduced = replace(view, window=(first, last), cursor=None, levels=(), full_range=False, hidden=frozenset())
        strokes = _strokes(runs)
        seen = [run for run in runs if run.key not in view.hidden]
        alone = len(runs) == 1  # not of those seen: a click on the legend must not move it
        earlier, self._cached = self._cached, {}
        curves: list[Curve] = []
        for place_in_legend, (run, counts) in enumerate(zip(runs, counts_of(runs), strict=True)):
            if run.key in view.hidden:
                continue
            key = (counts, run.colour_index, run.mark, run.parted_at, run.cost_scale, reduced, place_in_legend, alone)
            if run.key not in earlier or earlier[run.key][0] != key:
                drawn = _curves_of(run, (first, last), view, with_band=alone)
                earlier[run.key] = (key, tuple(structs.replace(each, run=place_in_legend) for each in drawn))
            self._cached[run.key] = earlier[run.key]
            curves.extend(earlier[run.key][1])
        return Description(
            title=_title(runs, view) + _part(view, last - first, runs),
            width=view.width,
            height=view.height,
            first=first,
            last=last,
            ink=view.ink,
            curves=tuple(curves),
            legend=tuple(
                LegendEntry(
                    _label(run, runs, view),
                    _colour(run, view),
                    strokes[run.key],
                    f"hide_run({run.key!r})" if len(runs) > 1 else "",
                    run.key in view.hidden,
                )
                for run in runs
            ),
            marks=tuple(
                Mark(
                    place(run.history, run.history.iterations, view.unit),
                    plain(run.mark, _LABEL_CELLS),
                    _colour(run, view),
                )
                for run in seen
                if run.mark
            ),
            log=view.log,
            bounds=_bounds(runs) if view.figure == "accuracy" and not view.log else None,
            message=_why_empty(runs, seen, view),
            unit=view.unit,
            best=tuple(best for run in seen if (best := _best_of(run, view)) is not None),
            levels=tuple(_level(level, runs, view) for level in view.levels) if curves else (),
            cursor=_cursor(seen, runs, view),
            ascii=view.ascii,
            band=_band(seen),
            few_colours=view.few_colours,
            full_range=view.full_range,
            named=view.named,
            checked=" / ".join(dict.fromkeys(run.history.checked_part for run in runs)) or "test",
        )


def _strokes(runs: Sequence[ChartedRun]) -> dict[str, int]:
    """Return each run's dashes, which do not depend on the run in front."""
    in_order = sorted(runs, key=lambda run: run.colour_index)
    return {run.key: place for place, run in enumerate(in_order)}


def _why_empty(runs: Sequence[ChartedRun], seen: Sequence[ChartedRun], view: View) -> str:
    if runs and not seen:
        return _ALL_HIDDEN
    return _NOTHING_HERE if runs and view.window else view.message


def _band(seen: Sequence[ChartedRun]) -> str:
    """Return what the band around a curve is."""
    for run in seen:
        if run.members > 1:
            return f"{run.members:,} runs, mean and spread"
        if run.history.has_spread:
            return "mean and spread of replicas"
    return "8 of 10 mini-batches"


def extent(runs: Sequence[ChartedRun], unit: Unit) -> float:
    """Return the end of an axis that shows all runs completely from 0."""
    return max((end_of(run.history, unit, live=run.live) for run in runs), default=1)


def _title(runs: Sequence[ChartedRun], view: View) -> str:
    """Return the title: the figure with the unit of costs, or the names of all scores of runs with different tasks."""
    names = _ERRORS if view.as_error else SCORE_NAMES
    if view.figure == "cost":
        units = {str(run.cost_scale or run.cost_unit) for run in runs} - {""}
        if len(units) == 1 and runs[0].cost_scale is not None:
            return units.pop()
        return f"cost ({'mixed units' if len(units) > 1 else units.pop()})" if units else "cost"
    if view.metric:
        return metric_title(view.metric)
    tasks = dict.fromkeys(run.task for run in runs) or {"classes": None}
    return " / ".join(names[task] for task in tasks)


def _part(view: View, length: float, runs: Sequence[ChartedRun]) -> str:
    """Return the visible share of the curves as text; empty for the whole."""
    if view.window is None or not runs:
        return ""
    percent = 100 * length / extent(runs, view.unit)
    return f", {f'{percent:.0f}' if percent >= 10 else f'{percent:.2g}'} % in view"


def _label(run: ChartedRun, runs: Sequence[ChartedRun], view: View) -> str:
    """Return a run's label, with its figure if other runs have another one."""
    label = plain(run.label, _LABEL_CELLS)
    if view.figure != "accuracy" or all(other.task == run.task for other in runs):
        return label
    return f"{(_ERRORS if view.as_error else SCORE_NAMES)[run.task]}: {label}"


def _bounds(runs: Sequence[ChartedRun]) -> tuple[float, float]:
    """Return the limits of the scores' axis, which cut an R2 far below 0 as in the first epochs."""
    return (-1.0 if any(run.task == "regression" for run in runs) else 0.0), 1.0


def _curves_of(run: ChartedRun, window: tuple[float, float], view: View, *, with_band: bool) -> tuple[Curve, ...]:
    history = run.history
    first, last = (iteration_at(history, edge, view.unit) for edge in window)
    first = max(1, first, run.parted_at)
    if last < first or _ended_before(window[0], history, view):
        return ()
    if view.metric:
        measured = view.metric in history.metrics
        return (_check_curve(run, (first, last), view),) if measured else ()
    return (*_training_curves(run, (first, last), view, with_band=with_band), _check_curve(run, (first, last), view))


def _training_curves(run: ChartedRun, window: tuple[int, int], view: View, *, with_band: bool) -> list[Curve]:
    history, colour, scales = run.history, _colour(run, view), not run.mark
    train = _shown_columns(history.reduce(view.train, *window, view.columns), run, view)
    across = places(history, train.iteration, view.unit)
    value = _last_value(run, view.train, window, view)
    curves = []
    smooth = _smoothing(history, view)
    if smooth or history.has_spread:
        mean = history.smooth(view.train, train.iteration, max(1, smooth))
    if smooth:
        shown = _shown(mean, run, view)
        value = float(shown[-1]) if len(shown) else np.nan
        curves.append(curve("smooth", colour, across, shown, value=value, scales=scales))
        value = np.nan
    if not smooth:
        curves.append(curve("raw", colour, across, train.low, train.high, value=value, scales=scales))
    elif with_band and not history.has_spread:  # curves of several runs would drown in their bands
        curves.append(_band_of_batches(run, train.iteration, smooth, view))
    if history.has_spread:
        spread = history.smooth(view.spread_of(view.train), train.iteration, max(1, smooth))
        curves.append(curve("band", colour, across, *_shown_band(mean, spread, run, view), scales=scales))
        curves += _whiskers(run, window, view)
    return curves


def _band_of_batches(run: ChartedRun, iterations: NDArray[Any], smooth: int, view: View) -> Curve:
    """Return the band that most mini-batches are in, about the smooth curve."""
    history = run.history
    column = -(-history.iterations // max(1, len(iterations)))
    low, high = history.quantiles(view.train, iterations, max(smooth, column), _BAND_SHARES)
    low, high = _shown(low, run, view), _shown(high, run, view)
    if view.as_error:
        low, high = high, low
    across = places(history, iterations, view.unit)
    return curve("band", _colour(run, view), across, low, high, scales=not run.mark)


def _check_curve(run: ChartedRun, window: tuple[int, int], view: View) -> Curve:
    history, (first, last) = run.history, window
    first = max(first, run.parted_at + 1)
    check = _shown_columns(history.reduce(view.check, first, last, view.columns), run, view)
    across = places(history, check.iteration, view.unit)
    value = _last_value(run, view.check, (first, last), view)
    return curve("check", _colour(run, view), across, check.low, check.high, value=value, scales=not run.mark)


def _last_value(run: ChartedRun, name: SeriesName, window: tuple[int, int], view: View) -> float:
    return float(_shown(np.array(run.history.last_value(name, *window)), run, view))


def _ended_before(across: float, history: History, view: View) -> bool:
    """Return whether a run's last iteration is before a position, so that it is not drawn there."""
    return not history.iterations or place(history, history.iterations, view.unit) < across


def _whiskers(run: ChartedRun, window: tuple[int, int], view: View) -> list[Curve]:
    """Return the spreads of replicas' checks, if single checks are distinguishable."""
    history = run.history
    checked = history.check_iteration
    seen = (checked >= max(window[0], run.parted_at + 1)) & (checked <= window[1])
    if _CELLS_PER_WHISKER * np.count_nonzero(seen) > view.columns / 2:
        return []
    mean = history.series(view.check)[: len(checked)][seen]
    spread = history.series(view.spread_of(view.check))[: len(checked)][seen]
    low, high = _shown_band(mean, spread, run, view)
    across = places(history, checked[seen], view.unit)
    return [curve("whisker", _colour(run, view), across, low, high, scales=not run.mark)]


def _shown(values: NDArray[Any], run: ChartedRun, view: View) -> NDArray[Any]:
    """Return values as they are shown: scores as errors if requested, costs in the units of the data if possible."""
    if view.as_error:
        return np.asarray(1 - values)
    if view.figure == "cost" and run.cost_scale is not None and run.members == 1:
        return run.cost_scale.convert(values)
    return values


def _shown_band(
    mean: NDArray[Any], spread: NDArray[Any], run: ChartedRun, view: View
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the ends of one standard deviation about a mean as they are shown.

    The ends are converted, not the deviation: the root of a squared error is not in proportion to it.
    """
    low, high = mean - spread, mean + spread
    if view.as_error:
        return np.maximum(_shown(high, run, view), 0), _shown(low, run, view)
    if view.figure == "cost":
        low = np.maximum(low, 0)
    return _shown(low, run, view), _shown(high, run, view)


def _shown_spread(mean: float, spread: float, run: ChartedRun, view: View) -> float:
    """Return a standard deviation about a mean in the units that are shown: of a root, half of its band."""
    scale = run.cost_scale if view.figure == "cost" and run.members == 1 else None
    if scale is None or not scale.is_squared:
        return spread if scale is None else scale.convert(spread)
    low, high = _shown_band(np.array(mean), np.array(spread), run, view)
    return float(high - low) / 2


def _shown_columns(columns: Columns, run: ChartedRun, view: View) -> Columns:
    """Return the columns as they are shown; of errors the highest score is the lowest."""
    low, high = _shown(columns.low, run, view), _shown(columns.high, run, view)
    return Columns(columns.iteration, *((high, low) if view.as_error else (low, high)))


def _smoothing(history: History, view: View) -> int:
    return max(1, min(view.smoothing, history.iterations // _LEAST_WINDOWS)) if view.smoothing > 0 else 0


def _best_of(run: ChartedRun, view: View) -> Best | None:
    """Return the best of a run's checks, the first of equal ones."""
    if view.metric and view.metric not in run.history.metrics:
        return None
    best = best_check(run.history, view.check, lower_is_better=view.lower_is_better(run))
    if best is None:
        return None
    shown = float(_shown(np.array([best.value], np.float32), run, view)[0])
    across = place(run.history, best.iteration, view.unit)
    return Best(across, shown, _colour(run, view), _where(across, view))


def _where(across: float, view: View) -> str:
    """Return a position as text that follows a value."""
    if view.unit == "seconds":
        return f"after {duration(across)}"
    return f"at {across:,.0f}" if view.unit == "iteration" else f"at epoch {across:,.4g}"


def _level(level: tuple[str, float, float], runs: Sequence[ChartedRun], view: View) -> Level:
    name, cost, accuracy = level
    if view.metric:
        return Level(np.nan, name)
    # The levels are those of the first run's data, and their costs are not converted yet.
    first = replace(runs[0], members=1)
    return Level(float(_shown(np.array(cost if view.figure == "cost" else accuracy), first, view)), name)


def _cursor(seen: Sequence[ChartedRun], runs: Sequence[ChartedRun], view: View) -> Cursor | None:
    """Return the values at the cursor of every run that is seen."""
    if view.cursor is None:
        return None
    if view.unit == "seconds":
        heading = f"after {duration(view.cursor)}"
    else:
        heading = f"iteration {view.cursor:,.0f}" if view.unit == "iteration" else f"{view.unit} {view.cursor:,.2f}"
    readings = tuple(_reading(run, view.cursor, view, _label(run, runs, view)) for run in seen)
    return Cursor(view.cursor, heading, readings)


def _reading(run: ChartedRun, cursor: float, view: View, label: str) -> CursorReading:
    history = run.history
    at = iteration_at(history, cursor, view.unit)
    train = check = spread = np.nan
    done = history.iterations
    end = place(history, done, view.unit) if done else 0.0
    if done and at >= 1 and cursor <= end * (1 + 1e-9):
        smooth = max(1, _smoothing(history, view))
        if not view.metric:
            train = float(history.smooth(view.train, [min(at, done)], smooth)[0])
        if history.has_spread and not view.metric:
            spread = float(history.smooth(view.spread_of(view.train), [min(at, done)], smooth)[0])
        checks = int(np.searchsorted(history.check_iteration, at, side="right"))
        if checks and (not view.metric or view.metric in history.metrics):
            check = float(history.series(view.check)[checks - 1])
    spread = _shown_spread(train, spread, run, view)
    train, check = _shown(np.array([train, check]), run, view).tolist()
    return CursorReading(label, _colour(run, view), None if view.metric else train, check, spread)


def _colour(run: ChartedRun, view: View) -> int:
    return curve_colour(run.colour_index, dark=view.dark, few_colours=view.few_colours)
