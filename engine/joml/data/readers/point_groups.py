"""Columns of which every number may have a point between thousands, as 123.000 in a file of semicolons."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from joml.data.labels import POINT_GROUP
from joml.data.readers.csv_format import NumberedRow, data_rows, is_number
from joml.data.readers.csv_layout import Layout
from joml.data.readers.text_file import TextFile
from joml.data.tables.cell_meanings import is_missing

# Rows that are looked at before all of them.
_SAMPLE_ROWS = 50


def describe_point_groups(text: TextFile, layout: Layout) -> tuple[str, ...]:
    """Return notes on columns of numbers with a point that may separate thousands in all of them.

    Nothing is noted if a point of the file certainly is a decimal point, or if fields are separated by commas.

    Parameters
    ----------
    text : TextFile
    layout : Layout
        As the file was read.

    Returns
    -------
    tuple of str
        One sentence for each column.
    """
    if layout.format.delimiter != ";":
        return ()
    places = [place for place in layout.numeric if place not in layout.commas]
    if not _find(islice(data_rows(text, layout.format), _SAMPLE_ROWS), places):
        return ()
    examples = _find(data_rows(text, layout.format), places)
    return tuple(
        f"{layout.column(place)}: numbers such as {cell} are read with a decimal point, as {float(cell):g}; if the "
        f"point separates thousands, write them without it, as {cell.replace('.', '')}"
        for place, cell in examples.items()
    )


def _find(rows: Iterable[NumberedRow], places: list[int]) -> dict[int, str]:
    """Return an example of each column whose numbers all may have thousands; nothing if a point is a decimal point."""
    examples: dict[int, str] = {}
    others: set[int] = set()
    for row in rows:
        for place in places:
            cell = row.cells[place].strip()
            if POINT_GROUP.fullmatch(cell):
                examples.setdefault(place, cell)
            elif "." in cell and is_number(cell):
                return {}
            elif not is_missing(cell):
                others.add(place)
    return {place: cell for place, cell in examples.items() if place not in others}
