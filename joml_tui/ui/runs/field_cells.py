"""The cells of run fields in the screen's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from joml_tui.experiment import Task
from joml_tui.runs.run_fields import CellFormat, RunFacts, RunField
from joml_tui.runs.setting_paths import NOTHING, show_value
from joml_tui.ui import text

_LONGEST = 80


def write_field(field: RunField, facts: RunFacts) -> str:
    """Return a run's field as one printable line; a dash for a missing number or setting."""
    if field.cell is not None:
        return text.plain(field.cell(facts), _LONGEST)
    value = field.read(facts)
    if field.format != "plain":
        return _FORMATS[field.format](value, facts.record.task)
    return text.plain(" ".join(value) if field.type == "texts" else _write_plain(value), _LONGEST)


def title_of(field: RunField, tasks: Iterable[Task]) -> str:
    """Return the title of a field's column in a table of runs of these tasks."""
    return text.plain(field.title.replace("{score}", text.score_head(tasks)), _LONGEST)


def stands_right(field: RunField) -> bool:
    """Return whether a field's column is aligned to the right, like numbers."""
    return field.is_number or field.type == "setting"


def _write_plain(value: Any) -> str:
    return value if isinstance(value, str) else show_value(value)


def _write_time(value: float | None, _: Task) -> str:
    return NOTHING if value is None else datetime.fromtimestamp(value).strftime("%Y-%m-%d %H:%M")  # the user's own time


_FORMATS: dict[CellFormat, Callable[[Any, Task], str]] = {
    "count": lambda value, _: NOTHING if value is None else text.count(value),
    "cost": lambda value, _: text.cost(value),
    "score": text.score,
    "seconds": lambda value, _: text.duration(value),
    "rate": lambda value, _: text.rate(value),
    "time": _write_time,
}
