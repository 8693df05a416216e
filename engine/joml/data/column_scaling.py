"""The scaling of columns of numbers to mean 0 and standard deviation 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatVector = NDArray[np.float64]

# Values scaled at a time, to keep the copy in double precision small.
_BLOCK_VALUES = 1 << 20
_SMALL = 1e-140
# Columns whose deviation is computed at a time where the data are not in double precision.
_COLUMNS = 64


def mean_and_deviation(rows: NDArray[Any], train: NDArray[np.intp]) -> tuple[FloatVector, FloatVector]:
    """Return mean and standard deviation of each column over some rows, in double precision.

    Parameters
    ----------
    rows : ndarray, shape (samples, columns)
    train : ndarray of int
        The places of the rows that count.

    Returns
    -------
    mean, deviation : ndarray of float64, shape (columns,)
        Of a constant column, its value and 1.
    """
    if rows.dtype == np.float64:
        return statistics_of(rows[train])
    columns = [
        statistics_of(rows[train, first : first + _COLUMNS].astype(np.float64))
        for first in range(0, rows.shape[1], _COLUMNS)
    ]
    return np.concatenate([mean for mean, _ in columns]), np.concatenate([deviation for _, deviation in columns])


def statistics_of(part: NDArray[np.float64]) -> tuple[FloatVector, FloatVector]:
    """Return mean and standard deviation of each column; its value and 1 for a constant column.

    Parameters
    ----------
    part : ndarray of float64, shape (samples, columns)

    Returns
    -------
    mean, deviation : ndarray of float64, shape (columns,)
    """
    # Rounding can make the mean of equal numbers differ from them.
    constant = part.min(axis=0) == part.max(axis=0)
    mean = np.where(constant, part[0], part.mean(axis=0))
    part = part - mean
    deviation = np.sqrt(np.square(part).mean(axis=0))
    # Squares of numbers near 1e-154 and below lose digits, or are 0.
    small = np.flatnonzero((deviation < _SMALL) & ~constant)
    if small.size:
        largest = np.abs(part[:, small]).max(axis=0)
        deviation[small] = largest * np.sqrt(np.square(part[:, small] / largest).mean(axis=0))
    return mean, np.where(deviation > 0, deviation, 1.0)


def scale_rows(
    rows: NDArray[Any], part: NDArray[np.intp], mean: FloatVector | None, deviation: FloatVector | None
) -> NDArray[np.float32]:
    """Return rows in single precision, scaled in double precision; numbers that are too large become infinite.

    Parameters
    ----------
    rows : ndarray, shape (samples, columns)
    part : ndarray of int
        The places of the rows to return.
    mean, deviation : ndarray of float64, shape (columns,), or None
        None to return the numbers as they are.

    Returns
    -------
    ndarray of float32, shape (len(part), columns)
        A view where no number changes and the rows are consecutive.
    """
    if mean is None and rows.dtype == np.float32 and _is_a_range(part):
        return rows[part[0] : part[-1] + 1]
    taken = np.empty((len(part), rows.shape[1]), np.float32)
    block = max(1, _BLOCK_VALUES // max(1, rows.shape[1]))
    with np.errstate(over="ignore"):
        for first in range(0, len(part), block):
            chosen = rows[part[first : first + block]]
            if mean is not None:
                chosen = scale(chosen.astype(np.float64, copy=False), mean, deviation)
            taken[first : first + block] = chosen
    return taken


def _is_a_range(part: NDArray[np.intp]) -> bool:
    """Return whether these are consecutive rows, as in files with their own test part; they need no copy."""
    return len(part) > 0 and bool(np.array_equal(part, np.arange(part[0], part[0] + len(part))))


def scale(x: NDArray[np.float64], mean: FloatVector | None, deviation: FloatVector | None) -> NDArray[np.float64]:
    """Return (x - mean) / deviation for each row; x itself where there is no scale.

    Parameters
    ----------
    x : ndarray of float64, shape (samples, columns)
    mean, deviation : ndarray of float64, shape (columns,), or None

    Returns
    -------
    ndarray of float64, shape (samples, columns)
    """
    return x if mean is None or deviation is None else (x - mean) / deviation


def unscale(x: NDArray[np.float64], mean: FloatVector | None, deviation: FloatVector | None) -> NDArray[np.float64]:
    """Return x deviation + mean for each row; x itself where there is no scale.

    Parameters
    ----------
    x : ndarray of float64, shape (samples, columns)
    mean, deviation : ndarray of float64, shape (columns,), or None

    Returns
    -------
    ndarray of float64, shape (samples, columns)
    """
    return x if mean is None or deviation is None else x * deviation + mean
