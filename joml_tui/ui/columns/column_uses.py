"""Changes of what the columns of a data file are used for, as settings of its data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

import msgspec
from msgspec import structs

from joml_tui.experiment import DatasetSpec, name_of
from joml_tui.experiment.dataset_specs import path_fields
from joml_tui.experiment.opening import SettingChange, open_experiment
from joml_tui.experiment.several_targets import names_several
from joml_tui.reports.table_report import ColumnReport, TableReport

#: What a column can be used for: a feature of some kind, or of the kind that its cells decide; the target; nothing.
ColumnUse = Literal["automatic", "number", "category", "boolean", "date", "ignore", "target"]

#: The tasks by what a target is set to: a single one, and one of several.
_TASKS: dict[ColumnUse, str] = {"number": "regression", "category": "classes"}
_TASKS_OF_SEVERAL: dict[ColumnUse, str] = {"number": "regression", "boolean": "multilabel"}


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


def with_use(
    dataset: DatasetSpec, report: TableReport, column: ColumnReport, use: ColumnUse, adds_target: bool = False
) -> DatasetSpec:
    """Return the data set with a column used in another way.

    Parameters
    ----------
    dataset : DatasetSpec
    report : TableReport
        The report on its file.
    column : ColumnReport
        The column.
    use : ColumnUse
        The use "target" takes one of several targets away.
    adds_target : bool, default False
        Whether another target is added to the present ones, and does not replace them.

    Returns
    -------
    DatasetSpec

    Raises
    ------
    ColumnUseError
        The target cannot be used so.
    """
    if column.position in {each.position for each in _targets_of(dataset, report)}:
        return _with_target_as(dataset, report, column, use)
    settings: Any = dataset
    position = column.position
    before = {key: kind for key, kind in (settings.columns or {}).items() if _place_of(key, report) == position}
    columns = {key: kind for key, kind in (settings.columns or {}).items() if key not in before}
    ignore = settings.ignore
    if ignore is not None:
        ignore = tuple(key for key in ignore if _place_of(key, report) != position)
        ignore = ignore or None  # an empty list would also keep the index of the rows
    if use == "target":
        targets = [*_targets_of(settings, report), column] if adds_target else [column]
        return _with_targets(structs.replace(settings, columns=columns or None, ignore=ignore), report, targets)
    if use != "automatic":
        columns[column_key(report, column)] = use
    return cast(DatasetSpec, structs.replace(settings, columns=columns or None, ignore=ignore))


def column_key(report: TableReport, column: ColumnReport) -> str:
    """Return the name of a column in settings: its position, where it has no name or shares it."""
    names = [each.name for each in report.columns]
    return column.name if column.name and names.count(column.name) == 1 else str(column.position)


def has_several_targets(dataset: DatasetSpec) -> bool:
    """Return whether a data set predicts several of its columns."""
    return names_several(getattr(dataset, "label", None))


def _with_target_as(dataset: DatasetSpec, report: TableReport, column: ColumnReport, use: ColumnUse) -> DatasetSpec:
    """Return the data set with a target as values, classes or answers, or without it if there are others."""
    is_several = has_several_targets(dataset)
    if use == "target" and is_several:
        others = [each for each in _targets_of(dataset, report) if each.position != column.position]
        return _with_targets(dataset, report, others)
    if use in ("target", "automatic"):
        return dataset
    tasks = _TASKS_OF_SEVERAL if is_several else _TASKS
    if use not in tasks:
        raise ColumnUseError(
            "Several targets are all yes or no, or all numbers. Take the others away first."
            if is_several
            else "This column is the target. Make another column the target first."
        )
    return structs.replace(dataset, task=tasks[use])


def _targets_of(dataset: Any, report: TableReport) -> list[ColumnReport]:
    """Return the target columns in the order of the setting, which may have changed since the report."""
    if dataset.label == -1:  # the row index of pandas is not counted
        return [column for column in report.columns if column.use == "target"]
    keys = dataset.label if has_several_targets(dataset) else (dataset.label,)
    places = [_place_of(key, report) for key in keys]
    return [report.columns[place] for place in places if place is not None]


def _with_targets(dataset: DatasetSpec, report: TableReport, targets: Sequence[ColumnReport]) -> DatasetSpec:
    """Return the data set with other targets; its task is decided when the file is read."""
    keys = tuple(_label_key(report, column) for column in targets)
    return structs.replace(dataset, label=keys[0] if len(keys) == 1 else keys)


def _label_key(report: TableReport, column: ColumnReport) -> str | int:
    key = column_key(report, column)
    return column.position if key.isdecimal() else key


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
