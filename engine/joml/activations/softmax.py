"""Softmax: turns any numbers into a distribution over classes."""

from __future__ import annotations

from functools import partial

import numpy as np

from joml.activations.activation import ActivationFunction
from joml.array_types import Array, Calls, product
from joml.declaration import declare

#: The share of the type's range of exponents that training uses for a class's probability: those that are less would
#: have subnormal gradients, which processors compute some hundred times slower, and which change no weight.
_RANGE = 0.75


@declare("activation", "softmax", "Probabilities of one class among many", "a_k = exp(z_k) / sum_j exp(z_j)")
class SoftMax(ActivationFunction):
    """exp(z_k) / sum_j exp(z_j) over each column, shifted by the column's maximum so that it never overflows.

    It is not elementwise: its derivative is a Jacobian, J = diag(a) - a a^T for every sample. ``der`` returns only the
    diagonal, a (1 - a); training multiplies by the whole Jacobian.

    References
    ----------
    Bridle: Probabilistic Interpretation of Feedforward Classification Network Outputs, 1990.
    """

    name = "softmax"
    reads_z = False
    elementwise = False

    def value(self, z: Array) -> Array:
        """Return the softmax over the second to last axis of z, which holds the units."""
        z = np.asarray(z)
        axis = -2 if z.ndim > 1 else -1
        e = np.exp(z - z.max(axis=axis, keepdims=True))
        probabilities: Array = e / e.sum(axis=axis, keepdims=True)
        return probabilities

    def der(self, z: Array) -> Array:
        """Return the diagonal of the Jacobian, a (1 - a)."""
        a = self.value(z)
        return a * (1 - a)

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = softmax(z): the sum comes from a product with ones, which broadcasts it in the same call.

        Probabilities stay above about 1e-30, or 1e-232 in float64: less would be lost in the rounding of the others.
        """
        size = z.shape[-2]
        maximum = np.empty((*z.shape[:-2], 1, z.shape[-1]), z.dtype)
        total, least = np.empty_like(a), np.full_like(a, _RANGE * np.log(np.finfo(z.dtype).tiny))
        return (
            partial(np.maximum.reduce, z, -2, None, maximum, True),
            partial(np.subtract, z, maximum, a),
            partial(np.maximum, a, least, out=a),
            partial(np.exp, a, a),
            product(np.ones((size, size), z.dtype), a, total),
            partial(np.divide, a, total, a),
        )

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare nothing: the Jacobian is applied in ``backward_calls``."""
        return ()

    def backward_calls(self, a: Array, slope: Array, delta: Array) -> Calls:
        """Prepare delta = J delta = a (delta - sum_k a_k delta_k)."""
        size = a.shape[-2]
        weighted, total = np.empty_like(a), np.empty_like(a)
        return (
            partial(np.multiply, a, delta, weighted),
            product(np.ones((size, size), a.dtype), weighted, total),
            partial(np.subtract, delta, total, delta),
            partial(np.multiply, delta, a, delta),
        )
