"""The task of several target columns, for experiments that do not name it."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import structs

from joml.data.dataset_error import DatasetError
from joml_tui.experiment.dataset_specs import DatasetT
from joml_tui.experiment.loading import shape_of


def names_several(label: object) -> bool:
    """Return whether a data set's label, as plain values, names more than one column."""
    return isinstance(label, list | tuple) and len(label) > 1


def with_task_of_targets(dataset: DatasetT, written: Collection[str]) -> DatasetT:
    """Return a data set of several target columns with the task that they imply; reads their file.

    Other data sets are returned unchanged. If the columns do not go together, or cannot be read, the task is that of
    answers, and `problems` reports what is wrong with them. What was read is kept for the run.

    Parameters
    ----------
    dataset : DatasetSpec
    written : collection of str
        The settings that its file has; a task among them is kept.

    Returns
    -------
    DatasetSpec
    """
    if "task" in written or not names_several(getattr(dataset, "label", None)):
        return dataset
    from joml.data.labels import LabelError  # noqa: PLC0415

    answers = structs.replace(dataset, task="multilabel")
    for tried in (answers, structs.replace(dataset, task="regression")):
        try:
            shape_of(tried)
        except LabelError:  # the columns do not hold what the task predicts
            continue
        except DatasetError:  # some of their cells cannot be read, or others
            return tried
        return tried
    return answers


def with_fitting_task(dataset: DatasetT) -> DatasetT:
    """Return a data set with a task that the number of its target columns allows; reads the file only to change it.

    One column has no task of several answers, and several columns are no classes. Several values are standardised.

    Parameters
    ----------
    dataset : DatasetSpec

    Returns
    -------
    DatasetSpec
    """
    label, task = getattr(dataset, "label", None), getattr(dataset, "task", None)
    if label is None:
        return dataset
    if names_several(label) and task == "classes":
        dataset = with_task_of_targets(dataset, ())
        scales_y = dataset.task == "regression"  # type: ignore[attr-defined]
        return structs.replace(dataset, standardize_y=True) if scales_y else dataset
    if not names_several(label) and task == "multilabel":
        return structs.replace(dataset, task="classes")
    return dataset
