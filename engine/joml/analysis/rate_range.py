"""The learning-rate range test: the cost while the rate rises from far too small to far too large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml.training.trainer import Trainer
from joml.validation import above_zero, integer

#: The test ends when the smoothed cost is this many times its lowest.
_WORSE = 4.0
#: A smoothed cost has risen when it is this many times the lowest so far.
_RISEN = 1.2
#: How much of the smoothed cost stays from one iteration to the next.
_SMOOTHING = 0.95
#: Iterations that a running mean remembers, and over which a fall is measured.
_MEMORY = 20


@dataclass(frozen=True, slots=True, eq=False)
class RateRange:
    """The result of a range test.

    Attributes
    ----------
    rates : (iterations,) array
        Learning rates, each a fixed factor above the one before.
    costs : (iterations,) array
        The mini-batch's cost before the update at that rate.
    smoothed : (iterations,) array
        Running means of the costs, without the bias towards their beginning.
    suggested : float or None
        The rate at which the smoothed cost fell fastest; None if it did not fall by more than chance.
    """

    rates: NDArray[np.float64]
    costs: NDArray[np.float64]
    smoothed: NDArray[np.float64]
    suggested: float | None


def rate_range(trainer: Trainer, low: float = 1e-5, high: float = 10.0, iterations: int = 300) -> RateRange:
    """Train a copy of the trainer's network with a learning rate that rises at every iteration, and record the cost.

    The trainer and its network are not changed.

    Parameters
    ----------
    trainer : Trainer
        With replicas, the mean of their costs is used.
    low, high : float
        The first and the last rate, above 0; default 1e-5 and 10.
    iterations : int, default 300
        How many rates to try, at least 60. The test ends earlier if the cost reaches four times its lowest.

    Returns
    -------
    RateRange

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Smith: Cyclical Learning Rates for Training Neural Networks, 2017.
    """
    above_zero(low, "low")
    if above_zero(high, "high") <= low:
        raise ValueError(f"high must be above low, {low:g}, got {high:g}")
    rates = np.geomspace(low, high, integer(iterations, "iterations", 3 * _MEMORY))
    epochs = (trainer.iteration + iterations) // trainer.iterations_per_epoch + 1
    twin = trainer.fork(tests=False, epochs=epochs)
    costs: list[float] = []
    smoothed: list[float] = []
    mean = 0.0
    for count, rate in enumerate(rates, start=1):
        if twin.finished:
            break
        twin.learning_rate = float(rate)
        cost = float(twin.advance(1).costs[0])
        if not np.isfinite(cost):
            break
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * cost
        costs.append(cost)
        smoothed.append(mean / (1 - _SMOOTHING**count))
        if smoothed[-1] > _WORSE * min(smoothed):
            break
    return RateRange(
        rates[: len(costs)], np.array(costs), np.array(smoothed), _suggested(rates, np.array(costs), np.array(smoothed))
    )


def _suggested(rates: NDArray[np.float64], costs: NDArray[np.float64], smoothed: NDArray[np.float64]) -> float | None:
    """Return the rate in the middle of the steepest fall before the costs first rise.

    The first running means cover too few costs and are left out.
    """
    settled = smoothed[_MEMORY:]
    risen = settled > _RISEN * np.minimum.accumulate(settled)
    end = _MEMORY + (int(risen.argmax()) if risen.any() else len(settled))
    smoothed, costs = smoothed[:end], costs[:end]
    falls = smoothed[_MEMORY:-_MEMORY] - smoothed[2 * _MEMORY :]
    # The standard error of a running mean: it has the variance of a mean of 2 _MEMORY - 1 equally weighted values.
    noise = float(np.std(costs - smoothed)) / np.sqrt(2 * _MEMORY - 1) if len(costs) else 0.0
    if not len(falls) or smoothed[_MEMORY] - smoothed.min() <= 3 * noise:
        return None
    return float(rates[int(falls.argmax()) + _MEMORY + _MEMORY // 2])
