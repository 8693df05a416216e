"""The target of a data file and its task, where the user does not name them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from joml.data.dataset_error import DatasetError
from joml.task import TARGETS
from joml_tui.decoding import DecodingError, decode, shown
from joml_tui.experiment.dataset_specs import DatasetSpec
from joml_tui.experiment.label_text import Label, find_labels
from joml_tui.experiment.loading import DatasetShape, shape_of, task_of
from joml_tui.experiment.several_targets import names_several, with_task_of_targets
from joml_tui.experiment.yaml_text import ExperimentError, anchor
from joml_tui.working_folder import working_folder

#: Names of target columns, in lower case.
_TARGETS = (
    *("target", "targets", "label", "labels", "class", "classes", "y", "outcome", "response", "species", "diagnosis"),
    *("survived", "churn", "output"),
)
#: Names of usual columns of values, which are the target if no column is called like one, and one alone like these.
_VALUES = ("price", "saleprice", "sale_price", "medv", "median_house_value", "charges", "mpg")
_MOST_NAMES = 10
#: More whole numbers than this are values, and more texts that differ in most rows are no target.
_MANY_NUMBERS, _FEW_NUMBERS, _FEW_TEXTS = 50, 20, 20


class AmbiguousTargetError(ExperimentError):
    """More than one column may be the target, or the last column is none.

    Parameters
    ----------
    message : str
    names : sequence of str
        The columns that may be the target.
    """

    def __init__(self, message: str, names: Sequence[str]) -> None:
        super().__init__(message)
        self.names = tuple(names)


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a data file.

    Attributes
    ----------
    label : str, int, or tuple of them
        The column's name, or its position; several of them for several columns.
    column : str
        The column in messages, or several; "y" where it is a file or an array of its own.
    reason : str
        Why it was chosen; empty where the user named it, or where there is no choice.
    content : str
        What it holds, where that was decided.
    """

    label: Label = -1
    column: str = "y"
    reason: str = ""
    content: str = ""

    @property
    def phrase(self) -> str:
        """The column, the reason and the content; empty if nothing was chosen."""
        chosen = f"{self.column}, {self.reason}" if self.reason and self.column else self.reason or self.column
        if self.content:
            return f"{chosen}: {self.content}"
        return chosen if self.reason else ""


def find_target(
    where: str,
    names: Sequence[str],
    label: str | int | Sequence[str | int] | None,
    ignored: Sequence[str | int],
) -> Target:
    """Return the target columns that the user names; else one that is called like a target, or the last one.

    Parameters
    ----------
    where : str
        The file, as messages name it.
    names : sequence of str
        Of all columns; empty without a header.
    label : str, int, or sequence of them, optional
        As the user names it; a text may name several columns, with commas between them.
    ignored : sequence of str or int
        Columns that are left out.

    Raises
    ------
    AmbiguousTargetError
        Several columns are called like a target, and none of them is the last column.
    """
    if label is not None:
        keys = find_labels(label, names)
        each_key = keys if isinstance(keys, tuple) else (keys,)
        return Target(keys, ", ".join(map(_describe_key, each_key)))
    left = [name for name in names if name and name not in ignored]
    likely = [name for name in left if name.strip().lower() in _TARGETS and not _is_coordinate(name, names)]
    if not likely:
        values = [name for name in left if name.strip().lower() in _VALUES]
        likely = values if len(values) == 1 else []
    if len(likely) > 1 and likely[-1] != names[-1]:
        wanted = " or ".join(map(shown, likely[:_MOST_NAMES]))
        raise AmbiguousTargetError(f"{where}: the target may be {wanted}: choose one with --target", likely)
    if not left:
        return Target(-1, "", "the last column")
    name = likely[-1] if likely else left[-1]
    key = name if names.count(name) == 1 else len(names) - 1 - list(reversed(names)).index(name)
    reason = "the last column" if name == names[-1] else "by its name" if likely else "the last column with a name"
    return Target(key, shown(name), reason)


def _describe_key(key: str | int) -> str:
    if isinstance(key, str):
        return shown(key)
    return f"column {key + 1}" if key >= 0 else f"column {key}"


def _is_coordinate(name: str, names: Sequence[str]) -> bool:
    """Return whether a column called y stands beside one called x, and others follow."""
    lower = [other.strip().lower() for other in names]
    return name.strip().lower() == "y" and "x" in lower and lower[-1] != "y"


def find_key(key: str | int, names: Sequence[str]) -> str | int:
    """Return a column as its name, or as its position if the text is a whole number and no column is called so."""
    text = str(key).strip()
    return int(text) if text not in names and re.fullmatch(r"-?\d{1,6}", text) else key


def with_task(dataset: dict[str, Any], target: Target, is_given: bool) -> tuple[dict[str, Any], Target]:
    """Return a data set with the first task that its target fits, and the target with what it holds.

    Both are returned unchanged if the file cannot be read. If no task fits, `problems` reports why that of values does
    not, if the target looks like values, and else why that of classes does not.

    Parameters
    ----------
    dataset : dict
        The data set as plain values.
    target : Target
    is_given : bool
        Whether the user names the task.

    Raises
    ------
    AmbiguousTargetError
        The target was chosen because it is the last column, but it holds texts that differ in most rows.
    """
    if is_given:
        return dataset, target
    if names_several(dataset.get("label")):
        return _with_task_of_several(dataset, target)
    from joml.data.labels import ManyClassesError  # noqa: PLC0415

    try:
        dataset, shape = _first_task(dataset)
    except ManyClassesError as error:
        if not target.reason:  # which `problems` reports
            return dataset, target
        raise AmbiguousTargetError(str(error), [str(target.label)]) from error
    if shape is None:
        return dataset, target
    if shape.task == "classes":
        return _values_or_classes(dataset, target, shape)
    content = "values to predict" if shape.task == "regression" else shape.outputs
    return dataset, replace(target, content=content)


