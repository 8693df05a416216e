"""Positions on the horizontal axis: iterations in units of iterations, epochs or seconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml_tui.plots.axes import nice_end, nice_last
from joml_tui.plots.chart_model import Unit
from joml_tui.runs.history import History

UNITS: tuple[Unit, ...] = ("iteration", "epoch", "seconds")
_LEAST_SECONDS = 0.1


def places(history: History, iterations: ArrayLike, unit: Unit) -> NDArray[np.float64]:
    """Return the positions of iterations, counted from 1; epochs are fractional."""
    counted = np.asarray(iterations, np.float64)
    if unit == "iteration":
        return counted
    if unit == "epoch":
        return counted / history.iterations_per_epoch
    seconds = history.seconds
    rows = np.clip(np.asarray(iterations, np.int64), 1, max(1, len(seconds))) - 1
    return seconds[rows].astype(np.float64) if len(seconds) else np.zeros(len(counted))


def place(history: History, iteration: int, unit: Unit) -> float:
    """Return the position of one iteration."""
    return float(places(history, [iteration], unit)[0])


def iteration_at(history: History, across: float, unit: Unit) -> int:
    """Return the last iteration not after a position; 0 if there is none, also beyond the present ones."""
    if unit == "iteration":
        return max(0, int(np.floor(across + 1e-9)))
    if unit == "epoch":
        return max(0, int(np.floor(across * history.iterations_per_epoch + 1e-6)))
    return int(np.searchsorted(history.seconds, np.float32(across), side="right"))


def end_of(history: History, unit: Unit, *, live: bool) -> float:
    """Return the end of an axis that shows the whole run, with room for growth while it is live."""
    iterations = history.iterations
    if unit == "iteration":
        return nice_last(iterations, history.total_iterations)
    if unit == "epoch":
        now, total = (count / history.iterations_per_epoch for count in (iterations, history.total_iterations))
        return now if now >= total else min(total, nice_end(now, 1.0))
    now = float(history.seconds[-1]) if iterations else 0.0
    return nice_end(now, _LEAST_SECONDS) if live else max(now, 1e-3)
