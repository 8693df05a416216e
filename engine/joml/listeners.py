"""Listeners to a training: what a logger is, and how the steps of a training reach it.

A listener receives whole blocks of iterations, so that it does not slow training down; to see every single iteration,
use ``for step in trainer``.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from joml.compiled.evaluation import Evaluation
from joml.statistics.metrics import mean_over_samples
from joml.training.records import Steps
from joml.training.trainer import Trainer

NOTHING_BEGAN = "this logger has not seen a training yet: call begin(trainer) before hear(steps)"


class Logger(Protocol):
    """A receiver of a training's steps; any object with these three methods is one.

    An object with the single method ``log_cost_accuracy(n_epoch, cost, accuracy)``, like a logger of the original
    library, is accepted too: it receives each epoch's mean training cost and accuracy.
    """

    def begin(self, trainer: Trainer) -> None:
        """Handle the start of this trainer's training."""
        ...

    def hear(self, steps: Steps) -> None:
        """Handle the steps of a block of iterations; blocks are consecutive and never cross an epoch."""
        ...

    def end(self) -> None:
        """Handle the end of training: all epochs are done, or it diverged, or was stopped early."""
        ...


class EpochLogger(Protocol):
    """A logger of the original library, which is called once per epoch."""

    def log_cost_accuracy(self, n_epoch: int, cost: float, accuracy: float) -> None:
        """Handle the training cost and accuracy of epoch number n_epoch."""
        ...


class _EpochListener:
    """Adapter that calls an epoch logger with the mean figures of each epoch; the original used its last mini-batch.

    A training that continues another one counts its epochs from 1 again, as in the original.
    """

    def __init__(self, logger: EpochLogger) -> None:
        self._logger = logger
        self._trainer: Trainer | None = None
        self._blocks: list[Steps] = []

    def begin(self, trainer: Trainer) -> None:
        self._trainer, self._blocks = trainer, []

    def hear(self, steps: Steps) -> None:
        trainer = self._trainer
        if trainer is None:
            raise RuntimeError(NOTHING_BEGAN)
        self._blocks.append(steps)
        if trainer.finished or trainer.iteration % trainer.iterations_per_epoch == 0:
            cost, accuracy, _ = epoch_figures(self._blocks, trainer)
            self._logger.log_cost_accuracy(self._blocks[-1].epoch, cost, accuracy)
            self._blocks = []

    def end(self) -> None:
        self._trainer = None


def as_listener(logger: Logger | EpochLogger) -> Logger:
    """Return a logger for whole blocks: the logger itself, or an adapter that calls it once per epoch."""
    hears = getattr(type(logger), "hear", None)
    if callable(getattr(logger, "log_cost_accuracy", None)) and (hears is None or hears is Logger.hear):
        return _EpochListener(logger)  # type: ignore[arg-type]
    return logger  # type: ignore[return-value]


def require_logger(logger: object) -> None:
    """Raise TypeError unless this is a logger.

    Raises
    ------
    TypeError
        It is a logger's class, or not a logger.
    """
    if isinstance(logger, type):
        raise TypeError(f"a logger is needed, not its class: write {logger.__name__}()")
    hears = all(callable(getattr(logger, method, None)) for method in ("begin", "hear", "end"))
    if not hears and not callable(getattr(logger, "log_cost_accuracy", None)):
        raise TypeError(
            "a logger such as StdoutLogger() is needed, with begin, hear and end, or with log_cost_accuracy, "
            f"got {logger!r}"
        )


def follow(trainer: Trainer, *loggers: Logger | EpochLogger) -> None:
    """Run the trainer to the end, and pass all steps to the loggers."""
    listeners = [as_listener(logger) for logger in loggers]
    for logger in listeners:
        logger.begin(trainer)
    while not trainer.finished:
        steps = trainer.advance_block(trainer.total_iterations)
        for logger in listeners:
            logger.hear(steps)
    for logger in listeners:
        logger.end()


def follow_on(trainer: Trainer, seed: int | None, *loggers: Logger | EpochLogger) -> None:
    """Run the trainer to the end with the loggers; without a seed, the last training's shuffling continues."""
    network = trainer.network
    if seed is None and network.generators is not None:
        trainer.generators = network.generators
    follow(trainer, *loggers)
    network.generators = trainer.generators


class SilentLogger:
    """A logger that does nothing; the default of a network."""

    def begin(self, trainer: Trainer) -> None:
        """Do nothing."""

    def hear(self, steps: Steps) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""

    def log_cost_accuracy(self, n_epoch: int, cost: float, accuracy: float) -> None:
        """Do nothing."""


def epoch_figures(blocks: list[Steps], trainer: Trainer) -> tuple[float, float, Evaluation | None]:
    """Return the mean cost and score over an epoch's training samples, and its latest check.

    Parameters
    ----------
    blocks : list of Steps
        All steps of the epoch.
    trainer : Trainer

    Returns
    -------
    cost, score : float
    check : Evaluation or None
        None if nothing was checked in the epoch.
    """
    first = (blocks[0].first_iteration - 1) % trainer.iterations_per_epoch
    sizes = trainer.batch_sizes[first : first + sum(map(len, blocks))]
    cost, accuracy = (
        mean_over_samples(np.concatenate(series), sizes)
        for series in ([steps.costs for steps in blocks], [steps.accuracies for steps in blocks])
    )
    checks = [steps.checked for steps in blocks if steps.checked is not None]
    return cost, accuracy, checks[-1] if checks else None
