"""The text of CSV files: their delimiter, their rows with their lines, their numbers, and what is wrong with them."""

from __future__ import annotations

import codecs
import csv
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray

from joml.dataset import DatasetError
from joml.datasets.files import reading, shown_path

Header = Literal["auto", "yes", "no"]
#: What a column holds: labels, or numbers to be predicted (regression).
ColumnTask = Literal["classes", "values"]

#: The largest number that an engine of single precision takes.
FLOAT32_MAX = float(np.finfo(np.float32).max)

# Fields converted at a time: enough to make the cost of a block small beside theirs.
_BLOCK_CELLS = 65_536
# From this size on a file is tried with the faster reader for plain ones.
_PLAIN_BYTES = 65_536
# Lines that the delimiter is guessed from.
_SAMPLE_LINES = 20
# Where several delimiters fit, the first: a comma beside semicolons or tabs is rather a decimal comma.
_DELIMITERS = ("\t", ";", ",")


class Layout(NamedTuple):
    """How a file is to be read."""

    delimiter: str
    width: int  # columns
    label: int  # position of the label column, 0 or more; -1 where there is none
    names: tuple[str, ...]  # of all columns; empty without a header
    first_line: int  # of the first row that is not blank
    task: ColumnTask = "classes"  # of the label column

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of all columns but the label's."""
        return self.names[: self.label] + self.names[self.label + 1 :]

    def column(self, position: int) -> str:
        """Say which column is at a position, counted from 1, with its name."""
        name = f" ({quoted(self.names[position])})" if self.names and self.names[position] else ""
        return f"column {position + 1}{name}"


def opened(path: Path) -> TextIO:
    """Open the file at path as text, with or without a byte order mark."""
    return path.open(encoding="utf-8-sig", newline="")


@contextmanager
def reading_csv(path: Path) -> Iterator[None]:
    """Turn what can go wrong with the file at path into an error of data: raise DatasetError with a sentence."""
    with reading(path, "a CSV file"):
        try:
            yield
        except UnicodeDecodeError as error:
            raise DatasetError(_describe_encoding(path)) from error


def _describe_encoding(path: Path) -> str:
    with path.open("rb") as file:
        for line, content in enumerate(file, start=1):
            try:
                content.decode("utf-8")
            except UnicodeDecodeError as error:
                place = f"{shown_path(path)}:{line}: byte {error.start + 1} of the line is not UTF-8 text"
                return f"{place}; save the file as UTF-8"
    return f"{shown_path(path)}: the file is not UTF-8 text; save it as UTF-8"


def find_delimiter(path: Path) -> str:
    """Return the delimiter with the same number of fields in each of the first lines of path, the most fields first."""
    with opened(path) as file:
        lines = list(islice(file, _SAMPLE_LINES))
    counts = {}
    for delimiter in _DELIMITERS:
        try:
            widths = [
                len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if not _is_blank(row)
            ]
        except csv.Error:  # told with its line when the rows are read
            widths = []
        counts[delimiter] = (len(set(widths)) == 1 and widths[0] > 1, max(widths, default=0))
    return max(_DELIMITERS, key=lambda delimiter: counts[delimiter])


def first_row(path: Path, delimiter: str) -> tuple[int, list[str]]:
    """Return the first row of the file at path that is not blank, with its line.

    The fields are separated by the delimiter; raise DatasetError where there is no such row.
    """
    with opened(path) as file:
        try:
            return next(numbered_rows(path, file, delimiter))
        except StopIteration:
            raise DatasetError(f"{shown_path(path)}: the file is empty") from None


def is_header(row: list[str], label: int) -> bool:
    """Whether no field of a first row is a number, but perhaps that at the position of the label (-1: none)."""
    # Decimal commas are no numbers here, but no names either.
    return not any(is_number(cell.replace(",", ".", 1)) for place, cell in enumerate(row) if place != label)


