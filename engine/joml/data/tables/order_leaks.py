"""Features whose order alone gives the target away: thresholds and monotone functions of it, or it of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from joml.data.tables.cell_meanings import show_number
from joml.data.tables.raw_table import RawColumn

# In fewer rows, or if less than this share of the cells are numbers, nothing is concluded.
_FEWEST_ROWS, _LEAST_PRESENT = 20, 0.9
# An order that is the target's is pointed out if chance gives it less often than once in so many times.
_LEAST_ODDS = 1e5
# Values that differ in so many places have an order that is no chance.
_MANY_DIFFERENT = 10
# Rows looked at before all of them.
_SAMPLE_ROWS = 1_000
# Limits between classes that a sentence names.
_MOST_LIMITS = 3

Floats = NDArray[np.float64]


def describe_split(column: RawColumn, classes: NDArray[np.intp], class_names: Sequence[str], name: str) -> str:
    """Return how limits of a column alone tell all classes apart, as part of a sentence; empty if they do not.

    Parameters
    ----------
    column : RawColumn
    classes : ndarray of int, shape (rows,)
    class_names : sequence of str
        Empty if they are not known.
    name : str
        The column's name.

    Returns
    -------
    str
    """
    chosen = _numbers_of(column)
    if chosen is None:
        return ""
    numbers, present = chosen
    y = classes if present is None else classes[present]
    step = max(1, len(y) // _SAMPLE_ROWS)
    if step > 1 and not _limits(numbers[::step], y[::step]):
        return ""
    limits = _limits(numbers, y)
    if not limits or _odds_of_classes(np.bincount(y)) < _LEAST_ODDS or _numbers_rows(numbers):
        return ""
    if not class_names:
        return f"{len(limits) + 1:,} ranges of it are the classes"
    shown = [f"{name} <= {limit} is {class_names[place]}" for limit, place in limits[:_MOST_LIMITS]]
    others = f"all others are {class_names[_class_of_largest(numbers, y)]}"
    last = f"and {others}" if len(limits) <= _MOST_LIMITS else "and so on"
    return ", ".join([*shown, last])


def describe_order(column: RawColumn, values: Floats, target: str) -> str:
    """Return how the order of a column is that of the values to predict, as part of a sentence; empty if it is not.

    Parameters
    ----------
    column : RawColumn
    values : ndarray of float64, shape (rows,)
    target : str
        The name of the values.

    Returns
    -------
    str
    """
    chosen = _numbers_of(column)
    if chosen is None:
        return ""
    numbers, present = chosen
    y = values if present is None else values[present]
    step = max(1, len(y) // _SAMPLE_ROWS)
    for sign, course in ((1.0, f"rises with {target}"), (-1.0, f"falls as {target} rises,")):
        if not _rises(sign * numbers[::step], y[::step]) or (step > 1 and not _rises(sign * numbers, y)):
            continue
        return f"it {course} in all rows" if _is_no_chance(numbers, y) and not _numbers_rows(numbers) else ""
    return ""


def _numbers_of(column: RawColumn) -> tuple[Floats, NDArray[np.bool_] | None] | None:
    """Return the numbers of a column and their rows, None for all; None if there are too few, or all are the same."""
    present = np.isfinite(column.numbers)
    count = int(np.count_nonzero(present))
    if count < max(_FEWEST_ROWS, _LEAST_PRESENT * len(present)):
        return None
    numbers = column.numbers if count == len(present) else column.numbers[present]
    return None if (numbers == numbers[0]).all() else (numbers, None if count == len(present) else present)


def _limits(numbers: Floats, classes: NDArray[np.intp]) -> list[tuple[str, int]]:
    """Return the limits between classes with the class below each; empty if a class is not one range of numbers."""
    order = np.argsort(numbers, kind="stable")
    x, y = numbers[order], classes[order]
    ends = np.flatnonzero(y[1:] != y[:-1])
    if not len(ends) or len(ends) + 1 != len(np.unique(y)) or (x[ends] == x[ends + 1]).any():
        return []
    return [(_between(float(x[end]), float(x[end + 1])), int(y[end])) for end in ends.tolist()]


def _class_of_largest(numbers: Floats, classes: NDArray[np.intp]) -> int:
    return int(classes[int(numbers.argmax())])


def _between(low: float, high: float) -> str:
    """Return a short number from ``low`` to below ``high``."""
    middle = low + (high - low) / 2
    for digits in range(1, 17):
        text = format(middle, f".{digits}g")
        if low <= float(text) < high:
            return show_number(float(text)) if "e+" in text else text
    return repr(low)


def _rises(numbers: Floats, values: Floats) -> bool:
    """Return whether numbers never fall from a value to a larger one."""
    ordered = numbers[np.lexsort((numbers, values))]
    return bool((ordered[1:] >= ordered[:-1]).all())


def _is_no_chance(numbers: Floats, values: Floats) -> bool:
    """Return whether numbers and values differ so often that a common order is no chance."""
    _, counts = np.unique(numbers, return_counts=True)
    different = len(np.unique(values))
    if min(len(counts), different) >= _MANY_DIFFERENT:
        return True
    return 2 * different >= len(values) and _odds_of_counts(counts) / 2 >= _LEAST_ODDS


def _odds_of_classes(counts: NDArray[np.intp]) -> float:
    """Return the number of orders of samples for each one in which every class is one range."""
    present = counts[counts > 0]
    return _odds_of_counts(present) / math.factorial(min(len(present), 170))


def _odds_of_counts(counts: NDArray[np.intp]) -> float:
    """Return the number of orders of samples of which so many are alike; inf if it is large."""
    logarithm = math.lgamma(int(counts.sum()) + 1) - sum(math.lgamma(count + 1) for count in counts.tolist())
    return math.exp(logarithm) if logarithm < 700 else math.inf


def _numbers_rows(numbers: Floats) -> bool:
    """Return whether whole numbers rise or fall from row to row, as those of rows in a sorted file do."""
    steps = np.diff(numbers)
    return bool((numbers == np.floor(numbers)).all() and ((steps > 0).all() or (steps < 0).all()))
