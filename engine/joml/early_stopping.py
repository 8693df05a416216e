"""Early stopping: a training ends when the test cost has not improved for a while, with the best weights it had."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.arrays import Array
from joml.checks import at_least_one, number

#: Stands before the names of its state.
BEST = "best."


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """When to stop.

    The test samples then take part in the training, however little: an honest verdict needs samples it has not seen.

    Parameters
    ----------
    patience : int, default 5
        Tests without improvement after which training stops, at least 1.
    least_improvement : float, default 0.0
        An improvement is a test cost that is lower by more than this; at least 0.
    restore_best : bool, default True
        Whether the parameters go back to those of the best test, when training ends for whatever reason.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.

    References
    ----------
    Prechelt: Early Stopping, But When?, 1998.
    """

    patience: int = 5
    least_improvement: float = 0.0
    restore_best: bool = True

    def __post_init__(self) -> None:
        at_least_one(self.patience, "patience")
        number(self.least_improvement, "least_improvement", 0)


class BestSoFar:
    """The best test of each network of a stack (one for a single network), with its parameters.

    Parameters
    ----------
    settings : EarlyStopping
    theta : (..., parameters) array
        The flat parameters of the network, or of the stack, as training changes them.

    Attributes
    ----------
    costs : (networks,) array
        Test costs; infinite before the first test.
    iterations : (networks,) array of int
        When they were; 0 before the first.
    """

    def __init__(self, settings: EarlyStopping, theta: Array) -> None:
        rows = theta.reshape(-1, theta.shape[-1])
        self._settings, self._rows = settings, rows
        self.costs: NDArray[np.float64] = np.full(len(rows), math.inf)
        self.iterations: NDArray[np.int64] = np.zeros(len(rows), np.int64)
        self._waited = np.zeros(len(rows), np.int64)
        self._theta = rows.copy()

    def observe(self, network: int, iteration: int, cost: float) -> bool:
        """Hear of a test; tell whether this network's patience is at its end."""
        if cost < self.costs[network] - self._settings.least_improvement:
            self.costs[network], self.iterations[network], self._waited[network] = cost, iteration, 0
            self._theta[network] = self._rows[network]
        else:
            self._waited[network] += 1
        return bool(self._waited[network] >= self._settings.patience)

    def restore_parameters(self, network: int) -> None:
        """Put the best parameters of this network back, unless there was no test or the settings say otherwise."""
        if self._settings.restore_best and self.iterations[network]:
            self._rows[network] = self._theta[network]

    def state(self) -> dict[str, NDArray[Any]]:
        """Give copies of all it remembers."""
        return {
            BEST + "costs": self.costs.copy(),
            BEST + "iterations": self.iterations.copy(),
            BEST + "waited": self._waited.copy(),
            BEST + "theta": self._theta.copy(),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what ``state`` gave."""
        self.costs[:], self.iterations[:] = state[BEST + "costs"], state[BEST + "iterations"]
        self._waited[:], self._theta[:] = state[BEST + "waited"], state[BEST + "theta"]

    def be_patient(self) -> None:
        """Count the tests without improvement anew."""
        self._waited[:] = 0
