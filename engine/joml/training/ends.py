"""The ends of networks in training: which have diverged or were stopped, when, and with which parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array
from joml.compiled.parameters import Parameters
from joml.training.divergence import diverged, limits
from joml.training.records import Series


class Ends:
    """The ends of the networks of one training.

    Parameters
    ----------
    parameters : Parameters
        Of the trained networks. Those of replicas that have ended are kept while the others are trained.
    count : int
        Number of networks.
    replicated : bool

    Attributes
    ----------
    at : (networks,) array of int
        The iterations at which networks diverged or were stopped; 0 for neither.
    diverged : (networks,) array of bool
        Whether a network's cost was not a number or too large.
    first_costs : (networks,) array
        The costs of the first iteration, which decide from which cost on a network has diverged; nan before.
    """

    def __init__(self, parameters: Parameters, count: int, *, replicated: bool) -> None:
        self.at: NDArray[np.int64] = np.zeros(count, np.int64)
        self.diverged: NDArray[np.bool_] = np.zeros(count, np.bool_)
        self.first_costs: NDArray[np.float64] = np.full(count, np.nan)
        self._parameters, self._replicated = parameters, replicated
        self._kept: dict[int, tuple[Array, Array]] = {}

    @property
    def running(self) -> NDArray[np.bool_]:
        """Return which networks have not ended, (networks,)."""
        return np.equal(self.at, 0)

    @property
    def all(self) -> bool:
        """Return whether every network has ended."""
        return bool(self.at.all())

    @property
    def any(self) -> bool:
        """Return whether a network has ended."""
        return bool(self.at.any())

    def cost_limit(self) -> float | None:
        """Return the cost below which no running network has diverged; None if it is unknown or none is running."""
        first_costs = self.first_costs[self.running]
        if not len(first_costs) or np.isnan(first_costs).any():
            return None
        return float(limits(first_costs).min())

    def end_diverged(self, costs: Series, iteration: int) -> bool:
        """End the networks whose cost at an iteration is too large, and return whether the limit of costs has changed.

        Parameters
        ----------
        costs : (networks,) array
        iteration : int

        Returns
        -------
        bool
        """
        new = np.isnan(self.first_costs)
        self.first_costs[new] = costs[new]
        ending = self.running & diverged(costs, self.first_costs)
        self.diverged |= ending
        self.end(ending, iteration)
        return bool(new.any() or ending.any())

    def end(self, ending: NDArray[np.bool_], iteration: int) -> None:
        """End networks at an iteration, and keep their parameters.

        Parameters
        ----------
        ending : (networks,) array of bool
        iteration : int
        """
        self.at[ending] = iteration
        self.keep_parameters(np.flatnonzero(ending).tolist())

    def keep_parameters(self, places: Sequence[int]) -> None:
        """Keep the present parameters of ended replicas while the others are trained.

        Parameters
        ----------
        places : sequence of int
            Of the replicas.
        """
        if self._replicated:
            theta, state = self._parameters.theta, self._parameters.state
            self._kept.update({place: (theta[place].copy(), state[place].copy()) for place in places})

    def without_ended(self, values: Series, first: int) -> Series:
        """Return values with nan after each replica's end, and give ended replicas their parameters back.

        Parameters
        ----------
        values : (networks, iterations) array
            Changed in place.
        first : int
            The iteration of the first of them.

        Returns
        -------
        (networks, iterations) array
        """
        if self._replicated and self.any:
            iterations = first + np.arange(values.shape[1])
            values[(self.at > 0)[:, np.newaxis] & (iterations > self.at[:, np.newaxis])] = np.nan
            for place, (theta, state) in self._kept.items():
                self._parameters.theta[place], self._parameters.state[place] = theta, state
        return values

    def views(self) -> dict[str, NDArray[Any]]:
        """Return the state without copying it."""
        return {"first_costs": self.first_costs, "ended_at": self.at, "diverged": self.diverged}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a state with the names of `views`, with the present parameters as those of the ended."""
        self.first_costs[:] = state["first_costs"]
        self.at[:], self.diverged[:] = state["ended_at"], state["diverged"]
        self._kept.clear()
        self.keep_parameters(np.flatnonzero(self.at).tolist())

    def clear(self) -> None:
        """Let every network continue from its present parameters."""
        self.at[:], self.diverged[:] = 0, False
        self._kept.clear()
