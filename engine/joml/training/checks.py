"""The checks of a training, and early stopping by them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from joml.compiled.evaluation import Evaluation, Evaluator
from joml.statistics.metric import Metric
from joml.training.averaging import Averaging
from joml.training.early_stopping import BestSoFar
from joml.training.ends import Ends


class Checks:
    """The checks of the networks of one training.

    Parameters
    ----------
    evaluators : sequence of Evaluator
        Of the checked part, one for each network; none without a checked part.
    best : BestSoFar or None
        With early stopping.
    metric : Metric or None
        That early stopping uses; None for the cost.
    ends : Ends
    averaging : Averaging or None
        Of the weights, which goes back with them.

    Attributes
    ----------
    latest : list of Evaluation
        The latest check of each network.
    """

    def __init__(
        self,
        evaluators: Sequence[Evaluator],
        best: BestSoFar | None,
        metric: Metric | None,
        ends: Ends,
        averaging: Averaging | None,
    ) -> None:
        self.evaluators, self.latest = evaluators, list[Evaluation]()
        self._best, self._metric, self._ends, self._averaging = best, metric, ends, averaging

    def evaluate(self, active: NDArray[np.bool_]) -> list[Evaluation]:
        """Evaluate the active networks, and return the latest check of each network.

        Parameters
        ----------
        active : (networks,) array of bool

        Returns
        -------
        list of Evaluation
        """
        for place, evaluator in enumerate(self.evaluators):
            if active[place] or len(self.latest) <= place:
                self.latest[place : place + 1] = [evaluator.evaluate()]
        return self.latest

    def stop_early(self, active: NDArray[np.bool_], iteration: int, *, last: bool) -> None:
        """End the active networks whose patience is exhausted, with their best parameters.

        Parameters
        ----------
        active : (networks,) array of bool
        iteration : int
            That of the latest check.
        last : bool
            Whether all epochs are done, so that the best parameters are restored in any case.
        """
        if self._best is None:
            return
        for place in np.flatnonzero(active).tolist():
            awaited = self._awaited(self.latest[place])
            patient = awaited is None or not self._best.observe(place, iteration, awaited)
            if patient and not last and not self._ends.diverged[place]:
                continue
            self.restore_best(place)
            if not patient and not self._ends.at[place]:
                self._ends.at[place] = iteration
            if not patient:
                self._ends.keep_parameters([place])

    def restore_best(self, place: int) -> None:
        """Restore the best parameters of a network under early stopping.

        Parameters
        ----------
        place : int
        """
        if self._best is None:
            return
        self._best.restore_parameters(place)
        if self._averaging and self._best.restored[place]:
            self._averaging.go_back(place)

    def _awaited(self, check: Evaluation) -> float | None:
        """Return the value that early stopping minimises; None if a metric could not be measured."""
        if self._metric is None:
            return check.cost
        value = check.metrics[self._metric.name]
        if np.isnan(value):
            return None
        return -value if self._metric.better == "higher" else value
