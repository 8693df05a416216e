"""Going on from a run: the moments that there are snapshots of, and the experiments that go on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import structs

from joml_tui.experiment import Experiment, OptimizerSpec, Problem, looks_at_validation, problems
from joml_tui.experiment.data_parts import VALIDATION_SHARE
from joml_tui.runs.history import CheckedPart
from joml_tui.runs.run import Run, RunState

#: Iterations whose mean is a moment's training cost; fewer where there are fewer.
_WINDOW = 100
#: Memory that the snapshots of all runs may take together.
MOST_BYTES_OF_ALL = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Moment:
    """A snapshot and how the training stood there.

    Attributes
    ----------
    iteration, epoch : int
        Done by then; the epoch is 0 before the first iteration.
    train_cost, train_accuracy : float or None
        Means over the samples of the 100 iterations before, each measured before its update.
    check_cost, check_accuracy : float or None
        Of the latest look before at the validation part, or at the test part where there is none.
    seconds : float
        Of training until then.
    learning_rate : float
        In force from there on, under a schedule the base rate.
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
    """Return the moments that a run can be gone on from, in order; none before its network was built."""
    history = run.history
    if history is None:
        return []
    return [moment_at(run, iteration) for iteration in run.snapshots.iterations if iteration <= history.iterations]


def moment_at(run: Run, iteration: int) -> Moment:
    """Tell how a run stood after an iteration that it has done."""
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
    """Let snapshots of ended runs go until all together take no more than that many bytes.

    The first runs lose theirs first, all but those of the start, of the best check and of the end. Where that is not
    enough, they keep the end alone, without which nothing could be asked about their networks.
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
    changed = _on_the_same_parts(structs.replace(experiment, optimizer=rule), origin)
    if epochs is None or epochs == origin.epochs:
        return Fork(origin, iteration, changed, origin.epochs)
    return Fork(origin, iteration, structs.replace(changed, epochs=epochs))


def _on_the_same_parts(experiment: Experiment, origin: Run) -> Experiment:
    """Name the validation part where another schedule would decide otherwise: the samples trained on stay the same."""
    if looks_at_validation(experiment) == looks_at_validation(origin.experiment):
        return experiment
    share = VALIDATION_SHARE if origin.checked_part == "validation" else 0.0
    return structs.replace(experiment, split=structs.replace(experiment.split, validation=share))


def dead_end(origin: Run, iteration: int) -> str:
    """Say why nothing can go on from a snapshot, whatever the settings; nothing where it can."""
    if origin.state is RunState.DIVERGED and iteration >= origin.iteration:
        return "the run has diverged here: choose an earlier snapshot"
    return ""


def fork_problems(fork: Fork) -> list[Problem]:
    """Return everything that stops a fork from training; nothing when it can. Reads the data set's files."""
    origin, iteration = fork.origin, fork.iteration
    if why := dead_end(origin, iteration):
        return [Problem("iteration", why)]
    done = iteration // origin.iterations_per_epoch if origin.iterations_per_epoch else 0
    if (fork.epochs or fork.experiment.epochs) * origin.iterations_per_epoch <= iteration:
        return [Problem("epochs", f"{done:,} epochs are done here: write a larger number to go on")]
    return problems(fork.experiment)
