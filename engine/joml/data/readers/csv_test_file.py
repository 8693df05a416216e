"""A file of its own for the test part: its columns are matched with those of the file to train on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_format import FileFormat, Header, find_format, quoted
from joml.data.readers.csv_layout import Layout, find_column
from joml.data.readers.text_file import Dialect, reading_text
from joml.data.tables.raw_table import RawColumn, RawTable, no_numbers
from joml.data.tables.target_columns import Labels, label_of_header
from joml.data.tables.text_reader import read_text_table

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True, eq=False)
class CsvTestFile:
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


def read_test_file(
    path: Path,
    train_name: str,
    layout: Layout,
    as_text: Collection[int],
    header: Header,
    label: Labels,
    dialect: Dialect,
) -> CsvTestFile:
    """Read the file for the test part, with its columns matched by name, or by position if neither file has names.

    Parameters
    ----------
    path : Path
    train_name : str
        The file to train on, as messages name it.
    layout : Layout
        Of the file to train on.
    as_text : collection of int
        Positions in the file to train on of columns whose cells are all read as texts.
    header, label, dialect
        As in ``joml.data.readers.csv_file.read_csv``.

    Returns
    -------
    CsvTestFile

    Raises
    ------
    DatasetError
        The file cannot be read, has no rows, or lacks columns; the message names all that are missing.
    """
    with reading_text(path, "a CSV file", dialect=dialect) as text:
        format_ = find_format(text, header, label_of_header(label))
        places = _match(text.name, format_, train_name, layout)
        table = read_text_table(text, format_, {places[place] for place in as_text if place in places})
        if not table.rows:
            raise DatasetError(f"test_path: {text.name}: has no rows of data")
        columns = tuple(
            table.columns[places[place]] if place in places else _empty(name, table.rows)
            for place, name in enumerate(layout.format.names or ("",) * layout.width)
        )
        return CsvTestFile(
            text.name, RawTable(columns, table.rows), _describe_others(text.name, format_, train_name, layout)
        )


def _match(name: str, format_: FileFormat, train_name: str, layout: Layout) -> dict[int, int]:
    """Return the position of each column of the file to train on in the file for the test."""
    if format_.has_header != layout.format.has_header:
        with_names, without = (name, train_name) if format_.has_header else (train_name, name)
        raise DatasetError(
            f"test_path: {with_names} has names of columns in its first row, and {without} has none: write them in "
            "both files, or set header"
        )
    if not layout.format.has_header:
        if format_.width != layout.width:
            raise DatasetError(
                f"test_path: {name} has {format_.width} columns, and {train_name} has {layout.width}: columns without "
                "names are matched by position"
            )
        return {place: place for place in range(layout.width)}
    wanted = {place: each for place, each in enumerate(layout.format.names) if place not in layout.left_out}
    missing = [quoted(each) for each in wanted.values() if each not in format_.names]
    if missing:
        named = ", ".join(missing[:_MOST_NAMES])
        more = f" and {len(missing) - _MOST_NAMES:,} more" if len(missing) > _MOST_NAMES else ""
        is_label = any(quoted(layout.format.names[place]) in missing for place in layout.targets)
        of_label = (", the label" if not layout.more_labels else ", of the labels") if is_label else ""
        raise DatasetError(
            f"test_path: {name} has no {'column' if len(missing) == 1 else 'columns'} {named}{more}{of_label}, which "
            f"{train_name} has: columns are matched by name"
        )
    return {
        place: find_column(f"test_path: {name}", each, format_.names, "other names") for place, each in wanted.items()
    }


def _describe_others(name: str, format_: FileFormat, train_name: str, layout: Layout) -> tuple[str, ...]:
    """Return a note about columns that are in the file for the test alone."""
    others = [each for each in format_.names if each and each not in layout.format.names]
    if not others:
        return ()
    named = ", ".join(quoted(each) for each in others[:_MOST_NAMES])
    more = f" and {len(others) - _MOST_NAMES:,} more" if len(others) > _MOST_NAMES else ""
    columns, are = ("column", "is") if len(others) == 1 else ("columns", "are")
    return (f"{columns} {named}{more} of {name} {are} not in {train_name}, and not used",)


def _empty(name: str, rows: int) -> RawColumn:
    """Return a column that is left out, without values."""
    return RawColumn(name, no_numbers(rows), np.zeros(rows, np.int32), ("",))
