"""Decimal commas that are certain from the first rows of a file, so that not every cell has to be looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from joml.data.labels import DECIMAL_COMMA, POINT_GROUP, THOUSANDS
from joml.data.readers.cell_blocks import CellBlock
from joml.data.readers.csv_format import is_number
from joml.data.readers.csv_layout import CommaStyle
from joml.data.tables.cell_meanings import is_missing

_SAMPLE_ROWS = 100


@dataclass(frozen=True, slots=True)
class DecimalCommas:
    """Columns with decimal commas, and what must hold in all rows for that to be certain.

    Attributes
    ----------
    commas : mapping of int to str
        "decimal" by the position of each such column.
    without_points : tuple of int
        Positions of columns in which no number may have a point.
    """

    commas: dict[int, CommaStyle]
    without_points: tuple[int, ...]

    def holds(self, block: CellBlock) -> bool:
        """Return whether a ``block`` of rows has no points where it must not."""
        points = np.cumsum(block.content == ord("."), dtype=np.int32)
        places = list(self.without_points)
        return bool((points[block.ends[:, places] - 1] == points[block.starts[:, places] - 1]).all())


def find_decimal_commas(block: CellBlock, places: Iterable[int], with_texts: bool = False) -> DecimalCommas | None:
    """Return the columns of a file whose commas are decimal points, from its first block.

    Parameters
    ----------
    block : CellBlock
    places : iterable of int
        Positions of the columns of numbers.
    with_texts : bool, default False
        Whether cells may be missing, and columns that hold texts among the first rows are none of numbers.

    Returns
    -------
    DecimalCommas or None
        None if no column has commas, or the meaning of some is not certain from these rows.
    """
    commas: dict[int, CommaStyle] = {}
    without_points = []
    for place in places:
        starts, ends = block.starts[:_SAMPLE_ROWS, place].tolist(), block.ends[:_SAMPLE_ROWS, place].tolist()
        cells = [block.text(start, end) for start, end in zip(starts, ends, strict=True)]
        if with_texts:
            cells = [cell for cell in cells if not is_missing(cell)]
            if not all(is_number(cell.replace(",", "")) for cell in cells):
                continue
        with_commas = [cell for cell in cells if "," in cell]
        if with_commas:
            if not any(DECIMAL_COMMA.fullmatch(cell) and not THOUSANDS.fullmatch(cell) for cell in with_commas):
                return None
            commas[place] = "decimal"
            without_points.append(place)
        # Beside decimal commas, 1.200 may be a thousand, unless other numbers of the column have another form.
        elif not any("." in cell and not POINT_GROUP.fullmatch(cell) for cell in cells):
            without_points.append(place)
    return DecimalCommas(commas, tuple(without_points)) if commas else None
