"""New rows of a table of mixed columns, encoded as the training data were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

import numpy as np

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_format import FileFormat, data_rows, quoted
from joml.data.readers.csv_layout import describe_column
from joml.data.readers.text_file import TextFile
from joml.data.tables.encoding import OTHER, CategoryEncoder, ColumnEncoder, DateEncoder, NumberEncoder, encode_table
from joml.data.tables.raw_table import NUMBER, RawColumn, RawTable
from joml.data.tables.text_reader import read_text_blocks

# Cells and columns that a message names; the others are counted.
_MOST_CELLS = 5
_MOST_COLUMNS = 40


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
    as_text = {place for place, encoder in zip(places, encoders, strict=True) if _is_text(encoder)}
    records = [_Record(encoder, place) for encoder, place in zip(encoders, places, strict=True)]
    rows = 0
    for block in read_text_blocks(text, format_, as_text):
        table = RawTable(tuple(block.columns[place] for place in places), block.rows)
        for record, column in zip(records, table.columns, strict=True):
            record.add(column, rows)
        file.write(encode_table(encoders, table).tobytes())
        rows += block.rows
    faulty = [record for record in records if record.faulty]
    if faulty:
        raise DatasetError(_describe_faults(text, format_, faulty))
    return NewRows(rows, tuple(note for record in records for note in record.notes(rows)))


def _is_text(encoder: ColumnEncoder) -> bool:
    return isinstance(encoder, CategoryEncoder) and encoder.as_text


@dataclass(slots=True)
class _Record:
    """The cells of a column that cannot be read or that training did not have."""

    encoder: ColumnEncoder
    place: int
    faulty: list[tuple[int, str]] = field(default_factory=list)
    missing: int = 0
    unknown: int = 0
    example: str = ""

    def add(self, column: RawColumn, before: int) -> None:
        """Count the cells of a block of rows; ``before`` is the number of rows above it."""
        faulty = np.flatnonzero(self.encoder.faulty_cells(column))
        self.faulty += [(before + row, _cell(column, row)) for row in faulty.tolist()]
        self.missing += int(np.count_nonzero(self.encoder.missing_cells(column)))
        unknown = np.flatnonzero(self.encoder.unknown_cells(column))
        if unknown.size:
            self.example = self.example or _cell(column, int(unknown[0]))
            self.unknown += unknown.size

    def notes(self, rows: int) -> Iterator[str]:
        """Yield notes on cells that training did not have."""
        encoder = self.encoder
        if self.missing and not encoder.missing:
            cells = f"{self.missing:,} of {rows:,} cells {'is' if self.missing == 1 else 'are'} missing"
            yield f"{encoder.name}: {cells}, and none was in training: {_describe_fill(encoder)}"
        if self.unknown and isinstance(encoder, CategoryEncoder):
            cells = "1 cell has" if self.unknown == 1 else f"{self.unknown:,} cells have"
            taken = f"taken as {OTHER!r}" if encoder.other else "taken for none of the categories"
            yield f"{encoder.name}: {cells} a category without a feature, such as {quoted(self.example)}: {taken}"


def _describe_fill(encoder: ColumnEncoder) -> str:
    if isinstance(encoder, NumberEncoder):
        return f"filled with {encoder.fill:.6g}"
    if isinstance(encoder, DateEncoder):
        return "filled with the median date" if "days" in encoder.parts else "taken for no date"
    return "taken for none of the categories" if isinstance(encoder, CategoryEncoder) else "taken as 0.5"


def _cell(column: RawColumn, row: int) -> str:
    code = int(column.codes[row])
    return f"{column.numbers[row]:g}" if code == NUMBER else column.texts[code]


def _describe_faults(text: TextFile, format_: FileFormat, faulty: Sequence[_Record]) -> str:
    """Return a message that names the cells that cannot be read."""
    shown = faulty[:_MOST_COLUMNS]
    rows = {row for record in shown for row, _ in record.faulty[:_MOST_CELLS]}
    lines = _lines_of(text, format_, rows)
    parts = []
    for record in shown:
        what = {"number": "no number", "date": "no date"}.get(record.encoder.kind, "neither true nor false")
        cells = [f"{quoted(cell)} in line {lines[row]:,}" for row, cell in record.faulty[:_MOST_CELLS]]
        more = len(record.faulty) - len(cells)
        others = f" and {more:,} more" if more else ""
        parts.append(f"{describe_column(record.place, format_.names)}: {what}: {', '.join(cells)}{others}")
    if len(faulty) > len(shown):
        parts.append(f"and {len(faulty) - len(shown):,} more columns")
    return f"{text.name}: {'; '.join(parts)}"


def _lines_of(text: TextFile, format_: FileFormat, rows: Iterable[int]) -> dict[int, int]:
    """Return the line of each of these rows."""
    wanted = set(rows)
    last = max(wanted) + 1
    numbered = enumerate(islice(data_rows(text, format_), last))
    return {row: numbered_row.line for row, numbered_row in numbered if row in wanted}
