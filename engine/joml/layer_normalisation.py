"""Layer normalisation: each sample's z is shifted and scaled to mean 0 and variance 1 over a layer's units."""

from __future__ import annotations

from functools import partial

import numpy as np

from joml.array_types import Array, Calls

#: Added to the variance to avoid division by zero; torch's value.
EPSILON = 1e-5


class Normalisation:
    """n = gamma h + beta with h = (z - mean z) / sqrt(var z + epsilon), for one layer and number of samples.

    Means and variances are over the units of the layer, for each sample alone. They do not depend on the mini-batch,
    and are the same in training and prediction.

    Parameters
    ----------
    z : (..., size, samples) array
        W a + b; it is not changed.
    n : (..., size, samples) array
        A buffer for the result, different from z.
    norm, gradient : (..., 2, size) arrays
        gamma and beta, and a buffer for their gradients.

    References
    ----------
    Ba, Kiros, Hinton: Layer Normalization, 2016.
    """

    def __init__(self, z: Array, n: Array, norm: Array, gradient: Array) -> None:
        size = z.shape[-2]
        self._size: Array = np.array(size, z.dtype)
        self._h, self._work = np.empty_like(n), np.empty_like(n)
        self._mean = np.empty((*z.shape[:-2], 1, z.shape[-1]), z.dtype)
        self._deviation = np.empty_like(self._mean)
        self._gamma, self._beta = norm[..., 0, :, np.newaxis], norm[..., 1, :, np.newaxis]
        self._gradient = gradient
        self.forward_calls: Calls = self._prepare_forward(z, n)

    def _prepare_forward(self, z: Array, n: Array) -> Calls:
        h, work, mean, deviation = self._h, self._work, self._mean, self._deviation
        return (
            *self._mean_calls(z, mean),
            partial(np.subtract, z, mean, h),
            partial(np.multiply, h, h, work),
            *self._mean_calls(work, deviation),
            partial(np.add, deviation, np.array(EPSILON, z.dtype), deviation),
            partial(np.sqrt, deviation, deviation),
            partial(np.divide, h, deviation, h),
            partial(np.multiply, h, self._gamma, n),
            partial(np.add, n, self._beta, n),
        )

    def backward_calls(self, delta: Array) -> Calls:
        """Prepare the gradients of gamma and beta, and the step from the gradient of n to that of z, in place in delta.

        With d = gamma delta, the gradient of z is (d - mean d - h mean(d h)) / sqrt(var z + epsilon).
        """
        h, work, mean = self._h, self._work, self._mean
        return (
            partial(np.multiply, delta, h, work),
            partial(np.add.reduce, work, -1, None, self._gradient[..., 0, :]),
            partial(np.add.reduce, delta, -1, None, self._gradient[..., 1, :]),
            partial(np.multiply, delta, self._gamma, delta),
            partial(np.multiply, delta, h, work),
            *self._mean_calls(work, mean),
            partial(np.multiply, h, mean, work),
            *self._mean_calls(delta, mean),
            partial(np.subtract, delta, mean, delta),
            partial(np.subtract, delta, work, delta),
            partial(np.divide, delta, self._deviation, delta),
        )

    def _mean_calls(self, values: Array, mean: Array) -> Calls:
        """Prepare the mean over the units."""
        return (partial(np.add.reduce, values, -2, None, mean, True), partial(np.divide, mean, self._size, mean))
