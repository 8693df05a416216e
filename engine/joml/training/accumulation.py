"""Accumulation of gradients: one update by the mean gradient of several mini-batches."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, Calls

#: Prefix of the names of its state.
ACCUMULATED = "accumulated."


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
