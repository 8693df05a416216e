"""Snapshots: a limited number of states of a training, to return to or to fork from."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import Any

from joml.copy_refusal import refuses_copies
from joml.optimizers.base import Optimizer, State
from joml.training.trainer import Trainer
from joml.validation import at_least_one


@refuses_copies("they belong to one trainer. Take Snapshots(trainer.fork()) of another one")
class Snapshots:
    """The latest states of one training, taken at regular intervals.

    Parameters
    ----------
    trainer : Trainer
    every : int
        Iterations between snapshots, approximately; default one epoch.
    most : int, default 32
        Number of snapshots kept; further ones replace the oldest.

    Raises
    ------
    ValueError
        A setting is not an integer of at least 1; the message names it.

    Examples
    --------
    >>> from joml import Network
    >>> from joml.data.generators.planar import xor
    >>> data = xor(samples=200)
    >>> trainer = Trainer(Network.from_architecture("2-8-2"), data.x_train, data.y_train, epochs=4)
    >>> snapshots = Snapshots(trainer)
    >>> while not trainer.finished:
    ...     steps = trainer.advance(snapshots.until_next)
    ...     taken = snapshots.take_if_due()
    >>> snapshots.iterations
    (0, 5, 10, 15, 20)
    >>> snapshots.rewind(12)
    10
    """

    def __init__(self, trainer: Trainer, every: int | None = None, most: int = 32) -> None:
        self._trainer = trainer
        self.every = trainer.iterations_per_epoch if every is None else at_least_one(every, "every")
        self._states: deque[tuple[int, State]] = deque(maxlen=at_least_one(most, "most"))
        self.take()

    @property
    def iterations(self) -> tuple[int, ...]:
        """The iterations of the snapshots, in order."""
        return tuple(iteration for iteration, _ in self._states)

    @property
    def until_next(self) -> int:
        """The number of iterations until the next snapshot is due, at least 1."""
        return self.every - self._trainer.iteration % self.every

    @property
    def bytes_each(self) -> int:
        """Size of the latest snapshot in bytes."""
        return sum(array.nbytes for array in self._states[-1][1].values())

    def take(self) -> None:
        """Take a snapshot now; it replaces snapshots of the same and of later iterations, which are obsolete."""
        now = self._trainer.iteration
        while self._states and self._states[-1][0] >= now:
            self._states.pop()
        self._states.append((now, self._trainer.state()))

    def take_if_due(self) -> bool:
        """Take a snapshot if one is due or training has finished, and return whether it was taken."""
        due = self._trainer.iteration % self.every == 0 or self._trainer.finished
        if due:
            self.take()
        return due

    def rewind(self, iteration: int) -> int:
        """Return the training to the latest snapshot not after an iteration, from where it repeats exactly.

        Returns
        -------
        int
            The iteration of that snapshot.

        Raises
        ------
        ValueError
            There is no snapshot that early; the message names the earliest.
        """
        snapshot, state = self._at(iteration)
        self._trainer.restore(state)
        return snapshot

    def fork(
        self,
        iteration: int,
        *,
        optimizer: Optimizer | None = None,
        learning_rate: float | None = None,
        epochs: int | None = None,
    ) -> Trainer:
        """Return a new training that continues from the latest snapshot not after an iteration.

        Parameters
        ----------
        iteration : int
        optimizer, learning_rate, epochs
            As for ``Trainer.fork``.

        Returns
        -------
        Trainer

        Raises
        ------
        ValueError
            There is no snapshot that early; the message names the earliest.
        """
        _, state = self._at(iteration)
        return self._trainer.fork(state, optimizer=optimizer, learning_rate=learning_rate, epochs=epochs)

    def _at(self, iteration: int) -> tuple[int, Any]:
        place = bisect_right(self.iterations, iteration)
        if not place:
            raise ValueError(
                f"there is no snapshot of iteration {iteration} or before: the earliest is {self.iterations[0]}"
            )
        return self._states[place - 1]