def numbered_rows(path: Path, file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of an open file that are not blank, each with the line that it begins in.

    The fields are separated by the delimiter; raise DatasetError, naming path and line, where quotes do not match.
    """
    reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for row in reader:
            if not _is_blank(row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(_describe_csv_error(path, line, error)) from error


def data_rows(path: Path, file: TextIO, layout: Layout, first: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below the header from row `first` of them on, each with the line that it begins in.

    The file at path is open and as its layout says.
    """
    return islice(numbered_rows(path, file, layout.delimiter), first + bool(layout.names), None)


def blocks(path: Path, file: TextIO, layout: Layout) -> Iterator[tuple[int, list[list[str]]]]:
    """Yield the rows below the header, many at a time, and which row of the data is the first of them.

    The file at path is open; raise DatasetError where a row has more or fewer columns than its layout says.
    """
    rows = (row for _, row in data_rows(path, file, layout))
    first = 0
    while block := list(islice(rows, max(1, _BLOCK_CELLS // layout.width))):
        if any(len(row) != layout.width for row in block):
            raise DatasetError(locate(path, layout, first))
        yield first, block
        first += len(block)


def plain_numbers(
    path: Path, layout: Layout, converters: dict[int | str, Callable[[str], int]] | None = None
) -> NDArray[np.float64] | None:
    """Read a large file of plain numbers with NumPy's reader, more than twice as fast.

    Parameters
    ----------
    path : Path
    layout : Layout
    converters : dict, optional
        By the positions of columns: what makes numbers of their texts.

    Returns
    -------
    ndarray of shape (rows, columns) or None
        None where the file is small, or anything in it is out of the way.
    """
    if path.stat().st_size < _PLAIN_BYTES:
        return None
    if any("\n" in name or "\r" in name for name in layout.names) or not _quotes_are_plain(path, layout.delimiter):
        return None
    try:
        cells = np.loadtxt(
            path,
            delimiter=layout.delimiter,
            skiprows=layout.first_line - (not layout.names),
            comments=None,
            quotechar='"',
            converters=converters,
            ndmin=2,
            encoding="utf-8-sig",
        )
    except ValueError:
        return None
    # The comparison is false for nan.
    right = cells.shape[1] == layout.width and (np.abs(cells) <= FLOAT32_MAX).all()
    return cells if right else None


def _quotes_are_plain(path: Path, delimiter: str) -> bool:
    """Tell whether every quote in a file begins or ends a field of one line: then all readers take them alike."""
    newline, quote = ord("\n"), ord('"')
    before, inside = newline, 0
    with path.open("rb") as file:
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        part = file.read(1 << 20)
        while part:
            following = file.read(1 << 20)
            text = np.frombuffer(bytes([before]) + part + (following[:1] or b"\n"), np.uint8)
            quotes = 1 + np.flatnonzero(text[1:-1] == quote)
            begin = (np.arange(len(quotes)) + inside) % 2 == 0
            begins = np.isin(text[quotes - 1], (ord(delimiter), newline))
            ends = np.isin(text[quotes + 1], (ord(delimiter), newline, ord("\r")))
            if (begins != begin).any() or (ends == begin).any():
                return False
            lines = np.flatnonzero(text[1:-1] == newline) + 1 if inside or len(quotes) else quotes
            if ((np.searchsorted(quotes, lines) + inside) % 2).any():
                return False
            before, inside, part = part[-1], (inside + len(quotes)) % 2, following
    return not inside


def _describe_csv_error(path: Path, line: int, error: csv.Error) -> str:
    if "unexpected end" in str(error) or "field limit" in str(error):
        return f"{shown_path(path)}:{line}: a quoted field begins here and does not end"
    return f"{shown_path(path)}:{line}: {error}"


def _is_blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def convert(path: Path, rows: list[list[str]], layout: Layout, first: int) -> NDArray[np.float64]:
    """Return rows of cells as numbers; the first of them is row `first` of the data.

    Raise DatasetError where a cell is none that path and layout allow.
    """
    cells = list(chain.from_iterable(rows))
    try:
        numbers = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError as error:
        raise DatasetError(locate(path, layout, first)) from error
    # The comparison is false for nan. float() takes 1_000 for a number.
    if not (np.abs(numbers) <= FLOAT32_MAX).all() or "_" in "".join(cells):
        raise DatasetError(locate(path, layout, first))
    return numbers.reshape(len(rows), -1)


def numbers_of(path: Path, file: TextIO, layout: Layout) -> NDArray[np.float64]:
    """Return all rows of a file of numbers, shape (rows, columns), or raise what `convert` does.

    The file at path is open and as its layout says.
    """
    converted = [convert(path, rows, layout, first) for first, rows in blocks(path, file, layout)]
    return np.concatenate([np.empty((0, layout.width)), *converted])


def locate(path: Path, layout: Layout, first: int) -> str:
    """Say what is wrong with the first bad row from row `first` on; reads the file at path again by its layout."""
    with opened(path) as file:
        for line, row in data_rows(path, file, layout, first):
            if fault := _describe_fault(row, layout):
                return f"{shown_path(path)}:{line}: {fault}{_hint_header(line, layout)}"
    return f"{shown_path(path)}: the file changed while it was read"


def _describe_fault(row: list[str], layout: Layout) -> str:
    if len(row) != layout.width:
        return f"{len(row)} columns instead of {layout.width} as in line {layout.first_line}"
    for position, cell in enumerate(row):
        is_label = position == layout.label and layout.task == "classes"
        describe = describe_label if is_label else _describe_cell
        if fault := describe(cell):
            return f"{layout.column(position)}: {fault}"
    return ""


def describe_label(cell: str) -> str:
    """Say why a cell is no label; nothing where it is one."""
    if not cell.strip():
        return "the label is empty"
    if is_number(cell) and not math.isfinite(float(cell)):
        return f"the label is {quoted(cell)}; text or a finite number was expected"
    return ""


def _describe_cell(cell: str) -> str:
    if not cell.strip():
        return "a number was expected, the field is empty"
    if not is_number(cell):
        comma = "; write a decimal point, not a comma" if is_number(cell.replace(",", ".", 1)) else ""
        return f"a number was expected, got {quoted(cell)}{comma}"
    if not math.isfinite(float(cell)):
        return f"a finite number was expected, got {quoted(cell)}"
    if abs(float(cell)) > FLOAT32_MAX:
        return f"a number of at most {FLOAT32_MAX:.1e} was expected, got {quoted(cell)}"
    return ""


def _hint_header(line: int, layout: Layout) -> str:
    return "; if this line holds names, read the file with header yes" if line == layout.first_line else ""


def is_number(text: str) -> bool:
    """Whether the text of a cell is a number, finite or not."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def quoted(text: str) -> str:
    """Write the text of a cell for a message, shortened where it is long."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def listed(names: tuple[str, ...]) -> str:
    """Write the first ten names for a message."""
    text = ", ".join(quoted(name) for name in names[:10])
    return text if len(names) <= 10 else f"{text} and {len(names) - 10} more"


def order_classes(texts: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the names of the classes in order, and for each of the labels' texts its class's place in them."""
    key: Callable[[str], Any] = float if all(map(is_number, texts)) else str
    # Equal numbers may be written in several ways: the first of them names the class.
    names = {key(text): text for text in reversed(texts)}
    places = {value: place for place, value in enumerate(sorted(names))}
    return tuple(names[value] for value in places), np.array([places[key(text)] for text in texts], np.intp)
