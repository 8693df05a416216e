"""Cost functions: how far the predictions y_hat are from y, as a mean over the samples."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.arrays import Array, Calls


class CostFunction:
    """A cost and its gradient.

    Attributes
    ----------
    name : str
        How the cost is called in presets and summaries.
    """

    name: str = "custom"

    def per_sample(self, y_hat: Array, y: Array) -> Array:
        """Give the cost of every sample.

        Parameters
        ----------
        y_hat, y : (..., size, samples) arrays
            Predictions and what they should be.

        Returns
        -------
        (..., samples) array
        """
        raise TypeError(f"{type(self).__name__} defines no per_sample(y_hat, y)")

    def gradient(self, y_hat: Array, y: Array) -> Array:
        """Give the gradient of the sample's cost with respect to y_hat, of the shape of y_hat."""
        raise TypeError(f"{type(self).__name__} defines no gradient(y_hat, y)")

    def value(self, y_hat: Array, y: Array) -> float:
        """Give the mean cost over the samples."""
        return mean(self.per_sample(y_hat, y))

    def gradient_calls(self, y_hat: Array, y: Array, gradient: Array) -> Calls:
        """Prepare the gradient of the sample's cost with respect to y_hat."""

        def differentiate() -> None:
            gradient[...] = self.gradient(y_hat, y)

        return (differentiate,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class CrossEntropy(CostFunction):
    """H(y_hat, y) = - sum_k y_k log y_hat_k, in nats.

    On top of a softmax it is computed from the logits, where it stays finite and right for any of them; given
    probabilities, as here, a probability of 0 for the true class costs infinity.
    """

    name = "cross-entropy"

    def per_sample(self, y_hat: Array, y: Array) -> Array:
        """Give - sum_k y_k log y_hat_k; classes with y_k = 0 count nothing, whatever their y_hat_k."""
        with np.errstate(divide="ignore"):
            log = np.log(y_hat, where=y > 0, out=np.zeros_like(y_hat))
        cost: Array = -np.sum(y * log, axis=-2)
        return cost

    def gradient(self, y_hat: Array, y: Array) -> Array:
        """Give - y / y_hat."""
        return -y / y_hat

    @staticmethod
    def from_logits(z: Array, y: Array) -> Array:
        """Give the cost of softmax(z) for every sample without forming it: log sum_j exp z_j - sum_k y_k z_k.

        Parameters
        ----------
        z : (..., size, samples) array
            Logits, of any magnitude.
        y : (..., size, samples) array
            Distributions over the classes: each column sums to 1.

        Returns
        -------
        (..., samples) array
        """
        shifted = z - z.max(axis=-2, keepdims=True)
        log_total = np.log(np.exp(shifted).sum(axis=-2))
        cost: Array = log_total - (y * shifted).sum(axis=-2)
        return cost


class MeanSquaredError(CostFunction):
    """The mean over the outputs of (y_hat_k - y_k)^2."""

    name = "mean-squared-error"

    def per_sample(self, y_hat: Array, y: Array) -> Array:
        """Give the mean of the squared errors over the outputs."""
        squares: Array = np.square(y_hat - y).mean(axis=-2)
        return squares

    def gradient(self, y_hat: Array, y: Array) -> Array:
        """Give 2 (y_hat - y) / size."""
        return (y_hat - y) * np.array(2 / y_hat.shape[-2], y_hat.dtype)

    def gradient_calls(self, y_hat: Array, y: Array, gradient: Array) -> Calls:
        """Prepare 2 (y_hat - y) / size."""
        factor = np.array(2 / len(y_hat), y_hat.dtype)
        return (partial(np.subtract, y_hat, y, gradient), partial(np.multiply, gradient, factor, gradient))


def mean(costs: NDArray[Any]) -> float:
    """Give the mean of per-sample costs, summed in float64."""
    return float(np.mean(costs, dtype=np.float64))
