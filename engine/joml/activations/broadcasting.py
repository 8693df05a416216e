"""Broadcasting: functions of one number or of an array, applied to numbers, lists and arrays alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np

from joml.array_types import Array
from joml.validation import numbers, require_kind

#: Numbers on both sides of 0, more than one, so that a function of a single number refuses them.
_PROBE = (-1.5, -0.25, 0.5, 2.0)


@dataclass(frozen=True)
class Broadcast:
    """A function of z that takes numbers, lists and arrays, however it is written.

    Attributes
    ----------
    function : callable
        The function, of an array or of a single number.
    of_numbers : bool
        Whether it is written for a single number; it is then called once for every number of an array.
    """

    function: Callable[[Any], Any]
    of_numbers: bool

    def __call__(self, z: Any) -> Any:
        """Return the function's results, of the shape of z."""
        return apply(self.function, z, self.of_numbers)


def elementwise(function: Callable[[Any], Any], name: str) -> Broadcast:
    """Return the function for arrays; raise ValueError with this name where a result depends on other numbers."""
    require_kind(callable(function), function, name, "a function of z")
    broadcast = Broadcast(function, takes_numbers_alone(function))
    probe = np.array(_PROBE)
    with np.errstate(all="ignore"):
        together, alone = broadcast(probe), [np.asarray(broadcast(probe[[place]])) for place in range(len(probe))]
    if np.shape(together) != probe.shape or not np.allclose(together, np.ravel(alone), equal_nan=True):
        raise ValueError(
            f"{name} must be elementwise: each result depends on the number at its own place alone; "
            "for a distribution over classes use SoftMax()"
        )
    return broadcast


def broadcast_method(method: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a method such as ``value(self, z)`` that takes numbers, lists and arrays, however it is written.

    The first call tries whether it is written for a single number.
    """
    of_numbers: dict[type, bool] = {}

    @wraps(method)
    def called(self: Any, z: Any) -> Any:
        def function(z: Any) -> Any:
            return method(self, z)

        if type(self) not in of_numbers:
            of_numbers[type(self)] = takes_numbers_alone(function)
        return apply(function, z, of_numbers[type(self)])

    return called


def apply(function: Callable[[Any], Any], z: Any, of_numbers: bool) -> Any:
    """Apply a function of arrays, or with ``of_numbers`` one of single numbers, to z: a number, a list or an array."""
    array: Array = z if isinstance(z, np.ndarray) and z.dtype.kind == "f" else _floats(z)
    if of_numbers:
        results = _one_by_one(function, array)
    else:
        results = function(array) if array.ndim else function(array[np.newaxis])[0]
    return float(results) if isinstance(z, int | float) and not isinstance(z, np.generic) else results


def _floats(z: Any) -> Array:
    """Return z as an array of its floating type, float64 where it has none."""
    kind = getattr(z, "dtype", None)
    return numbers(z, "z", kind if kind is not None and kind.kind == "f" else np.float64)


def takes_numbers_alone(function: Callable[[Any], Any]) -> bool:
    """Return whether a function takes single numbers only: it fails for an array, or returns one number for it."""
    with np.errstate(all="ignore"):
        try:
            result = function(np.array(_PROBE))
        except (TypeError, ValueError):
            pass
        else:
            return type(result) in (int, float, bool)
        try:
            return np.ndim(function(_PROBE[-1])) == 0
        except Exception:  # it fails for both: the error for an array is the one to show
            return False


def _one_by_one(function: Callable[[float], Any], array: Array) -> Array:
    def result(number: float) -> float:
        try:
            return float(function(number))
        except ArithmeticError as error:
            raise type(error)(f"an activation function of single numbers fails at z = {number:g}: {error}") from error

    numbers = map(result, array.ravel().tolist())
    return np.fromiter(numbers, array.dtype, array.size).reshape(array.shape)
