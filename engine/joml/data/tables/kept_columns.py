"""Columns of a text file that stay in memory, for whoever reads the file again with other settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from joml.data.tables.raw_table import RawColumn

# Bytes of columns that are kept; of a larger table none is.
_MOST_BYTES = 600_000_000


class KeptColumns:
    """The columns of one file as they were read, until the file changes or another one is read.

    Parameters
    ----------
    most_bytes : int, default 600000000
        A table whose columns take more memory is not kept.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._file: Hashable = None
        self._columns: dict[tuple[int, bool], RawColumn] = {}

    def take(
        self,
        file: Hashable,
        width: int,
        as_text: Collection[int],
        read: Callable[[Sequence[int]], Sequence[RawColumn]],
    ) -> list[RawColumn]:
        """Return the columns of a file, and read only those that are not kept.

        Parameters
        ----------
        file : hashable
            What the file is and how it is read; it changes with the file.
        width : int
            Number of columns.
        as_text : collection of int
            Positions of columns that are read as texts.
        read : callable
            Returns the columns at some positions.

        Returns
        -------
        list of RawColumn
        """
        if file != self._file:
            self._file, self._columns = file, {}
        missing = [place for place in range(width) if (place, place in as_text) not in self._columns]
        columns = dict(self._columns)
        if missing:
            columns |= {(place, place in as_text): column for place, column in zip(missing, read(missing), strict=True)}
            is_small = sum(map(_bytes_of, columns.values())) <= self._most_bytes
            self._columns = dict(columns) if is_small else {}
        return [columns[place, place in as_text] for place in range(width)]


def _bytes_of(column: RawColumn) -> int:
    """Return the memory of a column; that of repeated values counts once."""
    arrays = (column.numbers, column.codes)
    return sum(array.nbytes if array.strides != (0,) else array.itemsize for array in arrays)


_KEPT: ContextVar[KeptColumns | None] = ContextVar("kept_columns", default=None)


@contextmanager
def keeping_columns(kept: KeptColumns) -> Iterator[None]:
    """Have the columns of text files taken from those that are kept, in the present thread.

    Parameters
    ----------
    kept : KeptColumns

    Yields
    ------
    None
    """
    token = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(token)


def present_columns() -> KeptColumns | None:
    """Return the columns that are kept in the present thread; None if none are to be."""
    return _KEPT.get()
