"""An input that is set by hand: its values as text, and the steps by which keys and the mouse change it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from joml.data.tables.cell_decoding import MISSING, decode_cells, seconds_of, write_value
from joml_tui.inspect.trial import InputColumn

Input = NDArray[np.float64]

#: Steps from the smallest to the largest value.
_STEPS = 20
#: Seconds of a day, and of the smallest step of times.
_DAY, _MINUTES = 86_400.0, 900.0
#: Pixels of a side from which a stroke has soft edges.
_LARGE = 16


def value_text(column: InputColumn, x: Input) -> str:
    """Return a column's value as text, such as "34", "female" or "missing"."""
    if column.mark is not None and x[column.mark] > 0.5:
        return MISSING
    if column.date is not None:
        return decode_cells([column.date], x[np.newaxis, _features_of(column)])[0][0]
    if column.kind == "number":
        return write_value(float(x[column.first]))
    return column.choices[place] if (place := _chosen(column, x)) is not None else "–"


def share_of(column: InputColumn, x: Input) -> float:
    """Return the place of a value between the smallest and the largest, or of a choice among all, from 0 to 1."""
    if column.kind == "date":
        share = (_seconds(column, x) - column.low) / (column.high - column.low)
    elif column.kind == "number":
        share = (float(x[column.first]) - column.low) / (column.high - column.low)
    else:
        share = (_chosen(column, x) or 0) / max(1, len(column.choices) - 1)
    return min(max(share, 0.0), 1.0) if math.isfinite(share) else 0.0


def stepped(column: InputColumn, x: Input, by: int) -> Input:
    """Return an input whose column is so many steps further; a choice goes on from the last to the first.

    Parameters
    ----------
    column : InputColumn
    x : ndarray
    by : int
        Steps, of which a number has twenty from its smallest to its largest value, and a date as many of whole days.

    Returns
    -------
    ndarray
    """
    if column.kind == "choice":
        return with_choice(column, x, ((_chosen(column, x) or 0) + by) % max(1, len(column.choices)))
    if column.date is not None:
        return with_date(column, x, _seconds(column, x) + by * _date_step(column))
    step = (column.high - column.low) / _STEPS
    step = max(1.0, float(round(step))) if column.whole else float(f"{step:.1g}")
    value = float(x[column.first]) + by * step
    return with_number(column, x, float(f"{value:.9g}"))


def with_share(column: InputColumn, x: Input, share: float) -> Input:
    """Return an input whose column has the value at a place between the smallest and the largest."""
    share = min(max(share, 0.0), 1.0)
    if column.kind == "choice":
        return with_choice(column, x, min(int(share * len(column.choices)), len(column.choices) - 1))
    value = column.low + share * (column.high - column.low)
    if column.date is not None:
        unit = _smallest_step(column)
        return with_date(column, x, column.low + round((value - column.low) / unit) * unit)
    return with_number(column, x, float(round(value)) if column.whole else float(f"{value:.3g}"))


def with_number(column: InputColumn, x: Input, value: float) -> Input:
    """Return an input with a number, limited to the column's range."""
    changed = x.copy()
    changed[column.first] = min(max(value, column.low), column.high)
    if column.mark is not None:
        changed[column.mark] = 0
    return changed


def with_date(column: InputColumn, x: Input, seconds: float) -> Input:
    """Return an input with a date, limited to the column's range, in all features that it has.

    Parameters
    ----------
    column : InputColumn
        A column of dates.
    x : ndarray
    seconds : float
        Since 1970, or since midnight.

    Returns
    -------
    ndarray
    """
    assert column.date is not None  # its kind
    changed = x.copy()
    moment = np.array([min(max(seconds, column.low), column.high)])
    changed[_features_of(column)] = [float(feature[0]) for feature in column.date.features_at(moment)]
    return changed


def with_choice(column: InputColumn, x: Input, place: int) -> Input:
    """Return an input with one of the column's choices."""
    changed = x.copy()
    if column.flag:
        changed[column.first] = place
    else:
        changed[column.first : column.first + len(column.choices)] = 0
        changed[column.first + place] = 1
    if column.mark is not None:
        changed[column.mark] = 0
    return changed


def with_pixel(x: Input, side: int, row: int, column: int, value: float) -> Input:
    """Return an image with a pixel set; in large images its neighbours get half of the way to that value.

    Parameters
    ----------
    x : ndarray, shape (side * side,)
    side, row, column : int
    value : float

    Returns
    -------
    ndarray
    """
    image = x.reshape(side, side).copy()
    if side >= _LARGE and value > image[row, column]:
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            near_row, near_column = row + down, column + right
            if 0 <= near_row < side and 0 <= near_column < side:
                before = float(image[near_row, near_column])
                image[near_row, near_column] = max(before, (before + value) / 2)
    image[row, column] = value
    return image.ravel()


def _features_of(column: InputColumn) -> slice:
    return slice(column.first, column.first + len(() if column.date is None else column.date.feature_names))


def _seconds(column: InputColumn, x: Input) -> float:
    """Return the date of an input; the first one if it is missing."""
    is_missing = column.mark is not None and x[column.mark] > 0.5
    date = None if column.date is None or is_missing else seconds_of(column.date, x[_features_of(column)])
    return column.low if date is None else date


def _smallest_step(column: InputColumn) -> float:
    """Return the seconds between two dates: a day, or minutes of times."""
    has_times = column.date is not None and "hour" in column.date.parts
    return _MINUTES if has_times and column.high - column.low <= _STEPS * _DAY else _DAY


def _date_step(column: InputColumn) -> float:
    unit = _smallest_step(column)
    return max(1, round((column.high - column.low) / _STEPS / unit)) * unit


def _chosen(column: InputColumn, x: Input) -> int | None:
    """Return the place of a column's choice; None if no feature of it is set."""
    if column.flag:
        return int(x[column.first] > 0.5)
    features: Sequence[float] = x[column.first : column.first + len(column.choices)].tolist()
    return int(np.argmax(features)) if features and max(features) > 0.5 else None
