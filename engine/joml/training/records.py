"""Records of a training's measurements, of one iteration and of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from joml.compiled.evaluation import Evaluation
from joml.statistics.metrics import spread_of_rows

#: One entry per iteration, in the network's type: float32 or float64.
Series = NDArray[Any]


class Figures(Protocol):
    """A source of the cost and the score of mini-batches by their places, which may measure them on demand."""

    def figures(self, place: int) -> tuple[float, float]:
        """Return cost and score of the mini-batch at a place."""


class _MeasuredLater:
    """The source of a step's cost and accuracy until they are first read."""

    __slots__ = ("_figures", "_place")

    _figures: Figures
    _place: int


@dataclass(frozen=True, slots=True)
class Step(_MeasuredLater):
    """The measurements of one iteration.

    Attributes
    ----------
    iteration, epoch : int
        Counted from 1; an iteration is the processing of one mini-batch.
    cost, accuracy : float
        Of the mini-batch, before the update; nan where an output was not finite. If y are values, R2 replaces the
        accuracy, relative to the variance of the whole training part. In a ``for`` loop over the trainer they are
        measured when first read, at any time, and belong to their own iteration.
    test : Evaluation or None
        Of the test samples after the update, if they are checked and a check was due.
    denoised_cost : float or None
        The mean training cost of the last epoch's mini-batches, if there was a check.
    validation : Evaluation or None
        Of the validation samples, which are checked instead of the test samples if there are any.
    """

    iteration: int
    epoch: int
    cost: float
    accuracy: float
    test: Evaluation | None
    denoised_cost: float | None = None
    validation: Evaluation | None = None

    @classmethod
    def measured_later(
        cls,
        iteration: int,
        epoch: int,
        figures: Figures,
        place: int,
        test: Evaluation | None = None,
        denoised_cost: float | None = None,
        validation: Evaluation | None = None,
    ) -> Step:
        """Return a step whose cost and accuracy are measured when they are read.

        Parameters
        ----------
        iteration, epoch : int
        figures : Figures
        place : int
            The place of its mini-batch in ``figures``.
        test, denoised_cost, validation
            As for the step.

        Returns
        -------
        Step
        """
        step, put = object.__new__(cls), object.__setattr__  # cost and accuracy stay empty
        put(step, "iteration", iteration)
        put(step, "epoch", epoch)
        put(step, "test", test)
        put(step, "denoised_cost", denoised_cost)
        put(step, "validation", validation)
        put(step, "_figures", figures)
        put(step, "_place", place)
        return step

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> float:
            """Fill the cost and the accuracy on first access; Python calls this only for missing attributes."""
            if name not in ("cost", "accuracy"):
                raise AttributeError(f"a {type(self).__name__} has no {name}")
            put = object.__setattr__
            cost, accuracy = self._figures.figures(self._place)
            put(self, "cost", cost)
            put(self, "accuracy", accuracy)
            return cost if name == "cost" else accuracy

    @property
    def checked(self) -> Evaluation | None:
        """The check: on the validation samples, or else on the test samples."""
        return self.test if self.validation is None else self.validation


@dataclass(frozen=True, slots=True)
class ReplicaSteps:
    """The measurements of the same iterations in several replicas; nan after a replica's end.

    Attributes
    ----------
    costs, accuracies : (replicas, iterations) arrays
    tests : tuple of Evaluation
        Of the test samples, one per replica, if they are checked and a check was due; else empty.
    validations : tuple of Evaluation
        Of the validation samples, likewise.
    """

    costs: Series
    accuracies: Series
    tests: tuple[Evaluation, ...]
    validations: tuple[Evaluation, ...] = ()

    @property
    def checked(self) -> tuple[Evaluation, ...]:
        """The check: on the validation samples, or else on the test samples."""
        return self.validations or self.tests

    @property
    def cost_spread(self) -> Series:
        """Sample standard deviation over the running replicas, (iterations,); nan for a single one."""
        return spread_of_rows(self.costs)

    @property
    def accuracy_spread(self) -> Series:
        """Sample standard deviation over the running replicas, (iterations,); nan for a single one."""
        return spread_of_rows(self.accuracies)


