"""A fork as it was typed: what is trained from a snapshot, in a sentence, or what keeps it from being trained."""

from __future__ import annotations

from joml_tui.experiment import OptimizerSpec, Problem
from joml_tui.runs.forks import Fork, Moment, dead_end, forked
from joml_tui.runs.run import Run
from joml_tui.ui.compose.typed_values import read_learning_rate, read_whole
from joml_tui.ui.text import number


def read_fork(
    run: Run, moment: Moment, optimizer: OptimizerSpec | None, rate_text: str, epochs_text: str
) -> tuple[Fork | None, list[Problem]]:
    """Return the fork that entries amount to, or what is wrong with them.

    Parameters
    ----------
    run : Run
        What it goes on from.
    moment : Moment
        From which of its snapshots.
    optimizer : OptimizerSpec or None
        Another one than the run's.
    rate_text, epochs_text : str
        The learning rate and the epochs as typed.
    """
    problems: list[Problem] = []
    rate = read_learning_rate(rate_text, problems)
    faults = len(problems)
    epochs = read_whole("epochs", epochs_text, problems)
    if len(problems) == faults and epochs * run.iterations_per_epoch <= moment.iteration:
        done = moment.iteration // max(1, run.iterations_per_epoch)
        problems.append(Problem("epochs", f"{done:,} epochs are done here: enter more to continue"))
    if why := dead_end(run, moment.iteration):
        problems.append(Problem("iteration", why))
    if problems:
        return None, problems
    return forked(run, moment.iteration, optimizer=optimizer, learning_rate=rate, epochs=epochs), []


def describe_fork(fork: Fork, run: Run, moment: Moment, optimizer: OptimizerSpec | None, run_number: int) -> str:
    """Say from where a run is forked, and with which changes."""
    rate = fork.experiment.optimizer.learning_rate
    changes = [] if optimizer is None else ["another optimizer, which starts with no memory"]
    if rate != moment.learning_rate:
        changes.append(f"learning rate {number(rate)}")
    if (epochs := fork.epochs or fork.experiment.epochs) != run.epochs:
        changes.append(f"{epochs:,} epochs")
    if run.stopped_early and moment.iteration >= run.iteration:
        changes.append("early stopping counts its patience anew")
    if not changes:
        return f"Unchanged: from iteration {moment.iteration:,} it continues exactly like #{run_number}."
    return f"Forks from #{run_number} at iteration {moment.iteration:,}: {', '.join(changes)}."
