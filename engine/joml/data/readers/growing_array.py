"""Arrays that blocks of rows are added to, without a second copy of them in memory."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

ScalarT = TypeVar("ScalarT", bound=np.generic)

_GROWTH = 1.25


class GrowingArray(Generic[ScalarT]):
    """An array with room for more rows.

    Parameters
    ----------
    dtype : dtype
    width : int or None
        Number of columns; None for an array of one dimension.
    expected : int
        Number of rows that are probably added; room for them takes no memory before.
    """

    def __init__(self, dtype: DTypeLike, width: int | None, expected: int) -> None:
        self._array: NDArray[ScalarT] = np.empty(self._shape(expected, width), dtype)
        self._width = width
        self._rows = 0

    def add(self, rows: int) -> NDArray[ScalarT]:
        """Return so many new ``rows``, to be filled in at once."""
        before, self._rows = self._rows, self._rows + rows
        if self._rows > len(self._array):
            self._resize(max(self._rows, int(_GROWTH * len(self._array))))
        return self._array[before : self._rows]

    def rows_from(self, first: int) -> NDArray[ScalarT]:
        """Return the rows from ``first`` on, to be used before others are added."""
        return self._array[first : self._rows]

    def finish(self) -> NDArray[ScalarT]:
        """Return all rows; nothing can be added after that."""
        self._resize(self._rows)
        return self._array

    def _resize(self, rows: int) -> None:
        # In place: the operating system moves the memory. The rows that were returned before are not used any more.
        self._array.resize(self._shape(rows, self._width), refcheck=False)

    @staticmethod
    def _shape(rows: int, width: int | None) -> tuple[int, ...]:
        return (rows,) if width is None else (rows, width)
