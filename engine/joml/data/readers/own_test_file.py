"""A file of its own for the test part: its columns are matched with those of the file to train on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from joml.data.dataset_error import DatasetError
from joml.data.readers.arrow_file import is_table, opened_table
from joml.data.readers.columns import ColumnKey, find_position
from joml.data.readers.csv_format import FileFormat, Header, data_rows, find_format
from joml.data.readers.csv_layout import CommaStyle, describe_column, find_column, write_key
from joml.data.readers.file_samples import FileSamples, shown_path
from joml.data.readers.text_file import Dialect, reading_text
from joml.data.split_columns import TextColumn, encode_texts
from joml.data.tables.arrow_table import NestedColumnError, arrow_column
from joml.data.tables.encoding import NumberEncoder
from joml.data.tables.raw_table import RawColumn, RawTable, no_numbers
from joml.data.tables.target_columns import Labels, label_of_header
from joml.data.tables.text_reader import read_text_table
from joml.wording import list_some, quoted

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class TrainColumns:
    """The columns of the file to train on.

    Attributes
    ----------
    file : str
        The file, as messages name it.
    names : tuple of str
        Of all columns; empty where they have none.
    width : int
        Number of columns.
    targets, left_out : tuple of int
        Positions of the label columns, and of columns that are not used.
    as_text : collection of int
        Positions of columns whose cells are all read as texts.
    commas : mapping of int to str
        The meaning of commas in columns of numbers, also of whole ones where other columns have decimal commas.
    """

    file: str
    names: tuple[str, ...]
    width: int
    targets: tuple[int, ...]
    left_out: tuple[int, ...] = ()
    as_text: Collection[int] = ()
    commas: Mapping[int, CommaStyle] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class OwnTestFile:
    """The rows of a file for the test part.

    Attributes
    ----------
    name : str
        The file, as messages name it.
    table : RawTable
        With the columns of the file to train on, in their order.
    notes : tuple of str
        Columns that are not used.
    """

    name: str
    table: RawTable
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _OpenFile:
    """A file for the test part: the names of its columns, their number, and the reading of some of them."""

    name: str
    names: tuple[str, ...]
    width: int
    read: Callable[[Collection[int], Collection[int]], RawTable]


def read_test_file(
    path: Path, train: TrainColumns, header: Header = "auto", label: Labels = -1, dialect: Dialect | None = None
) -> OwnTestFile:
    """Read the file for the test part, with its columns matched by name, or by position if neither file has names.

    It may be of another format than the file to train on: a text file, a workbook, or a table such as Parquet.

    Parameters
    ----------
    path : Path
    train : TrainColumns
    header, label
        As in ``joml.data.readers.csv_file.read_csv``.
    dialect : Dialect, optional
        What the user has set of text files.

    Returns
    -------
    OwnTestFile

    Raises
    ------
    DatasetError
        The file cannot be read, has no rows, or lacks columns; the message names all that are missing. Or a number may
        be either of two, as 1.200 beside decimal commas.
    """
    with _opened(path, header, label, dialect) as file:
        places = _match(file, train)
        as_text = {*train.as_text, *train.commas}
        table = file.read(places.values(), {places[place] for place in as_text if place in places})
        if not table.rows:
            raise DatasetError(f"test_path: {file.name}: has no rows of data")
        names = train.names or ("",) * train.width
        columns = [
            replace(table.columns[places[place]], name=name) if place in places else _empty(name, table.rows)
            for place, name in enumerate(names)
        ]
    for place in set(train.commas).intersection(places).difference(train.as_text):
        columns[place] = _with_numbers(file.name, train, place, columns[place])
    return OwnTestFile(file.name, RawTable(tuple(columns), table.rows), _describe_others(file, train))


def join_test_part(samples: FileSamples, train_rows: int, train_name: str, test: OwnTestFile) -> FileSamples:
    """Return samples of both files, the ones of the test part last, with the number of these.

    Parameters
    ----------
    samples : FileSamples
        Of the rows of both files.
    train_rows : int
        Number of rows of the file to train on.
    train_name : str
        That file, as messages name it.
    test : OwnTestFile

    Returns
    -------
    FileSamples

    Raises
    ------
    DatasetError
        One of the files has no rows with a label.
    """
    test_samples = test.table.rows if samples.rows is None else int(np.count_nonzero(samples.rows >= train_rows))
    if test_samples in (0, len(samples.y)):
        raise DatasetError(f"{train_name if test_samples else test.name}: no rows with a label")
    return replace(samples, test_samples=test_samples, rows_before_test=train_rows)


def read_text_column(
    path: Path, key: ColumnKey, header: Header = "auto", label: Labels = -1, dialect: Dialect | None = None
) -> TextColumn:
    """Return the cells of one column of a file as texts.

    Parameters
    ----------
    path : Path
        A text file, a workbook, or a table such as Parquet.
    key : str or int
        The column's name or position.
    header, label, dialect
        As in `read_test_file`.

    Returns
    -------
    TextColumn

    Raises
    ------
    DatasetError
        The file cannot be read, or there is no such column.
    """
    if is_table(path):
        with opened_table(path) as table:
            names = tuple(str(name) for name in table.column_names)
            column = table.column(find_position(shown_path(path), key, names, len(names)))
            return encode_texts("" if value is None else str(value) for value in column.to_pylist())
    with reading_text(path, "a CSV file", dialect=dialect) as text:
        format_ = find_format(text, header, label_of_header(label))
        place = find_position(text.name, key, format_.names, format_.width)
        return encode_texts(row.cells[place] for row in data_rows(text, format_))


@contextmanager
def _opened(path: Path, header: Header, label: Labels, dialect: Dialect | None) -> Iterator[_OpenFile]:
    """Yield a file for the test part."""
    if is_table(path):
        with opened_table(path) as table:
            names = tuple(str(name) for name in table.column_names)
            name = shown_path(path)
            yield _OpenFile(name, names, len(names), lambda places, texts: _of_arrow(name, table, places, texts))
        return
    with reading_text(path, "a CSV file", dialect=dialect) as text:
        format_: FileFormat = find_format(text, header, label_of_header(label))
        yield _OpenFile(text.name, format_.names, format_.width, lambda _, texts: read_text_table(text, format_, texts))


def _of_arrow(file: str, table: Any, places: Collection[int], texts: Collection[int]) -> RawTable:
    """Return the columns of pyarrow's table at some positions; the others are empty."""
    columns = []
    names = tuple(str(name) for name in table.column_names)
    for place, name in enumerate(names):
        try:
            is_used = place in places
            columns.append(
                arrow_column(name, table.column(place), place in texts) if is_used else _empty(name, table.num_rows)
            )
        except NestedColumnError as error:
            raise DatasetError(
                f"test_path: {file}: {describe_column(place, names)} holds {error}: numbers, texts, truth values or "
                "dates are needed"
            ) from error
    return RawTable(tuple(columns), table.num_rows)


