"""Rows that are there twice: in the test part and in the training part, or in one file."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

# From this share of copied rows on, a note names them; rows that are alike within the training part are no sign of it.
_MANY_COPIED, _MORE_THAN_ALIKE = 0.5, 0.3
# From this number and this share of repeated rows on, a note counts them, if chance explains at most a tenth of them.
_FEWEST_REPEATED, _MANY_REPEATED, _BEYOND_CHANCE = 5, 0.05, 10
# So many rows are compared.
_MOST_ROWS = 10_000
_MIX, _FOLD = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)

Keys = NDArray[np.uint64]


def describe_copied_rows(
    columns: Iterable[NDArray[np.generic]], train_rows: int, test_name: str, train_name: str
) -> tuple[str, ...]:
    """Return a note if many rows of the test part are also in the training part, in any order.

    Parameters
    ----------
    columns : iterable of ndarray, shape (rows,)
        The features and targets of all rows, those of the training part first.
    train_rows : int
        Number of rows of the training part.
    test_name, train_name : str
        The files, as notes name them.

    Returns
    -------
    tuple of str
        At most one sentence; none if rows of the training part are often alike, as in tables of few categories.
    """
    keys = _keys_of(columns)
    train, test = keys[:train_rows], keys[train_rows:]
    copied = int(np.count_nonzero(np.isin(test, train)))
    alike = 1 - len(np.unique(train)) / max(1, len(train))
    share = copied / max(1, len(test))
    if share < max(_MANY_COPIED, alike + _MORE_THAN_ALIKE):
        return ()
    if copied < len(test):
        what = f"{copied:,} of the {len(test):,} rows of {test_name} are also in {train_name}"
        return (f"{what}: the test score is mostly one of samples trained on, and says little about new ones",)
    what = f"{test_name} has {'the' if len(test) == len(train) else 'only'} rows of {train_name}"
    return (f"{what}: the test score is one of samples trained on, and says nothing about new ones",)


def describe_copied_samples(
    x: NDArray[np.generic], y: NDArray[np.generic], train_rows: int, test_name: str, train_name: str
) -> tuple[str, ...]:
    """Return a note as `describe_copied_rows` does, on samples in arrays.

    Parameters
    ----------
    x : ndarray, shape (rows, features)
        Of all rows, those of the training part first.
    y : ndarray, shape (rows,) or (rows, targets)
    train_rows, test_name, train_name
        As in `describe_copied_rows`.

    Returns
    -------
    tuple of str
        Also none if there is no test part.
    """
    if train_rows == len(x):
        return ()
    targets = [y] if y.ndim == 1 else y.T
    return describe_copied_rows((*targets, *x.T), train_rows, test_name, train_name)


def describe_repeated_rows(columns: Iterable[NDArray[np.generic]]) -> tuple[str, ...]:
    """Return a note if many rows of a file repeat other rows in all columns, as copies pasted into it do.

    Parameters
    ----------
    columns : iterable of ndarray, shape (rows,)
        The features and targets; the first 10,000 rows are compared.

    Returns
    -------
    tuple of str
        At most one sentence; none if the columns have so few values that rows are often alike.
    """
    compared = [np.array(values[:_MOST_ROWS], np.float64) for values in columns]
    rows = len(compared[0]) if compared else 0
    if not rows:
        return ()
    repeated = rows - len(np.unique(_keys_of(compared)))
    if repeated < max(_FEWEST_REPEATED, _MANY_REPEATED * rows):
        return ()
    # Pairs of rows that are alike if the columns do not depend on each other.
    combinations = sum(math.log(len(np.unique(values))) for values in compared)
    if math.log(repeated) < math.log(_BEYOND_CHANCE * rows * rows / 2) - combinations:
        return ()
    which = f"the first {rows:,}" if rows == _MOST_ROWS else f"{rows:,}"
    return (
        f"{repeated:,} of {which} rows repeat other rows in all columns, and such copies in the test part are no new "
        "samples: if they are mistakes, take them out of the file",
    )


def _keys_of(columns: Iterable[NDArray[np.generic]]) -> Keys:
    """Return a key of each row, the same for equal rows."""
    keys: Keys = np.zeros(1, np.uint64)
    for values in columns:
        numbers = np.array(values, np.float64) + 0.0  # -0 is 0
        numbers[np.isnan(numbers)] = np.nan  # of which there are many
        keys = (keys ^ numbers.view(np.uint64)) * _MIX
        keys ^= keys >> _FOLD
    return keys
