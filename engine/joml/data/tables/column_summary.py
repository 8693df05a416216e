"""Summaries of the cells of a column: distinct values, missing cells, range, and the most frequent values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml.data.tables.cell_meanings import missing_cells, write_number
from joml.data.tables.raw_table import NUMBER, RawColumn

# Frequent values that are kept.
_MOST_VALUES = 5


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """The facts about a column's cells.

    Attributes
    ----------
    rows : int
    distinct : int
        Number of different values, without the missing ones.
    missing : int
        Number of missing cells.
    numbers : int
        Number of cells that are numbers.
    least, greatest : float or None
        Range of the numbers; None if there are none.
    is_whole : bool
        Whether all numbers are whole.
    frequent : tuple of (str, int)
        The most frequent values with their numbers of rows, the most frequent one first.
    rarest : int
        The number of rows of the rarest value; 0 if there are no values.
    """

    rows: int
    distinct: int
    missing: int
    numbers: int
    least: float | None
    greatest: float | None
    is_whole: bool
    frequent: tuple[tuple[str, int], ...]
    rarest: int


def summarize(column: RawColumn, missing: NDArray[np.bool_] | None = None) -> ColumnSummary:
    """Return the facts about a column's cells.

    Parameters
    ----------
    column : RawColumn
    missing : ndarray of bool, shape (rows,), optional
        The missing cells; by default those of `missing_cells`.

    Returns
    -------
    ColumnSummary
    """
    missing = missing_cells(column) if missing is None else missing
    is_number = (column.codes == NUMBER) & ~missing
    values, number_counts = np.unique(column.numbers[is_number], return_counts=True)
    text_counts = np.bincount(column.codes[~is_number & ~missing], minlength=len(column.texts))
    counts = [
        *((write_number(float(values[place])), count) for place, count in _largest(number_counts)),
        *((column.texts[place], count) for place, count in _largest(text_counts)),
    ]
    present = np.concatenate([number_counts, text_counts[text_counts > 0]])
    return ColumnSummary(
        rows=len(column.codes),
        distinct=len(present),
        missing=int(np.count_nonzero(missing)),
        numbers=int(np.count_nonzero(is_number)),
        least=float(values[0]) if len(values) else None,
        greatest=float(values[-1]) if len(values) else None,
        is_whole=bool((values == np.floor(values)).all()),
        frequent=tuple(sorted(counts, key=lambda each: -each[1])[:_MOST_VALUES]),
        rarest=int(present.min()) if len(present) else 0,
    )


def _largest(counts: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return the places of the largest counts, and the counts."""
    order = np.argsort(-counts, kind="stable")[:_MOST_VALUES]
    return [(place, int(counts[place])) for place in order.tolist() if counts[place]]
