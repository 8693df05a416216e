"""Stored runs as plain values, and as the columns of a list."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from joml_tui.cli.output import Column, one_line, shortened
from joml_tui.reports.figure_lines import four_digits
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.run_fields import CellFormat, RunFacts, RunField, facts_of, find_field, json_values, metric_fields
from joml_tui.runs.setting_paths import show_value
from joml_tui.runs.shown_costs import own_field, shown_field

if TYPE_CHECKING:
    from joml_tui.store import StoredRun

#: The columns of a list with their ranks; the least important have the highest.
_LISTED = {
    "run": 0,
    "network": 0,
    "name": 2,
    "dataset": 4,
    "optimizer": 6,
    "learning_rate": 7,
    "batch_size": 10,
    "seed": 8,
    "epoch": 9,
    "validation_cost": 13,
    "validation_score": 5,
    "test_cost": 5,
    "cost_unit": 5,
    "test_score": 1,
    "state": 1,
    "kept_iteration": 5,
    "created": 3,
    "seconds": 11,
    "tags": 4,
    "note": 12,
}
_RANK_OF_METRICS = 3
#: The rank of the costs' unit if it is the usual one.
_UNIT_IS_USUAL = 13
#: Largest widths of users' texts in a list.
_LONGEST = {"name": 28, "note": 28, "message": 40}


def document(record: StoredRun) -> dict[str, Any]:
    """Return a run's record in the store as plain values; scores of values are R2, and named so."""
    return json_values(facts_of(record))


def columns(runs: Sequence[RunFacts], chosen: Sequence[RunField] = ()) -> list[Column]:
    """Return the columns of a list: the chosen ones, or the usual ones with their ranks."""
    marks = {facts.record.cost_mark for facts in runs}
    if chosen:
        return [_column(shown_field(field, marks), runs) for field in chosen]
    validated = any(facts.record.validation_accuracy is not None for facts in runs)
    ranks = {name: rank for name, rank in _LISTED.items() if validated or not name.startswith("validation")}
    if {facts.record.cost_unit for facts in runs} <= {"nats", ""}:
        ranks["cost_unit"] = _UNIT_IS_USUAL
    if any(facts.record.error_name for facts in runs):  # errors in the units of the data stand in place of costs
        ranks["test_cost"] = 1
        if all(facts.record.error_name for facts in runs):
            ranks["cost_unit"] = _UNIT_IS_USUAL
    columns = [_column(shown_field(find_field(name), marks), runs, rank) for name, rank in ranks.items()]
    measured = [field for field in metric_fields(runs) if field.name.startswith("test_")]
    place = list(ranks).index("test_score") + 1
    shown = [_column(field, runs, _RANK_OF_METRICS) for field in measured]
    return [*columns[:place], *shown, *columns[place:]]


def _column(field: RunField, runs: Sequence[RunFacts], rank: int = 0) -> Column:
    from joml.task import SCORE_NAMES  # noqa: PLC0415

    score = " / ".join(sorted({SCORE_NAMES[facts.record.task] for facts in runs}))
    head = field.title if field.type == "setting" else (field.title[:1].lower() + field.title[1:]).format(score=score)
    return Column(head, _cells(field, runs), rank, field.stands_right(runs))


def _cells(field: RunField, runs: Sequence[RunFacts]) -> list[str]:
    """Return the cells of a column; errors in the units of the data have four significant digits."""
    if field.name in ("root_mean_squared_error", "mean_absolute_error"):
        errors = [field.read(facts) for facts in runs]
        return ["-" if error is None or math.isnan(error) else four_digits(error) for error in errors]
    return [write_cell(field, facts) for facts in runs]


def write_cell(field: RunField, facts: RunFacts) -> str:
    """Return a run's cell in a column."""
    if field.format == "cost or error":
        name, field = own_field(field, facts)
        return f"{name} {write_cell(field, facts)}".lstrip()
    text = _FORMATS[field.format](field.read(facts)) if field.cell is None else field.cell(facts)
    return shortened(one_line(text), _LONGEST.get(field.name, len(text)))


def local_time(seconds: float) -> str:
    """Return a time as text in the local time zone."""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def _plain(value: Any) -> str:
    if value is None or value in ("", ()):
        return ""
    return " ".join(value) if isinstance(value, tuple) and isinstance(value[0], str) else show_value(value)


def _unless_none(write: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "" if value is None else write(value)


_FORMATS: dict[CellFormat, Callable[[Any], str]] = {
    "plain": _plain,
    "count": _unless_none("{:,}".format),
    "cost": format_figure,
    "error": lambda value: "-" if value is None or math.isnan(value) else four_digits(value),
    "score": format_figure,
    "seconds": _unless_none("{:,.1f} s".format),
    "rate": _unless_none("{:,.0f}".format),
    "time": _unless_none(local_time),
}
