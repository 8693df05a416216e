"""Reader of numbers and labels from the rows of a delimited text file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import IO

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.labels import MAX_CLASSES, LabelEncoder, LabelError, describe_label, describe_too_many
from joml.data.readers.cell_blocks import CellBlock, IrregularTextError, expected_rows, read_cell_blocks
from joml.data.readers.cell_numbers import read_columns
from joml.data.readers.cell_texts import TextCoder
from joml.data.readers.csv_faults import Faults, without_commas
from joml.data.readers.csv_format import data_rows, finite_number
from joml.data.readers.csv_layout import FLOAT32_MAX, Layout, stated_commas
from joml.data.readers.decimal_commas import DecimalCommas, find_decimal_commas
from joml.data.readers.growing_array import GrowingArray
from joml.data.readers.rows_so_far import report_text_rows
from joml.data.readers.text_file import TextFile

# Fields converted at a time: enough to make the overhead of a block small.
_BLOCK_CELLS = 65_536
# Files of at least this size are first tried with the faster reader.
_PLAIN_BYTES = 65_536


class _UnreadableError(Exception):
    """The file does not fit the layout; `Faults` finds the reason."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The content of a file's columns.

    Attributes
    ----------
    numbers : ndarray of float64, shape (rows, columns)
        The columns of `Layout.numeric`, in order.
    labels : ndarray of int, shape (rows,), or None
        The place of each row's label in `texts`; None if there are no labels.
    texts : tuple of str
        The labels' distinct texts.
    layout : Layout
        The layout used, with the meaning of commas in numbers.
    """

    numbers: NDArray[np.float64]
    labels: NDArray[np.intp] | None
    texts: tuple[str, ...]
    layout: Layout


def read_cells(text: TextFile, layout: Layout) -> Cells:
    """Read all rows of a file.

    Parameters
    ----------
    text : TextFile
    layout : Layout

    Returns
    -------
    Cells

    Raises
    ------
    DatasetError
        Rows have different numbers of columns, or fields are not numbers; the message names every such column.
    LabelError
        There are more than 1,000 classes.
    """
    stated = stated_commas(text)
    # Where commas are stated to be decimal points, 1.200 is no 1.2.
    cells = _try_decimal_commas(text, layout) if stated == "decimal" and not layout.commas else try_cells(text, layout)
    if cells is not None:
        return cells
    faults = Faults(text, layout)
    if (faults.commas or stated) and faults.is_empty:
        with suppress(_UnreadableError):
            return _read(text, replace(layout, commas=faults.commas))
    raise DatasetError(faults.describe())


def try_cells(text: TextFile, layout: Layout) -> Cells | None:
    """Read all rows of a file; return None if some fields are not numbers without commas.

    Parameters
    ----------
    text : TextFile
    layout : Layout

    Returns
    -------
    Cells or None

    Raises
    ------
    LabelError
        There are more than 1,000 classes.
    """
    with suppress(_UnreadableError):
        return _read(text, layout)
    return None


def store_numbers(text: TextFile, layout: Layout, file: IO[bytes]) -> int:
    """Copy the numbers of a file without labels into a binary file, block by block.

    Parameters
    ----------
    text : TextFile
    layout : Layout
        Its label column is left out or does not exist.
    file : binary file
        An empty file; it receives the columns of `Layout.numeric` row by row, as float64.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    DatasetError
        As for `read_cells`.
    """
    with suppress(_UnreadableError):
        return _store_any(text, layout, file)
    faults = Faults(text, layout)
    if faults.commas and faults.is_empty:
        with suppress(_UnreadableError):
            return _store_any(text, replace(layout, commas=faults.commas), file)
    raise DatasetError(faults.describe())


def _read(text: TextFile, layout: Layout) -> Cells:
    """Read a file in the fastest way that can."""
    try:
        plain = _read_plain(text, layout)
    except _UnreadableError:
        plain = _read_with_decimal_commas(text, layout)
        if plain is None:
            raise
    return _read_any(text, layout) if plain is None else plain


def _store_any(text: TextFile, layout: Layout, file: IO[bytes]) -> int:
    """Store the numbers of a file in the fastest way that can."""
    if text.size >= _PLAIN_BYTES and "points" not in layout.commas.values():
        with suppress(IrregularTextError):
            return _store(_plain_blocks(text, layout), file)
    return _store(_any_blocks(text, layout), file)


def _store(blocks: Iterator[NDArray[np.float64]], file: IO[bytes]) -> int:
    """Replace the content of the file by blocks of rows, and return their number of rows."""
    file.seek(0)
    file.truncate()
    rows = 0
    for block in blocks:
        file.write(block.tobytes())
        rows += len(block)
    return rows


def _any_blocks(text: TextFile, layout: Layout) -> Iterator[NDArray[np.float64]]:
    dropped = sorted(layout.left_out, reverse=True)
    for rows in _blocks(text, layout):
        if any(row[place].strip() for place in layout.empty for row in rows):
            raise _UnreadableError
        for place in dropped:
            for row in rows:
                del row[place]
        yield _convert(rows, layout)


def _read_any(text: TextFile, layout: Layout) -> Cells:
    """Read any valid file."""
    encoder = LabelEncoder()
    has_labels = bool(layout.labels)
    dropped = sorted((*layout.left_out, *layout.labels), reverse=True)
    numbers, labels = [np.empty((0, len(layout.numeric)))], [np.empty(0, np.intp)]
    for rows in _blocks(text, layout):
        if has_labels:
            block = [row[layout.label] for row in rows]
            labels.append(encoder.encode_all(block))
            if any(map(describe_label, set(block))):
                raise _UnreadableError
            if len(encoder.texts) > MAX_CLASSES:
                where = f"{text.name}: {layout.column(layout.label)}"
                raise LabelError(describe_too_many(where, encoder.texts))
        if any(row[place].strip() for place in layout.empty for row in rows):
            raise _UnreadableError
        for place in dropped:
            for row in rows:
                del row[place]
        numbers.append(_convert(rows, layout))
    return Cells(np.concatenate(numbers), np.concatenate(labels) if has_labels else None, encoder.texts, layout)


def _blocks(text: TextFile, layout: Layout) -> Iterator[list[list[str]]]:
    """Yield the rows below the header in blocks."""
    rows = (row.cells for row in data_rows(text, layout.format))
    while block := list(islice(rows, max(1, _BLOCK_CELLS // layout.width))):
        if any(len(row) != layout.width for row in block):
            raise _UnreadableError
        yield block


def _convert(rows: list[list[str]], layout: Layout) -> NDArray[np.float64]:
    """Return rows of cells as numbers."""
    numeric = layout.numeric
    for place, style in layout.commas.items():
        index = numeric.index(place)
        for row in rows:
            row[index] = without_commas(row[index], style)
    cells = list(chain.from_iterable(rows))
    try:
        numbers = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError as error:
        raise _UnreadableError from error
    # The comparison is false for nan. float() accepts 1_000.
    if not (np.abs(numbers) <= FLOAT32_MAX).all() or "_" in "".join(cells):
        raise _UnreadableError
    return numbers.reshape(len(rows), len(numeric))


# --- many cells at once ---------------------------------------------------------------------------------------------


def _try_decimal_commas(text: TextFile, layout: Layout) -> Cells | None:
    """Read a large file whose decimal commas are certain from its first rows; return None if it is no such file."""
    if text.size < _PLAIN_BYTES:
        return None
    with suppress(IrregularTextError):
        return _read_with_decimal_commas(text, layout)
    return None


def _read_with_decimal_commas(text: TextFile, layout: Layout) -> Cells | None:
    """Read a large file with decimal commas; return None if it has none, or they are not certain."""
    if layout.commas or stated_commas(text) == "thousands":
        return None
    decimals = find_decimal_commas(next(read_cell_blocks(text, layout.format)), layout.numeric)
    if decimals is None:
        return None
    with suppress(_UnreadableError):
        return _read_plain(text, replace(layout, commas=decimals.commas), decimals)
    return None


def _read_plain(text: TextFile, layout: Layout, decimals: DecimalCommas | None = None) -> Cells | None:
    """Read a large file that is regular, many cells at once.

    Parameters
    ----------
    text : TextFile
    layout : Layout
    decimals : DecimalCommas, optional
        What must hold for the commas of the layout.

    Returns
    -------
    Cells or None
        None if the file is small, is not regular, its labels are none, or commas are not certain.

    Raises
    ------
    _UnreadableError
        A field is not a number.
    """
    if text.size < _PLAIN_BYTES or "points" in layout.commas.values():
        return None
    numbers: GrowingArray[np.float64] | None = None
    labels: list[NDArray[np.int32]] = []
    coder = TextCoder()
    rows, report = 0, report_text_rows(text.file_name, layout.format)
    try:
        for block in read_cell_blocks(text, layout.format):
            if numbers is None:
                numbers = GrowingArray(np.float64, len(layout.numeric), expected_rows(text, block))
            if decimals is not None and not decimals.holds(block):
                return None
            _fill(numbers.add(block.rows), block, layout)
            for place in layout.labels:
                labels.append(coder.encode(block, block.starts[:, place], block.ends[:, place]))
            if len(coder) > MAX_CLASSES:
                return None
            rows += block.rows
            if report is not None and report.is_due:
                report.show_block(rows, block, layout.format)
    except IrregularTextError:
        return None
    if numbers is None or any(map(describe_label, coder.texts)):
        return None
    joined = np.concatenate(labels).astype(np.intp) if labels else None
    return Cells(numbers.finish(), joined, coder.texts, layout)


def _plain_blocks(text: TextFile, layout: Layout) -> Iterator[NDArray[np.float64]]:
    """Yield the numbers of a regular file in blocks of rows."""
    for block in read_cell_blocks(text, layout.format):
        numbers = np.empty((block.rows, len(layout.numeric)))
        _fill(numbers, block, layout)
        yield numbers


def _fill(numbers: NDArray[np.float64], block: CellBlock, layout: Layout) -> None:
    """Write the numbers in a block's numeric columns; raise _UnreadableError if a cell is none."""
    empty = list(layout.empty)
    if (block.starts[:, empty] != block.ends[:, empty]).any():  # other blanks than spaces, or a fault
        raise IrregularTextError
    for point in (".", ","):
        columns = [
            (column, place)
            for column, place in enumerate(layout.numeric)
            if (layout.commas.get(place) == "decimal") == (point == ",")
        ]
        places = [place for _, place in columns]
        for chosen, values, unread in read_columns(block, places, point):
            for row, number in zip(*np.nonzero(unread), strict=True):
                place = places[chosen.start + number]
                cell = block.text(int(block.starts[row, place]), int(block.ends[row, place]))
                style = layout.commas.get(place)
                values[row, number] = finite_number(without_commas(cell, style) if style else cell)
                if math.isnan(values[row, number]):
                    raise _UnreadableError
            if not (np.abs(values) <= FLOAT32_MAX).all():
                raise _UnreadableError
            first, last = columns[chosen.start][0], columns[chosen.stop - 1][0]
            if last - first == chosen.stop - chosen.start - 1:
                numbers[:, first : last + 1] = values
            else:
                numbers[:, [column for column, _ in columns[chosen]]] = values