@dataclass(frozen=True, slots=True)
class Steps:
    """The measurements of consecutive iterations.

    Attributes
    ----------
    first_iteration, epoch : int
        Counted from 1; the epoch is the first iteration's.
    costs, accuracies : (iterations,) arrays
        Of each mini-batch, before its update; with replicas the mean of the running ones. As in ``Step``, and in
        float64 for a network in float64.
    test : Evaluation or None
        Of the test samples after the last iteration, if they are checked and a check was due.
    denoised_cost : float or None
        The mean training cost of the last epoch's mini-batches, if there was a check; it makes a smooth curve.
    replicas : ReplicaSteps or None
        Each replica's measurements, if there are several.
    validation : Evaluation or None
        Of the validation samples, which are checked instead of the test samples if there are any.
    parts : tuple of Steps
        The same iterations in parts of one epoch each, with a check only after the last iteration of a part. Empty if
        the whole is such a part.
    """

    first_iteration: int
    epoch: int
    costs: Series
    accuracies: Series
    test: Evaluation | None
    denoised_cost: float | None = None
    replicas: ReplicaSteps | None = None
    validation: Evaluation | None = None
    parts: tuple[Steps, ...] = ()

    def __len__(self) -> int:
        return len(self.costs)

    @property
    def checked(self) -> Evaluation | None:
        """The check: on the validation samples, or else on the test samples."""
        return self.test if self.validation is None else self.validation

    @property
    def blocks(self) -> tuple[Steps, ...]:
        """The iterations in blocks within one epoch, with a check only at the end: ``parts``, or itself."""
        return self.parts or (self,)

    @property
    def checks(self) -> tuple[tuple[int, Evaluation], ...]:
        """The checks with their iterations."""
        looked = ((block.first_iteration + len(block) - 1, block.checked) for block in self.blocks)
        return tuple((iteration, result) for iteration, result in looked if result is not None)

    @property
    def gap(self) -> float | None:
        """The checked cost minus the denoised training cost, which grows with overfitting; None without a check."""
        if self.checked is None or self.denoised_cost is None:
            return None
        return self.checked.cost - self.denoised_cost


def joined(blocks: Sequence[Steps], *, keep_blocks: bool = True) -> Steps:
    """Return consecutive blocks as one; its check is the last block's.

    ``keep_blocks`` says whether the blocks become its parts; that is not needed if they lie in one epoch and only the
    last has a check.
    """
    first, last = blocks[0], blocks[-1]
    if first is last:
        return first
    replicas = None
    each = [block.replicas for block in blocks if block.replicas is not None]
    if each:
        replicas = replace(
            each[-1],
            costs=np.concatenate([steps.costs for steps in each], axis=1),
            accuracies=np.concatenate([steps.accuracies for steps in each], axis=1),
        )
    return replace(
        last,
        first_iteration=first.first_iteration,
        epoch=first.epoch,
        costs=np.concatenate([block.costs for block in blocks]),
        accuracies=np.concatenate([block.accuracies for block in blocks]),
        replicas=replicas,
        parts=tuple(blocks) if keep_blocks else (),
    )


def mean_of(values: Series) -> Series:
    """Return the mean of values over the rows without nan, (rows, columns) to (columns,); nan if there are none."""
    if len(values) == 1:
        single: Series = values[0]
        return single
    measured = ~np.isnan(values)
    count = measured.sum(axis=0)
    total = np.where(measured, values, 0).sum(axis=0, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(values.dtype)


def mean_evaluation(tests: tuple[Evaluation, ...], counts: NDArray[np.bool_]) -> Evaluation | None:
    """Return the mean of the tests that count, or of all if none counts; None if there are no tests.

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
        {name: float(np.mean([test.metrics[name] for test in chosen])) for name in chosen[0].metrics},
    )
