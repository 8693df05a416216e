"""Reads a CSV file of one's own: numeric feature columns, and a column of labels or of values to predict."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import chain, islice
from os import PathLike
from pathlib import Path
from typing import Any, Literal, NamedTuple, TextIO, get_args

import numpy as np
from numpy.typing import NDArray

from joml.dataset import Dataset, DatasetError, one_hot, split_indices
from joml.datasets import files
from joml.datasets.files import MAX_CLASSES, reading, shown_path

Header = Literal["auto", "yes", "no"]
#: What the label column holds: labels, or numbers to be predicted (regression).
ColumnTask = Literal["classes", "values"]

# Fields converted at a time: enough to make the cost of a block small beside theirs.
_BLOCK_CELLS = 65_536
# From this size on a file is tried with the faster reader for plain ones.
_PLAIN_BYTES = 65_536
# Lines that the delimiter is guessed from.
_SAMPLE_LINES = 20
# Where several delimiters fit, the first: a comma beside semicolons or tabs is rather a decimal comma.
_DELIMITERS = ("\t", ";", ",")
_FLOAT32_MAX = float(np.finfo(np.float32).max)


class LabelError(DatasetError):
    """The label column cannot be found, or is not one of labels."""


def read_csv(
    path: str | PathLike[str],
    label: str | int = -1,
    header: Header = "auto",
    standardize: bool = True,
    test_share: float = 0.2,
    seed: int = 0,
    task: ColumnTask = "classes",
    standardize_y: bool = False,
    held: Table | None = None,
) -> Dataset:
    """Read a data set from a CSV file.

    The file is UTF-8 text (with a byte order mark or without), its fields separated by commas, semicolons or
    tabs, whichever fits its first lines, and quoted where needed. Blank lines are skipped. Every column but
    the label's is a feature: a number with a decimal point in every row.

    Parameters
    ----------
    path : path
        The file. It is only read.
    label : str or int, default -1
        The label column: its name in the header, or its position, counted from 0, or from the end when
        negative, as in Python. Error messages count lines and columns from 1, as editors and sheets do.
    header : {"auto", "yes", "no"}, default "auto"
        Whether the first row holds names. "auto" takes it for names when `label` is a name, or when no feature
        field of it is a number.
    standardize : bool, default True
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part. A feature that
        is constant there is only shifted.
    test_share : float, default 0.2
        Share of the rows to test on.
    seed : int, default 0
        Decides which rows are in which part.
    task : {"classes", "values"}, default "classes"
        What the label column holds: labels, or numbers to be predicted (regression).
    standardize_y : bool, default False
        Shift and scale the numbers to be predicted as `standardize` does the features; nothing happens to labels.
        By default they stay as they stand in the file: predictions and errors are in their unit, but values in the
        hundreds need a smaller learning rate, or many steps.
    held : Table, optional
        What `read_table` gave of the file: it is not read again, and `held` stays as it is.

    Returns
    -------
    Dataset
        x of shape (feature columns, rows), y of shape (distinct labels, rows), or (1, rows) where the task is
        values. Classes are in the order of their values if all labels are numbers (1 and 1.0 are the same class),
        else in the order of their texts.

    Raises
    ------
    DatasetError
        The file cannot be read, or a row or field is not as above; the message names file, line and column.
    LabelError
        The label column does not exist, or is to hold classes and holds fewer than two or more than 1,000.
    """
    table = read_table(path, label, header, task) if held is None else replace(held, x=held.x.copy(), y=held.y.copy())
    train, _ = split_indices(len(table.x), test_share, seed)
    if standardize:
        files.standardize(table.x, train)
    if standardize_y and task == "values":
        files.standardize(table.y, train)
    return Dataset.split(
        table.x.T,
        one_hot(table.y, len(table.class_names)) if task == "classes" else table.y[np.newaxis],
        test_share=test_share,
        seed=seed,
        name=Path(path).stem,
        class_names=table.class_names,
        feature_names=table.feature_names,
        task=task,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What a CSV file holds.

    Attributes
    ----------
    x : ndarray of float64, shape (rows, features)
        The features as they stand in the file.
    y : ndarray, shape (rows,)
        The place of each row's label in `class_names`, int; or its value as it stands in the file, float64.
    class_names, feature_names : tuple of str
        Names of the classes (or the one name of the values: their column's, "y1" without a header) and of the
        feature columns; no feature names without a header.
    """

    x: NDArray[np.float64]
    y: NDArray[Any]
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]


