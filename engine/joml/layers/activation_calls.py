"""An activation function inside a layer: its prepared calls on the layer's buffers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.activations import ActivationFunction
from joml.array_types import Array, Calls
from joml.validation import require_kind


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
    forward : tuple of calls
        From z to a.
    """

    def __init__(self, function: ActivationFunction, a: Array) -> None:
        self._function, self._a = function, a
        self.z: Array = np.empty_like(a) if function.reads_z else a
        self.forward: Calls = function.forward_calls(self.z, a)

    def sides(self) -> list[NDArray[np.bool_]]:
        """Return the sign of every z (or its a), after ``forward``."""
        return [self.z > 0]

    def backward(self, delta: Array) -> Calls:
        """Prepare the step from the gradient with respect to a to the one with respect to z, in place in delta."""
        slope = np.empty_like(self._a)
        return (
            *self._function.slope_calls(self.z, self._a, slope),
            *self._function.backward_calls(self._a, slope, delta),
        )


def require_activation(function: Any, name: str) -> ActivationFunction:
    """Return the function; raise ValueError with this name unless it is an elementwise activation function."""
    right = isinstance(function, ActivationFunction) and function.elementwise
    require_kind(right, function, name, "an elementwise activation function such as Tanh()")
    chosen: ActivationFunction = function
    return chosen
