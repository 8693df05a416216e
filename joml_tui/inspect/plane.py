"""The plane of a data set's two features: its bounds, and the points at which pictures are computed."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Dataset
from joml.wording import counted
from joml_tui.inspect.training_context import all_x

#: Largest number of dots across and down: more than the largest terminal has.
MOST_DOTS = 600
_FEATURES = 2
#: Margin around the data, as a share of their range.
_MARGIN = 0.08
#: Up to this ratio of the features' ranges, both are drawn on the same scale.
_ALIKE = 3.0


class Bounds(Struct, frozen=True, array_like=True):
    """The section of the plane in a picture, in the features' units."""

    left: float
    right: float
    bottom: float
    top: float


def require_plane(data: Dataset, what: str) -> None:
    """Raise ValueError unless the data have exactly two features."""
    if data.input_size != _FEATURES:
        features = counted(data.input_size, "feature")
        raise ValueError(
            f"{what} need two features, and {data.name or 'this data set'} has {features}: choose xor, circles, moons, "
            "spirals, blobs, plane or multi-gaussian"
        )


def bounds_of(data: Dataset, columns: int, rows: int) -> Bounds:
    """Return the bounds of a picture of square dots: all samples with a margin, on the same scale for both features.

    Features with very different ranges each fill the picture on their own scale.

    Raises
    ------
    ValueError
        The picture has no dots, or too many.
    """
    if not (1 <= columns <= MOST_DOTS and 1 <= rows <= MOST_DOTS):
        raise ValueError(f"a picture has 1 to {MOST_DOTS} dots across and down, got {columns} x {rows}")
    x = all_x(data).astype(np.float64)
    low, high = x.min(axis=1), x.max(axis=1)
    reach = np.where(high > low, high - low, 1.0) * (1 + 2 * _MARGIN)
    if max(reach) <= _ALIKE * min(reach):
        reach = np.array([columns, rows]) * max(reach[0] / columns, reach[1] / rows)
    middle = (low + high) / 2
    (left, bottom), (right, top) = middle - reach / 2, middle + reach / 2
    return Bounds(float(left), float(right), float(bottom), float(top))


def grid(bounds: Bounds, columns: int, rows: int) -> NDArray[np.float32]:
    """Return the centres of all dots, (2, rows * columns), row by row from the top."""
    across = bounds.left + (np.arange(columns) + 0.5) * (bounds.right - bounds.left) / columns
    down = bounds.top - (np.arange(rows) + 0.5) * (bounds.top - bounds.bottom) / rows
    points: NDArray[np.float32] = np.array(np.meshgrid(across, down), np.float32).reshape(_FEATURES, -1)
    return points


def require_finite_outputs(values: NDArray[np.floating]) -> None:
    """Raise ValueError if a network's outputs contain nan or inf."""
    if not np.isfinite(values).all():
        raise ValueError("the network's outputs are not finite: its training has diverged")
