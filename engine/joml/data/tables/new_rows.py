"""New rows of a table of mixed columns, encoded as the training data were."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

import numpy as np

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_format import FileFormat, data_rows
from joml.data.readers.csv_layout import describe_column
from joml.data.readers.text_file import TextFile
from joml.data.tables.cell_meanings import present_texts, show_number, write_number
from joml.data.tables.dates import find_order, parse_date
from joml.data.tables.encoding import OTHER, CategoryEncoder, ColumnEncoder, DateEncoder, NumberEncoder, encode_table
from joml.data.tables.marked_numbers import name_fault
from joml.data.tables.raw_table import NUMBER, RawColumn, RawTable
from joml.data.tables.text_reader import read_text_blocks
from joml.wording import counted, quoted

# Cells and columns that a message names; the others are counted.
_MOST_CELLS = 5
_MOST_COLUMNS = 40
# Rows of a table encoded at a time.
_BLOCK_ROWS = 8_192
# Dates of a block that are looked at for the order of day and month.
_DATES = 1_000


@dataclass(frozen=True, slots=True)
class NewRows:
    """The number of new rows, and notes about their cells.

    Attributes
    ----------
    count : int
    notes : tuple of str
        One sentence for each column with cells that training did not have.
    """

    count: int
    notes: tuple[str, ...]


def store_features(
    text: TextFile,
    format_: FileFormat,
    encoders: Sequence[ColumnEncoder],
    places: Sequence[int],
    file: IO[bytes],
) -> NewRows:
    """Copy the features of new rows into a binary file, block by block.

    Parameters
    ----------
    text : TextFile
    format_ : FileFormat
    encoders : sequence of ColumnEncoder
        Fitted.
    places : sequence of int
        The position of each encoder's column.
    file : binary file
        An empty file; it receives the features row by row, as float64.

    Returns
    -------
    NewRows

    Raises
    ------
    DatasetError
        Rows have different numbers of columns, or cells cannot be read; the message names all of them, or the first
        of each column and the number of others.
    """
    by_place = list(zip(places, encoders, strict=True))
    as_text = {place for place, encoder in by_place if reads_text(encoder) or _commas_of(encoder) == "points"}
    decimal = {place for place, encoder in by_place if _commas_of(encoder) == "decimal"}
    records = [_Record(encoder, place) for encoder, place in zip(encoders, places, strict=True)]
    rows = 0
    for block in read_text_blocks(text, format_, as_text, decimal):
        table = RawTable(tuple(block.columns[place] for place in places), block.rows)
        _store_block(records, table, rows, file)
        rows += block.rows
    faulty = [record for record in records if record.faulty]
    if faulty:
        lines = _lines_of(text, format_, _rows_named(faulty))
        raise DatasetError(_describe_faults(text.name, format_.names, faulty, lambda row: f"line {lines[row]:,}"))
    return NewRows(rows, tuple(note for record in records for note in record.notes(rows)))


def store_table(
    name: str,
    table: RawTable,
    encoders: Sequence[ColumnEncoder],
    file: IO[bytes],
    refuses_missing: bool = False,
) -> NewRows:
    """Copy the features of new rows of a table into a binary file, block by block.

    Parameters
    ----------
    name : str
        The file of the rows, as messages name it.
    table : RawTable
        With a column for each encoder.
    encoders : sequence of ColumnEncoder
        Fitted.
    file : binary file
        As in `store_features`.
    refuses_missing : bool, default False
        Whether missing cells cannot be read.

    Returns
    -------
    NewRows

    Raises
    ------
    DatasetError
        As in `store_features`.
    """
    records = [_Record(encoder, place, refuses_missing) for place, encoder in enumerate(encoders)]
    for first in range(0, table.rows, _BLOCK_ROWS):
        _store_block(records, table.take(slice(first, first + _BLOCK_ROWS)), first, file)
    faulty = [record for record in records if record.faulty]
    if faulty:
        names = tuple(column.name for column in table.columns)
        raise DatasetError(_describe_faults(name, names, faulty, lambda row: f"row {row + 1:,}"))
    return NewRows(table.rows, tuple(note for record in records for note in record.notes(table.rows)))


def reads_text(encoder: ColumnEncoder) -> bool:
    """Return whether the cells of an encoder's column are read as texts."""
    return isinstance(encoder, CategoryEncoder) and encoder.as_text


def _commas_of(encoder: ColumnEncoder) -> str:
    """Return the meaning of commas in a column of numbers; empty for other columns."""
    return encoder.commas if isinstance(encoder, NumberEncoder) else ""


def _store_block(records: Sequence[_Record], table: RawTable, before: int, file: IO[bytes]) -> None:
    """Count and write a block of rows; ``before`` is the number of rows above it."""
    for record, column in zip(records, table.columns, strict=True):
        record.add(column, before)
    file.write(encode_table([record.encoder for record in records], table).tobytes())


