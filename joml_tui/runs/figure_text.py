"""Costs and scores as the tables and sentences of commands show them."""

from __future__ import annotations

from math import isfinite


def format_figure(value: float | None) -> str:
    """Return a cost or a score with four decimals; a hyphen if there is none.

    Parameters
    ----------
    value : float or None

    Returns
    -------
    str
        Never "-0.0000", as of the R2 of predicting the mean.
    """
    if value is None or not isfinite(value):
        return "-"
    return f"{round(value, 4) + 0.0:.4f}"
