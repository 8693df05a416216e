"""Values as characters: short numbers, bars, sparklines and shades."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]

_HEIGHTS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉"
SHADES = "·░▒▓█"


def short(value: float) -> str:
    """Return a number as at most seven characters; a dash for nan."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return f"{value:.3g}" if value == 0 or 1e-2 <= abs(value) < 1e4 else f"{value:.1e}"


def percent(share: float) -> str:
    """Return a share as a whole number of per cent; a dash for nan."""
    return "–" if math.isnan(share) else f"{100 * share:.0f} %"


def bar(share: float, width: int) -> str:
    """Return a bar from the left, in eighths of a cell, padded to the width."""
    if not math.isfinite(share):
        return " " * width
    eighths = round(8 * width * min(max(share, 0.0), 1.0))
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def logarithms(values: Values) -> Values:
    """Return log10 of positive values; nan for others."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(values)
    return np.where(np.isfinite(logs), logs, np.nan)


def limits(values: Values) -> tuple[float, float]:
    """Return the smallest and the largest finite value, never equal; 0 and 1 if there are none."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def columns(iterations: NDArray[np.int64], values: Values, last: int, width: int) -> Values:
    """Return means of measurements in columns of equal ranges of iterations.

    Parameters
    ----------
    iterations : (measurements,) array
        From 1 to ``last``.
    values : (measurements, layers) array
        nan where nothing is known.

    Returns
    -------
    (width, layers) array
        A column without a measurement is the one before it; nan where there is none.
    """
    means = np.full((width, values.shape[1]), np.nan)
    if not len(iterations):
        return means
    places = np.minimum((iterations - 1) * width // max(last, 1), width - 1)
    finite = np.isfinite(values)
    counts, sums = _added(places, finite, means), _added(places, np.where(finite, values, 0), means)
    np.divide(sums, counts, out=means, where=counts > 0)
    measured = np.full(width, -1)
    measured[places] = places
    before = np.maximum.accumulate(measured)
    gaps = (measured < 0) & (before >= 0) & (np.arange(width) < places.max())
    means[gaps] = means[before[gaps]]
    return means


def _added(places: NDArray[np.int64], values: NDArray[np.generic], like: Values) -> NDArray[np.float64]:
    """Return sums of the rows of values with the same place."""
    cells = places[:, np.newaxis] * like.shape[1] + np.arange(like.shape[1])
    return np.bincount(cells.ravel(), values.ravel(), like.size).reshape(like.shape).astype(np.float64, copy=False)


def sparkline(values: Values, low: float, high: float) -> str:
    """Return values as heights between two limits; a gap for nan."""
    shares = np.clip((values - low) / (high - low), 0, 1)
    return "".join(" " if math.isnan(share) else _HEIGHTS[min(int(share * 8), 7)] for share in shares.tolist())


def tall_sparkline(values: Values, low: float, high: float, height: int) -> list[str]:
    """Return a sparkline of several rows from the top, in which even the smallest value is visible."""
    shares = np.clip((values - low) / (high - low), 1e-9, 1)
    return [sparkline(values, low, high)] if height == 1 else upright(shares, height)


def upright(shares: Values, height: int) -> list[str]:
    """Return vertical bars side by side, rows from the top; ``shares`` has one share from 0 to 1 per column."""
    eighths = np.round(np.nan_to_num(shares) * 8 * height).astype(int)
    eighths = np.where((shares > 0) & (eighths == 0), 1, eighths)  # few are not none
    rows = []
    for row in reversed(range(height)):
        filled = np.clip(eighths - 8 * row, 0, 8)
        rows.append("".join(" " if not part else _HEIGHTS[part - 1] for part in filled.tolist()))
    return rows
