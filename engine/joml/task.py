"""Task: what the columns of y say about their samples, and so what a network has to learn."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

#: classes: one of several, one-hot. answers: yes or no to each output. values: any numbers, a regression.
Task = Literal["classes", "answers", "values"]


def task_of(y: ArrayLike) -> Task:
    """Tell the task from y alone.

    Parameters
    ----------
    y : array_like, shape (outputs, samples)
        What the samples' outputs should be.

    Returns
    -------
    {"classes", "answers", "values"}
        "classes" if there are two rows or more and each column holds a single 1 among 0s; "answers" if every entry
        is 0 or 1 but the columns are not one-hot; else "values". Answers of which each sample happens to have
        exactly one yes, and values that happen to be 0 and 1, cannot be told from y: a `Dataset` says its task.
    """
    entries = np.asarray(y)
    ones = entries == 1
    if not (ones | (entries == 0)).all():
        return "values"
    one_hot = len(entries) > 1 and (np.count_nonzero(ones, axis=0) == 1).all()
    return "classes" if one_hot else "answers"
