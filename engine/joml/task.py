"""What is to be predicted: one class among many, answers of yes or no, or values."""

from __future__ import annotations

from typing import Any, Literal

from numpy.typing import NDArray

Task = Literal["classes", "answers", "values"]


def task_of(y: NDArray[Any]) -> Task:
    """Tell what y, (outputs, samples), asks for.

    Returns
    -------
    {"classes", "answers", "values"}
        "classes" where at least two rows hold a single 1 a column, "answers" where every entry is 0 or 1, "values"
        otherwise.
    """
    if not ((y == 0) | (y == 1)).all():
        return "values"
    return "classes" if len(y) > 1 and (y.sum(axis=0) == 1).all() else "answers"
