"""An activation function inside a layer: its prepared calls on the layer's buffers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.activations import ActivationFunction
from joml.array_types import Array, Calls
from joml.validation import require_kind

#: Numbers whose slopes are computed at a time.
_PART = 32_768


def _whole(values: Array) -> Array:
    return values


class ActivationCalls:
    """The calls of an activation function between z and a.

    Parameters
    ----------
    function : ActivationFunction
    a : array
        Where sigma(z) goes.

    Attributes
    ----------
    z : array
        Where z is expected: ``a`` itself where the function works in place.
    """

    def __init__(self, function: ActivationFunction, a: Array) -> None:
        self._function, self._a = function, a
        self.z: Array = np.empty_like(a) if function.reads_z else a

    def forward(self, part: Callable[[Array], Array] = _whole) -> Calls:
        """Prepare the step from z to a, or from a part of z to the same part of a."""
        return self._function.forward_calls(part(self.z), part(self._a))

    def sides(self) -> list[NDArray[np.bool_]]:
        """Return the sign of every z (or its a), after ``forward``."""
        return [self.z > 0]

    def backward(self, delta: Array) -> Calls:
        """Prepare the step from the gradient with respect to a to the one with respect to z, in place in delta.

        It is done in parts, so that the slopes of one are still in the processor's cache when they are used.
        """
        whole = all(each.flags.c_contiguous for each in (self.z, self._a, delta))
        z, a, deltas = (each.reshape(-1) if whole else each for each in (self.z, self._a, delta))
        size = _PART if whole else len(a)
        slope = np.empty_like(a[:size])
        return tuple(
            call
            for start in range(0, len(a), size)
            for call in self._part_back(
                z[start : start + size], a[start : start + size], deltas[start : start + size], slope
            )
        )

    def _part_back(self, z: Array, a: Array, delta: Array, slopes: Array) -> Calls:
        slope = slopes[: len(a)]
        return (*self._function.slope_calls(z, a, slope), *self._function.backward_calls(a, slope, delta))


def require_activation(function: Any, name: str) -> ActivationFunction:
    """Return the function; raise ValueError with this name unless it is an elementwise activation function."""
    right = isinstance(function, ActivationFunction) and function.elementwise
    require_kind(right, function, name, "an elementwise activation function such as Tanh()")
    chosen: ActivationFunction = function
    return chosen
