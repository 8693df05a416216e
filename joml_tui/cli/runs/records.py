"""A stored run as plain values, as the columns of a list, and as what a filter asks about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import structs

from joml_tui.cli.writing import Column, one_line, shortened

if TYPE_CHECKING:
    from joml_tui.filtering import Facts
    from joml_tui.store import StoredRun

_HIDDEN = re.compile(r"-(\d+)(?:x(\d+))?")
_LONGEST_NAME = 28


def document(record: StoredRun) -> dict[str, Any]:
    """Give all that the store's list says of a run; scores of values are R2, and named so."""
    summary = structs.asdict(record.summary)
    values = summary["task"] == "values"
    for part in ("train", "test"):
        score = summary.pop(f"{part}_accuracy")
        summary[f"{part}_accuracy"] = None if values else score
        summary[f"{part}_r2"] = score if values else None
    return {
        "run": record.number,
        "name": record.name,
        "state": record.state.value,
        "message": record.message,
        "created": _time(record.created).isoformat(timespec="seconds"),
        "changed": _time(record.changed).isoformat(timespec="seconds"),
        **summary,
        "origin": record.origin,
        "origin_iteration": record.origin_iteration,
        "tags": record.tags,
        "note": record.note,
    }


def columns(records: Sequence[StoredRun]) -> list[Column]:
    """Give the columns of a list, those that matter least with the highest rank."""
    summaries = [record.summary for record in records]
    scores = {"R2" if summary.task == "values" else "accuracy" for summary in summaries}
    return [
        Column("run", [str(record.number) for record in records], right=True),
        Column("network", [summary.network or "?" for summary in summaries]),
        Column("name", [shortened(one_line(record.name), _LONGEST_NAME) for record in records], 2),
        Column("data", [summary.dataset for summary in summaries], 4),
        Column("optimizer", [summary.optimizer for summary in summaries], 6),
        Column("rate", [f"{summary.learning_rate:g}" for summary in summaries], 7, right=True),
        Column("batch", [str(summary.batch_size) for summary in summaries], 10, right=True),
        Column("seed", [str(summary.seed) for summary in summaries], 8, right=True),
        Column("epoch", [_epoch(record) for record in records], 9, right=True),
        Column("test cost", [number(summary.test_cost) for summary in summaries], 5, right=True),
        Column(f"test {' / '.join(sorted(scores))}", [number(each.test_accuracy) for each in summaries], 1, right=True),
        Column("state", [record.state.value for record in records], 1),
        Column("begun", [local_time(record.created) for record in records], 3),
        Column("time", [f"{summary.seconds:,.1f} s" for summary in summaries], 11, right=True),
        Column("tags", [one_line(" ".join(record.tags)) for record in records], 4),
        Column("note", [shortened(one_line(record.note), _LONGEST_NAME) for record in records], 12),
    ]


def facts_of(record: StoredRun) -> Facts:
    """Give what a filter can ask about a stored run, without opening it."""
    from joml_tui.filtering import Facts  # noqa: PLC0415

    summary = record.summary
    values = summary.task == "values"
    return Facts(
        texts={
            "name": f"{record.name} #{record.number}",
            "network": summary.network,
            "optimizer": summary.optimizer,
            "dataset": summary.dataset,
            "state": f"{record.state.value} {record.message}",
            "tags": " ".join(record.tags),
            "note": record.note,
        },
        numbers={
            "number": record.number,
            "parameters": summary.parameters,
            "learning_rate": summary.learning_rate,
            "batch_size": None if summary.batch_size == "all" else summary.batch_size,
            "seed": summary.seed,
            "epochs": summary.epochs,
            "epoch": _epochs_done(record),
            "iteration": summary.iteration,
            "layers": _hidden_layers(summary.network),
            "train_cost": summary.train_cost,
            "test_cost": summary.test_cost,
            "train_accuracy": None if values else summary.train_accuracy,
            "test_accuracy": None if values else summary.test_accuracy,
            "train_r2": summary.train_accuracy if values else None,
            "test_r2": summary.test_accuracy if values else None,
            "steps_per_second": summary.iteration / summary.seconds if summary.seconds > 0 else 0.0,
            "seconds": summary.seconds,
        },
    )


def number(value: float | None) -> str:
    """Write a cost or a score."""
    return "-" if value is None else f"{value:.4f}"


def local_time(seconds: float) -> str:
    """Write when something was, by the clock on the wall."""
    return _time(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _epochs_done(record: StoredRun) -> int:
    summary = record.summary
    return -(-summary.iteration // summary.iterations_per_epoch) if summary.iterations_per_epoch else 0


def _epoch(record: StoredRun) -> str:
    return f"{_epochs_done(record)}/{record.summary.epochs}"


def _hidden_layers(network: str) -> int | None:
    """Count the hidden layers of an architecture such as 14-28x6-4."""
    if not network:
        return None
    return sum(int(times or 1) for _, times in _HIDDEN.findall(network)) - 1
