"""Reader of the cells of a delimited text file, numbers and texts alike."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.readers.cell_blocks import IrregularTextError, expected_rows, read_cell_blocks
from joml.data.readers.csv_format import FileFormat, NumberedRow, data_rows, finite_number
from joml.data.readers.csv_layout import CommaStyle, stated_commas
from joml.data.readers.decimal_commas import DecimalCommas, find_decimal_commas
from joml.data.readers.row_widths import describe_width
from joml.data.readers.rows_so_far import report_text_rows
from joml.data.readers.text_file import TextFile
from joml.data.tables.cell_meanings import missing_cells, present_texts
from joml.data.tables.column_kinds import has_commas
from joml.data.tables.growing_columns import GrowingColumns
from joml.data.tables.kept_columns import present_columns
from joml.data.tables.raw_table import NUMBER, RawColumn, RawTable, join_tables, no_numbers, no_texts

# Rows of a block.
_BLOCK_ROWS = 8_192
# From this size on, decimal commas that are certain from the first rows are not looked for in every cell.
_LARGE_BYTES = 1 << 20


def read_text_table(text: TextFile, format_: FileFormat, as_text: Collection[int] = ()) -> RawTable:
    """Read all cells of a file.

    Parameters
    ----------
    text : TextFile
    format_ : FileFormat
        As returned by `joml.data.readers.csv_format.find_format`.
    as_text : collection of int, optional
        Positions of columns whose cells are all read as texts, exactly as they are written.

    Returns
    -------
    RawTable

    Raises
    ------
    DatasetError
        Rows have different numbers of columns, or quotes do not match; the message names the line.
    """
    kept = present_columns()
    if kept is None or isinstance(text.source, bytes):
        return _read_table(text, format_, as_text, range(format_.width))
    state = text.source.stat()
    file = (text.source, text.compression, text.encoding, format_, state.st_ino, state.st_mtime_ns, state.st_size)

    def read(places: Sequence[int]) -> Sequence[RawColumn]:
        return _read_table(text, format_, as_text, places).columns

    columns = kept.take(file, format_.width, as_text, read)
    return RawTable(tuple(columns), len(columns[0].codes) if columns else 0)


def _read_table(text: TextFile, format_: FileFormat, as_text: Collection[int], places: Sequence[int]) -> RawTable:
    """Return the columns at some positions."""
    columns: GrowingColumns | None = None
    shown, report = 0, report_text_rows(text.file_name, format_)
    try:
        for block in read_cell_blocks(text, format_):
            columns = columns or GrowingColumns(format_, as_text, expected_rows(text, block), places)
            columns.add(block)
            if report is not None and report.is_due:
                report.show_block(columns.rows, block, format_, columns.count_missing(shown))
                shown = columns.rows
    except IrregularTextError:
        columns = None
    if columns is not None:
        return columns.finish()
    tables = _all_tables_of_rows(text, format_, as_text)
    table = join_tables(tables) if tables else _table_of([], format_, as_text)
    return RawTable(tuple(table.columns[place] for place in places), table.rows)


def read_decimal_table(
    text: TextFile, format_: FileFormat, as_text: Collection[int], places: Collection[int]
) -> tuple[RawTable, dict[int, CommaStyle]] | None:
    """Return all cells of a large file with decimal commas as numbers, and the columns that have them.

    Parameters
    ----------
    text : TextFile
    format_, as_text
        As in `read_text_table`.
    places : collection of int
        Positions of columns that may be of numbers.

    Returns
    -------
    tuple of (RawTable, dict of int to str), or None
        The style "decimal" for each such column. None if the file is small, has none, or they are not certain from the
        first rows, and what follows from these holds in all rows.
    """
    if text.size < _LARGE_BYTES or stated_commas(text) == "thousands":
        return None
    with suppress(IrregularTextError):
        first = next(read_cell_blocks(text, format_), None)
        decimals = None if first is None else find_decimal_commas(first, places, with_texts=True)
        table = None if decimals is None else _read_certain(text, format_, as_text, decimals)
        if decimals is None or table is None:
            return None
        if not any(present_texts(table.columns[place]) for place in decimals.commas) and not any(
            has_commas(table.columns[place]) for place in set(places).difference(decimals.commas)
        ):
            return table, decimals.commas
    return None


def _read_certain(
    text: TextFile, format_: FileFormat, as_text: Collection[int], decimals: DecimalCommas
) -> RawTable | None:
    """Return all cells of a file with these decimal commas; None where what follows from them does not hold."""
    columns: GrowingColumns | None = None
    shown, report = 0, report_text_rows(text.file_name, format_)
    for block in read_cell_blocks(text, format_):
        if not decimals.holds(block):
            return None
        columns = columns or GrowingColumns(format_, as_text, expected_rows(text, block), decimal=decimals.commas)
        columns.add(block)
        if report is not None and report.is_due:
            report.show_block(columns.rows, block, format_, columns.count_missing(shown))
            shown = columns.rows
    return None if columns is None else columns.finish()


def read_text_blocks(
    text: TextFile, format_: FileFormat, as_text: Collection[int] = (), decimal: Collection[int] = ()
) -> Iterator[RawTable]:
    """Yield the rows of a file in blocks, each with texts of its own.

    Parameters
    ----------
    text, format_, as_text
        As in `read_text_table`; so are the errors.
    decimal : collection of int, optional
        Positions of columns with decimal commas. Cells of these columns that are not such numbers, or have points, are
        read as texts, and so may be all of them.

    Yields
    ------
    RawTable
    """
    columns, done = GrowingColumns(format_, as_text, _BLOCK_ROWS, decimal=decimal), 0
    try:
        for block in read_cell_blocks(text, format_):
            columns.add(block)
            if columns.rows >= _BLOCK_ROWS:
                done += columns.rows
                yield columns.finish()
                columns = columns.successor()
    except IrregularTextError:
        yield from _tables_of_rows(text, format_, {*as_text, *decimal}, done)
        return
    if columns.rows:
        yield columns.finish()


def _all_tables_of_rows(text: TextFile, format_: FileFormat, as_text: Collection[int]) -> list[RawTable]:
    """Return the rows of any valid file in blocks."""
    tables: list[RawTable] = []
    rows, shown, report = 0, 0, report_text_rows(text.file_name, format_)
    for table in _tables_of_rows(text, format_, as_text):
        tables.append(table)
        rows += table.rows
        if report is not None and report.is_due:
            report.show(rows, table, [sum(counts) for counts in zip(*map(_count_missing, tables[shown:]), strict=True)])
            shown = len(tables)
    return tables


def _count_missing(table: RawTable) -> list[int]:
    """Return the number of missing cells of each column."""
    return [int(np.count_nonzero(missing_cells(column))) for column in table.columns]


def _tables_of_rows(
    text: TextFile, format_: FileFormat, as_text: Collection[int], first: int = 0
) -> Iterator[RawTable]:
    """Yield the rows of any valid file in blocks, from a row on."""
    rows = data_rows(text, format_, first)
    while block := list(islice(rows, _BLOCK_ROWS)):
        for row in block:
            if len(row.cells) != format_.width:
                raise DatasetError(f"{text.name}:{row.line}: {describe_width(text, row, format_)}")
        yield _table_of(block, format_, as_text)


def _table_of(block: list[NumberedRow], format_: FileFormat, as_text: Collection[int]) -> RawTable:
    columns = []
    for place in range(format_.width):
        name = format_.names[place] if format_.names else ""
        columns.append(column_of(name, [row.cells[place] for row in block], place in as_text))
    return RawTable(tuple(columns), len(block))


def column_of(name: str, cells: Sequence[str], as_text: bool = False) -> RawColumn:
    """Return the column of cells as they are written.

    Parameters
    ----------
    name : str
    cells : sequence of str
    as_text : bool, default False
        Whether numbers are kept as texts.

    Returns
    -------
    RawColumn
    """
    numbers: NDArray[np.float64] = np.full(len(cells), np.nan)
    codes: NDArray[np.int32] = np.full(len(cells), NUMBER, np.int32)
    places: dict[str, int] = {}
    for row, cell in enumerate(cells):
        number = math.nan if as_text else finite_number(cell)
        if not math.isnan(number):
            numbers[row] = number
        else:
            codes[row] = places.setdefault(cell.strip(), len(places))
    if not places:
        codes = no_texts(len(cells))
    elif (codes != NUMBER).all():
        numbers = no_numbers(len(cells))
    return RawColumn(name, numbers, codes, tuple(places))
