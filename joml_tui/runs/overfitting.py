"""Overfitting: the checked cost rises while the training cost still falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from joml_tui.runs.history import History

#: With fewer checks, a trend cannot be distinguished from noise.
_TREND_CHECKS = 6
#: A checked cost has risen if it exceeds its best by this share and by this number of standard errors.
_RISEN, _ERRORS = 0.05, 4.0


@dataclass(frozen=True, slots=True)
class Overfitting:
    """The overfitting of a training.

    Attributes
    ----------
    since : int
        The iteration since when the checked cost has been rising.
    lowest, latest : float
        The lowest checked cost, and the latest.
    lowest_at : int
        The iteration of the lowest.
    """

    since: int
    lowest: float
    latest: float
    lowest_at: int


def find_overfitting(history: History) -> Overfitting | None:
    """Return the overfitting of a training; None if the checked cost has risen by no more than noise.

    Parameters
    ----------
    history : History
        The series so far.

    Returns
    -------
    Overfitting or None
    """
    iterations = history.check_iteration
    cost = np.asarray(history.check_cost[: len(iterations)], np.float64)
    if len(cost) < _TREND_CHECKS or not np.isfinite(cost).all():
        return None
    # The medians of neighbouring checks; np.median would import numpy.ma, for which the end of a run had to wait.
    steady = np.sort(np.lib.stride_tricks.sliding_window_view(cost, 3), axis=1)[:, 1]
    best = int(steady.argmin()) + 1
    if len(cost) - 1 - best < 3:
        return None
    # Second differences remove a trend; their variance is six times that of the checks.
    noise = 1.4826 * float(np.median(np.abs(np.diff(cost, 2)))) / np.sqrt(6)
    lowest, latest = float(steady[best - 1]), cost[-3:]
    rise = float(np.median(latest)) - lowest
    if rise <= max(_RISEN * abs(lowest), _ERRORS * noise) or latest.min() <= lowest:
        return None
    window = max(1, int(iterations[-1] - iterations[-2]))
    then, now = (history.mean_before("train_cost", int(iterations[place]), window) for place in (best, -1))
    if not now < then:
        return None
    return Overfitting(int(iterations[best]), float(cost.min()), float(cost[-1]), int(iterations[cost.argmin()]))
