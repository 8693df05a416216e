"""Columns of features that tell nothing, or that are the target under another name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from joml.data.readers.csv_layout import write_key
from joml.data.tables.cell_meanings import as_texts, name_in_notes
from joml.data.tables.copied_rows import describe_repeated_rows
from joml.data.tables.order_leaks import describe_order, describe_split
from joml.data.tables.raw_table import RawColumn, no_texts
from joml.data.tables.stray_rows import describe_total_row
from joml.wording import list_some

# In fewer rows a column may be constant, or follow from the target, by chance.
_FEWEST_ROWS = 10
# Rows looked at before all of them.
_SAMPLE_ROWS = 1_000
# A residual of this share of the deviation is rounding; of a sample's deviation, this share.
_ROUNDING, _ROUNDING_IN_SAMPLE = 1e-9, 1e-6
# A rounded number lies within half a unit of the exact one, and within a little more of a fitted line. Numbers whose
# deviation is less than this multiple of it may follow others by chance.
_ROUNDED, _COARSEST = 0.75, 30.0
#: How a column gives the target away: not at all, exactly, or but for rounding.
_Leak = Literal["", "exact", "rounded"]
# Constant columns that a note names; the others are counted.
_MOST_CONSTANTS = 20
# Targets that a note names; the others are counted.
_MOST_TARGETS = 3


def describe_leaks(
    columns: Mapping[int, RawColumn],
    names: tuple[str, ...],
    label: int,
    y: NDArray[Any],
    class_names: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return warnings about columns that are the target under another name.

    Parameters
    ----------
    columns : mapping of int to RawColumn
        The features' columns by their positions.
    names : tuple of str
        Names of all columns; empty where they have none.
    label : int
        Position of the target.
    y : ndarray, shape (rows,)
        The classes, of an integer type, or the values to predict.
    class_names : sequence of str, optional
        The names of the classes.

    Returns
    -------
    tuple of str
        One sentence for each such column. Columns whose order alone gives the target away are not looked for among
        less than two.
    """
    if len(y) < _FEWEST_ROWS:
        return ()
    target = name_in_notes(label, names)
    notes = []
    for place, column in columns.items():
        name = name_in_notes(place, names)
        reason = _find_leak(column, y, name, target, class_names, by_order=len(columns) > 1)
        if reason:
            notes.append(_describe_leak(name, target, reason, f"leave it out by ignore: [{write_key(place, names)}]"))
    return tuple(notes)


