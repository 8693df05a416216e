"""The rows of a table that have been read so far, for whoever wants to show them while the others are read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml.data.readers.cell_blocks import CellBlock
from joml.data.readers.csv_format import FileFormat
from joml.data.tables.growing_columns import GrowingColumns
from joml.data.tables.raw_table import RawColumn, RawTable, join_tables, no_texts

# Seconds from the beginning to the first report, and least seconds between two.
_SECONDS = 0.5
# A report waits this many times as long as the one before took: so much of the time is lost at most.
_MOST_OF_THE_TIME = 60.0
# Rows of the sample that come from one place of the file, and places.
_ROWS_OF_A_PLACE, _MOST_PLACES = 150, 8
# Cells of an array from which on it is reported, and features up to which.
_LARGE_ARRAY, _MOST_FEATURES = 2_000_000, 100


@dataclass(frozen=True, slots=True, eq=False)
class RowsSoFar:
    """The rows of a table that have been read.

    Attributes
    ----------
    name : str
        The name of the file.
    rows : int
        Number of rows.
    sample : RawTable
        All columns of some of these rows, from several places of the file.
    missing : tuple of int
        Number of missing cells of each column, in all rows.
    delimiter : str or None
        What separates the fields; None if the file is no text.
    has_header : bool
        Whether the columns have names.
    """

    name: str
    rows: int
    sample: RawTable
    missing: tuple[int, ...]
    delimiter: str | None = None
    has_header: bool = True


#: What is called with the rows so far. An exception that it raises ends the reading.
Follower = Callable[[RowsSoFar], None]

_FOLLOWER: ContextVar[Follower | None] = ContextVar("rows_follower", default=None)


@contextmanager
def following_rows(follow: Follower) -> Iterator[None]:
    """Report the rows of tables while they are read, about twice a second at most.

    Parameters
    ----------
    follow : callable
        Called in the thread that reads.

    Yields
    ------
    None
    """
    token = _FOLLOWER.set(follow)
    try:
        yield
    finally:
        _FOLLOWER.reset(token)


class RowReport:
    """The reports on one reading of a table.

    Parameters
    ----------
    follow : callable
    name : str
        The name of the file.
    width : int
        Number of columns.
    delimiter : str, optional
    has_header : bool, default True
    """

    def __init__(
        self, follow: Follower, name: str, width: int, delimiter: str | None = None, has_header: bool = True
    ) -> None:
        self._follow = follow
        self._name = name
        self._delimiter = delimiter
        self._has_header = has_header
        self._places: list[RawTable] = []
        self._missing = [0] * width
        self._not_before = time.monotonic() + _SECONDS

    @property
    def is_due(self) -> bool:
        """True if it is time for a report."""
        return time.monotonic() >= self._not_before

    def show(self, rows: int, newest: RawTable, missing: Sequence[int] = ()) -> None:
        """Report on the rows.

        Parameters
        ----------
        rows : int
            Number of rows so far.
        newest : RawTable
            Some of the newest rows, of which the first 150 are kept.
        missing : sequence of int, optional
            Number of missing cells of each column since the last report; by default there are none.
        """
        begun = time.monotonic()
        if len(self._places) == _MOST_PLACES:
            self._places = self._places[::2]
        self._places.append(newest.take(slice(0, _ROWS_OF_A_PLACE)))
        for place, count in enumerate(missing):
            self._missing[place] += count
        counts = tuple(self._missing)
        sample = join_tables(self._places)
        self._follow(RowsSoFar(self._name, rows, sample, counts, self._delimiter, self._has_header))
        now = time.monotonic()
        self._not_before = now + max(_SECONDS, _MOST_OF_THE_TIME * (now - begun))

    def show_block(self, rows: int, block: CellBlock, format_: FileFormat, missing: Sequence[int] = ()) -> None:
        """Report on the rows of a text.

        Parameters
        ----------
        rows : int
            Number of rows so far.
        block : CellBlock
            The newest rows.
        format_ : FileFormat
        missing : sequence of int, optional
            As in `show`.
        """
        begin = slice(0, _ROWS_OF_A_PLACE)
        first = CellBlock(block.lines, block.content, block.starts[begin], block.ends[begin])
        columns = GrowingColumns(format_, (), first.rows)
        columns.add(first)
        self.show(rows, columns.finish(), missing)


def report_rows(name: str, width: int, delimiter: str | None = None, has_header: bool = True) -> RowReport | None:
    """Return the reports on the reading of a table that begins; None if nobody follows it.

    Parameters
    ----------
    name : str
        The name of the file.
    width : int
        Number of columns.
    delimiter : str, optional
        What separates the fields of a text.
    has_header : bool, default True

    Returns
    -------
    RowReport or None
    """
    follow = _FOLLOWER.get()
    return None if follow is None else RowReport(follow, name, width, delimiter, has_header)


def report_text_rows(name: str, format_: FileFormat) -> RowReport | None:
    """Return the reports on the reading of a text that begins; None if nobody follows it.

    Parameters
    ----------
    name : str
        The name of the file.
    format_ : FileFormat

    Returns
    -------
    RowReport or None
    """
    return report_rows(name, format_.width, format_.delimiter, format_.has_header)


def report_array(name: str, x: NDArray[np.floating], names: Sequence[str]) -> None:
    """Report on the samples of an array, whose cells are all there while the rest is prepared.

    Small arrays are prepared before anybody looks, and of wide ones a list of columns would tell little.

    Parameters
    ----------
    name : str
        The name of the file.
    x : ndarray, shape (samples, features)
    names : sequence of str
        Of the features.
    """
    follow = _FOLLOWER.get()
    if follow is None or x.size < _LARGE_ARRAY or x.shape[1] > _MOST_FEATURES:
        return
    places = np.linspace(0, len(x) - 1, _ROWS_OF_A_PLACE * _MOST_PLACES).astype(np.intp)
    some = x[places].astype(np.float64)
    columns = (RawColumn(each, some[:, place], no_texts(len(some))) for place, each in enumerate(names))
    follow(RowsSoFar(name, len(x), RawTable(tuple(columns), len(some)), (0,) * x.shape[1]))
