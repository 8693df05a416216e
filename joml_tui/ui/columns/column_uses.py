"""Changes of what the columns of a data file are used for, as settings of its data set."""

from __future__ import annotations

from typing import Any, Literal, cast

import msgspec
from msgspec import structs

from joml_tui.experiment import DatasetSpec, name_of
from joml_tui.experiment.dataset_specs import path_fields
from joml_tui.experiment.opening import SettingChange, open_experiment
from joml_tui.reports.table_report import ColumnReport, TableReport

#: What a column can be used for: a feature of some kind, or of the kind that its cells decide; the target; nothing.
ColumnUse = Literal["automatic", "number", "category", "boolean", "date", "ignore", "target"]

#: Settings of a data set that decide about its target.
_TASKS: dict[ColumnUse, str] = {"number": "regression", "category": "classes"}


class ColumnUseError(ValueError):
    """A column cannot be used so; the message is a sentence."""


def has_columns(dataset: DatasetSpec) -> bool:
    """Return whether the columns of a data set can be set, and its file is known."""
    return "columns" in dataset.__struct_fields__ and bool(getattr(dataset, path_fields(dataset)[0]).strip())


def chosen_use(dataset: DatasetSpec, report: TableReport, column: ColumnReport) -> ColumnUse | None:
    """Return what the user has set a column to; None if its cells decide."""
    settings: Any = dataset
    if column.use == "target":
        return None
    for key, setting in (settings.columns or {}).items():
        if _place_of(key, report) == column.position:
            return cast(ColumnUse, setting if isinstance(setting, str) else setting.kind)
    ignored = any(_place_of(key, report) == column.position for key in settings.ignore or ())
    return "ignore" if ignored else None


def with_use(dataset: DatasetSpec, report: TableReport, column: ColumnReport, use: ColumnUse) -> DatasetSpec:
    """Return the data set with a column used in another way.

    Parameters
    ----------
    dataset : DatasetSpec
    report : TableReport
        The report on its file.
    column : ColumnReport
        The column.
    use : ColumnUse

    Returns
    -------
    DatasetSpec

    Raises
    ------
    ColumnUseError
        The target cannot be used so.
    """
    if column.use == "target":
        return _with_target_as(dataset, use)
    settings: Any = dataset
    position = column.position
    before = {key: kind for key, kind in (settings.columns or {}).items() if _place_of(key, report) == position}
    columns = {key: kind for key, kind in (settings.columns or {}).items() if key not in before}
    ignore = settings.ignore
    if ignore is not None:
        ignore = tuple(key for key in ignore if _place_of(key, report) != position)
        ignore = ignore or None  # an empty list would also keep the index of the rows
    if use == "target":
        return _with_target(structs.replace(settings, columns=columns or None, ignore=ignore), report, column)
    if use != "automatic":
        columns[column_key(report, column)] = use
    return cast(DatasetSpec, structs.replace(settings, columns=columns or None, ignore=ignore))


def column_key(report: TableReport, column: ColumnReport) -> str:
    """Return the name of a column in settings: its position, where it has no name or shares it."""
    names = [each.name for each in report.columns]
    return column.name if column.name and names.count(column.name) == 1 else str(column.position)


def _with_target_as(dataset: DatasetSpec, use: ColumnUse) -> DatasetSpec:
    """Return the data set with its target as values or as classes."""
    if use in ("target", "automatic"):
        return dataset
    if use not in _TASKS:
        raise ColumnUseError("This column is the target. Make another column the target first.")
    return structs.replace(dataset, task=_TASKS[use])


def _with_target(dataset: DatasetSpec, report: TableReport, column: ColumnReport) -> DatasetSpec:
    """Return the data set with another target; its task is decided when the file is read."""
    key = column_key(report, column)
    label: str | int = column.position if key.isdecimal() else key
    return structs.replace(dataset, label=label)


def with_task_of_target(dataset: DatasetSpec) -> DatasetSpec:
    """Return the data set with the task that its target fits; reads the file.

    Raises
    ------
    joml_tui.experiment.yaml_text.ExperimentError
        The file cannot be read.
    """
    plain = msgspec.to_builtins(dataset)
    path = plain.pop(path_fields(dataset)[0])
    usual = {field.name: field.default for field in structs.fields(type(dataset))}
    changes = [
        SettingChange(f"dataset.{name}", value)
        for name, value in plain.items()
        if name not in ("name", "task", "standardize_y") and getattr(dataset, name) != usual[name]
    ]
    opened = open_experiment(path, changes).experiment.dataset
    return opened if name_of(opened) == name_of(dataset) else dataset


def _place_of(key: str | int, report: TableReport) -> int | None:
    """Return the position of a column in settings; None if there is no such column."""
    names = [column.name for column in report.columns]
    if key in names:
        return names.index(str(key))
    text = str(key)
    if not text.removeprefix("-").isdecimal():
        return None
    place = int(text)
    return place % len(names) if -len(names) <= place < len(names) else None
