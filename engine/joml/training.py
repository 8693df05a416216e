"""Trainer: the one training loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from joml.adaptive import Adam
from joml.arrays import Array, Calls
from joml.batches import MiniBatches
from joml.blas import threads_for
from joml.checks import at_least_one
from joml.evaluation import Evaluation
from joml.metrics import right
from joml.optimizer import Optimizer
from joml.passes import TrainingPass
from joml.streams import stream

if TYPE_CHECKING:
    from joml.network import Network

#: A run has diverged when its cost is no number, or this many times what it was at the first iteration (or 1).
DIVERGED_FACTOR = 1e4


@dataclass(frozen=True, slots=True)
class Step:
    """What one iteration measured.

    Attributes
    ----------
    iteration, epoch : int
        Counted from 1; an iteration is the processing of one mini-batch.
    cost, accuracy : float
        Of the mini-batch, before the update.
    test : Evaluation or None
        On the test samples after the update, where the schedule asked for it.
    """

    iteration: int
    epoch: int
    cost: float
    accuracy: float
    test: Evaluation | None


@dataclass(frozen=True, slots=True)
class Steps:
    """What some consecutive iterations of one epoch measured.

    Attributes
    ----------
    first_iteration, epoch : int
        Counted from 1.
    costs, accuracies : (iterations,) float32 arrays
        Of each mini-batch, before its update.
    test : Evaluation or None
        On the test samples after the last of them, where the schedule asked for it.
    """

    first_iteration: int
    epoch: int
    costs: NDArray[np.float32]
    accuracies: NDArray[np.float32]
    test: Evaluation | None

    def __len__(self) -> int:
        return len(self.costs)


class Trainer:
    """Trains a network on mini-batches; an iterator of ``Step`` records.

    ``for step in trainer`` looks at every iteration; ``advance(n)`` does many at once and is what to use where speed
    counts. Both run the same loop and give the same bits.

    Parameters
    ----------
    network : Network
        Trained in place.
    x_train, y_train : (features, samples) and (outputs, samples) arrays
    x_test, y_test : arrays of the same kind, optional
        Without them nothing is tested.
    optimizer : Optimizer
        Adam() unless said.
    epochs, batch_size : int
        At least 1. A batch larger than the training set is the training set.
    seed : int
        Decides the order of the samples; the network's own unless said.
    test_every : "epoch" or int
        After how many iterations to test; the end of training is always tested. Testing never changes the training,
        unless the optimizer's schedule is ReduceOnPlateau, which hears the cost of each of these tests.

    Attributes
    ----------
    iteration : int
        Iterations done.
    iterations_per_epoch, total_iterations : int
    diverged_at : int or None
        The iteration at which the cost was no number any more, or had grown beyond all measure. Training stops there.
    """

    def __init__(
        self,
        network: Network,
        x_train: Array,
        y_train: Array,
        x_test: Array | None = None,
        y_test: Array | None = None,
        *,
        optimizer: Optimizer | None = None,
        epochs: int = 10,
        batch_size: int = 32,
        seed: int | None = None,
        test_every: Literal["epoch"] | int = "epoch",
    ) -> None:
        self.network = network
        self.batch_size = at_least_one(batch_size, "batch_size")
        self._epochs = at_least_one(epochs, "epochs")
        x_train, y_train = network.checked(x_train, y_train)
        shuffle = stream(network.seed if seed is None else seed, "shuffle")
        self._batches = MiniBatches(x_train, y_train, self.batch_size, shuffle)
        self._rule = (optimizer or Adam()).bind(network.parameters.theta, network.parameters.gradient)
        self._programs: dict[int, tuple[TrainingPass, Calls]] = {}
        self._evaluator = None
        if x_test is not None and y_test is not None and np.size(x_test):
            self._evaluator = network.evaluator(*network.checked(x_test, y_test))
        self._test_every = (
            self.iterations_per_epoch if test_every == "epoch" else at_least_one(test_every, "test_every")
        )
        self._first_cost: float | None = None
        self.iteration = 0
        self.diverged_at: int | None = None

    @property
    def train_size(self) -> int:
        """Training samples."""
        return self._batches.samples

    @property
    def tests(self) -> bool:
        """Whether there are samples to test on."""
        return self._evaluator is not None

    @property
    def iterations_per_epoch(self) -> int:
        """Mini-batches in an epoch."""
        return self._batches.per_epoch

    @property
    def total_iterations(self) -> int:
        """Mini-batches in all epochs."""
        return self._epochs * self.iterations_per_epoch

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do: all epochs are done, or the run diverged."""
        return self.iteration >= self.total_iterations or self.diverged_at is not None

    def __iter__(self) -> Iterator[Step]:
        with threads_for(self.batch_size):
            while not self.finished:
                steps = self._advance(1)
                yield Step(
                    steps.first_iteration, steps.epoch, float(steps.costs[0]), float(steps.accuracies[0]), steps.test
                )

    def advance(self, iterations: int) -> Steps:
        """Do up to that many iterations; fewer where an epoch or a gathered block ends, or a test is due.

        Returns
        -------
        Steps
            At least one iteration.

        Raises
        ------
        RuntimeError
            Training has finished.
        """
        if self.finished:
            raise RuntimeError("training has finished: make a new Trainer to go on")
        with threads_for(self.batch_size):
            return self._advance(at_least_one(iterations, "iterations"))

    def _advance(self, iterations: int) -> Steps:
        first, epoch = self.iteration + 1, self.iteration // self.iterations_per_epoch + 1
        until_test = self._test_every - self.iteration % self._test_every
        xs, ys = self._batches.next_block(min(iterations, until_test, self.total_iterations - self.iteration))
        with np.errstate(all="ignore"):
            logits = self._train(xs, ys)
            costs, accuracies = self._measure(logits, ys)
        done = self._until_divergence(costs)
        self.iteration += done
        return Steps(first, epoch, costs[:done], accuracies[:done], self._test_if_due())

    def _train(self, xs: Array, ys: Array) -> Array:
        """Do one iteration for each mini-batch; give the output layer's z of each, (batches, outputs, batch)."""
        step, program = self._program(xs.shape[-1])
        logits: Array = np.empty_like(ys)  # in the same layout: all samples of an output lie together
        x_in, y_in, z_out = step.x_and_one, step.y, step.z
        for x, y, z in zip(xs, ys, logits, strict=True):
            x_in[...] = x
            y_in[...] = y
            for call in program:
                call()
            z[...] = z_out
        return logits

    def _program(self, samples: int) -> tuple[TrainingPass, Calls]:
        if samples not in self._programs:
            step = self.network.training_pass(samples)
            self._programs[samples] = (step, (*step.calls, *self._rule.calls))
        return self._programs[samples]

    def _measure(self, logits: Array, ys: Array) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give cost and accuracy of each mini-batch; all at once costs a tenth of one by one."""
        batches, outputs, _ = ys.shape
        z, y = (values.transpose(1, 0, 2).reshape(outputs, -1) for values in (logits, ys))
        costs = self.network.output_layer.costs(z, y).reshape(batches, -1).mean(axis=1)
        accuracies = right(z, y).reshape(batches, -1).mean(axis=1)
        return costs.astype(np.float32), accuracies.astype(np.float32)

    def _until_divergence(self, costs: NDArray[np.float32]) -> int:
        """Give how many of these iterations count: up to and with the first that diverged."""
        if self._first_cost is None:
            self._first_cost = float(costs[0])
        limit = DIVERGED_FACTOR * max(self._first_cost, 1.0)
        wrong = ~(costs < limit)  # nan compares false
        if not wrong.any():
            return len(costs)
        done = int(wrong.argmax()) + 1
        self.diverged_at = self.iteration + done
        return done

    def _test_if_due(self) -> Evaluation | None:
        if self._evaluator is None or not (self.iteration % self._test_every == 0 or self.finished):
            return None
        evaluation = self._evaluator.evaluate()
        self._rule.observe(evaluation.cost)
        return evaluation

    def test(self) -> Evaluation:
        """Evaluate on the test samples now; no schedule hears of it.

        Raises
        ------
        RuntimeError
            There are no test samples.
        """
        if self._evaluator is None:
            raise RuntimeError("this trainer has no test samples: give x_test and y_test")
        with threads_for(self.batch_size):
            return self._evaluator.evaluate()
