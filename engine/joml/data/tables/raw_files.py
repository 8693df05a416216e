"""Files with a table as raw tables, whatever reads them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal

from joml.data.readers.arrow_file import opened_table
from joml.data.readers.csv_format import Header, find_format
from joml.data.readers.text_file import Dialect, reading_text
from joml.data.tables.arrow_table import any_arrow_column
from joml.data.tables.raw_table import RawTable
from joml.data.tables.text_reader import read_decimal_table, read_text_table


def read_raw_table(
    path: str | PathLike[str],
    reader: Literal["csv", "table"],
    header: Header = "auto",
    as_text: Collection[str | int] = (),
    dialect: Dialect | None = None,
) -> RawTable:
    """Read all cells of a file.

    Parameters
    ----------
    path : path
        It is only read.
    reader : {"csv", "table"}
        The data set that reads it.
    header : {"auto", "yes", "no"}, default "auto"
        Whether the first row of a text file has names.
    as_text : collection of str or int, optional
        Names or positions of columns whose cells are read as texts; -1 is the last one.
    dialect : Dialect, optional
        What the user has set of a text file.

    Returns
    -------
    RawTable

    Raises
    ------
    DatasetError
        The file cannot be read as such a table.
    """
    if reader == "csv":
        with reading_text(Path(path), "a CSV file", dialect=dialect) as text:
            format_ = find_format(text, header, -1)
            texts = _places(as_text, format_.width, format_.names)
            quick = read_decimal_table(text, format_, texts, set(range(format_.width)).difference(texts))
            return read_text_table(text, format_, texts) if quick is None else quick[0]
    with opened_table(Path(path)) as table:
        names = tuple(map(str, table.column_names))
        texts = _places(as_text, len(names), names)
        columns = tuple(any_arrow_column(name, table.column(place), place in texts) for place, name in enumerate(names))
        return RawTable(columns, table.num_rows)


def _places(keys: Collection[str | int], width: int, names: Sequence[str]) -> set[int]:
    """Return the positions of columns from their names or positions."""
    return {
        place
        for place, name in enumerate(names or ("",) * width)
        if place in keys or place - width in keys or (name and name in keys)
    }
