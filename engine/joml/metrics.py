"""What is told about predictions beside their cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.arrays import Array

#: Up to here comparing outputs one by one beats ``argmax``.
_FEW_OUTPUTS = 16


def right(y_hat: Array, y: Array) -> NDArray[np.bool_]:
    """Tell for every sample whether its largest output is that of its class.

    Parameters
    ----------
    y_hat : (..., classes, samples) array
        Probabilities or logits; a tie goes to the first class, as a prediction would.
    y : (..., classes, samples) array
        One-hot classes.

    Returns
    -------
    (..., samples) array of bool
    """
    same: NDArray[np.bool_] = largest(y_hat) == largest(y)
    return same


def largest(values: Array) -> NDArray[Any]:
    """Give the place of every sample's largest output in values, the first of equals.

    From (..., outputs, samples) to (..., samples). ``argmax`` along the outputs looks at one sample after the other;
    few outputs are compared for all samples at once.
    """
    outputs = values.shape[-2]
    if outputs > _FEW_OUTPUTS:
        found: NDArray[np.intp] = values.argmax(axis=-2)
        return found
    best, place = values[..., 0, :], np.zeros(values.shape[:-2] + values.shape[-1:], np.int8)
    for output in range(1, outputs):
        rival = values[..., output, :]
        np.maximum(place, (rival > best) * np.int8(output), out=place)  # a later place is a larger number
        best = np.maximum(best, rival)
    return place


def accuracy(y_hat: Array, y: Array) -> float:
    """Give the share of samples that y_hat, (classes, samples), has right where y, one-hot, says their classes."""
    y_hat, y = _alike(y_hat, y)
    return float(np.mean(right(y_hat, y)))


def mean_absolute_error(y_hat: Array, y: Array) -> float:
    """Give the mean of |y_hat - y| over outputs and samples, in units of y."""
    y_hat, y = _alike(y_hat, y)
    return float(np.mean(np.abs(y_hat - y), dtype=np.float64))


def r2(y_hat: Array, y: Array) -> float:
    """Give the coefficient of determination of a regression: the share of the variance of y that y_hat explains.

    1 - sum (y_hat - y)^2 / sum (y - mean y)^2 for each output, then the mean over the outputs. 1 is perfect, 0 what
    always predicting the mean of these y achieves; below 0 is worse than that. An output whose y are all equal has no
    variance to explain: it counts 1 where predicted exactly, else 0.

    Parameters
    ----------
    y_hat, y : (outputs, samples) arrays
        Predictions and what they should be.

    Returns
    -------
    float
        At most 1.
    """
    y_hat, y = _alike(y_hat, y)
    exact = np.asarray(y, np.float64)
    residual = np.square(y_hat - exact).sum(axis=-1)
    spread = np.square(exact - exact.mean(axis=-1, keepdims=True)).sum(axis=-1)
    varies = exact.max(axis=-1) > exact.min(axis=-1)
    shares = np.where(varies, 1 - residual / np.where(varies, spread, 1), residual == 0)
    return float(shares.mean())


def entrywise_accuracy(y_hat: Array, y: Array) -> float:
    """Give the share of equal entries of the predicted and the true one-hot matrices: the article's accuracy.

    It is wrong as an accuracy, and here only so that the article's table can be recomputed. A sample in the wrong class
    still agrees in all entries but two, so among C classes with the share a right it gives 1 - 2 (1 - a) / C: among
    four, (1 + a) / 2, where nothing right at all gives one half. With a published p, a = 2 p - 1. Use ``accuracy``.

    Parameters
    ----------
    y_hat : (classes, samples) array
        Probabilities or logits.
    y : (classes, samples) array
        One-hot classes.

    Returns
    -------
    float
        From 0 to 1.
    """
    y_hat, y = _alike(y_hat, y)
    predicted = np.arange(len(y_hat))[:, np.newaxis] == y_hat.argmax(axis=0)
    return float(np.mean(predicted == (y > 0)))


def swapped_cost(y_hat: Array, y: Array) -> float:
    """Give - mean over the samples of sum_k y_hat_k log(y_k + 1e-8), in nats: the article's cost.

    It is wrong as a cross-entropy, whose logarithm belongs to y_hat and not to y, and here only so that the article's
    table can be recomputed. On one-hot y the logarithm knows two values, 0 and log 1e-8 = -18.42, so this is 18.42
    times (1 - the mean probability given to the true class): linear in that probability and bounded, where the
    cross-entropy grows without bound as the probability nears 0. Training minimises ``CrossEntropy``.

    Parameters
    ----------
    y_hat : (classes, samples) array
        Probabilities, not logits.
    y : (classes, samples) array
        One-hot classes.

    Returns
    -------
    float
        In nats, from 0 to 18.42.
    """
    y_hat, y = _alike(y_hat, y)
    log = np.log(np.asarray(y, np.float64) + 1e-8)
    return float(-(y_hat * log).sum(axis=0).mean())


def _alike(y_hat: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Give both as arrays, or raise ValueError unless they are of one shape with samples in it."""
    given, true = np.asarray(y_hat), np.asarray(y)
    if given.ndim != 2 or given.shape != true.shape or not given.size:
        raise ValueError(
            "y_hat and y have one shape, (outputs, samples), with at least one sample, "
            f"got {given.shape} and {true.shape}"
        )
    return given, true
