"""Averaging of weights: a network follows the weights that are trained as their exponential moving average."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, Calls

#: Prefix of the names of its state.
AVERAGED = "averaged."

#: The name of the weights that are trained; the network's own are their average.
TRAINED = AVERAGED + "from"


class Averaging:
    """The exponential moving average of the weights after each update, with weights that add up to 1 from the first on.

    After t updates, the weights of update s have a share of decay^(t - s) (1 - decay) / (1 - decay^t): the initial
    weights have none.

    Parameters
    ----------
    average : (..., parameters) array
        Where the average goes.
    theta : (..., parameters) array
        The weights that are trained.
    decay : float
        Above 0 and below 1.

    Attributes
    ----------
    calls : tuple of calls
        What follows an update.
    """

    def __init__(self, average: Array, theta: Array, decay: float) -> None:
        self._average, self._theta, self._decay = average, theta, decay
        self._difference = np.empty_like(theta)
        self._updates: NDArray[np.int64] = np.zeros((), np.int64)
        self.calls: Calls = (self._follow,)

    def _follow(self) -> None:
        self._updates += 1
        share = (1 - self._decay) / (1 - self._decay ** int(self._updates))
        np.subtract(self._theta, self._average, self._difference)
        np.multiply(self._difference, self._theta.dtype.type(share), self._difference)
        np.add(self._average, self._difference, self._average)

    def go_back(self, network: int) -> None:
        """Train on from the average: the weights of a network of a stack become it."""
        rows, averages = (values.reshape(-1, values.shape[-1]) for values in (self._theta, self._average))
        rows[network] = averages[network]

    def views(self) -> dict[str, NDArray[Any]]:
        """Return the state besides the average without copying it."""
        return {TRAINED: self._theta, AVERAGED + "updates": self._updates}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a result of ``views``."""
        self._theta[...], self._updates[...] = state[TRAINED], state[AVERAGED + "updates"]
