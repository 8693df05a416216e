"""The cells of data files with columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from joml_tui.experiment.loading import expand_user

if TYPE_CHECKING:  # the engine imports numpy, which is not needed to read and write experiments
    from joml.data.tables.raw_table import RawTable


def read_cells(dataset: Mapping[str, Any], as_text: Collection[str | int] = ()) -> RawTable:
    """Return all cells of a data set's file, which has columns.

    Parameters
    ----------
    dataset : mapping
        The data set as plain values.
    as_text : collection of str or int, optional
        Names or positions of columns whose cells are read as texts.

    Raises
    ------
    joml.data.dataset.DatasetError
        The file cannot be read.
    """
    from joml.data.readers.text_file import Dialect  # noqa: PLC0415
    from joml.data.tables.raw_files import read_raw_table  # noqa: PLC0415

    path, header = expand_user(str(dataset["path"])), dataset.get("header", "auto")
    dialect = Dialect(**{key: dataset[key] for key in Dialect._fields if key in dataset})
    return read_raw_table(path, "table" if dataset["name"] == "table" else "csv", header, as_text, dialect)


def find_delimiter(dataset: Mapping[str, Any]) -> str:
    """Return the character between the fields of a data set's file, which has columns; a comma if it is no text.

    Parameters
    ----------
    dataset : mapping
        The data set as plain values.

    Returns
    -------
    str

    Raises
    ------
    joml.data.dataset.DatasetError
        The file cannot be read.
    """
    from joml.data.readers.csv_format import find_format  # noqa: PLC0415
    from joml.data.readers.text_file import Dialect, reading_text  # noqa: PLC0415

    if dataset["name"] == "table":
        return ","
    dialect = Dialect(**{key: dataset[key] for key in Dialect._fields if key in dataset})
    with reading_text(expand_user(str(dataset["path"])), "a CSV file", dialect=dialect) as text:
        return find_format(text, dataset.get("header", "auto")).delimiter
