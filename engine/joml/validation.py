"""Checks of arguments, with errors that say what is allowed.

Each returns the value, or raises ValueError with a message that begins with ``name``.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from joml.array_types import Array


def at_least_one(value: Any, name: str, word: str = "") -> int:
    """Return value as an int, or raise ValueError with this name if it is not an integer of at least 1.

    Where a word is allowed as well (default: none, ""), the error names it.
    """
    return integer(value, name, 1, word)


def integer(value: Any, name: str, least: float = -math.inf, word: str = "", most: float = math.inf) -> int:
    """Return value as an int, or raise ValueError with this name if it is not an integer from ``least`` to ``most``.

    Where a ``word`` is allowed as well, the error names it; the default "" is none.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if whole and least <= value <= most:
        return int(value)
    lower = f" of at least {least:g}" if least > -math.inf else ""
    upper = f"{' and' if lower else ' of'} at most {most:g}" if most < math.inf else ""
    other = f" or {word!r}" if word else ""
    raise ValueError(f"{name} must be an integer{lower}{upper}{other}, got {value!r}")


def number(
    value: Any, name: str, low: float, high: float = math.inf, *, above: bool = False, below: bool = True
) -> float:
    """Return value as a float, or raise ValueError with this name if it is not a number from low to high.

    ``above`` excludes low itself; ``below``, which is true by default, excludes high itself.
    """
    real = isinstance(value, Real) and not isinstance(value, bool)
    inside = real and low <= value <= high and not (above and value == low) and not (below and value == high)
    if inside and math.isfinite(value):
        return float(value)
    infinite = "finite " if real and not math.isfinite(value) else ""
    lower = "" if low == -math.inf else f" above {low:g}" if above else f" of at least {low:g}"
    joined = " and" if lower else "" if below else " of"
    upper = "" if high == math.inf else f"{joined} below {high:g}" if below else f"{joined} at most {high:g}"
    raise ValueError(f"{name} must be a {infinite}number{lower}{upper}, got {value!r}")


def in_dtype(value: float, name: str, dtype: np.dtype[Any]) -> Array:
    """Return value, above 0, as an array of this dtype, or raise ValueError with this name where it is 0 there."""
    array: Array = np.array(value, dtype)
    if array == 0:
        least = float(np.finfo(dtype).tiny)
        raise ValueError(
            f"{name} {value!r} is 0 in {dtype.name}, where nothing would keep a quotient finite: "
            f"at least {least:.2g} is needed, or a network of dtype float64"
        )
    return array


def at_least_zero(value: Any, name: str) -> float:
    """Return value as a float, or raise ValueError with this name if it is not a finite number of at least 0."""
    return number(value, name, 0)


def above_zero(value: Any, name: str) -> float:
    """Return value as a float, or raise ValueError with this name if it is not a finite number above 0."""
    return number(value, name, 0, above=True)


def require_kind(right: bool, value: object, name: str, kind: str) -> None:
    """Raise ValueError with this name unless ``right`` is true; ``kind`` is what value must be, such as "a layer".

    A class is never accepted; the error says how to make an instance of it.
    """
    if isinstance(value, type):
        raise ValueError(f"{name} must be {kind}, got the class {value.__name__}: write {value.__name__}()")
    if not right:
        raise ValueError(f"{name} must be {kind}, got {value!r}")


def name_after_class(cls: Any) -> None:
    """Name a custom class after itself, unless it has a name or extends a named class of the library."""
    base = cls.__mro__[1]
    if "name" not in vars(cls) and base.name in ("custom", base.__name__):
        cls.name = cls.__name__


def require_shape(array: ArrayLike, shape: tuple[int, ...], what: str) -> None:
    """Raise ValueError unless array has this shape; ``what`` is its origin, such as "Sine().value(z)"."""
    actual = np.asarray(array).shape
    if actual != shape:
        raise ValueError(f"{what} must give an array of shape {shape}, got {actual}")


def numbers(values: ArrayLike, name: str, dtype: DTypeLike) -> Array:
    """Return values as an array of this dtype, or raise ValueError with this name if they are not real numbers.

    Numbers too large for the dtype become infinite.
    """
    if values is None:  # NumPy would make it nan
        raise ValueError(f"{name} must be an array of real numbers, got None")
    try:
        array: np.ndarray[Any, Any] = np.asarray(values)
        with np.errstate(over="ignore"):
            # NumPy would convert complex numbers and dates to real ones without a warning.
            return array.astype(dtype, copy=False, casting="unsafe" if array.dtype.kind not in "cmM" else "safe")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of real numbers: {error}") from error


def require_finite(array: Array, name: str, row_name: str) -> None:
    """Raise ValueError if an array of (rows, samples) has nan or inf; the message names the first and counts the rest.

    ``name`` is the array's name, and ``row_name`` what a row is, such as "feature".
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