def _with_numbers(file: str, train: TrainColumns, place: int, column: RawColumn) -> RawColumn:
    """Return a column that was read as texts with its numbers, as the file to train on has them."""
    encoder = NumberEncoder("", commas=train.commas[place])
    ambiguous = encoder.ambiguous_cells(column)
    if ambiguous.any():
        row = int(ambiguous.argmax())
        cell = column.texts[column.codes[row]]
        more = int(np.count_nonzero(ambiguous)) - 1
        others = f", and {more:,} more" if more else ""
        raise DatasetError(
            f"test_path: {file}: {write_key(place, train.names)}: {quoted(cell)} in row {row + 1:,}{others} may be "
            f"either where commas are decimal points, as in {train.file}; write {cell.replace('.', '')} or "
            f"{cell.replace('.', ',')}, whichever is meant"
        )
    return encoder.with_numbers(column)


def _match(file: _OpenFile, train: TrainColumns) -> dict[int, int]:
    """Return the position of each column of the file to train on in the file for the test."""
    if bool(file.names) != bool(train.names):
        with_names, without = (file.name, train.file) if file.names else (train.file, file.name)
        raise DatasetError(
            f"test_path: {with_names} has names of columns in its first row, and {without} has none: write them in "
            "both files, or set header"
        )
    if not train.names:
        if file.width != train.width:
            raise DatasetError(
                f"test_path: {file.name} has {file.width} columns, and {train.file} has {train.width}: columns "
                "without names are matched by position"
            )
        return {place: place for place in range(train.width)}
    wanted = {place: each for place, each in enumerate(train.names) if place not in train.left_out}
    missing = [quoted(each) for each in wanted.values() if each not in file.names]
    if missing:
        named = list_some(missing, _MOST_NAMES)
        is_label = any(quoted(train.names[place]) in missing for place in train.targets)
        of_label = (", the label" if len(train.targets) == 1 else ", of the labels") if is_label else ""
        raise DatasetError(
            f"test_path: {file.name} has no {'column' if len(missing) == 1 else 'columns'} {named}{of_label}, "
            f"which {train.file} has: columns are matched by name"
        )
    return {
        place: find_column(f"test_path: {file.name}", each, file.names, "other names") for place, each in wanted.items()
    }


def _describe_others(file: _OpenFile, train: TrainColumns) -> tuple[str, ...]:
    """Return a note about columns that are in the file for the test alone."""
    others = [each for each in file.names if each and each not in train.names]
    if not others:
        return ()
    named = list_some(map(quoted, others), _MOST_NAMES)
    columns, are = ("column", "is") if len(others) == 1 else ("columns", "are")
    return (f"{columns} {named} of {file.name} {are} not in {train.file}, and not used",)


def _empty(name: str, rows: int) -> RawColumn:
    """Return a column that is left out, without values."""
    return RawColumn(name, no_numbers(rows), np.zeros(rows, np.int32), ("",))
