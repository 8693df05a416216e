"""Rectifiers: activation functions that leave positive numbers unchanged."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from joml.activations.activation import ActivationFunction
from joml.array_types import Array, Calls
from joml.declaration import Setting, check_setting, declare
from joml.fixed_settings import require_unsettled

#: Numbers in a row from which on broadcasting a row of zeros takes no longer than an array of them.
_LONG_ROW = 256


@declare("activation", "relu", "Zero below 0, unchanged above", "a = max(z, 0)")
class ReLu(ActivationFunction):
    """max(z, 0); its derivative at 0 is taken as 0.

    References
    ----------
    Nair, Hinton: Rectified Linear Units Improve Restricted Boltzmann Machines, 2010.
    """

    name = "relu"
    reads_z = False

    def value(self, z: Array) -> Array:
        """Return max(z, 0)."""
        return np.maximum(z, 0)

    def der(self, z: Array) -> Array:
        """Return 1 where z > 0, else 0."""
        return (z > 0).astype(z.dtype)

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = max(z, 0); an array of zeros is cheaper than a scalar, or one long row of them."""
        zeros = np.zeros(z.shape[-1], z.dtype) if z.shape[-1] >= _LONG_ROW else np.zeros_like(z)
        return (partial(np.maximum, z, zeros, out=a),)

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare a mask of bits: all ones where a > 0, else all zeros.

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


@declare("activation", "leaky-relu", "A small slope below 0, unchanged above", "a = max(z, slope z)")
class LeakyReLu(ActivationFunction):
    """z where z > 0, else slope z; its derivative at 0 is taken as slope.

    Parameters
    ----------
    slope : float
        The derivative below 0, from 0 (a ReLU) to 1 (the identity); default 0.01.

    Raises
    ------
    ValueError
        The slope is not a number from 0 to 1.

    References
    ----------
    Maas, Hannun, Ng: Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013.
    """

    name = "leaky-relu"
    reads_z = False

    def __init__(self, slope: Annotated[float, Setting("Derivative below 0", at_least=0, at_most=1)] = 0.01) -> None:
        self.slope: float = check_setting(LeakyReLu, "slope", slope)

    def __setattr__(self, name: str, value: object) -> None:
        require_unsettled(self, name, vars(self), "make another LeakyReLu(slope)")
        super().__setattr__(name, value)

    def value(self, z: Array) -> Array:
        """Return z where z > 0, else slope z."""
        return np.maximum(z, np.multiply(z, self.slope))

    def der(self, z: Array) -> Array:
        """Return 1 where z > 0, else slope."""
        return np.maximum((z > 0).astype(z.dtype), np.array(self.slope, z.dtype))

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = max(z, slope z)."""
        leak = np.empty_like(z)
        return (partial(np.multiply, z, np.array(self.slope, z.dtype), leak), partial(np.maximum, z, leak, out=a))

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare slope = max(sign(a), slope); a has the sign of z, and a comparison would be cast through a copy."""
        return (
            partial(np.sign, a, slope),
            partial(np.maximum, slope, np.full_like(slope, self.slope), out=slope),
        )


@declare("activation", "elu", "Exponential below 0, unchanged above", "a = z if z > 0 else alpha (exp(z) - 1)")
class ELU(ActivationFunction):
    """The exponential linear unit: z where z > 0, else alpha (exp(z) - 1), which settles at -alpha.

    Its derivative at 0 is taken as alpha.

    Parameters
    ----------
    alpha : float
        At least 0; default 1, where the derivative has no step.

    Raises
    ------
    ValueError
        alpha is not a number of at least 0.

    References
    ----------
    Clevert, Unterthiner, Hochreiter: Fast and Accurate Deep Network Learning by Exponential Linear Units, 2015.
    """

    name = "elu"
    reads_z = False

    def __init__(self, alpha: Annotated[float, Setting("Limit far below 0: -alpha", at_least=0)] = 1.0) -> None:
        self.alpha: float = check_setting(ELU, "alpha", alpha)

    def __setattr__(self, name: str, value: object) -> None:
        require_unsettled(self, name, vars(self), "make another ELU(alpha)")
        super().__setattr__(name, value)

    def value(self, z: Array) -> Array:
        """Return z where z > 0, else alpha (exp(z) - 1)."""
        a: Array = np.maximum(z, 0) + self.alpha * np.expm1(np.minimum(z, 0))
        return a

    def der(self, z: Array) -> Array:
        """Return 1 where z > 0, else alpha exp(z)."""
        return np.where(z > 0, np.array(1, z.dtype), self.alpha * np.exp(np.minimum(z, 0)))

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = max(z, 0) + alpha (exp(min(z, 0)) - 1)."""
        zeros, below = np.zeros_like(z), np.empty_like(z)
        return (
            partial(np.minimum, z, zeros, out=below),
            partial(np.expm1, below, below),
            *self._scaling(below, self.alpha),
            partial(np.maximum, z, zeros, out=a),
            partial(np.add, a, below, a),
        )

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare slope = min(a, 0) + alpha, and 1 - alpha more where a > 0; a has the sign of z."""
        zeros, above = np.zeros_like(a), np.empty_like(a)
        calls: Calls = (
            partial(np.minimum, a, zeros, out=slope),
            partial(np.add, slope, np.array(self.alpha, a.dtype), slope),
        )
        if self.alpha == 1:
            return calls
        return (
            *calls,
            partial(np.sign, a, above),
            partial(np.maximum, above, zeros, out=above),
            *self._scaling(above, 1 - self.alpha),
            partial(np.add, slope, above, slope),
        )

    @staticmethod
    def _scaling(values: Array, factor: float) -> Calls:
        """Prepare values = factor values: nothing where the factor is 1."""
        return () if factor == 1 else (partial(np.multiply, values, np.array(factor, values.dtype), values),)
