"""Tables as read: the cells of each column, as numbers and as texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

#: The code of a cell that is a number.
NUMBER = -1


@dataclass(frozen=True, slots=True, eq=False)
class RawColumn:
    """The cells of a column: numbers, and texts by their place in a list.

    A column that was read as text has all its cells in `codes`.

    Attributes
    ----------
    name : str
        Its name in the file; empty without a header.
    numbers : ndarray of float64, shape (rows,)
        The cells that are finite numbers; nan elsewhere. It is read-only where no cell is a number.
    codes : ndarray of int32, shape (rows,)
        The place in `texts` of each cell that is not a number; -1 where it is one. It is read-only where all are.
    texts : tuple of str
        The distinct texts in the order of their first appearance, without blanks around them; "" is an empty cell.
    """

    name: str
    numbers: NDArray[np.float64]
    codes: NDArray[np.int32]
    texts: tuple[str, ...] = ()

    def take(self, rows: NDArray[np.intp] | slice) -> RawColumn:
        """Return the column of some of the rows; its texts are those of all rows."""
        return replace(self, numbers=self.numbers[rows], codes=self.codes[rows])


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """The columns of a table.

    Attributes
    ----------
    columns : tuple of RawColumn
        In the order of the file.
    rows : int
    """

    columns: tuple[RawColumn, ...]
    rows: int

    def take(self, rows: NDArray[np.intp] | slice) -> RawTable:
        """Return the table of some of the rows."""
        columns = tuple(column.take(rows) for column in self.columns)
        return RawTable(columns, len(range(self.rows)[rows]) if isinstance(rows, slice) else len(rows))


def no_numbers(rows: int) -> NDArray[np.float64]:
    """Return the `numbers` of a column of `rows` texts; it takes no memory."""
    return np.broadcast_to(np.float64(np.nan), (rows,))


def no_texts(rows: int) -> NDArray[np.int32]:
    """Return the `codes` of a column of `rows` numbers; it takes no memory."""
    return np.broadcast_to(np.int32(NUMBER), (rows,))


def join_tables(tables: Sequence[RawTable]) -> RawTable:
    """Return the rows of several tables of the same columns as one table.

    Parameters
    ----------
    tables : sequence of RawTable
        At least one.

    Returns
    -------
    RawTable
    """
    if len(tables) == 1:
        return tables[0]
    columns = tuple(_join([table.columns[place] for table in tables]) for place in range(len(tables[0].columns)))
    return RawTable(columns, sum(table.rows for table in tables))


def _join(parts: Sequence[RawColumn]) -> RawColumn:
    places: dict[str, int] = {}
    for part in parts:
        for text in part.texts:
            places.setdefault(text, len(places))
    rows = sum(len(part.codes) for part in parts)
    if not places:
        return RawColumn(parts[0].name, np.concatenate([part.numbers for part in parts]), no_texts(rows))
    codes = []
    for part in parts:
        # The last place is that of a number, which -1 stands for.
        renumbered = np.array([*(places[text] for text in part.texts), NUMBER], np.int32)
        codes.append(renumbered[part.codes])
    joined = np.concatenate(codes)
    is_text = bool((joined != NUMBER).all())
    numbers = no_numbers(rows) if is_text else np.concatenate([part.numbers for part in parts])
    return RawColumn(parts[0].name, numbers, joined, tuple(places))
