"""Checks of what a caller gives, with errors that say what would be right.

Each gives the value back, or raises ValueError with a sentence that begins with ``name``.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from joml.arrays import Array


def at_least_one(value: Any, name: str, word: str = "") -> int:
    """Give value as an int, or raise ValueError with this name when it is no integer of at least 1.

    Where a word is allowed as well, "" unless said, the error names it.
    """
    return integer(value, name, 1, word)


def integer(value: Any, name: str, least: int, word: str = "") -> int:
    """Give value as an int, or raise ValueError with this name when it is no integer of at least ``least``.

    Where a word is allowed as well, "" unless said, the error names it.
    """
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{name} must be an integer of at least {least}{f' or {word!r}' if word else ''}, got {value!r}"
        )
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


def require_kind(right: bool, value: object, name: str, kind: str) -> None:
    """Raise ValueError with this name unless value is right: ``kind`` says what is, such as "a layer".

    A class is never right; the error says how to make one of it.
    """
    if isinstance(value, type):
        raise ValueError(f"{name} must be {kind}, got the class {value.__name__}: write {value.__name__}()")
    if not right:
        raise ValueError(f"{name} must be {kind}, got {value!r}")


def require_shape(array: ArrayLike, shape: tuple[int, ...], what: str) -> None:
    """Raise ValueError unless array has this shape; ``what`` says what gave it, such as "Sine().value(z)"."""
    found = np.asarray(array).shape
    if found != shape:
        raise ValueError(f"{what} must give an array of shape {shape}, got {found}")


def numbers(values: ArrayLike, name: str, dtype: DTypeLike) -> Array:
    """Give values as an array of this dtype, or raise ValueError with this name when they are no real numbers.

    What is too large for the dtype becomes infinite.
    """
    try:
        array: np.ndarray[Any, Any] = np.asarray(values)
        with np.errstate(over="ignore"):
            # Complex numbers and dates would become real ones without a word.
            return array.astype(dtype, copy=False, casting="unsafe" if array.dtype.kind not in "cmM" else "safe")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of real numbers: {error}") from error


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
