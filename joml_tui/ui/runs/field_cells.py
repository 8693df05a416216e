"""The cells of run fields in the screen's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from math import isnan
from typing import Any

from joml_tui.experiment import Task
from joml_tui.runs.run_fields import CellFormat, RunFacts, RunField
from joml_tui.runs.seed_groups import MeanSpread
from joml_tui.runs.setting_paths import NOTHING, show_value
from joml_tui.runs.shown_costs import own_field, short_title
from joml_tui.ui import text

_LONGEST = 80


def write_field(field: RunField, facts: RunFacts) -> str:
    """Return a run's field as one printable line; a dash for a missing number or setting."""
    if field.cell is not None:
        return text.plain(field.cell(facts), _LONGEST)
    if field.format == "cost or error":
        name, field = own_field(field, facts)
        return f"{name} {write_field(field, facts)}".lstrip()
    value = field.read(facts)
    if field.type == "setting":
        value = tuple(dict.fromkeys(value))  # of equal layers once
    if field.format != "plain":
        return _FORMATS[field.format](value, facts.record.task)
    return text.plain(" ".join(value) if field.type == "texts" else _write_plain(value), _LONGEST)


def write_mean(field: RunField, figure: MeanSpread, task: Task) -> str:
    """Return the mean of a field over several runs with its spread: ``94.62 ± 0.41 %``."""
    if field.format == "score" and task != "regression":
        spread = "" if figure.spread is None else f" ± {100 * figure.spread:.2f}"
        return f"{100 * figure.mean:.2f}{spread} %"
    mean, spread = (
        "" if value is None else _FORMATS[field.format](value, task) if field.format != "plain" else f"{value:.4g}"
        for value in (figure.mean, figure.spread)
    )
    return f"{mean} ± {spread}" if spread and field.format not in ("seconds", "rate") else mean


def title_of(field: RunField, tasks: Iterable[Task]) -> str:
    """Return the title of a field's column in a table of runs of these tasks."""
    return text.plain(short_title(field.title).replace("{score}", text.score_head(tasks)), _LONGEST)


def _write_plain(value: Any) -> str:
    return value if isinstance(value, str) else show_value(value)


def _write_time(value: float | None, _: Task) -> str:
    return NOTHING if value is None else datetime.fromtimestamp(value).strftime("%Y-%m-%d %H:%M")  # the user's own time


def _is_missing(value: float | None) -> bool:
    return value is None or isnan(value)


_FORMATS: dict[CellFormat, Callable[[Any, Task], str]] = {
    "count": lambda value, _: NOTHING if value is None else text.count(value),
    "cost": lambda value, _: text.cost(None if _is_missing(value) else value),
    "error": lambda value, _: NOTHING if _is_missing(value) else text.measured(value),
    "score": text.score,
    "seconds": lambda value, _: text.duration(value),
    "rate": lambda value, _: text.rate(value),
    "time": _write_time,
}
