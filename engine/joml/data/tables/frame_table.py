"""Data frames and arrays of mixed cells as raw tables, without importing the library that made them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_format import finite_number
from joml.data.readers.csv_layout import describe_column, write_key
from joml.data.tables.arrow_table import NestedColumnError, arrow_column
from joml.data.tables.cell_meanings import number_column, replace_texts, write_number
from joml.data.tables.raw_table import NUMBER, RawColumn, RawTable, no_numbers, no_texts

# Types of pandas whose text says what they are: 2021-03, and (0, 10].
_WRITTEN_TYPES = ("Period", "Interval")


class FrameCellsError(DatasetError, TypeError):
    """Columns hold objects that are no cells, such as lists; the message names all of them.

    It is a TypeError too, which scikit-learn expects of its estimators.
    """


def is_frame(data: Any) -> bool:
    """Return whether an object is a data frame of pandas, polars, pyarrow or another library.

    Parameters
    ----------
    data : object

    Returns
    -------
    bool
    """
    if isinstance(data, type | np.ndarray):
        return False
    return hasattr(data, "column_names") or hasattr(data, "__dataframe__") or _has_named_columns(data)


def frame_names(data: Any) -> tuple[str, ...]:
    """Return the names of a table's columns.

    Parameters
    ----------
    data : data frame or array

    Returns
    -------
    tuple of str
        Empty where the columns have none: those of an array, and those that are only numbered, as pandas does.
    """
    if not is_frame(data):
        return ()
    names = list(_arrow_of(data).column_names if _is_foreign(data) else _own_names(data))
    if all(isinstance(name, Integral) for name in names):
        return ()
    return tuple(str(name) for name in names)


def raw_table_of(
    where: str, data: Any, as_text: Collection[int] = (), wanted: Collection[int] | None = None
) -> RawTable:
    """Return a data frame, or a two-dimensional array of mixed cells, as a raw table.

    Missing values (None, nan, NaT, NA) are empty cells, and truth values the texts True and False. Dates and times are
    texts in the form of ISO 8601. Texts that are numbers become numbers, as in a text file.

    Parameters
    ----------
    where : str
        The table, as messages name it.
    data : data frame, array or nested sequence
        A frame of pandas, polars, pyarrow, or another library with their methods; it is only read.
    as_text : collection of int, optional
        Positions of columns whose cells all become texts, integers with all their digits.
    wanted : collection of int, optional
        Positions of the columns that are read; cells of others are missing numbers. By default all.

    Returns
    -------
    RawTable

    Raises
    ------
    FrameCellsError
        Columns hold lists, mappings or other objects; the message names all of them.
    DatasetError
        The data are no table.
    """
    names = frame_names(data)
    columns = _columns_of(where, data)
    names = names or ("",) * len(columns)
    rows = len(columns[0]) if columns else 0
    read, nested = [], {}
    for place, (name, column) in enumerate(zip(names, columns, strict=True)):
        if wanted is not None and place not in wanted:
            read.append(RawColumn(name, no_numbers(rows), no_texts(rows)))
            continue
        try:
            read.append(_raw_column(name, column, place in as_text))
        except NestedColumnError as error:
            nested[place] = str(error)
    if nested:
        shown = names if any(names) else ()
        described = "; ".join(f"{describe_column(each, shown)} holds {nested[each]}" for each in nested)
        keys = ", ".join(write_key(each, shown) for each in nested)
        raise FrameCellsError(
            f"{where}: {described}: every cell of this argument must be a string, a number, a truth value or a date; "
            f"leave such columns out by ignore: [{keys}]"
        )
    return RawTable(tuple(read), rows)


def array_column(name: str, cells: NDArray[Any], as_text: bool = False) -> RawColumn:
    """Return an array of cells as a raw column.

    Parameters
    ----------
    name : str
    cells : ndarray, shape (rows,)
        Numbers, truth values, texts, dates, or objects of Python.
    as_text : bool, default False
        Whether all cells become texts, integers with all their digits.

    Returns
    -------
    RawColumn

    Raises
    ------
    NestedColumnError
        The cells are none of these; the message names their type.
    """
    kind = cells.dtype.kind
    if kind == "m":
        cells, kind = cells / np.timedelta64(1, "s"), "f"
    if kind in "iuf" and not as_text:
        numbers = cells.astype(np.float64)
        return number_column(name, numbers, np.isnan(numbers))
    if kind == "M" and cells.dtype != np.dtype("M8[D]"):
        cells = cells.astype("M8[us]")
    if kind not in "biufMOSUT":
        raise NestedColumnError(str(cells.dtype))
    return _column_of_cells(name, cells, as_text)


# --- the columns of frames ------------------------------------------------------------------------------------------


def _has_named_columns(data: Any) -> bool:
    """Return whether an object has columns with names, each of which it gives by its name."""
    return hasattr(data, "columns") and hasattr(data, "__getitem__") and hasattr(data, "to_numpy")


def _is_foreign(data: Any) -> bool:
    """Return whether the columns of a frame are reached through pyarrow only."""
    return not (hasattr(data, "column_names") or hasattr(data, "iloc") or _has_named_columns(data))


def _own_names(data: Any) -> Sequence[Any]:
    names: Sequence[Any] = data.column_names if hasattr(data, "column_names") else data.columns
    return names


def _arrow_of(data: Any) -> Any:
    """Return a frame that offers the interchange protocol alone as a table of pyarrow."""
    try:
        from pyarrow.interchange import from_dataframe  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise DatasetError(
            f"a data frame of the type {type(data).__name__} needs pyarrow; install it with: "
            "pip install 'joml-tui[parquet]'"
        ) from error
    return from_dataframe(data)


def _columns_of(where: str, data: Any) -> list[Any]:
    """Return the columns of a table, in order."""
    if is_frame(data):
        if _is_foreign(data):
            data = _arrow_of(data)
        if hasattr(data, "column_names"):
            return [data.column(place) for place in range(len(data.column_names))]
        if hasattr(data, "iloc"):  # names may occur twice
            return [data.iloc[:, place] for place in range(len(data.columns))]
        return [data[name] for name in data.columns]
    cells = data if isinstance(data, np.ndarray) else np.array(data, object)
    if cells.ndim != 2:
        raise DatasetError(f"{where}: rows of cells were expected, a data frame or an array of shape (rows, columns)")
    return list(cells.T)


def _raw_column(name: str, column: Any, as_text: bool) -> RawColumn:
    if hasattr(column, "combine_chunks"):
        return arrow_column(name, column, as_text)
    return array_column(name, column if isinstance(column, np.ndarray) else np.asarray(column.to_numpy()), as_text)


# --- cells ----------------------------------------------------------------------------------------------------------


def _column_of_cells(name: str, cells: NDArray[Any], as_text: bool) -> RawColumn:
    """Return cells of any kind as a column: numbers, and texts by their place in a list."""
    if cells.dtype.kind in "OT":
        column = _column_of_objects(name, cells.tolist(), as_text)
    else:  # the different cells alone are read, in the order of their first appearance
        _, first, inverse = np.unique(cells, return_index=True, return_inverse=True)
        places = np.argsort(np.argsort(first))[inverse]
        column = _column_of_objects(name, cells[np.sort(first)].tolist(), as_text).take(places)
    if (column.codes != NUMBER).all():
        column = replace(column, numbers=no_numbers(len(cells)))
    return column if as_text else replace_texts(column, finite_number)


def _column_of_objects(name: str, values: Sequence[Any], as_text: bool) -> RawColumn:
    places: dict[str, int] = {}
    as_given: dict[str, int] = {}  # most cells are texts that have come before
    numbers, codes = np.full(len(values), np.nan), []
    for row, value in enumerate(values):
        is_text = type(value) is str
        code = as_given.get(value) if is_text else None
        if code is None:
            cell = value.strip() if is_text else _cell_of(value, as_text)
            if isinstance(cell, str):
                code = places.setdefault(cell, len(places))
            else:
                numbers[row], code = cell, NUMBER
            if is_text:
                as_given[value] = code
        codes.append(code)
    return RawColumn(name, numbers, np.array(codes, np.int32), tuple(places))


def _cell_of(value: Any, as_text: bool) -> float | str:
    """Return the number or the text of a value that is no text."""
    if value is None or is_missing_value(value):
        return ""
    if isinstance(value, str):  # of a class of its own, as NumPy's
        return value.strip()
    if isinstance(value, bool | np.bool_ | date | time | np.datetime64) or type(value).__name__ in _WRITTEN_TYPES:
        return str(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace").strip()
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if not isinstance(value, Real | Decimal):
        raise NestedColumnError(type(value).__name__)
    return _text_of_number(value) if as_text or not np.isfinite(float(value)) else float(value)


def _text_of_number(value: Real | Decimal) -> str:
    """Return a number as text, an integer with all its digits."""
    if isinstance(value, Integral):
        return str(int(value))
    number = float(value)
    return write_number(number) if np.isfinite(number) else str(number)


def is_missing_value(value: Any) -> bool:
    """Return whether a value is None, NA, NaT or nan: the last two do not equal themselves.

    Parameters
    ----------
    value : object

    Returns
    -------
    bool
    """
    if value is None or type(value).__name__ == "NAType":
        return True
    return isinstance(value, date | time | Real | Decimal | np.generic | timedelta) and bool(value != value)  # noqa: PLR0124
