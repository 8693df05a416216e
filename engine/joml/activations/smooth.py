"""Smooth activation functions: sigmoid and tanh, which saturate, and SiLU and GELU, which grow without bound."""

from __future__ import annotations

from functools import partial

import numpy as np

from joml.activations.activation import ActivationFunction
from joml.array_types import Array, Calls
from joml.declaration import declare
from joml.initialisation import glorot

#: The tanh form of GELU: z (1 + tanh(_OUTER (z + _CUBIC z^3))) / 2.
_OUTER, _CUBIC = float(np.sqrt(2 / np.pi)), 0.044715

#: Beyond, GELU's tanh is 1 or -1 in any type, and its slope 1 or 0; the cubes of much larger z would be infinite.
_FAR = 20.0


@declare(
    "activation", "gelu", "Gaussian error linear unit, smooth", "a = z (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))) / 2"
)
class GELU(ActivationFunction):
    """The Gaussian error linear unit in its tanh form: z (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))) / 2.

    The exact form, z Phi(z) with the normal distribution function Phi, needs erf, which NumPy lacks; the two differ by
    less than 5e-4 anywhere. The derivative is that of the tanh form.

    References
    ----------
    Hendrycks, Gimpel: Gaussian Error Linear Units, 2016, which gives both forms.
    """

    name = "gelu"

    def value(self, z: Array) -> Array:
        """Return z (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (z + 0.044715 z^3)."""
        near = np.clip(z, -_FAR, _FAR)  # beyond, tanh(u) is -1 or 1, and z^2 may overflow
        a: Array = 0.5 * z * (1 + np.tanh(near * (_OUTER + _OUTER * _CUBIC * near * near)))
        return a

    def der(self, z: Array) -> Array:
        """Return (1 + t) / 2 + z (1 - t^2) u' / 2 with t = tanh(u)."""
        z = np.clip(z, -_FAR, _FAR)
        square = z * z
        t = np.tanh(z * (_OUTER + _OUTER * _CUBIC * square))
        slope: Array = 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * (_OUTER + 3 * _OUTER * _CUBIC * square)
        return slope

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = z (1 + tanh(u)) / 2."""
        half = np.array(0.5, z.dtype)
        return (
            *_gelu_tanh_calls(z, a),
            partial(np.multiply, a, half, a),
            partial(np.add, a, half, a),
            partial(np.multiply, a, z, a),
        )

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare slope = (1 + t) / 2 (1 + (1 - t) z u'), as 1 - t^2 = (1 + t) (1 - t)."""
        t, rest, near = np.empty_like(z), np.empty_like(z), np.empty_like(z)
        half, one = np.array(0.5, z.dtype), np.array(1, z.dtype)
        far = np.full_like(z, _FAR)
        return (
            partial(np.minimum, z, far, out=near),
            partial(np.maximum, near, -far, out=near),
            *_gelu_tanh_calls(near, t),
            # z u' = z (_OUTER + 3 _OUTER _CUBIC z^2)
            partial(np.multiply, near, near, slope),
            partial(np.multiply, slope, np.array(3 * _OUTER * _CUBIC, z.dtype), slope),
            partial(np.add, slope, np.array(_OUTER, z.dtype), slope),
            partial(np.multiply, slope, near, slope),
            # times 1 - t, plus 1, times (1 + t) / 2
            partial(np.subtract, one, t, rest),
            partial(np.multiply, slope, rest, slope),
            partial(np.add, slope, one, slope),
            partial(np.add, t, one, t),
            partial(np.multiply, t, half, t),
            partial(np.multiply, slope, t, slope),
        )


@declare("activation", "silu", "z times its sigmoid, also called swish", "a = z / (1 + exp(-z))")
class SiLU(ActivationFunction):
    """z sigmoid(z), also called swish.

    References
    ----------
    Elfwing, Uchibe, Doya: Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement
    Learning, 2017.
    """

    name = "silu"

    def value(self, z: Array) -> Array:
        """Return z sigmoid(z)."""
        return z * _sigmoid(z)

    def der(self, z: Array) -> Array:
        """Return s + z s (1 - s) with s = sigmoid(z)."""
        s = _sigmoid(z)
        return s + z * s * (1 - s)

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = z sigmoid(z)."""
        return (*_sigmoid_calls(z, a), partial(np.multiply, a, z, a))

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare slope = s + a (1 - s) with s = sigmoid(z)."""
        rest = np.empty_like(slope)
        return (
            *_sigmoid_calls(z, slope),
            partial(np.subtract, np.array(1, slope.dtype), slope, rest),
            partial(np.multiply, rest, a, rest),
            partial(np.add, slope, rest, slope),
        )


@declare("activation", "sigmoid", "Between 0 and 1", "a = 1 / (1 + exp(-z))")
class Sigmoid(ActivationFunction):
    """1 / (1 + exp(-z)), computed as (1 + tanh(z / 2)) / 2, which never overflows.

    References
    ----------
    Rumelhart, Hinton, Williams: Learning Representations by Back-Propagating Errors, 1986.
    """

    name = "sigmoid"
    reads_z = False
    initialisation = staticmethod(glorot)

    def value(self, z: Array) -> Array:
        """Return 1 / (1 + exp(-z))."""
        return _sigmoid(z)

    def der(self, z: Array) -> Array:
        """Return sigma(z) (1 - sigma(z))."""
        a = self.value(z)
        return a * (1 - a)

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = (1 + tanh(z / 2)) / 2."""
        return _sigmoid_calls(z, a)

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare slope = a (1 - a)."""
        one = np.array(1, a.dtype)
        return (partial(np.subtract, one, a, slope), partial(np.multiply, slope, a, slope))


@declare("activation", "tanh", "Between -1 and 1", "a = tanh(z)")
class Tanh(ActivationFunction):
    """The hyperbolic tangent.

    References
    ----------
    LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998, on why it is preferable to the sigmoid.
    """

    name = "tanh"
    reads_z = False
    initialisation = staticmethod(glorot)

    def value(self, z: Array) -> Array:
        """Return tanh(z)."""
        return np.tanh(z)

    def der(self, z: Array) -> Array:
        """Return 1 - tanh(z)^2."""
        return 1 - np.tanh(z) ** 2

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = tanh(z)."""
        return (partial(np.tanh, z, a),)

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare slope = 1 - a^2."""
        one = np.array(1, a.dtype)
        return (partial(np.multiply, a, a, slope), partial(np.subtract, one, slope, slope))


def _sigmoid(z: Array) -> Array:
    a: Array = 0.5 + 0.5 * np.tanh(0.5 * z)
    return a


def _sigmoid_calls(z: Array, a: Array) -> Calls:
    """Prepare a = (1 + tanh(z / 2)) / 2; z and a may be one buffer."""
    half = np.array(0.5, z.dtype)
    return (
        partial(np.multiply, z, half, a),
        partial(np.tanh, a, a),
        partial(np.multiply, a, half, a),
        partial(np.add, a, half, a),
    )


def _gelu_tanh_calls(z: Array, t: Array) -> Calls:
    """Prepare t = tanh(u), u = z (_OUTER + _OUTER _CUBIC z^2); z and t are two buffers."""
    return (
        partial(np.multiply, z, z, t),
        partial(np.multiply, t, np.array(_OUTER * _CUBIC, z.dtype), t),
        partial(np.add, t, np.array(_OUTER, z.dtype), t),
        partial(np.multiply, t, z, t),
        partial(np.tanh, t, t),
    )
