"""The identity, for linear layers and regression outputs."""

from __future__ import annotations

from functools import partial

import numpy as np

from joml.activations.activation import ActivationFunction
from joml.array_types import Array, Calls
from joml.declaration import declare
from joml.initialisation import glorot


@declare("activation", "identity", "No activation: the layer is linear", "a = z")
class Identity(ActivationFunction):
    """Z itself: a stack of such layers is one linear layer."""

    name = "identity"
    reads_z = False
    initialisation = staticmethod(glorot)

    def value(self, z: Array) -> Array:
        """Return z."""
        return z

    def der(self, z: Array) -> Array:
        """Return 1."""
        return np.ones_like(z)

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = z: nothing where they are one buffer."""
        return () if z is a else (partial(np.copyto, a, z),)

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare nothing: the derivative is 1."""
        return ()

    def backward_calls(self, a: Array, slope: Array, delta: Array) -> Calls:
        """Prepare nothing: the derivative is 1."""
        return ()
