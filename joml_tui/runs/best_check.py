"""The best check of a run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from joml_tui.runs.history import History, SeriesName


class BestCheck(NamedTuple):
    """The best value of a figure over the checks.

    Attributes
    ----------
    iteration : int
        The check's iteration; of equal values the first one's.
    value : float
    """

    iteration: int
    value: float


def best_check(history: History, name: SeriesName, *, lower_is_better: bool) -> BestCheck | None:
    """Return the best check of a figure, the first of equal ones.

    Parameters
    ----------
    history : History
    name : str
        A series of checks, such as "check_cost", or "check_metric:" and the name of a metric.
    lower_is_better : bool

    Returns
    -------
    BestCheck or None
        None without a finite value.
    """
    checked = history.check_iteration  # read before the values, so that there are at least as many values
    values = history.series(name)[: len(checked)]
    finite = np.where(np.isfinite(values), values if lower_is_better else -values, np.inf)
    if not len(finite) or np.isinf(finite.min()):
        return None
    at = int(finite.argmin())
    return BestCheck(int(checked[at]), float(values[at]))
