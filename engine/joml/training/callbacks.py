"""Callbacks of a training: functions that are called at the end of epochs and at checks, and may end it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from joml.compiled.evaluation import Evaluation
from joml.validation import require_kind

if TYPE_CHECKING:
    from joml.training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a training at the end of an epoch or at a check.

    Attributes
    ----------
    iteration, epoch : int
        The latest ones, from 1.
    cost : float
        The mean training cost of the latest epoch's mini-batches, fewer at first.
    check : Evaluation or None
        The check after this iteration, with replicas their mean; None if none was due.
    """

    iteration: int
    epoch: int
    cost: float
    check: Evaluation | None


class Callback(Protocol):
    """A function that a trainer calls."""

    def __call__(self, trainer: Trainer, progress: Progress) -> bool | None:
        """Return True to end the training after this iteration.

        Parameters
        ----------
        trainer : Trainer
            It stands between two iterations: its networks, state, learning rate and epochs may be used.
        progress : Progress

        Returns
        -------
        bool or None
        """
        ...


def checked_callbacks(callbacks: Iterable[Callback]) -> tuple[Callback, ...]:
    """Return callbacks as a tuple, or raise ValueError if they are no functions."""
    right = isinstance(callbacks, Iterable)
    require_kind(right, callbacks, "callbacks", "a list of functions such as [lambda trainer, progress: None]")
    given: tuple[Any, ...] = tuple(callbacks)
    for callback in given:
        right = callable(callback) and not isinstance(callback, type)
        require_kind(right, callback, "a callback", "a function of the trainer and its progress")
    return given


def any_ends(callbacks: Iterable[Callback], trainer: Trainer, progress: Progress) -> bool:
    """Call all callbacks, and return whether one of them ends the training.

    Parameters
    ----------
    callbacks : sequence of callables
    trainer : Trainer
    progress : Progress

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        A callback returns something else than True, False or None.
    """
    ends = False
    for callback in callbacks:
        result: Any = callback(trainer, progress)
        if result is not None and not isinstance(result, bool | np.bool_):  # as comparisons of arrays give
            raise TypeError(f"a callback returns True to end the training, or None; {callback!r} returned {result!r}")
        ends = ends or bool(result)
    return ends
