"""What a training measures: records of one iteration, and of several at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from joml.compiled.evaluation import Evaluation
from joml.statistics.metrics import spread_of_rows

#: One entry an iteration, of the type that the network computes in: float32 or float64.
Series = NDArray[Any]


class Figures(Protocol):
    """What knows the cost and the score of mini-batches, by their places, or measures them when it is asked."""

    def figures(self, place: int) -> tuple[float, float]:
        """Return cost and score of the mini-batch at a place."""


class _MeasuredLater:
    """Where a step's cost and accuracy come from while nobody has read them."""

    __slots__ = ("_figures", "_place")

    _figures: Figures
    _place: int


@dataclass(frozen=True, slots=True)
class Step(_MeasuredLater):
    """What one iteration measured.

    Attributes
    ----------
    iteration, epoch : int
        Counted from 1; an iteration is the processing of one mini-batch.
    cost, accuracy : float
        Of the mini-batch, before the update; nan where an output was not finite. Where y are values, R2 stands in the
        accuracy's place, relative to the variance of the whole training part. Of a step that was iterated to they are
        measured when one of them is read: whenever that is, they are those of its own iteration.
    test : Evaluation or None
        On the test samples after the update, where they are looked at on the way and it was time to.
    denoised_cost : float or None
        The mean training cost of the last epoch's mini-batches, where there is such a look.
    validation : Evaluation or None
        On the validation samples, which are looked at instead where there are some.
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
        """Return a step whose cost and accuracy are asked for where they are read.

        Parameters
        ----------
        iteration, epoch : int
        figures : Figures
        place : int
            Of its mini-batch, as ``figures`` counts.
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
            """Fill the cost and the accuracy; asked for what is empty or is not there, and so once a step."""
            if name not in ("cost", "accuracy"):
                raise AttributeError(f"a {type(self).__name__} has no {name}")
            put = object.__setattr__
            cost, accuracy = self._figures.figures(self._place)
            put(self, "cost", cost)
            put(self, "accuracy", accuracy)
            return cost if name == "cost" else accuracy

    @property
    def checked(self) -> Evaluation | None:
        """What was measured on the samples looked at on the way: the validation's, or else the test's."""
        return self.test if self.validation is None else self.validation


@dataclass(frozen=True, slots=True)
class ReplicaSteps:
    """What the same iterations measured in each of several replicas; nan where a replica had ended.

    Attributes
    ----------
    costs, accuracies : (replicas, iterations) arrays
    tests : tuple of Evaluation
        On the test samples, one a replica, where they are looked at on the way and it was time to; else none.
    validations : tuple of Evaluation
        On the validation samples, likewise.
    """

    costs: Series
    accuracies: Series
    tests: tuple[Evaluation, ...]
    validations: tuple[Evaluation, ...] = ()

    @property
    def checked(self) -> tuple[Evaluation, ...]:
        """What was measured on the samples looked at on the way: the validation's, or else the test's."""
        return self.validations or self.tests

    @property
    def cost_spread(self) -> Series:
        """Sample standard deviation over the replicas under way, (iterations,); nan for a single one."""
        return spread_of_rows(self.costs)

    @property
    def accuracy_spread(self) -> Series:
        """Sample standard deviation over the replicas under way, (iterations,); nan for a single one."""
        return spread_of_rows(self.accuracies)


@dataclass(frozen=True, slots=True)
class Steps:
    """What some consecutive iterations measured.

    Attributes
    ----------
    first_iteration, epoch : int
        Counted from 1; the epoch is the first iteration's.
    costs, accuracies : (iterations,) arrays
        Of each mini-batch, before its update; the mean of the replicas under way, where there are several. As in
        ``Step``, and in float64 for a network in float64.
    test : Evaluation or None
        On the test samples after the last of them, where they are looked at on the way and it was time to.
    denoised_cost : float or None
        The mean training cost of the last epoch's mini-batches, where there is such a look: what a smooth curve shows.
    replicas : ReplicaSteps or None
        Each replica's own, where there are several.
    validation : Evaluation or None
        On the validation samples, which are looked at instead where there are some.
    parts : tuple of Steps
        The same iterations part by part: each of one epoch, with no look but after its last. Empty where that is so of
        the whole.
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
        """What was measured on the samples looked at on the way: the validation's, or else the test's."""
        return self.test if self.validation is None else self.validation

    @property
    def blocks(self) -> tuple[Steps, ...]:
        """The iterations in blocks that cross no epoch and have a look only after their last: ``parts``, or itself."""
        return self.parts or (self,)

    @property
    def checks(self) -> tuple[tuple[int, Evaluation], ...]:
        """All that was measured on the way on the samples looked at, each with the iteration after which it was."""
        looked = ((block.first_iteration + len(block) - 1, block.checked) for block in self.blocks)
        return tuple((iteration, found) for iteration, found in looked if found is not None)

    @property
    def gap(self) -> float | None:
        """The checked cost minus the denoised training cost, which grows when a network overfits; None without one."""
        if self.checked is None or self.denoised_cost is None:
            return None
        return self.checked.cost - self.denoised_cost


def joined(blocks: Sequence[Steps], *, keep_blocks: bool = True) -> Steps:
    """Return consecutive steps as one: what was measured after the last iteration is the last's.

    ``keep_blocks`` says whether the blocks become its parts, which they need not where they lie in one epoch and only
    the last was followed by a look.
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
    """Return the mean of values over the rows that are no nan, (rows, columns) to (columns,); nan where none is."""
    if len(values) == 1:
        single: Series = values[0]
        return single
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0).sum(axis=0, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(values.dtype)


def mean_evaluation(tests: tuple[Evaluation, ...], counts: NDArray[np.bool_]) -> Evaluation | None:
    """Return the mean of those tests that count, or of all where none does; None of none.

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