def _with_task_of_several(dataset: dict[str, Any], target: Target) -> tuple[dict[str, Any], Target]:
    """Return the data set of several target columns with their task, and the targets with what they hold."""
    try:
        spec = with_task_of_targets(_decoded(dataset), ())
    except DecodingError:  # which building the experiment reports
        return dataset, target
    dataset = {**dataset, "task": task_of(spec)}
    try:
        shape = shape_of(spec)
    except DatasetError:  # which `problems` reports
        return dataset, target
    what = "to predict" if shape.task == "regression" else "of yes or no"
    return dataset, replace(target, content=f"{shape.outputs} {what}")


def _first_task(dataset: dict[str, Any]) -> tuple[dict[str, Any], DatasetShape | None]:
    """Return the data set with the first task that its target fits, and its sizes; with the likely one if none does."""
    from joml.data.labels import ManyClassesError, look_like_values  # noqa: PLC0415

    refused = dataset
    # One column has no task of several answers.
    for task in (each for each in TARGETS if each != "multilabel" or "label" not in dataset):
        tried = dataset if task == "classes" else {**dataset, "task": task}
        try:
            return tried, shape_of(_decoded(tried))
        except DecodingError:  # this data set has no such task
            continue
        except ManyClassesError:
            raise
        except DatasetError as error:
            if "label" in dataset and not look_like_values(error):
                break
            if "label" in dataset and task == "classes":  # values: what is wrong with them is the fault to be named
                refused = {**dataset, "task": "regression"}
    return refused, None


def _decoded(dataset: dict[str, Any]) -> DatasetSpec:
    """Return a data set with the full paths that it has in an experiment, so that its files are not read again."""
    return anchor(decode(dataset, DatasetSpec), working_folder())


def _values_or_classes(dataset: dict[str, Any], target: Target, shape: DatasetShape) -> tuple[dict[str, Any], Target]:
    """Return the data set and the target of one that may hold classes."""
    is_chosen = bool(target.reason)
    if "label" not in dataset:
        return dataset, target
    if shape.output_size > _FEW_NUMBERS and _are_values(shape.class_names):
        as_values = {**dataset, "task": "regression"}
        content = (
            f"{shape.output_size:,} different numbers, taken for values to predict (task: classes keeps them apart)"
        )
        return as_values, replace(target, content=content)
    if _are_durations(shape.class_names):
        content = f"durations such as {shown(shape.class_names[0])}, taken for values to predict"
        return {**dataset, "task": "regression"}, replace(target, content=content)
    if is_chosen and _are_dates(shape.class_names):
        noun = "times" if all(map(_is_time, shape.class_names)) else "dates"
        raise AmbiguousTargetError(
            f"{dataset['path']}: {target.phrase}, holds {noun} such as {shown(shape.class_names[0])}, and is no "
            "target: write plain numbers, such as days or minutes, or choose another one with --target",
            [str(target.label)],
        )
    differs = shape.output_size > max(_FEW_TEXTS, shape.samples / 2)
    if is_chosen and differs:
        raise AmbiguousTargetError(
            f"{dataset['path']}: {target.phrase}, holds {shape.output_size:,} different texts in {shape.samples:,} "
            "rows, and is no target: choose one with --target",
            [str(target.label)],
        )
    content = shape.outputs
    if shape.output_size > 2 and _are_numbers(shape.class_names):
        what = "whole numbers" if _are_whole(shape.class_names) else "numbers"
        content = f"{content} of {what} (task: values predicts them as numbers)"
    return dataset, replace(target, content=content)


def _are_dates(names: Sequence[str]) -> bool:
    """Return whether the names of classes are dates or times of day; whole numbers are none."""
    from joml.data.tables.dates import parse_date  # noqa: PLC0415

    if _are_whole(names):
        return False
    return all(math.isfinite(parse_date(name, True)) or _is_time(name) for name in names)


def _are_durations(names: Sequence[str]) -> bool:
    """Return whether the names of classes are durations, some of which are no times of day."""
    from joml.data.number_marks import is_duration  # noqa: PLC0415

    return all(map(is_duration, names)) and not all(map(_is_time, names))


def _is_time(name: str) -> bool:
    """Return whether the name of a class is a time of day."""
    from joml.data.tables.dates import parse_time  # noqa: PLC0415

    return math.isfinite(parse_time(name))


def _are_whole(names: Sequence[str]) -> bool:
    return all(re.fullmatch(r"[-+]?\d{1,15}(\.0*)?", name) for name in names)


def _are_numbers(names: Sequence[str]) -> bool:
    """Return whether the names of classes are numbers, such as the grades 1.3 or 1,3."""
    return all(re.fullmatch(r"[-+]?\d{1,15}([.,]\d*)?", name) for name in names)


def _are_values(names: Sequence[str]) -> bool:
    """Return whether whole numbers are values: very many of them, or not those of classes counted from 0 or 1."""
    if not _are_whole(names):
        return False
    numbers = sorted(int(float(name)) for name in names)
    are_counted = numbers[0] in (0, 1) and numbers[-1] - numbers[0] == len(numbers) - 1
    return len(numbers) > _MANY_NUMBERS or not are_counted
