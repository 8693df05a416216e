"""Cost functions: the distance of the predictions y_hat from y, as a mean over the samples."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, Calls
from joml.declaration import Setting, check_setting, declare
from joml.fixed_settings import require_unsettled
from joml.validation import name_after_class, require_shape


class CostFunction:
    """A cost and its gradient.

    Attributes
    ----------
    name : str
        Its name in presets and summaries; a custom cost has the name of its class.
    """

    name: str = "custom"

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Name a subclass after its class where it has no name."""
        super().__init_subclass__(**keywords)
        name_after_class(cls)

    def per_sample(self, y_hat: Array, y: Array) -> Array:
        """Return the cost of every sample.

        Parameters
        ----------
        y_hat, y : (..., size, samples) arrays
            Predictions and targets.

        Returns
        -------
        (..., samples) array

        Raises
        ------
        TypeError
            A subclass has not defined it.
        """
        raise TypeError(f"{type(self).__name__} defines no per_sample(y_hat, y)")

    def gradient(self, y_hat: Array, y: Array) -> Array:
        """Return the gradient of the sample's cost with respect to y_hat, of the shape of y_hat.

        Parameters
        ----------
        y_hat, y : (..., size, samples) arrays

        Returns
        -------
        (..., size, samples) array

        Raises
        ------
        TypeError
            A subclass has not defined it.
        """
        raise TypeError(f"{type(self).__name__} defines no gradient(y_hat, y)")

    def value(self, y_hat: Array, y: Array) -> float:
        """Return the mean cost over the samples of y_hat against y, both (..., size, samples)."""
        return mean(self.per_sample(y_hat, y))

    def gradient_calls(self, y_hat: Array, y: Array, gradient: Array) -> Calls:
        """Prepare the gradient of the sample's cost against y with respect to y_hat, in the buffer gradient.

        Raises
        ------
        ValueError
            A custom cost function returns another shape.
        """
        with np.errstate(all="ignore"):
            given = self.gradient(np.full_like(y_hat, 0.5), np.zeros_like(y))
        require_shape(given, gradient.shape, f"{self!r}.gradient(y_hat, y)")

        def differentiate() -> None:
            gradient[...] = self.gradient(y_hat, y)

        return (differentiate,)

    def __repr__(self) -> str:
        settings = ", ".join(f"{key}={value!r}" for key, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


@declare(
    "cost", "cross-entropy", "For probabilities: softmax or sigmoid outputs", "H(y_hat, y) = - sum_k y_k log y_hat_k"
)
class CrossEntropy(CostFunction):
    """H(y_hat, y) = - sum_k y_k log y_hat_k, in nats.

    On top of a softmax it is computed from the logits, and is finite and exact for any logits. From probabilities, as
    here, a probability of 0 for the true class costs infinity.

    With sigmoids every output is a separate yes (1) or no (0) question: y may have any number of ones in a column. An
    output layer then uses the binary form, H = - sum_k (y_k log y_hat_k + (1 - y_k) log(1 - y_hat_k)), which is the
    negative log-likelihood of the answers, and computes it from the logits too (``from_sigmoid_logits``). In both cases
    delta = y_hat - y.

    Parameters
    ----------
    smoothing : float
        Label smoothing: the share of y that is spread evenly over the classes, from 0, the default, to below 1. With it
        the cost compares y_hat with (1 - smoothing) y + smoothing / K of K classes, everywhere that a cost is measured;
        an answer of yes or no is spread over the two. Scores compare with y itself.

    Raises
    ------
    ValueError
        smoothing is not a number from 0 to below 1.

    References
    ----------
    Bishop: Pattern Recognition and Machine Learning, 2006, sections 4.3.2 (binary) and 4.3.4 (many classes); Szegedy
    and others: Rethinking the Inception Architecture for Computer Vision, 2016, section 7.
    """

    name = "cross-entropy"
    smoothing: float = 0.0  # for pickles of earlier versions, which lack it

    def __init__(
        self,
        smoothing: Annotated[
            float, Setting("Share of the labels that is spread over the classes", at_least=0, below=1)
        ] = 0.0,
    ) -> None:
        self.smoothing = check_setting(CrossEntropy, "smoothing", smoothing)

    def __setattr__(self, name: str, value: object) -> None:
        require_unsettled(self, name, vars(self), "make another CrossEntropy(smoothing)")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        settings = {name: value for name, value in vars(self).items() if name != "smoothing" or value}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in settings.items())})"

    def smoothed(self, y: Array, shares: int) -> Array:
        """Return the targets for y, (..., size, samples), of which ``smoothing`` is spread over a number of shares."""
        if not self.smoothing:
            return y
        return y * y.dtype.type(1 - self.smoothing) + y.dtype.type(self.smoothing / shares)

    def smoothed_calls(self, y: Array, shares: int, targets: Array) -> Calls:
        """Prepare ``smoothed`` of the buffer y over the shares, into targets; smoothing is above 0."""
        kept, spread = (y.dtype.type(number) for number in (1 - self.smoothing, self.smoothing / shares))
        return (partial(np.multiply, y, kept, targets), partial(np.add, targets, spread, targets))

    def per_sample(self, y_hat: Array, y: Array) -> Array:
        """Return - sum_k y_k log y_hat_k; classes with y_k = 0 count nothing, whatever their y_hat_k."""
        y = self.smoothed(y, y.shape[-2])
        with np.errstate(divide="ignore"):
            log = np.log(y_hat, where=y > 0, out=np.zeros_like(y_hat))
        cost: Array = -np.sum(y * log, axis=-2)
        return cost

    def gradient(self, y_hat: Array, y: Array) -> Array:
        """Return - y / y_hat."""
        return -self.smoothed(y, y.shape[-2]) / y_hat

    @staticmethod
    def from_logits(z: Array, y: Array) -> Array:
        """Return the cost of softmax(z) for every sample from the logits: log sum_j exp z_j - sum_k y_k z_k.

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
        # The ufuncs' reductions take half the time of the arrays' methods for a single mini-batch.
        shifted = z - np.maximum.reduce(z, -2, keepdims=True)
        np.maximum(shifted, np.finfo(z.dtype).min, out=shifted)  # 0 times -inf would be nan
        log_total = np.log(np.add.reduce(np.exp(shifted), -2))
        cost: Array = log_total - np.add.reduce(y * shifted, -2)
        return cost

    @staticmethod
    def from_logits_calls(z: Array, y: Array, costs: Array) -> Calls:
        """Prepare the calls that compute ``from_logits`` of the buffers z and y into costs, with identical results.

        Parameters
        ----------
        z, y : (size, samples) arrays
        costs : (samples,) array

        Returns
        -------
        tuple of calls
        """
        top, shifted, each, picked = np.empty_like(z[:1]), np.empty_like(z), np.empty_like(z), np.empty_like(costs)
        least = np.full_like(z, np.finfo(z.dtype).min)
        return (
            partial(np.maximum.reduce, z, -2, None, top, True),
            partial(np.subtract, z, top, shifted),
            partial(np.maximum, shifted, least, out=shifted),
            partial(np.exp, shifted, each),
            partial(np.add.reduce, each, -2, None, costs),
            partial(np.log, costs, costs),
            partial(np.multiply, y, shifted, each),
            partial(np.add.reduce, each, -2, None, picked),
            partial(np.subtract, costs, picked, costs),
        )

    @staticmethod
    def from_sigmoid_logits(z: Array, y: Array) -> Array:
        """Return the binary cost of sigmoid(z) for every sample from the logits: sum_k log(1 + exp z_k) - y_k z_k.

        Parameters
        ----------
        z : (..., size, samples) array
            Logits, of any magnitude.
        y : (..., size, samples) array
            From 0 to 1; the outputs are independent.

        Returns
        -------
        (..., samples) array
        """
        # log(1 + exp z) = max(z, 0) + log(1 + exp(-|z|)): no exponential overflows, and small terms are not lost.
        cost: Array = (np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))).sum(axis=-2)
        return cost


@declare("cost", "mean-squared-error", "For values; outliers count by their square", "mean_k (y_hat_k - y_k)^2")
class MeanSquaredError(CostFunction):
    """The mean over the outputs of (y_hat_k - y_k)^2."""

    name = "mean-squared-error"

    def per_sample(self, y_hat: Array, y: Array) -> Array:
        """Return the mean of the squared errors over the outputs."""
        squares: Array = np.square(y_hat - y).mean(axis=-2)
        return squares

    def gradient(self, y_hat: Array, y: Array) -> Array:
        """Return 2 (y_hat - y) / size."""
        return (y_hat - y) * np.array(2 / y_hat.shape[-2], y_hat.dtype)

    def gradient_calls(self, y_hat: Array, y: Array, gradient: Array) -> Calls:
        """Prepare 2 (y_hat - y) / size."""
        factor = np.array(2 / y_hat.shape[-2], y_hat.dtype)
        return (partial(np.subtract, y_hat, y, gradient), partial(np.multiply, gradient, factor, gradient))


@declare("cost", "mean-absolute-error", "For values; outliers count by their distance", "mean_k |y_hat_k - y_k|")
class MeanAbsoluteError(CostFunction):
    """The mean over the outputs of |y_hat_k - y_k|; its gradient where they are equal is taken as 0.

    Its best constant prediction is the median, so outliers have less influence than with squared errors.
    """

    name = "mean-absolute-error"

    def per_sample(self, y_hat: Array, y: Array) -> Array:
        """Return the mean of the absolute errors over the outputs."""
        distances: Array = np.abs(y_hat - y).mean(axis=-2)
        return distances

    def gradient(self, y_hat: Array, y: Array) -> Array:
        """Return sign(y_hat - y) / size."""
        return np.sign(y_hat - y) * np.array(1 / y_hat.shape[-2], y_hat.dtype)

    def gradient_calls(self, y_hat: Array, y: Array, gradient: Array) -> Calls:
        """Prepare sign(y_hat - y) / size."""
        factor = np.array(1 / y_hat.shape[-2], y_hat.dtype)
        return (
            partial(np.subtract, y_hat, y, gradient),
            partial(np.sign, gradient, gradient),
            partial(np.multiply, gradient, factor, gradient),
        )


@declare(
    "cost",
    "huber",
    "For values: squared near the target, absolute far from it",
    "e^2 / 2 if |e| <= delta else delta (|e| - delta / 2)",
)
class Huber(CostFunction):
    """The mean over the outputs of e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = y_hat_k - y_k.

    Near the target it is half the squared error, far from it the absolute error, with one slope where they meet.

    Parameters
    ----------
    delta : float
        The error up to which the cost is quadratic, in units of y, above 0; default 1. (The name is the cost's own:
        it is not the delta of back-propagation.)

    Raises
    ------
    ValueError
        delta is not a number above 0.

    References
    ----------
    Huber: Robust Estimation of a Location Parameter, 1964.
    """

    name = "huber"

    def __init__(
        self, delta: Annotated[float, Setting("Error up to which the cost is quadratic", above=0)] = 1.0
    ) -> None:
        self.delta: float = check_setting(Huber, "delta", delta)

    def __setattr__(self, name: str, value: object) -> None:
        require_unsettled(self, name, vars(self), "make another Huber(delta)")
        super().__setattr__(name, value)

    def per_sample(self, y_hat: Array, y: Array) -> Array:
        """Return the mean of the Huber costs over the outputs."""
        distance = np.abs(y_hat - y)
        near = np.minimum(distance, self.delta)
        cost: Array = (near * (distance - 0.5 * near)).mean(axis=-2)
        return cost

    def gradient(self, y_hat: Array, y: Array) -> Array:
        """Return y_hat - y, cut to between -delta and delta, / size."""
        return np.clip(y_hat - y, -self.delta, self.delta) * np.array(1 / y_hat.shape[-2], y_hat.dtype)

    def gradient_calls(self, y_hat: Array, y: Array, gradient: Array) -> Calls:
        """Prepare y_hat - y, cut to between -delta and delta, / size."""
        bound, factor = np.full_like(gradient, self.delta), np.array(1 / y_hat.shape[-2], y_hat.dtype)
        return (
            partial(np.subtract, y_hat, y, gradient),
            partial(np.minimum, gradient, bound, out=gradient),
            partial(np.maximum, gradient, -bound, out=gradient),
            partial(np.multiply, gradient, factor, gradient),
        )


def mean(costs: NDArray[Any]) -> float:
    """Return the mean of per-sample costs, summed in float64."""
    return float(np.mean(costs, dtype=np.float64))
