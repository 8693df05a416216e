"""Question: a suitable learning rate for the present network."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml.analysis.rate_range import rate_range
from joml_tui.inspect.training_context import TrainingContext


class Rates(Struct, frozen=True, tag=True):
    """A request for a learning-rate range test, which trains a copy with a rising rate.

    Attributes
    ----------
    low, high : float
        The first and the last rate.
    iterations : int
        Number of rates to try.
    """

    low: float = 1e-5
    high: float = 10.0
    iterations: int = 300


class RatesTried(Struct, frozen=True, tag=True):
    """The result of a range test.

    Attributes
    ----------
    iteration : int
        The training's iteration.
    learning_rate : float
        The training's learning rate; under a schedule the base rate.
    rates, costs, smoothed : (iterations,) arrays
        The rates tried, the mini-batch's cost before the update at each, and the costs' running means.
    suggested : float or None
        The rate at which the cost fell fastest; None if it did not fall clearly.
    cost : str
        The name of the costs, "cost" or "standardised cost".
    """

    iteration: int
    learning_rate: float
    rates: NDArray[np.float64]
    costs: NDArray[np.float64]
    smoothed: NDArray[np.float64]
    suggested: float | None
    cost: str = "cost"


def answer(question: Rates, subject: TrainingContext) -> RatesTried:
    """Run the range test on a copy of the training.

    Raises
    ------
    ValueError
        The training has diverged: no rate helps these parameters.
    """
    trainer = subject.trainer
    if trainer.diverged_at is not None:
        raise ValueError("the network has diverged, and no rate helps it: try the composed one, or an earlier snapshot")
    tried = rate_range(trainer, question.low, question.high, question.iterations)
    return RatesTried(
        trainer.iteration,
        trainer.learning_rate,
        tried.rates,
        tried.costs,
        tried.smoothed,
        tried.suggested,
        subject.cost_name,
    )