def read_table(
    path: str | PathLike[str], label: str | int = -1, header: Header = "auto", task: ColumnTask = "classes"
) -> Table:
    """Read a CSV file whole. Parameters and errors as in `read_csv`."""
    if task not in get_args(ColumnTask):
        raise DatasetError(f"task: classes or values was expected, got {_shown(task)}")
    if header not in get_args(Header):
        raise DatasetError(f"header: auto, yes or no was expected, got {_shown(header)}")
    path = Path(path)
    with reading(path, "a CSV file"):
        try:
            layout = _find_layout(path, label, header)._replace(task=task)
            table = _read_plain(path, layout) or _read_any(path, layout)
        except UnicodeDecodeError as error:
            raise DatasetError(_describe_encoding(path)) from error
    if len(table.x) < 2:
        rows = "one row" if len(table.x) else "no rows"
        raise DatasetError(f"{shown_path(path)}: too few samples: {rows} of data; at least 2 are needed")
    if task == "classes" and len(table.class_names) < 2:
        raise LabelError(
            f"{shown_path(path)}: {layout.column(layout.label)} holds one class only, {_shown(table.class_names[0])}; "
            "at least two are needed"
        )
    return table


class _Layout(NamedTuple):
    """How a file is to be read."""

    delimiter: str
    width: int  # columns
    label: int  # position of the label column, 0 or more
    names: tuple[str, ...]  # of all columns; empty without a header
    first_line: int  # of the first row that is not blank
    task: ColumnTask = "classes"  # of the label column

    @property
    def feature_names(self) -> tuple[str, ...]:
        return self.names[: self.label] + self.names[self.label + 1 :]

    def column(self, position: int) -> str:
        """Say which column, counted from 1."""
        name = f" ({_shown(self.names[position])})" if self.names and self.names[position] else ""
        return f"column {position + 1}{name}"


