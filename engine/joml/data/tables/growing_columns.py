"""Columns of a table that blocks of cells are added to."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from joml.data.readers.cell_blocks import CellBlock
from joml.data.readers.cell_numbers import read_columns
from joml.data.readers.cell_texts import TextCoder
from joml.data.readers.csv_format import FileFormat
from joml.data.readers.growing_array import GrowingArray
from joml.data.tables.cell_meanings import missing_cells
from joml.data.tables.raw_table import NUMBER, RawColumn, RawTable, no_numbers, no_texts

# A column with more texts than this begins a new list of them with the next table.
_MOST_KEPT_TEXTS = 1_024


class GrowingColumns:
    """The cells of all columns of a text file, added block by block.

    Parameters
    ----------
    format_ : FileFormat
    as_text : collection of int
        Positions of columns whose cells are all read as texts.
    expected : int
        About the number of rows.
    places : sequence of int, optional
        Positions of the columns that are read, in order; default all.
    decimal : collection of int, optional
        Positions of columns with decimal commas. Their cells with points are read as texts.

    Attributes
    ----------
    rows : int
        Number of rows.
    """

    def __init__(
        self,
        format_: FileFormat,
        as_text: Collection[int],
        expected: int,
        places: Sequence[int] | None = None,
        decimal: Collection[int] = (),
    ) -> None:
        self._decimal = frozenset(decimal)
        self._format = format_
        self._as_text = frozenset(as_text)
        self._expected = expected
        self._places = range(format_.width) if places is None else places
        names = format_.names or ("",) * format_.width
        self._columns = {
            place: _Column(names[place], place in as_text, expected, "," if place in decimal else ".")
            for place in self._places
        }
        self.rows = 0

    def add(self, block: CellBlock) -> None:
        """Add the cells of ``block``."""
        self.rows += block.rows
        tried = [place for place, column in self._columns.items() if not column.is_mostly_text]
        for place, column in self._columns.items():
            if column.is_mostly_text:
                column.add_texts(block, block.starts[:, place], block.ends[:, place])
        self._add_numbers(block, [place for place in tried if place not in self._decimal], ".")
        self._add_numbers(block, [place for place in tried if place in self._decimal], ",")

    def _add_numbers(self, block: CellBlock, places: list[int], point: str) -> None:
        """Add the cells of columns that are probably numbers with this decimal point."""
        for chosen, numbers, unread in read_columns(block, places, point):
            has_texts = np.atleast_1d(unread.any(axis=0))
            for number, place in enumerate(places[chosen]):
                column = self._columns[place]
                if has_texts[number]:
                    starts, ends = block.starts[:, place], block.ends[:, place]
                    column.add_mixed(block, starts, ends, numbers[:, number], unread[:, number])
                else:
                    column.add_numbers(numbers[:, number])

    def count_missing(self, first: int) -> list[int]:
        """Return the number of missing cells of each column in the rows from ``first`` on; 0 of those not read."""
        counts = [0] * self._format.width
        for place, column in self._columns.items():
            counts[place] = column.count_missing(first)
        return counts

    def finish(self) -> RawTable:
        """Return all rows; nothing can be added after that."""
        return RawTable(tuple(column.finish() for column in self._columns.values()), self.rows)

    def successor(self) -> GrowingColumns:
        """Return columns without rows, which know the texts of these."""
        columns = GrowingColumns(self._format, self._as_text, self._expected, self._places, self._decimal)
        for place, before in self._columns.items():
            column = columns._columns[place]
            column.is_mostly_text = before.is_mostly_text
            if len(before.coder) <= _MOST_KEPT_TEXTS:
                column.coder = before.coder
        return columns


class _Column:
    """The cells of a column."""

    def __init__(self, name: str, as_text: bool, expected: int, point: str) -> None:
        self._name = name
        self._point = point
        self._as_text = as_text
        self._expected = expected
        self._rows = 0
        # Made with the first number and the first text.
        self._numbers: GrowingArray[np.float64] | None = None
        self._codes: GrowingArray[np.int32] | None = None
        self.is_mostly_text = as_text
        self.coder = TextCoder()

    def add_numbers(self, numbers: NDArray[np.float64]) -> None:
        """Add cells that are all numbers."""
        self._grow_numbers(len(numbers))[:] = numbers
        if self._codes is not None:
            self._codes.add(len(numbers))[:] = NUMBER
        self._rows += len(numbers)

    def add_texts(self, block: CellBlock, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> None:
        """Add cells that are probably texts."""
        numbers = None if self._as_text else np.full(len(starts), np.nan)
        codes = self.coder.encode(block, starts, ends, numbers, self._point)
        has_numbers = numbers is not None and bool((codes == NUMBER).any())
        if numbers is not None and (has_numbers or self._numbers is not None):
            self._grow_numbers(len(codes))[:] = numbers
        self._grow_codes(len(codes))[:] = codes
        self._rows += len(codes)
        self.is_mostly_text = self._as_text or 2 * int(np.count_nonzero(codes != NUMBER)) > len(codes)

    def add_mixed(
        self,
        block: CellBlock,
        starts: NDArray[np.intp],
        ends: NDArray[np.intp],
        numbers: NDArray[np.float64],
        unread: NDArray[np.bool_],
    ) -> None:
        """Add cells of which some were read as numbers."""
        places = np.flatnonzero(unread)
        others = np.full(len(places), np.nan)
        codes = self.coder.encode(block, starts[places], ends[places], others, self._point)
        numbers[places] = others
        texts = int(np.count_nonzero(codes != NUMBER))
        if texts < len(numbers) or self._numbers is not None:
            self._grow_numbers(len(numbers))[:] = numbers
        if texts or self._codes is not None:
            added = self._grow_codes(len(numbers))
            added[:] = NUMBER
            added[places] = codes
        self._rows += len(numbers)
        self.is_mostly_text = 2 * texts > len(numbers)

    def count_missing(self, first: int) -> int:
        """Return the number of missing cells from the row ``first`` on."""
        if self._codes is None:
            return 0
        codes = self._codes.rows_from(first)
        column = RawColumn(self._name, no_numbers(len(codes)), codes, self.coder.texts)
        return int(np.count_nonzero(missing_cells(column)))

    def finish(self) -> RawColumn:
        """Return the column of all cells."""
        numbers = no_numbers(self._rows) if self._numbers is None else self._numbers.finish()
        codes = no_texts(self._rows) if self._codes is None else self._codes.finish()
        return RawColumn(self._name, numbers, codes, self.coder.texts)

    def _grow_numbers(self, rows: int) -> NDArray[np.float64]:
        if self._numbers is None:
            self._numbers = GrowingArray(np.float64, None, self._expected)
            self._numbers.add(self._rows)[:] = np.nan
        return self._numbers.add(rows)

    def _grow_codes(self, rows: int) -> NDArray[np.int32]:
        if self._codes is None:
            self._codes = GrowingArray(np.int32, None, self._expected)
            self._codes.add(self._rows)[:] = NUMBER
        return self._codes.add(rows)