def describe_numbers(
    x: NDArray[np.float64],
    places: Sequence[int],
    names: tuple[str, ...],
    label: int,
    y: NDArray[Any],
    class_names: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return notes on features of numbers with one value or that are the target, and on a last row of sums.

    Parameters
    ----------
    x : ndarray of float64, shape (rows, features)
        As in the file.
    places : sequence of int
        The position of each feature's column.
    names : tuple of str
        Names of all columns; empty where they have none.
    label : int
        Position of the target.
    y : ndarray, shape (rows,)
    class_names : sequence of str, optional
        As in `describe_leaks`.

    Returns
    -------
    tuple of str
        One sentence each; none about the only feature, as y probably depends on it, but for a last row of sums.
    """
    values = [y] if np.issubdtype(y.dtype, np.floating) else []
    repeated = describe_repeated_rows((*x.T, *(y.T if y.ndim > 1 else [y])))
    total = (*repeated, *describe_total_row([RawColumn("", numbers, no_texts(len(x))) for numbers in (*x.T, *values)]))
    if x.shape[1] < 2 or len(x) < _FEWEST_ROWS:
        return total
    constant = [place for place, each in zip(places, (x == x[0]).all(axis=0).tolist(), strict=True) if each]
    are_constant = set(constant)
    columns = {
        place: RawColumn("", x[:, feature], no_texts(len(x)))
        for feature, place in enumerate(places)
        if place not in are_constant
    }
    named = [name_in_notes(place, names) for place in constant]
    advice = f"leave it out by ignore: [{write_key(constant[0], names)}]" if constant else ""
    leaks = describe_leaks(columns, names, label, y, class_names)
    return (*total, *_describe_constants(named, "columns", advice), *leaks)


def describe_arrays(
    x: NDArray[Any], y: NDArray[Any], features: Sequence[str], targets: Sequence[str], advice: str
) -> tuple[str, ...]:
    """Return notes on features of arrays that have one value, or are a target under another name.

    Parameters
    ----------
    x : ndarray, shape (rows, features)
        As in the file.
    y : ndarray, shape (rows,) or (rows, outputs)
        The classes, of an integer type or as one-hot rows; or the answers or values to predict.
    features, targets : sequence of str
        Their names in messages; one target where y has classes.
    advice : str
        How to leave a feature out.

    Returns
    -------
    tuple of str
        One sentence each; none about the only feature, as y probably depends on it.
    """
    if x.shape[1] < 2 or len(x) < _FEWEST_ROWS:
        return ()
    is_constant = x.min(axis=0) == x.max(axis=0)
    notes = [
        *_describe_constants([features[place] for place in np.flatnonzero(is_constant).tolist()], "features", advice)
    ]
    if y.ndim == 2 and len(targets) < y.shape[1]:  # one-hot rows
        y = y.argmax(axis=1)
    for place in np.flatnonzero(~is_constant).tolist():
        column = RawColumn("", x[:, place].astype(np.float64), no_texts(len(x)))
        columns = y.T if y.ndim == 2 else [y]
        given = {
            target: values
            for target, values in zip(targets, columns, strict=True)
            if _find_leak(column, values, features[place], target, (), by_order=True)
        }
        if given:
            named, first = list_some(given, _MOST_TARGETS), next(iter(given.values()))
            reason = _find_leak(column, first, features[place], named, (), by_order=True)
            notes.append(_describe_leak(features[place], named, reason, advice))
    return tuple(notes)


def _find_leak(
    column: RawColumn, y: NDArray[Any], name: str, target: str, class_names: Sequence[str], by_order: bool
) -> str:
    """Return how a column gives the target away, as part of a sentence; empty if it does not."""
    are_classes = np.issubdtype(y.dtype, np.integer)
    how = _is_renamed(column, y) if are_classes else _is_linear(column, y)
    if how:
        is_it = f"it is {target} in another unit, rounded"
        return is_it if how == "rounded" else f"it has one value for each value of {target}"
    if not by_order:
        return ""
    return describe_split(column, y, class_names, name) if are_classes else describe_order(column, y, target)


def _describe_leak(name: str, target: str, reason: str, advice: str) -> str:
    return f"{name} gives the answer away: {reason}; if it is not known when {target} is to be predicted, {advice}"


def _describe_constants(names: Sequence[str], what: str, advice: str) -> tuple[str, ...]:
    if len(names) == 1:
        return (f"{names[0]} has the same value in all rows, and tells nothing: {advice}",)
    if not names:
        return ()
    shown = list_some(names, _MOST_CONSTANTS)
    return (f"{len(names):,} {what} have the same value in all rows, and tell nothing: {shown}",)


def _is_renamed(column: RawColumn, classes: NDArray[np.intp]) -> _Leak:
    """Return "exact" if every class has one value of a column, which no other class has."""
    for rows in (slice(0, _SAMPLE_ROWS), slice(None)):
        part, y = column.take(rows), classes[rows]
        if not part.texts:
            _, codes = np.unique(part.numbers, return_inverse=True)
        else:
            _, codes = np.unique(as_texts(part).codes, return_inverse=True)
        count = len(np.unique(y))
        if int(codes.max()) + 1 != count or len(np.unique(codes.astype(np.int64) * (int(y.max()) + 1) + y)) != count:
            return ""
        if len(classes) <= _SAMPLE_ROWS:
            break
    return "exact"


def _is_linear(column: RawColumn, values: NDArray[np.float64]) -> _Leak:
    """Return how a column of numbers is the target in another unit, exactly or rounded; empty if it is not."""
    if column.texts:
        return ""
    some = slice(None, None, max(1, len(values) // _SAMPLE_ROWS))
    x, y = column.numbers[some], values[some]
    differ = bool((x != x[0]).any() and (y != y[0]).any())
    if (not differ or _follows(x, y, _ROUNDING_IN_SAMPLE)) and _follows(column.numbers, values, _ROUNDING):
        return "exact"
    if differ and _follows_when_rounded(x, y) and _follows_when_rounded(column.numbers, values):
        return "rounded"
    return ""


def _follows_when_rounded(numbers: NDArray[np.float64], values: NDArray[np.float64]) -> bool:
    """Return whether numbers are a linear function of values but for the rounding of both, which is small."""
    x, y = numbers - numbers.mean(), values - values.mean()
    scale = float(y @ y)
    if not scale or not np.isfinite(scale):
        return False
    slope = float(x @ y) / scale
    rounding = _ROUNDED * (_unit_of(numbers) + abs(slope) * _unit_of(values))
    return bool(_COARSEST * rounding <= x.std() and np.abs(x - slope * y).max() <= rounding)


def _unit_of(numbers: NDArray[np.float64]) -> float:
    """Return the largest power of ten that all numbers are multiples of; 0 if they have more than six decimals."""
    for digits in range(-3, 7):
        scaled = numbers * 10.0**digits
        if np.abs(scaled - np.round(scaled)).max() <= 1e-6:
            return float(10.0**-digits)
    return 0.0


def _follows(numbers: NDArray[np.float64], values: NDArray[np.float64], rounding: float) -> bool:
    """Return whether values are a linear function of numbers but for a share of the largest deviation."""
    x, y = numbers - numbers.mean(), values - values.mean()
    scale = float(x @ x)
    if not scale or not y.any():
        return False
    residual = y - x * (float(x @ y) / scale)
    return bool(np.abs(residual).max() <= rounding * np.abs(y).max())
