"""The positions of a chart's parts, for the screen, which downsamples series to them, and for the painter."""

from __future__ import annotations

from dataclasses import dataclass

LABEL_WIDTH = 7
_VALUES_WIDTH = 9
_WIDE_ENOUGH_FOR_VALUES = 56
#: With names, or at least numbers, of runs beside the values; and the width from which on there is room.
_NAMED_WIDTHS = ((104, 28), (90, 24), (64, 13))
_LEAST_WIDTH, _LEAST_HEIGHT = 20, 6


@dataclass(frozen=True, slots=True)
class Geometry:
    """The canvas in cells: ``rows`` from row ``top``, ``columns`` from column ``left``, then ``right`` for values."""

    top: int
    left: int
    rows: int
    columns: int
    right: int

    @property
    def bottom(self) -> int:
        """The row of the iteration axis, below the canvas."""
        return self.top + self.rows

    def cell(self, across: float, up: float) -> tuple[int, int]:
        """Return the row and column of a position, given from 0 to 1 from the left and from the bottom."""
        row = self.bottom - 1 - int(up * (self.rows - 1) + 0.5)
        return row, self.left + int(across * (self.columns - 1) + 0.5)


def geometry_of(width: int, height: int, *, named: bool = False) -> Geometry | None:
    """Return the division of a chart's cells; None if there are too few for axes.

    ``named`` leaves room for the names of runs beside the values, if the chart is wide enough.
    """
    if width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        return None
    right = _VALUES_WIDTH if width >= _WIDE_ENOUGH_FOR_VALUES else 0
    if named:
        right = next((cells for least, cells in _NAMED_WIDTHS if width >= least), right)
    left = LABEL_WIDTH + 1
    return Geometry(top=1, left=left, rows=height - 3, columns=width - left - right, right=right)


def dot_columns(width: int, height: int, *, named: bool = False) -> int:
    """Return the number of columns of dots on the canvas, to which series are downsampled."""
    geometry = geometry_of(width, height, named=named)
    return 2 * geometry.columns if geometry else 1
