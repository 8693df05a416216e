"""Going on from a run: the moments that there are snapshots of, and the experiments that go on from there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import structs

from joml_tui.experiment import Experiment, OptimizerSpec, Problem, problems
from joml_tui.runner import Run, RunState

#: Iterations whose mean is a moment's training cost; fewer where there are fewer.
_WINDOW = 100


@dataclass(frozen=True, slots=True)
class Moment:
    """A snapshot and how the training stood there.

    Attributes
    ----------
    iteration, epoch : int
        Done by then; the epoch is 0 before the first iteration.
    train_cost, train_accuracy : float or None
        Means over the 100 iterations before.
    test_cost, test_accuracy : float or None
        Of the latest test before.
    seconds : float
        Of training until then.
    learning_rate : float
        In force from there on, under a schedule the base rate.
    """

    iteration: int
    epoch: int
    train_cost: float | None
    train_accuracy: float | None
    test_cost: float | None
    test_accuracy: float | None
    seconds: float
    learning_rate: float


def moments(run: Run) -> list[Moment]:
    """Give the moments that a run can be gone on from, in order; none before its network was built."""
    history = run.history
    if history is None:
        return []
    return [moment_at(run, iteration) for iteration in run.snapshots.iterations if iteration <= history.iterations]


def moment_at(run: Run, iteration: int) -> Moment:
    """Tell how a run stood after an iteration that it has done."""
    history = run.history
    assert history is not None
    tests = int(np.searchsorted(history.test_iteration, iteration, side="right"))
    rows = slice(max(0, iteration - _WINDOW), iteration)
    return Moment(
        iteration,
        -(-iteration // history.iterations_per_epoch),
        float(history.train_cost[rows].mean()) if iteration else None,
        float(history.train_accuracy[rows].mean()) if iteration else None,
        float(history.test_cost[tests - 1]) if tests else None,
        float(history.test_accuracy[tests - 1]) if tests else None,
        float(history.seconds[iteration - 1]) if iteration else 0.0,
        run.rate_at(iteration),
    )


@dataclass(frozen=True, slots=True)
class Fork:
    """What is to be trained from a snapshot on.

    Attributes
    ----------
    origin : Run
    iteration : int
    experiment : Experiment
        With the settings from there on.
    epochs : int or None
        Epochs in all, where its schedules keep the experiment's length.
    """

    origin: Run
    iteration: int
    experiment: Experiment
    epochs: int | None = None


def continued(origin: Run, iteration: int) -> Fork:
    """Go on from a snapshot with all settings as they were: the series repeat the origin's bit for bit."""
    return forked(origin, iteration)


def forked(
    origin: Run,
    iteration: int,
    *,
    optimizer: OptimizerSpec | None = None,
    learning_rate: float | None = None,
    epochs: int | None = None,
) -> Fork:
    """Go on from a snapshot with other settings; those not given are as they were there.

    Parameters
    ----------
    origin : Run
    iteration : int
        Of one of its snapshots.
    optimizer : OptimizerSpec, optional
        Another one begins afresh.
    learning_rate : float, optional
    epochs : int, optional
        In all, those until the snapshot included. Where they are others than the origin's, schedules stretch to them.
    """
    experiment = origin.experiment
    rate = origin.rate_at(iteration) if learning_rate is None else learning_rate
    rule = structs.replace(experiment.optimizer if optimizer is None else optimizer, learning_rate=rate)
    if epochs is None or epochs == origin.epochs:
        return Fork(origin, iteration, structs.replace(experiment, optimizer=rule), origin.epochs)
    return Fork(origin, iteration, structs.replace(experiment, optimizer=rule, epochs=epochs))


def fork_problems(fork: Fork) -> list[Problem]:
    """Return everything that stops a fork from training; nothing when it can. Reads the data set's files."""
    origin, iteration = fork.origin, fork.iteration
    if origin.state is RunState.DIVERGED and iteration >= origin.iteration:
        return [Problem("iteration", "the run has diverged here: choose an earlier snapshot")]
    if origin.state is RunState.FINISHED and origin.message and iteration >= origin.iteration:
        return [Problem("iteration", "the run was stopped early here: choose an earlier snapshot")]
    done = iteration // origin.iterations_per_epoch if origin.iterations_per_epoch else 0
    if (fork.epochs or fork.experiment.epochs) * origin.iterations_per_epoch <= iteration:
        return [Problem("epochs", f"{done:,} epochs are done here: write a larger number to go on")]
    return problems(fork.experiment)
