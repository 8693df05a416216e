"""Write the tables of the documents that are made from the product: python docs/make_tables.py.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; all else in a document is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import NODEFAULT
from msgspec.structs import fields

from benchmarks.tasks import TASKS, Task
from joml.data.library import datasets
from joml.declaration import DeclaredSetting, Kind, Part, Setting, parts_of
from joml_tui.experiment.optimizer_specs import DEFAULT_OPTIMIZER, schedule_settings
from joml_tui.experiment.specs import chosen_settings, spec_named
from joml_tui.runs.run_fields import FIELDS, RunField
from joml_tui.ui.actions import ACTIONS, Action
from joml_tui.ui.key_names import drawn_key

FOLDER = Path(__file__).parent
DOCUMENTS = ("lab.md", "experiments.md", "commands.md")
MARKED = re.compile(r"(<!-- table: ([\w -]+) -->\n).*?(<!-- end -->)", re.DOTALL)
#: Settings of any optimizer that an experiment calls otherwise than the engine.
RENAMED = {"norm": "clip_norm"}


def keys_table() -> str:
    """Return all actions with their keys, by group, in the order of the lab's table of actions."""
    groups = dict.fromkeys(action.group for action in ACTIONS)
    return "\n".join(_keys_of_group(group) for group in groups)


def _keys_of_group(group: str) -> str:
    rows = [_action_row(action) for action in ACTIONS if action.group == group]
    return f"**{group}**\n\n" + _table(("keys", "action", "what it does"), rows)


def _action_row(action: Action) -> tuple[str, str, str]:
    keys = (drawn_key(key).replace("^", "Ctrl ") for key in action.keys)
    return " ".join(f"`{key}`" for key in keys), action.label, action.help


def parts_table(kind: Kind) -> str:
    """Return the parts of a kind, as an experiment chooses them, with formulas and settings."""
    parts = parts_of(kind).values()
    formulas, settings = any(part.formula for part in parts), any(part.settings for part in parts)
    # What goes around an optimizer is chosen by its settings, not by name.
    head = [
        *([] if kind == "transform" else ["name"]),
        "what it is",
        *(["formula"] if formulas else []),
        *(["settings"] if settings else []),
    ]
    return _table(head, (_part_row(part, formulas, settings) for part in parts))


def metrics_table() -> str:
    """Return the built-in metrics with the tasks that they are defined for."""
    head = ("name", "what it is", "formula", "of", "better", "settings")
    return _table(head, map(_metric_row, parts_of("metric").values()))


def datasets_table() -> str:
    """Return the data sets with what is to be learnt, and their settings but for the share of the test part."""
    return _table(("name", "what it is", "task", "settings"), map(_dataset_row, datasets().values()))


def _dataset_row(part: Part) -> Iterator[str]:
    yield f"`{part.name}`"
    yield part.title
    yield part.traits.task or "`task`"
    settings = (setting for setting in part.settings if setting.name != "test_share")
    yield "<br>".join(_describe(setting, _default_of(part, setting)) for setting in settings)


def _metric_row(part: Part) -> Iterator[str]:
    yield f"`{part.name}`"
    yield part.title
    yield f"`{part.formula}`" if part.formula else ""
    yield ", ".join(part.traits.tasks)
    yield part.traits.better
    yield "<br>".join(_describe(setting, setting.default) for setting in part.settings)


def _part_row(part: Part, formulas: bool, settings: bool) -> Iterator[str]:
    if part.kind != "transform":
        yield f"`{part.name}`"
    yield part.title
    if formulas:
        yield f"`{part.formula}`" if part.formula else ""
    if settings:
        yield "<br>".join(_describe(setting, _default_of(part, setting)) for setting in chosen_settings(part))


def _default_of(part: Part, setting: DeclaredSetting) -> Any:
    """Return a setting's default in an experiment; None where there is none."""
    if part.kind == "schedule":
        return getattr(schedule_settings(part.name), setting.name)
    if part.kind == "transform":
        return getattr(DEFAULT_OPTIMIZER, RENAMED.get(setting.name, setting.name))
    if part.kind == "dataset":
        default = next(field.default for field in fields(spec_named(part.label)) if field.name == setting.name)
        return None if default is NODEFAULT else default
    return None if setting.required else setting.default


def _describe(setting: DeclaredSetting, default: Any) -> str:
    name = RENAMED.get(setting.name, setting.name)
    unit = ", in epochs" if setting.about.unit == "iterations" else ""
    bounds = _bounds(setting.about)
    value = "" if default is None else f" = {default:g}" if type(default) in (int, float) else f" = {_plain(default)}"
    return f"`{name}{value}`: {setting.about.help}{unit}" + (f" ({bounds})" if bounds else "")


def _plain(value: Any) -> str:
    """Return a value as YAML has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bounds(about: Setting) -> str:
    limits = (("above", about.above), ("at least", about.at_least), ("below", about.below), ("at most", about.at_most))
    return ", ".join(f"{words} {limit:,.10g}" for words, limit in limits if limit is not None)


def fields_table() -> str:
    """Return the fields of a run, in the order of the table of fields."""
    return _table(("field", "also called", "what it is", "of"), map(_field_row, FIELDS))


def _field_row(field: RunField) -> tuple[str, str, str, str]:
    return f"`{field.name}`", ", ".join(f"`{alias}`" for alias in field.aliases), field.help, field.of


def _table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def tasks_table() -> str:
    """Return the usual tasks in the lab with the keys that they take."""
    return _table(("task", "keys", "number of keys"), map(_task_row, TASKS))


def _task_row(task: Task) -> tuple[str, str, str]:
    return task.title, task.shown, task.count


TABLES: dict[str, Callable[[], str]] = {
    "keys": keys_table,
    "tasks": tasks_table,
    "fields": fields_table,
    "activations": partial(parts_table, "activation"),
    "costs": partial(parts_table, "cost"),
    "initialisations": partial(parts_table, "initialisation"),
    "optimizers": partial(parts_table, "optimizer"),
    "transforms": partial(parts_table, "transform"),
    "schedules": partial(parts_table, "schedule"),
    "layers": partial(parts_table, "layer"),
    "metrics": metrics_table,
    "data sets": datasets_table,
}


def with_tables(text: str) -> str:
    """Return a document with its tables as they are now."""
    return MARKED.sub(lambda match: f"{match[1]}{TABLES[match[2]]()}{match[3]}", text)


def main() -> None:
    """Bring all documents up to date."""
    for name in DOCUMENTS:
        path = FOLDER / name
        path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
