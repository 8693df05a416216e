"""Rows of a typed table or a data frame as the features that a network was trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.data.preparation_record import Preparation
from joml.data.readers.csv_layout import find_column, require_columns
from joml.data.tables.cell_meanings import replace_texts
from joml.data.tables.encoding import ColumnEncoder, NumberEncoder
from joml.data.tables.frame_table import frame_names, raw_table_of
from joml.data.tables.new_rows import NewRows, reads_text, store_table
from joml.data.tables.raw_table import RawColumn, RawTable


def feature_columns(preparation: Preparation) -> tuple[str, ...]:
    """Return the names of the columns that the features come from, in order.

    Parameters
    ----------
    preparation : Preparation

    Returns
    -------
    tuple of str
    """
    if preparation.columns:
        return tuple(encoder.name for encoder in preparation.columns)
    return preparation.feature_names


def row_encoders(preparation: Preparation) -> tuple[ColumnEncoder, ...]:
    """Return the encoders of these columns; those of a data set of numbers change nothing.

    Parameters
    ----------
    preparation : Preparation

    Returns
    -------
    tuple of ColumnEncoder
    """
    return preparation.columns or tuple(NumberEncoder(each, fill=0.0) for each in preparation.feature_names)


def named_places(where: str, names: tuple[str, ...], preparation: Preparation) -> list[int]:
    """Return the positions of the features' columns among those of a table with these names.

    Parameters
    ----------
    where : str
        The table, as messages name it.
    names : tuple of str
    preparation : Preparation

    Returns
    -------
    list of int

    Raises
    ------
    DatasetError
        Columns are missing, or several have the name of one.
    """
    wanted = feature_columns(preparation)
    require_columns(where, wanted, names)
    return [find_column(where, each, names, "them different names") for each in wanted]


def typed_columns(
    places: Sequence[int], read: Callable[[int, bool], RawColumn], preparation: Preparation
) -> tuple[RawColumn, ...]:
    """Return the columns that the features come from; truth values are 1 and 0 where numbers are needed.

    Parameters
    ----------
    places : sequence of int
        The position of each column.
    read : callable
        From a position, and whether all cells become texts, to the column.
    preparation : Preparation

    Returns
    -------
    tuple of RawColumn
    """
    return tuple(
        _number_column(read(place, reads_text(encoder)), encoder)
        for place, encoder in zip(places, row_encoders(preparation), strict=True)
    )


def frame_features(
    where: str, data: Any, preparation: Preparation, places: Sequence[int] | None = None
) -> tuple[NDArray[np.float64], NewRows]:
    """Return the features of a data frame's rows, in the units of the data, encoded as the training data were.

    Parameters
    ----------
    where : str
        The table, as messages name it.
    data : data frame or array
        As for `joml.data.tables.frame_table.raw_table_of`.
    preparation : Preparation
    places : sequence of int, optional
        The position of each column that the features come from. By default columns are found by their names, in any
        order, and others are ignored.

    Returns
    -------
    features : ndarray of float64, shape (rows, features)
    rows : NewRows
        With notes about cells that training did not have.

    Raises
    ------
    DatasetError
        Columns are missing, or cells cannot be read; the message names all of them.
    """
    places = named_places(where, frame_names(data), preparation) if places is None else places
    encoders = row_encoders(preparation)
    as_text = {place for place, encoder in zip(places, encoders, strict=True) if reads_text(encoder)}
    table = raw_table_of(where, data, as_text, places)
    columns = typed_columns(places, lambda place, _: table.columns[place], preparation)
    file = BytesIO()
    stored = store_table(where, RawTable(columns, table.rows), encoders, file, refuses_missing=not preparation.columns)
    features = np.frombuffer(file.getbuffer(), np.float64).reshape(table.rows, len(preparation.feature_names))
    return features, stored


def _number_column(column: RawColumn, encoder: ColumnEncoder) -> RawColumn:
    """Return a column with its truth values as 1 and 0 where numbers are needed."""
    if not isinstance(encoder, NumberEncoder):
        return column
    return replace_texts(column, lambda text: {"True": 1.0, "False": 0.0}.get(text, np.nan))
