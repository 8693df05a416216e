"""Accumulation of gradients: one update by the mean gradient of several mini-batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, Calls

#: Prefix of the names of its state.
ACCUMULATED = "accumulated."


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """The gradients that wait for an update, before the next mini-batch.

    Attributes
    ----------
    place, of : int
        The number of the next mini-batch among those of its update, from 1, and the number of these.
    samples : int
        The samples of the mini-batches before it.
    gradient : (..., parameters) array
        The sum of their gradients, each times its samples.
    """

    place: int
    of: int
    samples: int
    gradient: Array

    @property
    def completes(self) -> bool:
        """Return whether the update follows the next mini-batch."""
        return self.place == self.of

    def with_next(self, gradient: Array, samples: int) -> tuple[Array, Array]:
        """Return the sum with the gradient of the next mini-batch, and the mean over all samples until then.

        Parameters
        ----------
        gradient : (..., parameters) array
        samples : int
            Those of the mini-batch.

        Returns
        -------
        tuple of two arrays
        """
        kind = gradient.dtype.type
        total = self.gradient + gradient * kind(samples)
        return total, total / kind(self.samples + samples)


class Accumulation:
    """The sum of the gradients since the latest update, and the calls that add to it.

    Every mini-batch counts by its samples, so that the update is that of one mini-batch of all of them. An epoch ends
    with an update, of fewer mini-batches where their number is no multiple.

    Parameters
    ----------
    gradient : (..., parameters) array
        Where the gradient of a mini-batch is; before an update the mean gradient is written there.
    update : tuple of calls
        One update by the gradient.
    every : int
        Number of mini-batches that make an update.
    per_epoch : int
        Number of mini-batches in an epoch.
    """

    def __init__(self, gradient: Array, update: Calls, every: int, per_epoch: int) -> None:
        self._gradient, self._update, self._every, self._per_epoch = gradient, update, every, per_epoch
        self._total, self._weighted = np.zeros_like(gradient), np.empty_like(gradient)
        self._samples: NDArray[np.int64] = np.zeros((), np.int64)
        self._place = 0  # mini-batches of the epoch so far

    def calls(self, samples: int) -> Calls:
        """Return the calls after the gradient of a mini-batch of this many samples."""
        return (partial(self._add, samples),)

    @property
    def pending(self) -> bool:
        """Return whether there are gradients that no update has used yet."""
        return bool(self._samples)

    def gathered(self) -> Gathered:
        """Return what has been gathered, as copies."""
        first = self._place - self._place % self._every
        of = min(self._every, self._per_epoch - first)
        return Gathered(self._place - first + 1, of, int(self._samples), self._total.copy())

    def _add(self, samples: int) -> None:
        kind = self._gradient.dtype.type
        np.multiply(self._gradient, kind(samples), self._weighted)
        np.add(self._total, self._weighted, self._total)
        self._samples += samples
        self._place += 1
        if self._place % self._every and self._place < self._per_epoch:
            return
        np.divide(self._total, kind(self._samples), self._gradient)
        for call in self._update:
            call()
        self._total.fill(0)
        self._samples[...] = 0
        self._place %= self._per_epoch

    def views(self) -> dict[str, NDArray[Any]]:
        """Return the state without copying it."""
        return {ACCUMULATED + "gradient": self._total, ACCUMULATED + "samples": self._samples}

    def restore(self, state: Mapping[str, NDArray[Any]], place: int) -> None:
        """Continue from a result of ``views``, after ``place`` mini-batches of an epoch."""
        self._total[...], self._samples[...] = state[ACCUMULATED + "gradient"], state[ACCUMULATED + "samples"]
        self._place = place
