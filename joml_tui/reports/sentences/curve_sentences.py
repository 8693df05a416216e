"""The curves of a run as sentences and a short table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from joml.task import SCORE_NAMES
from joml.wording import counted
from joml_tui.experiment import better_of, cost_name_of, cost_unit_of, metric_name, metrics_of
from joml_tui.experiment.layer_parts import uses_dropout
from joml_tui.names import metric_title
from joml_tui.reports.sentences.text_table import text_table
from joml_tui.reports.spoken import spoken_number, spoken_score
from joml_tui.runs.best_check import BestCheck, best_check
from joml_tui.runs.history import History, SeriesName
from joml_tui.runs.history_blocks import METRIC
from joml_tui.runs.run import Run

#: A curve begins with the mean of its first iterations: this many, and at most this share of the run.
_FIRST_ITERATIONS, _FIRST_SHARE = 10, 0.1
#: A smaller change, relative to the larger of both ends, is none.
_CHANGE = 0.02
_TABLE_ROWS = 8

_Write = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure of a chart: its name, its series, and the way to write its values."""

    name: str
    train: SeriesName | None
    check: SeriesName
    lower_is_better: bool
    write: _Write

    @property
    def metric(self) -> str:
        """The metric's name in the history; empty for cost and score."""
        return self.check.partition(METRIC)[2]


def describe_curves(run: Run, label: str, figure: str, write_score: _Write | None = None) -> list[str]:
    """Return sentences on a run's curves of one figure.

    Parameters
    ----------
    run : Run
    label : str
        What the run is called, such as "#3 14-100-40-4".
    figure : str
        "cost", "accuracy" for the score of any task, or "metric:" and a metric's name.
    write_score : callable, optional
        Writes a score; by default in per cent, as the lab does, and R2 as a number.

    Returns
    -------
    list of str
        Such as "Cost of #3 fell from 1.39 to 0.0716 in 4,100 iterations; test cost is lowest, 0.126, at iteration
        2,870, and 0.136 at the end."
    """
    history, shown = run.history, _figure(run, figure)
    if write_score is not None and figure == "accuracy":
        shown = replace(shown, write=write_score)
    if history is None or not history.iterations:
        return [f"{label} has no curves yet."]
    name = f"{history.checked_part} {shown.name}"
    if shown.train is None:
        checked = _checked(run, history, shown, f"{name} of {label}")
        return [f"{_capital(checked)}." if checked else f"{label} does not measure {shown.name}."]
    checked = _checked(run, history, shown, name)
    trained = _trained(run, history, shown, shown.train, label)
    sentences = [f"{trained}; {checked}." if checked else f"{trained}."]
    sentences += describe_training_figures(run, figure)
    if run.message:
        sentences.append(f"{_capital(run.message.rstrip('.'))}.")
    return sentences


def describe_training_figures(run: Run, figure: str = "cost") -> list[str]:
    """Return sentences on why a run's training figures on the way are not comparable with its checks.

    Parameters
    ----------
    run : Run
    figure : str, default "cost"
        As in `describe_curves`; only costs weigh samples.

    Returns
    -------
    list of str
        Empty for most runs.
    """
    if run.history is None:
        return []
    experiment, part = run.experiment, run.history.checked_part
    sentences = []
    if experiment.class_weights != "none" and figure == "cost":
        sentences.append(f"Training costs weigh each sample by its class; {part} costs and results do not.")
    ways = [
        "on augmented samples" if experiment.augment is not None else "",
        "with dropout" if uses_dropout(experiment.layers) else "",
        "with the weights before they are averaged" if experiment.average else "",
    ]
    measured = " and ".join(filter(None, ways))
    if measured:
        sentences.append(f"Training curves are measured {measured}; {part} curves and results are not.")
    return sentences


