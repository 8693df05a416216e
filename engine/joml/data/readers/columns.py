"""Columns that are not features: row numbers, and columns that a user leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_layout import describe_column, find_column, require_columns, write_key
from joml.data.tables.column_kinds import ColumnSetting, ColumnSettings, MissingRule, read_setting
from joml.wording import counted

#: A column's name, or its position, counted from 0, or from the end when negative.
ColumnKey = str | int

# pandas' names of the row index.
_INDEX_NAMES = ("", "Unnamed: 0", "__index_level_0__")
# In fewer rows, numbers may be consecutive by chance.
_FEWEST_ROWS = 5
# In fewer rows numbers may have zeros in front by chance; numbers of fewer digits are days, months and hours.
_FEWEST_CODES, _FEWEST_DIGITS = 10, 3
# Hours and minutes, which are in order as numbers are.
_TIME = re.compile(r"([01]\d|2[0-3])[0-5]\d")
# Columns that are named in notes on codes; the others are counted.
_MOST_CODES = 3


def find_ignored(
    where: str, ignore: Sequence[ColumnKey] | None, names: tuple[str, ...], width: int, labels: Collection[int]
) -> tuple[int, ...]:
    """Return the positions of the columns to leave out, in order.

    Parameters
    ----------
    where : str
        The file, as messages name it.
    ignore : sequence of str or int, or None
    names : tuple of str
        Names of all columns; empty where they have none.
    width : int
        Number of columns.
    labels : collection of int
        Positions of the label columns.

    Returns
    -------
    tuple of int

    Raises
    ------
    DatasetError
        There is no such column, it is a label column, or no feature remains.
    """
    if isinstance(ignore, str) or not np.iterable(ignore or ()):
        raise DatasetError(f"{where}: ignore: a list of names or positions was expected, got {ignore!r}")
    require_columns(f"{where}: ignore", ignore or (), names)
    places = set()
    for key in ignore or ():
        _require_key(f"{where}: ignore", key)
        if isinstance(key, str):
            if not names:
                raise DatasetError(f"{where}: ignore: {key!r} is a name, and the file has no header; give positions")
            try:
                place = find_column(where, key, names, "their positions")
            except DatasetError as error:
                raise DatasetError(f"{where}: ignore{str(error).removeprefix(where)}") from error
        elif not -width <= key < width:
            raise DatasetError(
                f"{where}: ignore: position {key} is out of range: there are {width} columns, 0 to {width - 1}"
            )
        else:
            place = key % width
        if place in labels:
            which = "the" if len(labels) == 1 else "a"
            raise DatasetError(f"{where}: ignore: {describe_column(place, names)} is {which} label column")
        places.add(place)
    if len(places) >= width - len(labels):
        raise DatasetError(f"{where}: ignore: no feature column remains")
    return tuple(sorted(places))


def find_position(where: str, key: ColumnKey, names: tuple[str, ...], width: int) -> int:
    """Return the position of a column.

    Parameters
    ----------
    where : str
        The file, as messages name it.
    key : str or int
        The column's name or position.
    names : tuple of str
        Names of all columns; empty where they have none.
    width : int
        Number of columns.

    Returns
    -------
    int

    Raises
    ------
    DatasetError
        There is no such column.
    """
    if isinstance(key, int):
        if not -width <= key < width:
            raise DatasetError(f"{where}: position {key} is out of range: there are {width} columns, 0 to {width - 1}")
        return key % width
    if not names:
        raise DatasetError(f"{where}: {key!r} is a name, and the file has no header; give the position, from 0")
    return find_column(where, key, names, "its position")


def find_settings(
    where: str, columns: ColumnSettings | None, names: tuple[str, ...], width: int, labels: Collection[int]
) -> dict[int, ColumnSetting]:
    """Return the user's settings of columns by the columns' positions.

    Parameters
    ----------
    where : str
        The file, as messages name it.
    columns : mapping, optional
        Settings by name or position; positions may be written as texts.
    names : tuple of str
        Names of all columns; empty where they have none.
    width : int
        Number of columns.
    labels : collection of int
        Positions of the label columns.

    Returns
    -------
    dict of int to ColumnSetting

    Raises
    ------
    DatasetError
        There is no such column, kind or setting, or it is a label column.
    """
    if columns is not None and not isinstance(columns, Mapping):
        raise DatasetError(
            f"{where}: columns: kinds by name or position were expected, such as {{age: number}}, got {columns!r}"
        )
    require_columns(f"{where}: columns", (key for key in columns or {} if not _is_position(key, names)), names)
    settings: dict[int, ColumnSetting] = {}
    for key, written in (columns or {}).items():
        _require_key(f"{where}: columns", key)
        place = _find_place(where, key, names, width)
        if place in labels:
            which = "the" if len(labels) == 1 else "a"
            raise DatasetError(
                f"{where}: columns: {describe_column(place, names)} is {which} label column; set its content by task"
            )
        if place in settings:
            raise DatasetError(f"{where}: columns: {describe_column(place, names)} is set twice")
        settings[place] = read_setting(f"{where}: columns: {key}", written)
    return settings


def _require_key(where: str, key: object) -> None:
    """Raise an error unless a key of a column is a name or a position."""
    if isinstance(key, bool) or not isinstance(key, str | Integral):
        raise DatasetError(f"{where}: a name or a position was expected, got {key!r}")


def _is_position(key: ColumnKey, names: tuple[str, ...]) -> bool:
    """Return whether a key of the settings is a position, which may be written as a text."""
    return not isinstance(key, str) or (key not in names and key.removeprefix("-").isdecimal())


def _find_place(where: str, key: ColumnKey, names: tuple[str, ...], width: int) -> int:
    """Return the position of a column of the settings."""
    if _is_position(key, names):
        place = int(key)
        if not -width <= place < width:
            raise DatasetError(
                f"{where}: columns: position {place} is out of range: there are {width} columns, 0 to {width - 1}"
            )
        return place % width
    if not names:
        raise DatasetError(f"{where}: columns: {key!r} is a name, and the file has no header; give positions")
    try:
        return find_column(where, str(key), names, "their positions")
    except DatasetError as error:
        raise DatasetError(f"{where}: columns{str(error).removeprefix(where)}") from error


def check_missing(missing: str) -> MissingRule:
    """Return the rule for missing cells, or raise DatasetError if there is no such rule."""
    if missing in get_args(MissingRule):
        return cast(MissingRule, missing)
    raise DatasetError(f"missing: fill or error was expected, got {missing!r}")


def is_row_index(name: str, numbers: NDArray[np.float64]) -> bool:
    """Return whether a column is the row index that pandas writes: consecutive numbers without a name.

    Parameters
    ----------
    name : str
        The column's name in the file.
    numbers : ndarray of float64
        The column's numbers.

    Returns
    -------
    bool
    """
    if name not in _INDEX_NAMES or not (numbers >= 0).all() or not (numbers == np.floor(numbers)).all():
        return False
    return len(np.unique(numbers)) == len(numbers)


def describe_row_numbers(
    x: NDArray[Any], name_column: Callable[[int], str], advise: Callable[[int], str]
) -> tuple[str, ...]:
    """Return warnings about features that only number the rows, in any order and from any number on.

    If a file was sorted by label before its rows were shuffled, such a number reveals the label.

    Parameters
    ----------
    x : ndarray, shape (rows, features)
        The features as in the file.
    name_column : callable
        Returns the name of a feature in messages, such as "column 1 ('id')", from its place.
    advise : callable
        Returns advice on how to leave a feature out, from its place.

    Returns
    -------
    tuple of str
        One sentence each; none about the only feature, as y probably depends on it.
    """
    if len(x) < _FEWEST_ROWS or x.shape[1] < 2:
        return ()
    notes = []
    # The range of whole numbers without gaps is one less than their count.
    lowest = x.min(axis=0).astype(np.float64)
    for place in np.flatnonzero(x.max(axis=0).astype(np.float64) - lowest == len(x) - 1).tolist():
        numbers = x[:, place].astype(np.float64) - lowest[place]
        whole = numbers[numbers == np.floor(numbers)].astype(np.intp)
        if len(whole) == len(x) and (np.bincount(whole) == 1).all():
            first = ", ".join(f"{number:.0f}" for number in x[:3, place])
            in_order = abs(np.diff(numbers)).max() == 1
            verb = "counts the rows" if in_order else "has each number once, as if it numbered the rows"
            notes.append(f"{name_column(place)} {verb} ({first}, ...): {advise(place)}")
    return tuple(notes)


@dataclass(frozen=True, slots=True)
class CodeColumn:
    """A column of digits that look like codes and not like numbers: of one length, with zeros in front.

    Attributes
    ----------
    place : int
        The position of the column.
    key : str
        Its name, or its position as text if it has none of its own.
    example : str
        A cell with a zero in front.
    repeats : bool
        Whether its cells are like categories: there are at most half as many different ones as rows, and they are not
        all times of the day, such as 0930.
    """

    place: int
    key: str
    example: str
    repeats: bool


def find_codes(rows: Iterable[Sequence[str]], places: Sequence[int], names: tuple[str, ...]) -> tuple[CodeColumn, ...]:
    """Return the columns of numbers that look like codes: digits of one length, with zeros in front.

    Parameters
    ----------
    rows : iterable of sequence of str
        The first rows of the file; no more of them are taken than needed.
    places : sequence of int
        The positions of the columns to look at.
    names : tuple of str
        Names of all columns; empty where they have none.

    Returns
    -------
    tuple of CodeColumn
    """
    lengths: dict[int, int] = {}
    padded: dict[int, str] = {}
    different: dict[int, set[str]] = {place: set() for place in places}
    count = 0
    left = list(places)
    for row in rows:
        count += 1
        cells = {place: row[place].strip() for place in left if place < len(row)}
        left = [
            place
            for place, cell in cells.items()
            if len(cell) >= _FEWEST_DIGITS
            and cell.isascii()
            and cell.isdigit()
            and lengths.setdefault(place, len(cell)) == len(cell)
        ]
        padded |= {place: cells[place] for place in left if cells[place][0] == "0" and place not in padded}
        if not left:
            return ()
        for place in left:
            different[place].add(cells[place])
    if count < _FEWEST_CODES:
        return ()
    return tuple(
        CodeColumn(
            place,
            names[place] if names and names.count(names[place]) == 1 else str(place),
            padded[place],
            2 * len(different[place]) <= count and not all(_TIME.fullmatch(cell) for cell in different[place]),
        )
        for place in left
        if place in padded
    )


def describe_codes(codes: Sequence[CodeColumn], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return notes about columns that look like codes and are read as numbers.

    Parameters
    ----------
    codes : sequence of CodeColumn
    names : tuple of str
        Names of all columns; empty where they have none.

    Returns
    -------
    tuple of str
        One sentence each.
    """
    notes = tuple(
        f"{describe_column(code.place, names)}: its cells are digits of one length, such as {code.example!r}: if they "
        f"are codes and not numbers, columns: {{{write_key(code.place, names)}: category}} reads them so"
        for code in codes[:_MOST_CODES]
    )
    more = len(codes) - _MOST_CODES
    if more <= 0:
        return notes
    columns = counted(more, "more column holds", "more columns hold")
    return (*notes, f"{columns} such digits of one length")


def ignore_advice(place: int, names: tuple[str, ...]) -> str:
    """Return advice on how to leave out the column at a place, which numbers the rows; names are of all columns."""
    return f"if it only numbers them, leave it out by ignore: [{write_key(place, names)}]"
