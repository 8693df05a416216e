"""Names of the rows of x and y, and the one-hot columns of classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.data.dataset_error import DatasetError
from joml.task import Task

FloatArray = NDArray[np.float32]


def name_outputs(given: Sequence[str], count: int, task: Task) -> tuple[str, ...]:
    """Return the names of the outputs: ``given``, or by default "0", "1", ... for classes and else "y1", "y2", ...

    Parameters
    ----------
    given : sequence of str
        None of them for the usual names.
    count : int
        Number of outputs.
    task : {"classes", "multilabel", "regression"}

    Returns
    -------
    tuple of str

    Raises
    ------
    DatasetError
        There are not as many names as outputs.
    """
    numbered = [str(index) for index in range(count)] if task == "classes" else _numbered("y", count)
    return _names(given, numbered, "class_names")


def name_features(given: Sequence[str], count: int) -> tuple[str, ...]:
    """Return the names of the features: ``given``, or by default "x1", "x2", ...

    Parameters
    ----------
    given : sequence of str
        None of them for the usual names.
    count : int
        Number of features.

    Returns
    -------
    tuple of str

    Raises
    ------
    DatasetError
        There are not as many names as features.
    """
    return _names(given, _numbered("x", count), "feature_names")


def one_hot(classes: ArrayLike, class_count: int) -> FloatArray:
    """Return the one-hot columns of class numbers.

    Parameters
    ----------
    classes : array_like of int, shape (samples,)
        Numbers from 0 to ``class_count - 1``.
    class_count : int
        Number of rows of the result.

    Returns
    -------
    ndarray of float32, shape (class_count, samples)

    Raises
    ------
    DatasetError
        A number is out of range or not a whole one.
    """
    numbers = np.asarray(classes)
    if numbers.ndim != 1 or not np.issubdtype(numbers.dtype, np.integer):
        raise DatasetError("classes: whole numbers in one dimension were expected")
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < class_count):
        raise DatasetError(f"classes: numbers from 0 to {class_count - 1} were expected")
    rows = np.zeros((numbers.size, class_count), np.float32)
    rows[np.arange(numbers.size), numbers] = 1
    return rows.T


def _names(given: Sequence[str], default: Sequence[str], what: str) -> tuple[str, ...]:
    if given and len(given) != len(default):
        raise DatasetError(f"{what}: {len(default)} names were expected, got {len(given)}")
    return tuple(given or default)


def _numbered(letter: str, count: int) -> list[str]:
    return [f"{letter}{number}" for number in range(1, count + 1)]
