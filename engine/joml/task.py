"""The tasks of networks, and how they follow from y."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: classes: one of several, one-hot. multilabel: yes or no to each output. regression: any numbers.
Task = Literal["classes", "multilabel", "regression"]
#: What y holds, in sentences. Tasks were called so before, and may still be.
TARGETS: dict[Task, str] = {"classes": "classes", "multilabel": "answers", "regression": "values"}
#: The name of the score of each task.
SCORE_NAMES: dict[Task, str] = {"classes": "accuracy", "multilabel": "right answers", "regression": "R2"}
_TASKS: dict[object, Task] = {name: task for task, held in TARGETS.items() for name in (task, held)}


def find_task(name: object) -> Task | None:
    """Return the task of a name, also of an earlier one: "answers" is multilabel, "values" is regression.

    Parameters
    ----------
    name : object

    Returns
    -------
    {"classes", "multilabel", "regression"} or None
        None where no task is called so.
    """
    return _TASKS.get(name) if isinstance(name, str) else None


def task_of(y: ArrayLike) -> Task:
    """Return the task that y implies.

    Parameters
    ----------
    y : array_like, shape (outputs, samples)
        The targets of the samples.

    Returns
    -------
    {"classes", "multilabel", "regression"}
        "classes" if there are two rows or more and each column holds a single 1 among 0s; "multilabel" if every entry
        is 0 or 1 but the columns are not one-hot; else "regression". Answers of which each sample happens to have
        exactly one yes, and values that happen to be 0 and 1, cannot be told from y: a `Dataset` says its task.
    """
    import numpy as np  # noqa: PLC0415 - lists of runs need the names of tasks alone

    entries = np.asarray(y)
    ones = entries == 1
    if not (ones | (entries == 0)).all():
        return "regression"
    one_hot = len(entries) > 1 and (np.count_nonzero(ones, axis=0) == 1).all()
    return "classes" if one_hot else "multilabel"
