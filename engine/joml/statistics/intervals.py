"""Confidence intervals of shares, such as accuracies, and of means of paired differences."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from joml.validation import integer, number, numbers


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, both ends included.

    Attributes
    ----------
    low, high : float
        The ends, in units of the quantity.
    """

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def wilson(right: int, samples: int, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval of a share: the shares p that are consistent with the observed counts.

    It lies within 0 and 1, and keeps its confidence with few samples and with shares near 0 or 1, unlike the mean plus
    and minus a multiple of the standard error. The samples must be independent draws. For one trained network it shows
    how far the accuracy on these test samples may be from the accuracy on new ones.

    Parameters
    ----------
    right : int
        Number of correct samples, from 0 to ``samples``.
    samples : int
        Number of samples, at least 1.
    confidence : float
        Between 0 and 1; default 0.95.

    Returns
    -------
    Interval
        Within 0 and 1.

    Raises
    ------
    ValueError
        A number is out of its range; the message names it.

    References
    ----------
    Wilson: Probable Inference, the Law of Succession, and Statistical Inference, 1927.
    """
    n, right = integer(samples, "samples", 1), integer(right, "right", 0)
    if right > n:
        raise ValueError(f"right must be at most the number of samples, {n}, got {right}")
    return _wilson(right / n, n, confidence)


def _wilson(p: float, n: int, confidence: float) -> Interval:
    """Return Wilson's interval of a share p of n observations."""
    z = normal_quantile(0.5 + _between_0_and_1(confidence) / 2)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    # At the ends the formula is 0 and 1 up to rounding.
    return Interval(centre - reach if p > 0 else 0.0, centre + reach if p < 1 else 1.0)


def accuracy_interval(accuracy: float, samples: int, confidence: float = 0.95, *, answers: int = 1) -> Interval:
    """Return Wilson's interval of one network's accuracy as a share of the samples.

    Parameters
    ----------
    accuracy : float
        The share of correct samples or answers, from 0 to 1.
    samples : int
        Number of samples, at least 1.
    confidence : float, default 0.95
        Between 0 and 1.
    answers : int, default 1
        Number of answers per sample. The answers of one sample are not independent, so the interval counts each sample
        as one observation; it is too wide rather than too narrow.

    Returns
    -------
    Interval
        Within 0 and 1.

    Raises
    ------
    ValueError
        A number is out of its range; the message names it.
    """
    share = number(accuracy, "accuracy", 0, 1, below=False)
    of_each = integer(answers, "answers", 1)
    right = round(share * integer(samples, "samples", 1) * of_each)  # a whole number up to rounding in float32
    return _wilson(right / (samples * of_each), samples, confidence)


def paired_interval(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return Student's interval of the mean of a - b for paired entries.

    Effects that both entries of a pair share, such as the split of the data, cancel in the difference, so fewer pairs
    are needed. The interval assumes that the mean difference is about normally distributed. If it is not, for example
    because a few seeds never learn, use ``sign_test`` of ``joml.statistics.seed_comparison`` too.

    Parameters
    ----------
    a, b : (pairs,) arrays
        Finite numbers, at least two each.
    confidence : float
        Between 0 and 1; default 0.95.

    Returns
    -------
    Interval
        In units of a and b.

    Raises
    ------
    ValueError
        The arrays differ in length, have fewer than two entries, or have entries that are not finite.

    References
    ----------
    Student: The Probable Error of a Mean, 1908.
    """
    first, second = numbers(a, "a", np.float64), numbers(b, "b", np.float64)
    if first.ndim != 1 or first.shape != second.shape or len(first) < 2:
        raise ValueError(
            "a paired interval needs two sequences of equal length with at least two numbers each, "
            f"got the shapes {first.shape} and {second.shape}"
        )
    differences = first - second
    if not np.isfinite(differences).all():
        raise ValueError(f"pair {int(np.isfinite(differences).argmin())} is not finite: leave it out of both")
    pairs = len(differences)
    mean, error = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(pairs)
    reach = t_quantile(0.5 + _between_0_and_1(confidence) / 2, pairs - 1) * error
    return Interval(mean - reach, mean + reach)


def normal_quantile(probability: float) -> float:
    """Return the quantile of the standard normal distribution for a probability between 0 and 1."""
    from statistics import NormalDist  # noqa: PLC0415 - needed by few, and slow to import

    return NormalDist().inv_cdf(_between_0_and_1(probability, "probability"))


def t_quantile(probability: float, degrees: int) -> float:
    """Return the quantile of Student's distribution for a probability.

    Parameters
    ----------
    probability : float
        Between 0 and 1.
    degrees : int
        Degrees of freedom, at least 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        A number is out of its range; the message names it.
    """
    integer(degrees, "degrees", 1)
    probability = _between_0_and_1(probability, "probability")
    # This keeps the same precision near 1 as near 0.
    tail = min(probability, 1 - probability)
    # The angle atan(t / sqrt(degrees)) is bounded, so bisection always converges.
    low, high = 0.0, math.pi / 2
    while low < (middle := (low + high) / 2) < high:
        if (1 - _central_share(middle, degrees)) / 2 > tail:
            low = middle
        else:
            high = middle
    t = math.sqrt(degrees) * math.tan(low)
    return t if probability > 0.5 else -t


def _central_share(angle: float, degrees: int) -> float:
    """Return the probability of |t| < sqrt(degrees) tan(angle), for a whole number of degrees of freedom.

    References
    ----------
    Abramowitz, Stegun: Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4.
    """
    square = math.cos(angle) ** 2
    odd = degrees % 2
    # sin (1 + 1/2 cos^2 + 1 3 / (2 4) cos^4 + ...) for an even number; for an odd one sin cos (1 + 2/3 cos^2 + ...).
    term = math.sin(angle) * (math.cos(angle) if odd else 1.0)
    total = 0.0
    for power in range(2 + odd, degrees + 1, 2):
        total += term
        term *= (power - 1) / power * square
    return (angle + total) * 2 / math.pi if odd else total


def _between_0_and_1(value: float, name: str = "confidence") -> float:
    return number(value, name, 0, 1, above=True)