def tabulate_curves(run: Run, figure: str) -> list[str]:
    """Return a short table of a run's curves of one figure: the values at some checks, spread over the run.

    Parameters
    ----------
    run : Run
    figure : str
        As in `describe_curves`.

    Returns
    -------
    list of str
        Empty before the first check.
    """
    history, shown = run.history, _figure(run, figure)
    if history is None or not history.checks or (shown.train is None and shown.metric not in history.metrics):
        return []
    iterations = history.check_iteration
    values = history.series(shown.check)[: len(iterations)]
    places = np.unique(np.linspace(0, len(iterations) - 1, min(len(iterations), _TABLE_ROWS)).astype(int)).tolist()
    head = ["iteration", *(["training"] if shown.train else []), history.checked_part]
    rows, before = [], 0
    for place in places:
        at = int(iterations[place])
        means = [history.mean_before(shown.train, at, at - before)] if shown.train else []
        rows.append([f"{at:,}", *map(shown.write, means), shown.write(float(values[place]))])
        before = at
    since = ["Training values are means since the row before."] if shown.train else []
    return [f"{_capital(shown.name)}:", *text_table(head, rows), *since]


def _figure(run: Run, figure: str) -> _Figure:
    check = cast("SeriesName", f"check_{figure}")
    if figure.startswith(METRIC):
        name = figure.removeprefix(METRIC)
        lower = any(metric_name(each) == name and better_of(each) == "lower" for each in metrics_of(run.experiment))
        return _Figure(metric_title(name), None, check, lower, spoken_number)
    if figure == "accuracy":
        return _Figure(
            SCORE_NAMES[run.task], "train_accuracy", check, False, lambda value: spoken_score(value, run.task)
        )
    scale = run.cost_scale
    if scale is not None:
        return _Figure(str(scale), "train_cost", check, True, lambda value: spoken_number(scale.convert(value)))
    name = cost_name_of(None, cost_unit_of(run.experiment))
    return _Figure(name, "train_cost", check, True, spoken_number)


def _trained(run: Run, history: History, shown: _Figure, series: SeriesName, label: str) -> str:
    done = history.iterations
    window = max(1, min(_FIRST_ITERATIONS, int(_FIRST_SHARE * done)))
    begin, end = history.mean_before(series, window, window), history.last_epoch_mean(series)
    so_far = "" if run.state.ended else " so far"
    mean = f", {_over(run, shown)} {run.experiment.replicas} replicas," if run.experiment.replicas > 1 else ""
    what = f"{_capital(shown.name)} of {label}{mean}"
    after = f"in {counted(done, 'iteration')}{so_far}"
    if not np.isfinite([begin, end]).any() and np.isfinite(history.last_epoch_mean("train_cost")):
        return f"{what} is not defined"  # as R2 of values that are all equal
    if not (np.isfinite(begin) and np.isfinite(end)):
        return (
            f"{what} began at {shown.write(begin)} and is no longer finite after {counted(done, 'iteration')}{so_far}"
        )
    if abs(end - begin) <= _CHANGE * max(abs(begin), abs(end)):
        return f"{what} stayed at about {shown.write(end)} {after}"
    return f"{what} {'fell' if end < begin else 'rose'} from {shown.write(begin)} to {shown.write(end)} {after}"


def _over(run: Run, shown: _Figure) -> str:
    """Return how a figure sums up replicas: the root of a mean over all of them is no mean of roots."""
    scale = run.cost_scale if shown.train == "train_cost" else None
    return "over" if scale is not None and scale.is_squared else "the mean of"


def _checked(run: Run, history: History, shown: _Figure, name: str) -> str:
    """Return a phrase on the best and the last check; empty without one."""
    if shown.train is None and shown.metric not in history.metrics:
        return ""
    best = best_check(history, shown.check, lower_is_better=shown.lower_is_better)
    if best is None:
        has_costs = shown.train is not None and bool(np.isfinite(history.check_cost[: history.checks]).any())
        return f"{name} is {'not defined' if has_costs else 'unknown'}" if history.checks else ""
    last = float(history.series(shown.check)[-1])
    end = "at the end" if run.state.ended else "now"
    extreme = "lowest" if shown.lower_is_better else "highest"
    if int(history.check_iteration[-1]) == best.iteration:
        return f"{name} is {extreme} {end}, {shown.write(best.value)}"
    last_written = "the same" if shown.write(last) == shown.write(best.value) else shown.write(last)
    return f"{name} is {extreme}, {_place(best, shown)}, and {last_written} {end}"


def _place(best: BestCheck, shown: _Figure) -> str:
    return f"{shown.write(best.value)}, at iteration {best.iteration:,}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
