"""The results of runs: their table, and the standing of the test score against baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan

from joml import Dataset
from joml.data.tables.cell_meanings import shown_name
from joml.statistics.baselines import Baseline, baselines
from joml.statistics.intervals import Interval, accuracy_interval
from joml.statistics.metrics import R2_NOT_DEFINED
from joml.task import SCORE_NAMES
from joml.wording import counted
from joml_tui.inspect.health_report import BalancedScore
from joml_tui.reports.figure_lines import written_in_units
from joml_tui.runs.diagnosis import judge
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.run import Run
from joml_tui.runs.run_record import PARTS, Part, RunRecord, describe_state, metric_lines
from joml_tui.runs.shown_costs import short_mark


def result_table(runs: Sequence[Run]) -> str:
    """Return a table of the kept weights' results on each part of the data.

    The units of costs are above or below the table; where they differ, each cost has its mark. Accuracies and correct
    answers are shares of 1; values have R2. The validation part has columns if a run has one; metrics are in lines
    below.
    """
    records = [run.record for run in runs]
    parts = [
        part for part in PARTS if part != "validation" or any(each.validation_cost is not None for each in records)
    ]
    titles = ["valid." if part == "validation" else part for part in parts]
    rows = [("network", "params", *titles, *titles, "steps/s", "time", "state")]
    is_marked = len({record.cost_mark for record in records}) > 1
    rows += [_row(run, record, parts, is_marked=is_marked) for run, record in zip(runs, records, strict=True)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    last = len(widths) - 1
    lines = [
        "  ".join(
            cell.ljust(width) if column in (0, last) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    scores = " / ".join(dict.fromkeys(SCORE_NAMES[run.task] for run in runs))
    units = " / ".join(dict.fromkeys(str(record.cost_scale or record.cost_unit) for record in records))
    before = widths[0] + widths[1] + 4
    of_costs = sum(widths[2 : 2 + len(parts)]) + 2 * len(parts)
    quantity = _quantity_of(records)
    costs = f"{quantity} ({units})"
    targets = dict.fromkeys(record.cost_scale.target for record in records if record.cost_scale is not None)
    if quantity != "cost":
        costs = f"{quantity} ({', '.join(map(shown_name, targets))})"
    beneath = [] if len(costs) < of_costs else [f"{quantity}: {units}"]
    over = " " * before + (quantity if beneath else costs).ljust(of_costs) + scores
    for run, record in zip(runs, records, strict=True):
        named = f"{record.network}: " if len(records) > 1 else ""
        if run.experiment.average:
            beneath.append(f"{named}weights: a moving average that keeps {run.experiment.average:g} of itself")
        beneath += [f"{named}{line}" for line in metric_lines(record)]
    return "\n".join(line.rstrip() for line in (over, *lines, *beneath))


def _quantity_of(records: Sequence[RunRecord]) -> str:
    """Return the head of the columns of costs: "RMSE" or "MAE" if all runs have this error in its place."""
    errors = {record.error_name for record in records}
    return (errors.pop() or "cost") if len(errors) == 1 else "cost"


@dataclass(frozen=True, slots=True)
class Standing:
    """A run's test score with its interval and the baselines.

    Attributes
    ----------
    score : str
        Its name: "accuracy" or "R2".
    reached : float or None
    interval : Interval or None
        Wilson's interval at 95 % for one network; None for R2 and for the mean of replicas.
    samples : int
        Number of samples in the test part.
    note : str
        A note on what the score is the mean of, or why there is none; else "".
    baselines : tuple of Baseline
        The baselines on the same split.
    verdict : str
        A sentence on whether the network beats them; empty without a score.
    """

    score: str
    reached: float | None
    interval: Interval | None
    samples: int
    note: str
    baselines: tuple[Baseline, ...]
    verdict: str = ""

    def __str__(self) -> str:
        line = f"test {self.score} {format_figure(self.reached)}"
        if self.interval is not None:
            ends = f"{format_figure(self.interval.low)} to {format_figure(self.interval.high)}"
            line += f" (95 %: {ends}, {counted(self.samples, 'sample')})"
        if self.note:
            line += f" ({self.note})"
        compared = ", ".join(f"{baseline.name} {format_figure(baseline.accuracy)}" for baseline in self.baselines)
        return "\n".join(filter(None, (line, f"same split: {compared}", self.verdict)))


def standing(run: Run, data: Dataset) -> Standing:
    """Return the test score of the kept weights with its interval, and the baselines on the same split."""
    reached, compared = run.test_accuracy, baselines(data)
    result = None if run.results is None else run.results.test
    samples = data.test_size if result is None or result.samples is None else result.samples
    interval, note = None, ""
    if reached is None or not isfinite(reached):
        note = R2_NOT_DEFINED if isnan(compared[0].accuracy) else ""
    elif run.experiment.replicas > 1:
        note = _mean_of_replicas(run)
    elif run.task != "regression":
        answers = data.output_size if run.task == "multilabel" else 1
        interval = accuracy_interval(reached, samples, answers=answers)
    verdict = ""
    if reached is not None and isfinite(reached) and isfinite(compared[0].accuracy):
        verdict = judge(reached, interval, compared, _balanced(run, data))
    return Standing(SCORE_NAMES[run.task], reached, interval, samples, note, compared, verdict)


def _balanced(run: Run, data: Dataset) -> BalancedScore | None:
    """Return the balanced accuracy of the kept weights; None unless the run weights its classes."""
    test = None if run.results is None else run.results.test
    classes = None if test is None else test.classes
    if run.experiment.class_weights == "none" or classes is None or classes.by_chance is None:
        return None
    occurring = int((data.y_test.sum(axis=1) > 0).sum())
    return BalancedScore(classes.balanced_accuracy, classes.by_chance, 1 / max(occurring, 1))


def _mean_of_replicas(run: Run) -> str:
    spread = run.record.spread("test", "accuracy")
    networks = run.results.networks if run.results is not None else run.experiment.replicas
    return f"mean of {networks} replicas, spread {format_figure(spread)}"


def _row(run: Run, record: RunRecord, parts: Sequence[Part], *, is_marked: bool) -> tuple[str, ...]:
    mark = short_mark(record.cost_mark) if is_marked else ""
    return (
        record.network or "?",
        f"{record.parameters:,}",
        *(f"{mark} {_cell(record, part, 'cost')}".lstrip() for part in parts),
        *(_cell(record, part, "accuracy") for part in parts),
        f"{run.steps_per_second:,.0f}",
        f"{record.seconds:.1f} s",
        describe_state(run.state.value, record),
    )


def _cell(record: RunRecord, part: Part, quantity: str) -> str:
    """Return a figure as text: a cost in the units of the data if there is a conversion."""
    if quantity == "cost" and record.cost_scale is not None:
        return written_in_units(record.cost_in_units(part))
    return format_figure(record.figure(part, quantity))
