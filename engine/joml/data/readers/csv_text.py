"""Reader of numbers and labels from the rows of a delimited text file."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import IO, TextIO

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.labels import MAX_CLASSES, LabelEncoder, LabelError, describe_label, describe_too_many
from joml.data.readers.csv_faults import Faults, without_commas
from joml.data.readers.csv_format import data_rows
from joml.data.readers.csv_layout import FLOAT32_MAX, Layout
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
    plain = _read_plain(text, layout)
    if plain is not None:
        return plain
    with suppress(_UnreadableError):
        return _read_any(text, layout)
    faults = Faults(text, layout)
    if faults.commas and faults.is_empty:
        with suppress(_UnreadableError):
            return _read_any(text, replace(layout, commas=faults.commas))
    raise DatasetError(faults.describe())


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
    if _may_be_plain(text, layout):
        with suppress(ValueError, _UnreadableError):
            return _store(_plain_blocks(text, layout), file)
    with suppress(_UnreadableError):
        return _store(_any_blocks(text, layout), file)
    faults = Faults(text, layout)
    if faults.commas and faults.is_empty:
        with suppress(_UnreadableError):
            return _store(_any_blocks(text, replace(layout, commas=faults.commas)), file)
    raise DatasetError(faults.describe())


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


def _plain_blocks(text: TextFile, layout: Layout) -> Iterator[NDArray[np.float64]]:
    """Yield the rows of a file of plain numbers, whose lines are rows."""
    format_ = layout.format
    with text.open(newline=None) as file:
        lines = islice(file, format_.first_line - 1 + format_.header_rows, None)
        while block := [line for line in islice(lines, max(1, _BLOCK_CELLS // layout.width)) if line.strip()]:
            yield _plain_numbers(block, layout)


def _plain_numbers(lines: list[str], layout: Layout) -> NDArray[np.float64]:
    """Return the numeric columns of lines; raise ValueError or _UnreadableError if a field is not a number."""
    format_ = layout.format
    width = layout.width + format_.blank_at_end
    converters: dict[int | str, Callable[[str], float]] = dict.fromkeys(layout.left_out, _skip)
    converters |= dict.fromkeys((*layout.empty, *range(layout.width, width)), _require_blank)
    cells = np.loadtxt(
        lines, delimiter=format_.delimiter, comments=None, quotechar='"', converters=converters or None, ndmin=2
    )
    dropped = [place for place in range(cells.shape[1]) if place not in layout.numeric]
    numbers = np.delete(cells, dropped, axis=1) if dropped else cells
    # The comparison is false for nan.
    if cells.shape[1] != width or not (np.abs(numbers) <= FLOAT32_MAX).all():
        raise _UnreadableError
    return numbers


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


# --- plain files, fast ----------------------------------------------------------------------------------------------


def _read_plain(text: TextFile, layout: Layout) -> Cells | None:
    """Read a large file of plain numbers with NumPy's reader, more than twice as fast.

    Returns
    -------
    Cells or None
        None if the file is small, or is not plain.
    """
    format_ = layout.format
    if not _may_be_plain(text, layout):
        return None
    encoder = LabelEncoder()
    has_labels = bool(layout.labels)
    converters: dict[int | str, Callable[[str], float]] = dict.fromkeys(layout.left_out, _skip)
    converters |= dict.fromkeys(
        (*layout.empty, *range(layout.width, layout.width + format_.blank_at_end)), _require_blank
    )
    if has_labels:
        converters[layout.label] = encoder.converter()
    try:
        with _loadable(text) as source:
            cells = np.loadtxt(
                source,
                delimiter=format_.delimiter,
                skiprows=format_.first_line - 1 + format_.header_rows,
                comments=None,
                quotechar='"',
                converters=converters or None,
                ndmin=2,
                encoding="utf-8-sig",
            )
    except ValueError:
        return None
    if cells.shape[1] != layout.width + format_.blank_at_end or len(encoder.texts) > MAX_CLASSES:
        return None
    if any(map(describe_label, encoder.texts)):
        return None
    labels = cells[:, layout.label].astype(np.intp) if has_labels else None
    dropped = [place for place in range(cells.shape[1]) if place not in layout.numeric]
    numbers = np.delete(cells, dropped, axis=1) if dropped else cells
    # The comparison is false for nan.
    return Cells(numbers, labels, encoder.texts, layout) if (np.abs(numbers) <= FLOAT32_MAX).all() else None


@contextmanager
def _loadable(text: TextFile) -> Iterator[Path | TextIO]:
    """Yield the source for NumPy's reader: the path if NumPy opens it correctly, else an open file, which is slower."""
    is_named_compressed = isinstance(text.source, Path) and text.source.suffix in (".gz", ".bz2", ".xz", ".lzma")
    if isinstance(text.source, Path) and text.compression == "none" and not is_named_compressed:
        yield text.source
    else:
        with text.open(newline=None) as file:
            yield file


def _may_be_plain(text: TextFile, layout: Layout) -> bool:
    format_ = layout.format
    if text.size < _PLAIN_BYTES or text.encoding != "utf-8":
        return False
    # A comment would be read as a label, or a label skipped as a comment.
    if format_.comments and 0 not in layout.numeric:
        return False
    has_lines = any("\n" in name or "\r" in name for name in format_.names)
    return not has_lines and _quotes_are_plain(text, format_.delimiter)


def _skip(_: str) -> float:
    return 0


def _require_blank(cell: str) -> float:
    if cell.strip():
        raise ValueError(cell)
    return 0


def _quotes_are_plain(text: TextFile, delimiter: str) -> bool:
    """Return whether every quote begins or ends a field within one line; all readers then agree on them."""
    newline, quote = ord("\n"), ord('"')
    before, inside = newline, 0
    with text.open_bytes() as file:
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        part = file.read(1 << 20)
        while part:
            following = file.read(1 << 20)
            characters = np.frombuffer(bytes([before]) + part + (following[:1] or b"\n"), np.uint8)
            quotes = 1 + np.flatnonzero(characters[1:-1] == quote)
            begin = (np.arange(len(quotes)) + inside) % 2 == 0
            begins = np.isin(characters[quotes - 1], (ord(delimiter), newline))
            ends = np.isin(characters[quotes + 1], (ord(delimiter), newline, ord("\r")))
            if (begins != begin).any() or (ends == begin).any():
                return False
            lines = np.flatnonzero(characters[1:-1] == newline) + 1 if inside or len(quotes) else quotes
            if ((np.searchsorted(quotes, lines) + inside) % 2).any():
                return False
            before, inside, part = part[-1], (inside + len(quotes)) % 2, following
    return not inside
