"""The range of values that a chart shows: without spikes, which would flatten everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml_tui.plots.chart_model import Curve

_Values = NDArray[np.float64]

_BULK = (2, 98)  # percent
#: A value is a spike if it is farther from the bulk of the values than so many times the bulk's range.
_FAR = 2.0
#: Costs fall steeply at the beginning, which is no spike; a beginning as far away as this is.
_FAR_AT_BEGINNING = 20.0
_BEGINNING = 0.05  # of the curve
_FEWEST = 20


class Limits(NamedTuple):
    """The lowest and highest values shown, and of all curves, which are farther apart if spikes are left out."""

    low: float
    high: float
    lowest: float
    highest: float


def value_limits(curves: Sequence[Curve], *, log: bool, full: bool = False) -> Limits | None:
    """Return the limits of the values in curves; None if there are no values to show.

    Parameters
    ----------
    curves : sequence of Curve
    log : bool
        Whether only values above 0 are shown.
    full : bool
        Whether spikes are shown too.
    """
    lows, highs, beginnings = [], [], []
    for each in curves:
        across, low, high = each.points()
        shown = np.isfinite(low) & np.isfinite(high) & ((high > 0) if log else True)
        if not shown.any():
            continue
        across, low, high = across[shown], low[shown], high[shown]
        lows.append(np.where(low > 0, low, np.nan) if log else low)
        highs.append(high)
        beginnings.append(across <= across[0] + _BEGINNING * (across[-1] - across[0]))
    if not highs:
        return None
    low, high, beginning = np.concatenate(lows), np.concatenate(highs), np.concatenate(beginnings)
    low = np.where(np.isnan(low), high, low)
    lowest, highest = float(low.min()), float(high.max())
    if full or len(high) < _FEWEST:
        return Limits(lowest, highest, lowest, highest)
    if log:
        kept_low, kept_high = _without_spikes(np.log10(low), np.log10(high), beginning)
    else:
        kept_low, kept_high = _without_spikes(low, high, beginning)
    shown_low, shown_high = float(low[kept_low].min()), float(high[kept_high].max())
    return Limits(shown_low, max(shown_low, shown_high), lowest, highest)


def _without_spikes(
    low: _Values, high: _Values, beginning: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which of the lows and of the highs are no spikes."""
    bottom, top = float(np.percentile(low, _BULK[0])), float(np.percentile(high, _BULK[1]))
    far = np.where(beginning, _FAR_AT_BEGINNING, _FAR) * (top - bottom)
    if not top > bottom or not np.isfinite(far).all():
        return np.ones(len(low), np.bool_), np.ones(len(high), np.bool_)
    return low >= bottom - far, high <= top + far
