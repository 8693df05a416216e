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


def folder_file(dataset: Mapping[str, Any], place: int = 0) -> str:
    """Return the path of a folder's file with the features of its training part, or (1) of the one with its targets.

    Parameters
    ----------
    dataset : mapping
        A data set of the kind ``csv-folder`` as plain values.
    place : {0, 1}

    Returns
    -------
    str
    """
    from joml.data.readers.csv_folder import TRAIN_FILES, find_file  # noqa: PLC0415

    return str(find_file(expand_user(str(dataset["path"])), TRAIN_FILES[place]))


def read_folder_cells(dataset: Mapping[str, Any], as_text: bool) -> tuple[RawTable, tuple[int, ...]]:
    """Return all cells of a folder's training part, its features and then its targets, and the targets' positions.

    Parameters
    ----------
    dataset : mapping
        A data set of the kind ``csv-folder`` as plain values.
    as_text : bool
        Whether the cells of targets are read as texts, as labels are.

    Returns
    -------
    table : RawTable
    targets : tuple of int

    Raises
    ------
    joml.data.dataset.DatasetError
        A file cannot be read.
    """
    from joml.data.tables.raw_table import RawTable  # noqa: PLC0415

    features, outputs = ({**dataset, "name": "csv", "path": folder_file(dataset, place)} for place in (0, 1))
    x, y = read_cells(features), read_cells(outputs)
    if (
        y.rows != x.rows and dataset.get("header", "auto") == "auto"
    ):  # one of them has a header, as the reader finds out
        outputs["header"] = "no" if y.rows < x.rows else "yes"
        y = read_cells(outputs)
    if as_text:
        y = read_cells(outputs, tuple(range(len(y.columns))))
    width = len(x.columns)
    return RawTable((*x.columns, *y.columns), x.rows), tuple(range(width, width + len(y.columns)))


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
