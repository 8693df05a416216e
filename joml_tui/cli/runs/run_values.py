"""A stored run as plain values, and as the columns of a list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from joml_tui.cli.output import Column, one_line, shortened
from joml_tui.runs.run_record import fields_of

if TYPE_CHECKING:
    from joml_tui.runs.run_record import RunRecord
    from joml_tui.store import StoredRun

_LONGEST_NAME = 28


def document(record: StoredRun) -> dict[str, Any]:
    """Return all that the store's list says of a run; scores of values are R2, and named so."""
    return fields_of(record) | {
        "created": _time(record.created).isoformat(timespec="seconds"),
        "changed": _time(record.changed).isoformat(timespec="seconds"),
        "origin": record.origin,
        "origin_iteration": record.origin_iteration,
    }


def columns(records: Sequence[StoredRun]) -> list[Column]:
    """Return the columns of a list, those that matter least with the highest rank."""
    from joml.statistics.metrics import SCORE_NAMES  # noqa: PLC0415

    summaries = [record.summary for record in records]
    score = " / ".join(sorted({SCORE_NAMES[summary.task] for summary in summaries}))
    return [
        Column("run", [str(record.number) for record in records], right=True),
        Column("network", [summary.network or "?" for summary in summaries]),
        Column("name", [shortened(one_line(record.name), _LONGEST_NAME) for record in records], 2),
        Column("data", [summary.dataset for summary in summaries], 4),
        Column("optimizer", [summary.optimizer for summary in summaries], 6),
        Column("rate", [f"{summary.learning_rate:g}" for summary in summaries], 7, right=True),
        Column("batch", [str(summary.batch_size) for summary in summaries], 10, right=True),
        Column("seed", [str(summary.seed) for summary in summaries], 8, right=True),
        Column("epoch", [f"{summary.epoch}/{summary.epochs}" for summary in summaries], 9, right=True),
        *_validation_columns(summaries, score),
        Column("test cost", [number(summary.test_cost) for summary in summaries], 5, right=True),
        Column("cost in", [summary.cost_unit for summary in summaries], _rank_of_units(summaries)),
        Column(f"test {score}", [number(each.test_accuracy) for each in summaries], 1, right=True),
        Column("state", [record.state.value for record in records], 1),
        Column("best at", [_best(summary) for summary in summaries], 5, right=True),
        Column("started", [local_time(record.created) for record in records], 3),
        Column("time", [f"{summary.seconds:,.1f} s" for summary in summaries], 11, right=True),
        Column("tags", [one_line(" ".join(record.tags)) for record in records], 4),
        Column("note", [shortened(one_line(record.note), _LONGEST_NAME) for record in records], 12),
    ]


def _validation_columns(summaries: Sequence[RunRecord], score: str) -> list[Column]:
    """Return columns of validation figures, where some run has them."""
    if all(summary.validation_accuracy is None for summary in summaries):
        return []
    return [
        Column("validation cost", [number(each.validation_cost) for each in summaries], 13, right=True),
        Column(f"validation {score}", [number(each.validation_accuracy) for each in summaries], 5, right=True),
    ]


def _rank_of_units(summaries: Sequence[RunRecord]) -> int:
    """Return the rank of the costs' unit: as dear as the costs where there are several, or one that surprises."""
    return 13 if {summary.cost_unit for summary in summaries} <= {"nats", ""} else 5


def _best(summary: RunRecord) -> str:
    """Return the iteration of the best weights, where these are kept and not the last."""
    kept = summary.kept_iteration
    return f"{kept:,}" if kept is not None and kept != summary.iteration else ""


def number(value: float | None) -> str:
    """Write a cost or a score; a dash where there is none."""
    return "-" if value is None or math.isnan(value) else f"{value:.4f}"


def local_time(seconds: float) -> str:
    """Write when something was, by the clock on the wall."""
    return _time(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
