"""The corners of a hypercube: all inputs of a function of n signs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def corners(dimensions: int) -> NDArray[np.float32]:
    """Return all points of {-1,+1}^dimensions.

    Parameters
    ----------
    dimensions : int
        Number of coordinates, 0 or more.

    Returns
    -------
    ndarray of float32, shape (dimensions, 2**dimensions)
        Column n holds the bits of n, the lowest in row 0: +1 where a bit is set, -1 where it is not.
    """
    numbers = np.arange(2**dimensions, dtype=np.int32)
    points = np.empty((dimensions, numbers.size), np.float32)
    # Row by row, to avoid an array of integers as large as the result.
    for bit, row in enumerate(points):
        row[:] = 2 * (numbers >> bit & 1) - 1
    return points