@dataclass(slots=True)
class _Record:
    """The cells of a column that cannot be read or that training did not have."""

    encoder: ColumnEncoder
    place: int
    refuses_missing: bool = False
    faulty: list[tuple[int, str]] = field(default_factory=list)
    missing: int = 0
    unknown: int = 0
    ambiguous: str = ""
    example: str = ""
    ambiguous_date: str = ""
    has_clear_dates: bool = False

    def add(self, column: RawColumn, before: int) -> None:
        """Count the cells of a block of rows; ``before`` is the number of rows above it."""
        missing = self.encoder.missing_cells(column)
        faulty = self.encoder.faulty_cells(column)
        if self.refuses_missing:
            faulty = faulty | missing
        self.faulty += [(before + row, _cell(column, row)) for row in np.flatnonzero(faulty).tolist()]
        if isinstance(self.encoder, NumberEncoder) and not self.ambiguous:
            ambiguous = np.flatnonzero(self.encoder.ambiguous_cells(column))
            self.ambiguous = _cell(column, int(ambiguous[0])) if ambiguous.size else ""
        if isinstance(self.encoder, DateEncoder) and not self.encoder.times:
            self._note_order(present_texts(column)[:_DATES])
        self.missing += int(np.count_nonzero(missing))
        unknown = np.flatnonzero(self.encoder.unknown_cells(column))
        if unknown.size:
            self.example = self.example or _cell(column, int(unknown[0]))
            self.unknown += unknown.size

    def _note_order(self, texts: Sequence[str]) -> None:
        """Remember whether the dates of a block of rows tell the order of day and month."""
        texts = [text for text in texts if not text[:4].isdigit()]  # 2021-03-04 is clear, but says nothing of others
        if self.has_clear_dates or not texts:
            return
        is_ambiguous = find_order(texts).is_ambiguous
        for text in sorted(texts, key=lambda text: "." in text):  # dates with points seldom have the month first
            by_day, by_month = parse_date(text, True), parse_date(text, False)
            if by_day != by_month and not (math.isnan(by_day) and math.isnan(by_month)):
                self.has_clear_dates = not is_ambiguous
                self.ambiguous_date = self.ambiguous_date or text
                return

    def notes(self, rows: int) -> Iterator[str]:
        """Yield notes on cells that training did not have."""
        encoder = self.encoder
        if self.missing and not encoder.missing:
            cells = f"{self.missing:,} of {rows:,} cells {'is' if self.missing == 1 else 'are'} missing"
            yield f"{encoder.name}: {cells}, and none was in training: {_describe_fill(encoder)}"
        if self.ambiguous_date and not self.has_clear_dates and isinstance(encoder, DateEncoder):
            first = "day" if encoder.day_first else "month"
            example = quoted(self.ambiguous_date)
            yield f"{encoder.name}: dates such as {example} are read with the {first} first"
        if self.unknown and isinstance(encoder, CategoryEncoder):
            alike = [each for each in encoder.categories if each.casefold() == self.example.casefold()]
            example = f"{quoted(self.example)}, which is not {quoted(alike[0])}" if alike else quoted(self.example)
            cells = counted(self.unknown, "cell has", "cells have")
            taken = f"taken as {OTHER!r}" if encoder.other else "taken for none of the categories"
            yield f"{encoder.name}: {cells} a category without a feature, such as {example}: {taken}"


def _describe_fill(encoder: ColumnEncoder) -> str:
    if isinstance(encoder, NumberEncoder):
        return f"filled with {show_number(encoder.fill)}"
    if isinstance(encoder, DateEncoder):
        return "filled with the median date" if "days" in encoder.parts else "taken for no date"
    return "taken for none of the categories" if isinstance(encoder, CategoryEncoder) else "taken as 0.5"


def _cell(column: RawColumn, row: int) -> str:
    code = int(column.codes[row])
    return write_number(float(column.numbers[row])) if code == NUMBER else column.texts[code]


def _rows_named(faulty: Sequence[_Record]) -> set[int]:
    """Return the rows that a message names."""
    return {row for record in faulty[:_MOST_COLUMNS] for row, _ in record.faulty[:_MOST_CELLS]}


def _describe_faults(name: str, names: tuple[str, ...], faulty: Sequence[_Record], locate: Callable[[int], str]) -> str:
    """Return a message that names the cells that cannot be read."""
    shown = faulty[:_MOST_COLUMNS]
    parts = []
    for record in shown:
        what = {"number": "no number", "date": "no date"}.get(record.encoder.kind, "neither true nor false")
        if isinstance(record.encoder, NumberEncoder):
            texts = [cell for _, cell in record.faulty]
            what = name_fault(texts, record.encoder.mark, record.encoder.commas)
        cells = [f"{quoted(cell)} in {locate(row)}" for row, cell in record.faulty[:_MOST_CELLS]]
        more = len(record.faulty) - len(cells)
        others = f" and {more:,} more" if more else ""
        parts.append(f"{describe_column(record.place, names)}: {what}: {', '.join(cells)}{others}{_hint(record)}")
    if len(faulty) > len(shown):
        parts.append(f"and {len(faulty) - len(shown):,} more columns")
    return f"{name}: {'; '.join(parts)}"


def _hint(record: _Record) -> str:
    """Return what to write for a cell that may be either of two numbers; empty if there is none."""
    cell = record.ambiguous
    if not cell:
        return ""
    meant = f"{cell.replace('.', '')} or {cell.replace('.', ',')}"
    return f" ({quoted(cell)} may be either where commas are decimal points; write {meant}, whichever is meant)"


def _lines_of(text: TextFile, format_: FileFormat, rows: Iterable[int]) -> dict[int, int]:
    """Return the line of each of these rows."""
    wanted = set(rows)
    last = max(wanted) + 1
    numbered = enumerate(islice(data_rows(text, format_), last))
    return {row: numbered_row.line for row, numbered_row in numbered if row in wanted}
