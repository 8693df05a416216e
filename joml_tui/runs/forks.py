"""Forks of a run: the moments with snapshots, and the experiments that continue from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import structs

from joml_tui.experiment import Experiment, OptimizerSpec, Problem, looks_at_validation, problems
from joml_tui.experiment.data_parts import VALIDATION_SHARE
from joml_tui.runs.history import CheckedPart
from joml_tui.runs.run import Run, RunState

#: Number of iterations averaged in a moment's training cost, or all if there are fewer.
_WINDOW = 100
#: Largest total size of the snapshots of all runs.
MOST_BYTES_OF_ALL = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of a training at a snapshot.

    Attributes
    ----------
    iteration, epoch : int
        Number of iterations done, and the epoch, which is 0 before the first iteration.
    train_cost, train_accuracy : float or None
        Means over the samples of the previous 100 iterations, each measured before its update.
    check_cost, check_accuracy : float or None
        The latest check before it, on the validation part or else on the test part.
    seconds : float
        Seconds of training so far.
    learning_rate : float
        The learning rate from there on, under a schedule the base rate.
    checked_part : {"validation", "test"}
    """

    iteration: int
    epoch: int
    train_cost: float | None
    train_accuracy: float | None
    check_cost: float | None
    check_accuracy: float | None
    seconds: float
    learning_rate: float
    checked_part: CheckedPart


def moments(run: Run) -> list[Moment]:
    """Return the moments from which a run can be forked, in order; none before its network is built."""
    history = run.history
    if history is None:
        return []
    return [moment_at(run, iteration) for iteration in run.snapshots.iterations if iteration <= history.iterations]


def moment_at(run: Run, iteration: int) -> Moment:
    """Return the state of a run after an iteration that it has done."""
    history = run.history
    assert history is not None
    checks = int(np.searchsorted(history.check_iteration, iteration, side="right"))
    return Moment(
        iteration,
        -(-iteration // history.iterations_per_epoch),
        history.mean_before("train_cost", iteration, _WINDOW) if iteration else None,
        history.mean_before("train_accuracy", iteration, _WINDOW) if iteration else None,
        float(history.check_cost[checks - 1]) if checks else None,
        float(history.check_accuracy[checks - 1]) if checks else None,
        float(history.seconds[iteration - 1]) if iteration else 0.0,
        run.rate_at(iteration),
        history.checked_part,
    )


def thin_snapshots(runs: Sequence[Run], most_bytes: int = MOST_BYTES_OF_ALL) -> None:
    """Delete snapshots of ended runs until all together take at most ``most_bytes``.

    The earliest runs lose theirs first, except those of the start, the best check and the end. If that is not enough,
    they keep only the end, which is needed to inspect their networks.
    """
    total = sum(run.snapshots.size for run in runs)
    for kept in (_start_best_and_end, _end):
        for run in runs:
            if total <= most_bytes:
                return
            if run.state.ended:
                total -= run.snapshots.keep(kept(run))


def _start_best_and_end(run: Run) -> set[int]:
    iterations, history = run.snapshots.iterations, run.history
    if not iterations or history is None or not history.checks:
        return {*iterations[:1], *iterations[-1:]}
    checked = history.check_iteration
    checks = np.searchsorted(checked, iterations, side="right")
    costs = np.where(checks > 0, history.check_cost[: len(checked)][checks - 1], np.inf)
    best = int(np.where(np.isnan(costs), np.inf, costs).argmin())
    return {iterations[0], iterations[best], iterations[-1]}


def _end(run: Run) -> set[int]:
    return {*run.snapshots.iterations[-1:]}


@dataclass(frozen=True, slots=True)
class Fork:
    """A run that continues from a snapshot.

    Attributes
    ----------
    origin : Run
    iteration : int
    experiment : Experiment
        The experiment with the settings from there on.
    epochs : int or None
        Total number of epochs, if its schedules keep the experiment's length.
    """

    origin: Run
    iteration: int
    experiment: Experiment
    epochs: int | None = None


def continued(origin: Run, iteration: int) -> Fork:
    """Return a fork with unchanged settings, whose series repeat the origin's bit for bit."""
    return forked(origin, iteration)


def forked(
    origin: Run,
    iteration: int,
    *,
    optimizer: OptimizerSpec | None = None,
    learning_rate: float | None = None,
    epochs: int | None = None,
) -> Fork:
    """Return a fork with changed settings; settings that are not given stay as at the snapshot.

    Parameters
    ----------
    origin : Run
    iteration : int
        The iteration of a snapshot.
    optimizer : OptimizerSpec, optional
        Another optimizer starts with a new state.
    learning_rate : float, optional
    epochs : int, optional
        Total number, including the epochs before the snapshot. If it differs from the origin's, schedules stretch to
        it.
    """
    experiment = origin.experiment
    rate = origin.rate_at(iteration) if learning_rate is None else learning_rate
    rule = structs.replace(experiment.optimizer if optimizer is None else optimizer, learning_rate=rate)
    changed = _on_the_same_parts(structs.replace(experiment, optimizer=rule), origin)
    if epochs is None or epochs == origin.epochs:
        return Fork(origin, iteration, changed, origin.epochs)
    return Fork(origin, iteration, structs.replace(changed, epochs=epochs))


def _on_the_same_parts(experiment: Experiment, origin: Run) -> Experiment:
    """Return the experiment with an explicit validation part, so that another schedule does not change the split."""
    if looks_at_validation(experiment) == looks_at_validation(origin.experiment):
        return experiment
    share = VALIDATION_SHARE if origin.checked_part == "validation" else 0.0
    return structs.replace(experiment, split=structs.replace(experiment.split, validation=share))


def dead_end(origin: Run, iteration: int) -> str:
    """Return why no settings can continue from a snapshot; empty if some can."""
    if origin.state is RunState.DIVERGED and iteration >= origin.iteration:
        return "the run has diverged here: choose an earlier snapshot"
    return ""


def fork_problems(fork: Fork) -> list[Problem]:
    """Return all problems that keep a fork from training; empty if it can. Reads the data set's files."""
    origin, iteration = fork.origin, fork.iteration
    if why := dead_end(origin, iteration):
        return [Problem("iteration", why)]
    done = iteration // origin.iterations_per_epoch if origin.iterations_per_epoch else 0
    if (fork.epochs or fork.experiment.epochs) * origin.iterations_per_epoch <= iteration:
        return [Problem("epochs", f"{done:,} epochs are done here: write a larger number to continue")]
    return problems(fork.experiment)
