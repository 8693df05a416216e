"""Cells of a table from a network's features: the way back from encoders, as far as the features tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.data.tables.encoding import OTHER, BooleanEncoder, CategoryEncoder, ColumnEncoder, DateEncoder, NumberEncoder

#: A cell without a value.
MISSING = "missing"
#: A cell whose value the features do not tell.
UNKNOWN = "?"

_FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES_A_DAY, _SECONDS_A_DAY = 1_440, 86_400.0


def decode_cells(encoders: Sequence[ColumnEncoder], x: NDArray[Any]) -> list[list[str]]:
    """Return the cells of samples as text, for display.

    Numbers have at most six digits, as features are in single precision. A category without a feature of its own is
    "other".

    Parameters
    ----------
    encoders : sequence of ColumnEncoder
        Fitted; columns whose features are not all in x are left out.
    x : ndarray, shape (samples, features)
        The features in the units of the data, from the first one on.

    Returns
    -------
    list of list of str
        The cells of each sample.
    """
    columns: list[list[str]] = []
    first = 0
    for encoder in encoders:
        size = len(encoder.feature_names)
        if first + size > x.shape[1]:
            break
        features, first = x[:, first : first + size].astype(np.float64), first + size
        write = _writer_of(encoder)
        columns.append([MISSING if _is_missing(encoder, row) else write(row) for row in features])
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(len(x))]


def write_value(value: float) -> str:
    """Return ``value``, which was in single precision, as text with the digits that it has for certain."""
    return f"{value:.6g}"


def round_to(values: NDArray[np.float64], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers rounded to the decimal digits that errors of this size leave certain.

    Parameters
    ----------
    values, errors : ndarray of float64, of one shape

    Returns
    -------
    ndarray of float64
    """
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        unit = 10.0 ** np.ceil(np.log10(2 * errors))
        rounded = np.round(values / unit) * unit + 0.0  # never -0
    return np.where((errors > 0) & np.isfinite(rounded), rounded, values)


def _is_missing(encoder: ColumnEncoder, row: NDArray[np.float64]) -> bool:
    return bool(encoder.missing) and row[-1] > 0.5  # the last feature marks them


def _writer_of(encoder: ColumnEncoder) -> Callable[[NDArray[np.float64]], str]:
    """Return the function from the features of a cell that is not missing to its text."""
    match encoder:
        case NumberEncoder():
            return lambda row: write_value(float(row[0]))
        case CategoryEncoder():
            names = (*encoder.categories, OTHER) if encoder.other else encoder.categories
            return lambda row: names[place] if row[(place := int(row[: len(names)].argmax()))] > 0.5 else OTHER
        case BooleanEncoder():
            return lambda row: encoder.true if row[0] > 0.5 else encoder.false
        case DateEncoder():
            return lambda row: _write_date(encoder, row)


def seconds_of(encoder: DateEncoder, row: NDArray[np.float64]) -> float | None:
    """Return the date of a cell's features in seconds since 1970, or a time since midnight, to the minute.

    Parameters
    ----------
    encoder : DateEncoder
    row : ndarray of float64
        The features of a cell that is not missing.

    Returns
    -------
    float or None
        None if the features do not tell it.
    """
    minutes = 0
    if "hour" in encoder.parts:  # the last ones but for the mark of missing cells
        end = len(row) - bool(encoder.missing)
        angle = math.atan2(float(row[end - 2]), float(row[end - 1]))
        minutes = round(angle / (2 * math.pi) * _MINUTES_A_DAY) % _MINUTES_A_DAY
    if encoder.parts[0] != "days":
        return 60.0 * minutes if encoder.parts == ("hour",) else None
    days = float(row[0])
    if not math.isfinite(days):
        return None
    # Days over many years do not tell the minutes in single precision.
    whole = round(days + encoder.start % _SECONDS_A_DAY / _SECONDS_A_DAY - minutes / _MINUTES_A_DAY)
    return encoder.start // _SECONDS_A_DAY * _SECONDS_A_DAY + _SECONDS_A_DAY * whole + 60.0 * minutes


def _write_date(encoder: DateEncoder, row: NDArray[np.float64]) -> str:
    """Return a date, or a time of day."""
    seconds = seconds_of(encoder, row)
    if seconds is None:
        return UNKNOWN
    try:
        date = _FIRST_DAY + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return UNKNOWN
    if "days" not in encoder.parts:
        return f"{date:%H:%M}"
    return f"{date:%Y-%m-%d %H:%M}" if "hour" in encoder.parts else f"{date:%Y-%m-%d}"
