"""Early stopping: training ends when the checked cost has not improved for some checks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array
from joml.validation import at_least_one, number

#: Prefix of the names of its state.
BEST = "best."

#: An entry that states of earlier versions lack: which parameters were restored.
RESTORED = BEST + "restored"


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """Settings of early stopping.

    The checks are on the validation samples. If there are none, they are on the test samples, which then influence
    training, so that their figures are too optimistic.

    Parameters
    ----------
    patience : int, default 5
        Number of checks without improvement after which training stops, at least 1.
    least_improvement : float, default 0.0
        An improvement is a cost (or metric) that is better by more than this; at least 0.
    restore_best : bool, default True
        Whether the parameters of the best check are restored when training ends for any reason.
    metric : str, default "cost"
        The figure that must improve: the cost, or a metric of the trainer by its name. Checks in which the metric could
        not be measured do not count.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Prechelt: Early Stopping, But When?, 1998.
    """

    patience: int = 5
    least_improvement: float = 0.0
    restore_best: bool = True
    metric: str = "cost"

    def __post_init__(self) -> None:
        at_least_one(self.patience, "patience")
        number(self.least_improvement, "least_improvement", 0)


class BestSoFar:
    """The best check of each network of a stack, with its parameters.

    Parameters
    ----------
    settings : EarlyStopping
    theta : (..., parameters) array
        The flat parameters of the network or stack, which training changes.
    state : (..., numbers) array
        What the layers keep besides.

    Attributes
    ----------
    costs : (networks,) array
        The best checked value: the cost, or the metric, with its sign changed if higher is better. Infinite before the
        first check.
    iterations : (networks,) array of int
        The iterations of the best checks; 0 before the first.
    restored : (networks,) array of int
        The iteration of the restored parameters, if they have not changed since; 0 if none were restored.
    """

    def __init__(self, settings: EarlyStopping, theta: Array, state: Array) -> None:
        rows = theta.reshape(-1, theta.shape[-1])
        self._settings, self._rows = settings, rows
        self.costs: NDArray[np.float64] = np.full(len(rows), math.inf)
        self.iterations: NDArray[np.int64] = np.zeros(len(rows), np.int64)
        self.restored: NDArray[np.int64] = np.zeros(len(rows), np.int64)
        self._waited = np.zeros(len(rows), np.int64)
        self._theta = rows.copy()
        self._state_rows = state.reshape(len(rows), -1) if state.size else np.zeros((len(rows), 0), theta.dtype)
        self._state = self._state_rows.copy()

    def observe(self, network: int, iteration: int, cost: float) -> bool:
        """Record a checked cost, and return whether this network's patience is exhausted."""
        if cost < self.costs[network] - self._settings.least_improvement:
            self.costs[network], self.iterations[network], self._waited[network] = cost, iteration, 0
            self._theta[network] = self._rows[network]
            self._state[network] = self._state_rows[network]
        else:
            self._waited[network] += 1
        return bool(self._waited[network] >= self._settings.patience)

    def restore_parameters(self, network: int) -> None:
        """Restore the best parameters of this network if there was a check and the settings ask for it."""
        if self._settings.restore_best and self.iterations[network]:
            self._rows[network] = self._theta[network]
            self._state_rows[network] = self._state[network]
            self.restored[network] = self.iterations[network]

    def state(self) -> dict[str, NDArray[Any]]:
        """Return copies of the state."""
        return {name: array.copy() for name, array in self.views().items()}

    def views(self) -> dict[str, NDArray[Any]]:
        """Return the state without copying it; it must not be changed."""
        return {
            BEST + "costs": self.costs,
            BEST + "iterations": self.iterations,
            BEST + "waited": self._waited,
            BEST + "theta": self._theta,
            **({BEST + "state": self._state} if self._state.size else {}),
            RESTORED: self.restored,
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a result of ``state``."""
        self.costs[:], self.iterations[:] = state[BEST + "costs"], state[BEST + "iterations"]
        self._waited[:], self._theta[:] = state[BEST + "waited"], state[BEST + "theta"]
        if self._state.size:
            self._state[:] = state[BEST + "state"]
        self.restored[:] = state[RESTORED] if RESTORED in state else self._put_back()

    def be_patient(self) -> None:
        """Start counting checks without improvement anew."""
        self._waited[:] = 0

    def _put_back(self) -> NDArray[np.int64]:
        """Return ``restored`` for a state that lacks it, by comparing the parameters with the best ones."""
        same = (self._rows == self._theta).all(axis=1)
        return np.where(same, self.iterations, 0)
