"""What a training measures: records of one iteration, and of several at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml.evaluation import Evaluation

Series = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Step:
    """What one iteration measured.

    Attributes
    ----------
    iteration, epoch : int
        Counted from 1; an iteration is the processing of one mini-batch.
    cost, accuracy : float
        Of the mini-batch, before the update. Where y are values, R2 stands in the accuracy's place.
    test : Evaluation or None
        On the test samples after the update, where the schedule asked for it.
    denoised_cost : float or None
        The mean training cost of the last epoch's mini-batches, where there is a test.
    """

    iteration: int
    epoch: int
    cost: float
    accuracy: float
    test: Evaluation | None
    denoised_cost: float | None = None


@dataclass(frozen=True, slots=True)
class ReplicaSteps:
    """What the same iterations measured in each of several replicas; nan where a replica had ended.

    Attributes
    ----------
    costs, accuracies : (replicas, iterations) float32 arrays
    tests : tuple of Evaluation
        One a replica where the schedule asked for a test, else none.
    """

    costs: Series
    accuracies: Series
    tests: tuple[Evaluation, ...]

    @property
    def cost_spread(self) -> Series:
        """Standard deviation over the replicas, (iterations,); 0 for a single one."""
        return _spread(self.costs)

    @property
    def accuracy_spread(self) -> Series:
        """Standard deviation over the replicas, (iterations,); 0 for a single one."""
        return _spread(self.accuracies)


@dataclass(frozen=True, slots=True)
class Steps:
    """What some consecutive iterations of one epoch measured.

    Attributes
    ----------
    first_iteration, epoch : int
        Counted from 1.
    costs, accuracies : (iterations,) float32 arrays
        Of each mini-batch, before its update; the mean of the replicas under way, where there are several. Where y are
        values, R2 stands in the accuracy's place.
    test : Evaluation or None
        On the test samples after the last of them, where the schedule asked for it.
    denoised_cost : float or None
        The mean training cost of the last epoch's mini-batches, where there is a test: what a smooth curve would show.
    replicas : ReplicaSteps or None
        Each replica's own, where there are several.
    """

    first_iteration: int
    epoch: int
    costs: Series
    accuracies: Series
    test: Evaluation | None
    denoised_cost: float | None = None
    replicas: ReplicaSteps | None = None

    def __len__(self) -> int:
        return len(self.costs)

    @property
    def gap(self) -> float | None:
        """Test cost minus denoised training cost: what grows when a network overfits; None where there is no test."""
        if self.test is None or self.denoised_cost is None:
            return None
        return self.test.cost - self.denoised_cost


def mean_of(values: Series) -> Series:
    """Give the mean of values over the rows that are no nan, (rows, columns) to (columns,); nan where none is."""
    if len(values) == 1:
        single: Series = values[0]
        return single
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0).sum(axis=0, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def mean_evaluation(tests: tuple[Evaluation, ...], counts: NDArray[np.bool_]) -> Evaluation | None:
    """Give the mean of those tests that count, or of all where none does; None of none.

    ``counts`` is a (tests,) array of bool.
    """
    if len(tests) < 2:
        return tests[0] if tests else None
    chosen = [test for test, counted in zip(tests, counts, strict=True) if counted] or list(tests)
    distances = [test.mean_absolute_error for test in chosen if test.mean_absolute_error is not None]
    return Evaluation(
        float(np.mean([test.cost for test in chosen])),
        float(np.mean([test.accuracy for test in chosen])),
        float(np.mean(distances)) if distances else None,
    )


def _spread(values: Series) -> Series:
    mean = mean_of(values)
    return np.sqrt(mean_of(np.square(values - mean)))
