"""Columns of pyarrow's tables as raw columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.data.readers.csv_format import finite_number
from joml.data.tables.cell_meanings import number_column, replace_texts, text_column, write_number
from joml.data.tables.raw_table import RawColumn, no_numbers


class NestedColumnError(Exception):
    """A column holds lists, mappings or bytes; the message names the type."""


_UNITS_A_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def arrow_column(name: str, column: Any, as_text: bool = False) -> RawColumn:
    """Return a column of pyarrow as a raw column.

    Missing values are empty cells, and truth values the texts True and False. Dates and times are texts in the form of
    ISO 8601, durations are seconds. Texts that are numbers become numbers, as in a text file.

    Parameters
    ----------
    name : str
    column : pyarrow.ChunkedArray
    as_text : bool, default False
        Whether all cells become texts, integers with all their digits.

    Returns
    -------
    RawColumn

    Raises
    ------
    NestedColumnError
        The column holds lists, mappings or bytes.
    """
    import pyarrow as pa  # noqa: PLC0415

    types = pa.types
    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    type_ = column.type
    if types.is_nested(type_) or types.is_binary(type_) or types.is_large_binary(type_):
        raise NestedColumnError(str(type_))
    if types.is_duration(type_):
        column = _seconds_of(column)
    elif types.is_decimal(type_):
        column = column.cast(pa.float64())
    elif types.is_timestamp(type_):  # nanoseconds are beyond Python's times
        column = column.cast(pa.timestamp("us", type_.tz), safe=False)
    is_number = types.is_integer(column.type) or types.is_floating(column.type)
    if is_number and not as_text:
        return _column_of_numbers(name, column)
    return _column_of_texts(name, column, as_text or types.is_boolean(type_), is_float=types.is_floating(column.type))


def any_arrow_column(name: str, column: Any, as_text: bool = False) -> RawColumn:
    """Return a column of pyarrow as a raw column; lists, mappings and bytes are texts.

    Parameters
    ----------
    name : str
    column : pyarrow.ChunkedArray
    as_text : bool, default False
        As in `arrow_column`.

    Returns
    -------
    RawColumn
    """
    try:
        return arrow_column(name, column, as_text)
    except NestedColumnError:
        return text_column(name, ["" if cell is None else str(cell) for cell in column.to_pylist()])


def _seconds_of(column: Any) -> Any:
    """Return a column of durations in seconds, whatever unit the file counts them in."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    counts = compute.cast(column.cast(pa.int64()), pa.float64(), safe=False)
    return compute.divide(counts, _UNITS_A_SECOND[column.type.unit])


def _column_of_numbers(name: str, column: Any) -> RawColumn:
    missing: NDArray[np.bool_] = np.asarray(column.is_null())
    numbers = np.array(column.to_numpy(), np.float64)
    return number_column(name, numbers, missing | np.isnan(numbers))


def _column_of_texts(name: str, column: Any, as_text: bool, is_float: bool) -> RawColumn:
    encoded = column.combine_chunks().dictionary_encode()
    encoded = encoded.combine_chunks() if hasattr(encoded, "combine_chunks") else encoded
    texts = [_text_of(value, is_float) for value in encoded.dictionary.to_pylist()]
    places: dict[str, int] = {}
    renumbered = [places.setdefault(text, len(places)) for text in texts]
    indices = encoded.indices.to_numpy(zero_copy_only=False)
    missing = np.asarray(encoded.indices.is_null())
    if missing.any():
        empty = places.setdefault("", len(places))
        indices = np.where(missing, len(renumbered), indices)
        renumbered.append(empty)
    codes = np.array(renumbered, np.int32)[indices.astype(np.intp)] if len(indices) else np.empty(0, np.int32)
    made = RawColumn(name, no_numbers(len(codes)), codes, tuple(places))
    return made if as_text else replace_texts(made, finite_number)


def _text_of(value: Any, is_float: bool) -> str:
    if value is None or value != value:  # noqa: PLR0124 - nan
        return ""
    if is_float:
        return write_number(value) if np.isfinite(value) else str(value)
    return str(value).strip()
