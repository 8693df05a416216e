"""Early stopping: a training ends when the checked cost has not improved for a while, with the best weights it had."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array
from joml.validation import at_least_one, number

#: Stands before the names of its state.
BEST = "best."

#: What earlier states lack: which parameters had been put back.
RESTORED = BEST + "restored"


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """When to stop.

    The trainer looks at its validation samples. Where it has none it looks at the test samples, which then take part in
    the training: their figures are too good to be a verdict.

    Parameters
    ----------
    patience : int, default 5
        Looks without improvement after which training stops, at least 1.
    least_improvement : float, default 0.0
        An improvement is a cost (or metric) that is better by more than this; at least 0.
    restore_best : bool, default True
        Whether the parameters go back to those of the best look, when training ends for whatever reason.
    metric : str, default "cost"
        What has to improve: the cost, or a metric of the trainer by its name. A look at which the metric could not be
        measured counts neither as better nor as worse.

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
    metric: str = "cost"

    def __post_init__(self) -> None:
        at_least_one(self.patience, "patience")
        number(self.least_improvement, "least_improvement", 0)


class BestSoFar:
    """The best look at each network of a stack (one for a single network), with its parameters.

    Parameters
    ----------
    settings : EarlyStopping
    theta : (..., parameters) array
        The flat parameters of the network, or of the stack, as training changes them.

    Attributes
    ----------
    costs : (networks,) array
        What has to fall, on the samples looked at: the cost, or the metric, with its sign changed where higher is
        better. Infinite before the first look.
    iterations : (networks,) array of int
        When they were; 0 before the first.
    restored : (networks,) array of int
        After which iteration the parameters were that were put back and have not changed since; 0 where none were.
    """

    def __init__(self, settings: EarlyStopping, theta: Array) -> None:
        rows = theta.reshape(-1, theta.shape[-1])
        self._settings, self._rows = settings, rows
        self.costs: NDArray[np.float64] = np.full(len(rows), math.inf)
        self.iterations: NDArray[np.int64] = np.zeros(len(rows), np.int64)
        self.restored: NDArray[np.int64] = np.zeros(len(rows), np.int64)
        self._waited = np.zeros(len(rows), np.int64)
        self._theta = rows.copy()

    def observe(self, network: int, iteration: int, cost: float) -> bool:
        """Hear a cost; tell whether this network's patience is at its end."""
        if cost < self.costs[network] - self._settings.least_improvement:
            self.costs[network], self.iterations[network], self._waited[network] = cost, iteration, 0
            self._theta[network] = self._rows[network]
        else:
            self._waited[network] += 1
        return bool(self._waited[network] >= self._settings.patience)

    def restore_parameters(self, network: int) -> None:
        """Put the best parameters of this network back, unless there was no look or the settings say otherwise."""
        if self._settings.restore_best and self.iterations[network]:
            self._rows[network] = self._theta[network]
            self.restored[network] = self.iterations[network]

    def state(self) -> dict[str, NDArray[Any]]:
        """Return copies of all it remembers."""
        return {name: array.copy() for name, array in self.views().items()}

    def views(self) -> dict[str, NDArray[Any]]:
        """Return all it remembers, not to be written to."""
        return {
            BEST + "costs": self.costs,
            BEST + "iterations": self.iterations,
            BEST + "waited": self._waited,
            BEST + "theta": self._theta,
            RESTORED: self.restored,
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what ``state`` gave."""
        self.costs[:], self.iterations[:] = state[BEST + "costs"], state[BEST + "iterations"]
        self._waited[:], self._theta[:] = state[BEST + "waited"], state[BEST + "theta"]
        self.restored[:] = state[RESTORED] if RESTORED in state else self._put_back()

    def be_patient(self) -> None:
        """Count the looks without improvement anew."""
        self._waited[:] = 0

    def _put_back(self) -> NDArray[np.int64]:
        """Return what was put back in a state that does not say so: where the parameters are the best ones."""
        same = (self._rows == self._theta).all(axis=1)
        return np.where(same, self.iterations, 0)
