"""Activation functions: sigma in a = sigma(z).

A function of one's own needs two methods, ``value`` and ``der``; it then trains through the generic path, correct and
slower. The functions here also say how they are computed in place, as prepared calls on the buffers of a network.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.arrays import Array, Calls


class ActivationFunction:
    """An activation function and its derivative, broadcast over arrays.

    Subclass it with ``value`` and ``der`` to define one's own elementwise function.

    Attributes
    ----------
    name : str
        How the function is called in presets and summaries.
    reads_z : bool
        Whether the derivative needs z. Those that can tell it from a = sigma(z) work in place, with z and a in one
        buffer.
    """

    name: str = "custom"
    reads_z: bool = True

    def value(self, z: Array) -> Array:
        """Give sigma(z), of the shape of z."""
        raise TypeError(f"{type(self).__name__} defines no value(z)")

    def der(self, z: Array) -> Array:
        """Give sigma'(z), of the shape of z."""
        raise TypeError(f"{type(self).__name__} defines no der(z)")

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = sigma(z); z and a may be one buffer unless ``reads_z``."""

        def activate() -> None:
            a[...] = self.value(z)

        return (activate,)

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare slope = sigma'(z), for as many layers at once as lie in the given buffers."""

        def differentiate() -> None:
            slope[...] = self.der(z)

        return (differentiate,)

    def backward_calls(self, a: Array, slope: Array, delta: Array) -> Calls:
        """Prepare the step from the gradient with respect to a to the one with respect to z, in place in delta."""
        return (partial(np.multiply, delta, slope, delta),)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *sorted(vars(self).items())))


class ReLu(ActivationFunction):
    """max(z, 0); its derivative at 0 is taken as 0."""

    name = "relu"
    reads_z = False

    def value(self, z: Array) -> Array:
        """Give max(z, 0)."""
        return np.maximum(z, 0)

    def der(self, z: Array) -> Array:
        """Give 1 where z > 0, else 0."""
        return (z > 0).astype(z.dtype)

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = max(z, 0); an array of zeros is cheaper than a scalar."""
        return (partial(np.maximum, z, np.zeros_like(z), out=a),)

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare a mask of bits: all ones where a > 0, else none.

        As a >= 0, its bits read as an integer are positive exactly where a > 0; negated, their sign bit shifted over
        the whole word makes the mask. It is half the cost of a comparison with an array of floats as its result.
        """
        bits, mask = _bits(a), _bits(slope)
        sign = np.array(8 * bits.itemsize - 1, bits.dtype)
        return (partial(np.negative, bits, mask), partial(np.right_shift, mask, sign, mask))

    def backward_calls(self, a: Array, slope: Array, delta: Array) -> Calls:
        """Prepare delta = delta where a > 0, else 0."""
        bits = _bits(delta)
        return (partial(np.bitwise_and, bits, _bits(slope), bits),)


def _bits(values: Array) -> NDArray[np.signedinteger[Any]]:
    """View floats as the integers of the same bits."""
    return values.view(f"i{values.itemsize}")


class Sigmoid(ActivationFunction):
    """1 / (1 + exp(-z)), computed as (1 + tanh(z / 2)) / 2, which never overflows."""

    name = "sigmoid"
    reads_z = False

    def value(self, z: Array) -> Array:
        """Give 1 / (1 + exp(-z))."""
        a: Array = 0.5 + 0.5 * np.tanh(0.5 * z)
        return a

    def der(self, z: Array) -> Array:
        """Give sigma(z) (1 - sigma(z))."""
        a = self.value(z)
        return a * (1 - a)

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = (1 + tanh(z / 2)) / 2."""
        half = np.array(0.5, z.dtype)
        return (
            partial(np.multiply, z, half, a),
            partial(np.tanh, a, a),
            partial(np.multiply, a, half, a),
            partial(np.add, a, half, a),
        )

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare slope = a (1 - a)."""
        one = np.array(1, a.dtype)
        return (partial(np.subtract, one, a, slope), partial(np.multiply, slope, a, slope))


class Tanh(ActivationFunction):
    """The hyperbolic tangent."""

    name = "tanh"
    reads_z = False

    def value(self, z: Array) -> Array:
        """Give tanh(z)."""
        return np.tanh(z)

    def der(self, z: Array) -> Array:
        """Give 1 - tanh(z)^2."""
        return 1 - np.tanh(z) ** 2

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = tanh(z)."""
        return (partial(np.tanh, z, a),)

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare slope = 1 - a^2."""
        one = np.array(1, a.dtype)
        return (partial(np.multiply, a, a, slope), partial(np.subtract, one, slope, slope))


class Identity(ActivationFunction):
    """Z itself: a stack of such layers is one linear layer."""

    name = "identity"
    reads_z = False

    def value(self, z: Array) -> Array:
        """Give z."""
        return z

    def der(self, z: Array) -> Array:
        """Give 1."""
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


class SoftMax(ActivationFunction):
    """exp(z_k) / sum_j exp(z_j) over each column, shifted by the column's maximum so that it never overflows.

    It is not elementwise: its derivative is a Jacobian, J = diag(a) - a a^T for every sample, so ``der`` gives only
    the diagonal a (1 - a), while training multiplies by the whole Jacobian.
    """

    name = "softmax"
    reads_z = False

    def value(self, z: Array) -> Array:
        """Give the softmax over the second to last axis of z, which holds the units."""
        z = np.asarray(z)
        axis = -2 if z.ndim > 1 else -1
        e = np.exp(z - z.max(axis=axis, keepdims=True))
        probabilities: Array = e / e.sum(axis=axis, keepdims=True)
        return probabilities

    def der(self, z: Array) -> Array:
        """Give the diagonal of the Jacobian, a (1 - a)."""
        a = self.value(z)
        return a * (1 - a)

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = softmax(z): the sum comes from a product with ones, which broadcasts it in the same call."""
        size, samples = z.shape
        maximum = np.empty((1, samples), z.dtype)
        total = np.empty_like(a)
        return (
            partial(np.maximum.reduce, z, 0, None, maximum, True),
            partial(np.subtract, z, maximum, a),
            partial(np.exp, a, a),
            partial(np.ones((size, size), z.dtype).dot, a, total),
            partial(np.divide, a, total, a),
        )

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare nothing: the Jacobian is applied in ``backward_calls``."""
        return ()

    def backward_calls(self, a: Array, slope: Array, delta: Array) -> Calls:
        """Prepare delta = J delta = a (delta - sum_k a_k delta_k)."""
        size = len(a)
        product, total = np.empty_like(a), np.empty_like(a)
        return (
            partial(np.multiply, a, delta, product),
            partial(np.ones((size, size), a.dtype).dot, product, total),
            partial(np.subtract, delta, total, delta),
            partial(np.multiply, delta, a, delta),
        )