def _open(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", newline="")


def _describe_encoding(path: Path) -> str:
    with path.open("rb") as file:
        for line, content in enumerate(file, start=1):
            try:
                content.decode("utf-8")
            except UnicodeDecodeError as error:
                place = f"{shown_path(path)}:{line}: byte {error.start + 1} of the line is not UTF-8 text"
                return f"{place}; save the file as UTF-8"
    return f"{shown_path(path)}: the file is not UTF-8 text; save it as UTF-8"


def _find_layout(path: Path, label: str | int, header: Header) -> _Layout:
    delimiter = _find_delimiter(path)
    with _open(path) as file:
        try:
            line, row = next(_numbered_rows(path, file, delimiter))
        except StopIteration:
            raise DatasetError(f"{shown_path(path)}: the file is empty") from None
    width = len(row)
    if width < 2:
        raise DatasetError(
            f"{shown_path(path)}:{line}: one column only; a label column and at least one feature column are needed, "
            "separated by commas, semicolons or tabs"
        )
    position = label if isinstance(label, str) else _find_position(path, label, width)
    if isinstance(position, str) and header == "no":
        raise LabelError(
            f"{shown_path(path)}: the label column is given by name, {_shown(position)}, but the file is read "
            f"without a header; give its position, from 0 to {width - 1}"
        )
    named = header == "yes" or isinstance(position, str) or (header == "auto" and _is_header(row, position))
    names = tuple(name.strip() for name in row) if named else ()
    if isinstance(position, str):
        position = _find_name(path, position, names)
    return _Layout(delimiter, width, position, names, line)


def _find_delimiter(path: Path) -> str:
    """Return the delimiter with the same number of fields in each of the first lines, the most fields first."""
    with _open(path) as file:
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


def _find_position(path: Path, label: int, width: int) -> int:
    if not -width <= label < width:
        raise LabelError(
            f"{shown_path(path)}: label position {label} is out of range: the file has {width} columns, "
            f"0 to {width - 1} from the first or -1 to -{width} from the last"
        )
    return label % width


def _find_name(path: Path, label: str, names: tuple[str, ...]) -> int:
    count = names.count(label.strip())
    if count == 1:
        return names.index(label.strip())
    if count > 1:
        raise LabelError(f"{shown_path(path)}: {count} columns are named {_shown(label)}; give the label's position")
    nearest = get_close_matches(label, names, n=1)
    hint = f"did you mean {_shown(nearest[0])}?" if nearest else f"the columns are {_listed(names)}"
    raise LabelError(f"{shown_path(path)}: no column is named {_shown(label)}; {hint}")


def _is_header(row: list[str], label: int) -> bool:
    # Decimal commas are no numbers here, but no names either.
    return not any(_is_number(cell.replace(",", ".", 1)) for place, cell in enumerate(row) if place != label)


def _numbered_rows(path: Path, file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the line that it begins in."""
    reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for row in reader:
            if not _is_blank(row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(_describe_csv_error(path, line, error)) from error


def _data_rows(path: Path, file: TextIO, layout: _Layout, first: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below the header from row `first` of them on, each with the line that it begins in."""
    return islice(_numbered_rows(path, file, layout.delimiter), first + bool(layout.names), None)


def _read_plain(path: Path, layout: _Layout) -> Table | None:
    """Read a file of plain numbers with NumPy's reader, twice as fast; None where anything in it is out of the way."""
    if path.stat().st_size < _PLAIN_BYTES:
        return None
    with path.open("rb") as file:
        if any(b'"' in part for part in iter(lambda: file.read(1 << 20), b"")):
            return None
    numbers: dict[str, int] = {}  # of the labels' texts, in the order of their first rows
    converters: dict[int | str, Callable[[str], int]] = {
        layout.label: lambda text: numbers.setdefault(text.strip(), len(numbers))
    }
    try:
        cells = np.loadtxt(
            path,
            delimiter=layout.delimiter,
            skiprows=layout.first_line - (not layout.names),
            comments=None,
            converters=converters if layout.task == "classes" else None,
            ndmin=2,
            encoding="utf-8-sig",
        )
    except ValueError:
        return None
    # The comparison is false for nan.
    right = cells.shape[1] == layout.width and (np.abs(cells) <= _FLOAT32_MAX).all()
    if not right or len(numbers) > MAX_CLASSES or any(map(_describe_label, numbers)):
        return None
    if layout.task == "values":
        return _table_of_values(cells, layout)
    class_names, places_in_order = _order_classes(tuple(numbers))
    y = places_in_order[cells[:, layout.label].astype(np.intp)]
    return Table(np.delete(cells, layout.label, axis=1), y, class_names, layout.feature_names)


def _read_any(path: Path, layout: _Layout) -> Table:
    """Read any file that is in order, and say what is not."""
    with _open(path) as file:
        return _read_classes(path, file, layout) if layout.task == "classes" else _read_values(path, file, layout)


def _read_classes(path: Path, file: TextIO, layout: _Layout) -> Table:
    """Read features and labels."""
    x, places = [np.empty((0, layout.width - 1))], [np.empty(0, np.intp)]
    numbers: dict[str, int] = {}  # of the labels' texts, in the order of their first rows
    for first, rows in _blocks(path, file, layout):
        labels = [row.pop(layout.label).strip() for row in rows]
        x.append(_convert(path, rows, layout, first))
        if any(map(_describe_label, set(labels))):
            raise DatasetError(_locate(path, layout, first))
        places.append(np.array([numbers.setdefault(text, len(numbers)) for text in labels], np.intp))
        if len(numbers) > MAX_CLASSES:
            raise LabelError(
                f"{shown_path(path)}: {layout.column(layout.label)} holds more than {MAX_CLASSES:,} classes; "
                "is it the label column?"
            )
    class_names, places_in_order = _order_classes(tuple(numbers))
    return Table(np.concatenate(x), places_in_order[np.concatenate(places)], class_names, layout.feature_names)


def _read_values(path: Path, file: TextIO, layout: _Layout) -> Table:
    """Read features and the numbers to be predicted."""
    blocks = [_convert(path, rows, layout, first) for first, rows in _blocks(path, file, layout)]
    return _table_of_values(np.concatenate([np.empty((0, layout.width)), *blocks]), layout)


def _table_of_values(cells: NDArray[np.float64], layout: _Layout) -> Table:
    name = layout.names[layout.label] if layout.names else ""
    x, y = np.delete(cells, layout.label, axis=1), cells[:, layout.label].copy()
    return Table(x, y, (name or "y1",), layout.feature_names)


def _blocks(path: Path, file: TextIO, layout: _Layout) -> Iterator[tuple[int, list[list[str]]]]:
    """Yield the rows below the header, many at a time, and which row of the data is the first of them."""
    rows = (row for _, row in _data_rows(path, file, layout))
    first = 0
    while block := list(islice(rows, max(1, _BLOCK_CELLS // layout.width))):
        if any(len(row) != layout.width for row in block):
            raise DatasetError(_locate(path, layout, first))
        yield first, block
        first += len(block)


def _describe_csv_error(path: Path, line: int, error: csv.Error) -> str:
    if "unexpected end" in str(error) or "field limit" in str(error):
        return f"{shown_path(path)}:{line}: a quoted field begins here and does not end"
    return f"{shown_path(path)}:{line}: {error}"


def _is_blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _convert(path: Path, rows: list[list[str]], layout: _Layout, first: int) -> NDArray[np.float64]:
    """Return rows of cells as numbers; the first of them is row `first` of the data."""
    cells = list(chain.from_iterable(rows))
    try:
        numbers = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError as error:
        raise DatasetError(_locate(path, layout, first)) from error
    # The comparison is false for nan. float() takes 1_000 for a number.
    if not (np.abs(numbers) <= _FLOAT32_MAX).all() or "_" in "".join(cells):
        raise DatasetError(_locate(path, layout, first))
    return numbers.reshape(len(rows), -1)


def _locate(path: Path, layout: _Layout, first: int) -> str:
    """Say what is wrong with the first bad row from row `first` of the data on; reads the file again."""
    with _open(path) as file:
        for line, row in _data_rows(path, file, layout, first):
            if fault := _describe_fault(row, layout):
                return f"{shown_path(path)}:{line}: {fault}{_hint_header(line, layout)}"
    return f"{shown_path(path)}: the file changed while it was read"


def _describe_fault(row: list[str], layout: _Layout) -> str:
    if len(row) != layout.width:
        return f"{len(row)} columns instead of {layout.width} as in line {layout.first_line}"
    for position, cell in enumerate(row):
        is_label = position == layout.label and layout.task == "classes"
        describe = _describe_label if is_label else _describe_cell
        if fault := describe(cell):
            return f"{layout.column(position)}: {fault}"
    return ""


def _describe_label(cell: str) -> str:
    if not cell.strip():
        return "the label is empty"
    if _is_number(cell) and not math.isfinite(float(cell)):
        return f"the label is {_shown(cell)}; text or a finite number was expected"
    return ""


def _describe_cell(cell: str) -> str:
    if not cell.strip():
        return "a number was expected, the field is empty"
    if not _is_number(cell):
        comma = "; write a decimal point, not a comma" if _is_number(cell.replace(",", ".", 1)) else ""
        return f"a number was expected, got {_shown(cell)}{comma}"
    if not math.isfinite(float(cell)):
        return f"a finite number was expected, got {_shown(cell)}"
    if abs(float(cell)) > _FLOAT32_MAX:
        return f"a number of at most {_FLOAT32_MAX:.1e} was expected, got {_shown(cell)}"
    return ""


def _hint_header(line: int, layout: _Layout) -> str:
    return "; if this line holds names, read the file with header yes" if line == layout.first_line else ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _order_classes(texts: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the names of the classes in order, and for each of the labels' texts its class's place in them."""
    key: Callable[[str], Any] = float if all(map(_is_number, texts)) else str
    # Equal numbers may be written in several ways: the first of them names the class.
    names = {key(text): text for text in reversed(texts)}
    places = {value: place for place, value in enumerate(sorted(names))}
    return tuple(names[value] for value in places), np.array([places[key(text)] for text in texts], np.intp)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(_shown(name) for name in names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
