"""Checks of what a caller gives, with errors that say what would be right.

Each gives the value back, or raises ValueError with a sentence that begins with ``name``.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np

from joml.arrays import Array


def at_least_one(value: Any, name: str) -> int:
    """Give value as an int, or raise ValueError with this name when it is no integer of at least 1."""
    return integer(value, name, 1)


def integer(value: Any, name: str, least: int) -> int:
    """Give value as an int, or raise ValueError with this name when it is no integer of at least ``least``."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {value!r}")
    return int(value)


def number(
    value: Any, name: str, low: float, high: float = math.inf, *, above: bool = False, below: bool = True
) -> float:
    """Give value as a float, or raise ValueError with this name when it is no number from low to high.

    With ``above`` it may not be low itself. It may not be high itself either, unless ``below`` is false.
    """
    real = isinstance(value, Real) and not isinstance(value, bool)
    if real and low <= value <= high and not (above and value == low) and not (below and value == high):
        return float(value)
    lower = f"above {low:g}" if above else f"at least {low:g}"
    upper = " and finite" if high == math.inf else f" and below {high:g}" if below else f" and at most {high:g}"
    raise ValueError(f"{name} must be a number {lower}{upper}, got {value!r}")


def at_least_zero(value: Any, name: str) -> float:
    """Give value as a float, or raise ValueError with this name when it is no finite number of at least 0."""
    return number(value, name, 0)


def above_zero(value: Any, name: str) -> float:
    """Give value as a float, or raise ValueError with this name when it is no finite number above 0."""
    return number(value, name, 0, above=True)


def require_finite(array: Array, name: str, row_name: str) -> None:
    """Raise ValueError where an array of (rows, samples) has nan or inf; names the first and says how many more.

    ``name`` is the array's and ``row_name`` says what its rows are, such as "feature".
    """
    finite = np.isfinite(array)
    if finite.all():
        return
    wrong = np.argwhere(~finite)
    row, sample = wrong[0]
    more = f", and {len(wrong) - 1:,} more numbers are not finite" if len(wrong) > 1 else ""
    raise ValueError(
        f"{name}: {row_name} {row} of sample {sample} is {array[row, sample]}, both counted from 0{more}; "
        f"finite {array.dtype} numbers are needed: leave such samples out, or fill in what is missing"
    )
