"""Meanings of the texts in cells: missing values, truth values, and numbers with commas."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from joml.data.labels import DECIMAL_COMMA, THOUSANDS, without_points
from joml.data.missing_texts import MISSING
from joml.data.readers.csv_format import finite_number
from joml.data.tables.raw_table import NUMBER, RawColumn, no_numbers, no_texts
from joml.wording import list_some, quoted

_LONGEST_MISSING = max(map(len, MISSING))
#: Texts for truth values in lower case, true first.
BOOLEANS = (
    *(("true", "false"), ("yes", "no"), ("t", "f"), ("y", "n"), ("on", "off")),
    *(("ja", "nein"), ("wahr", "falsch"), ("oui", "non"), ("vrai", "faux"), ("s\u00ed", "no"), ("si", "no")),
    *(("verdadero", "falso"), ("sim", "n\u00e3o"), ("vero", "falso"), ("ja", "nee")),
)

_FLOAT32_MAX = float(np.finfo(np.float32).max)
_LEADING_ZERO = re.compile(r"[+-]?0\d")


def is_missing(text: str) -> bool:
    """Return whether a cell's text stands for a missing value, in upper or lower case."""
    return len(text) <= _LONGEST_MISSING and text.lower() in MISSING


def flag_texts(column: RawColumn, is_flagged: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Return the cells whose texts fulfil a condition; numbers do not.

    Parameters
    ----------
    column : RawColumn
    is_flagged : callable
        From a text to whether it fulfils the condition.

    Returns
    -------
    ndarray of bool, shape (rows,)
    """
    if not column.texts:
        return np.zeros(len(column.codes), np.bool_)
    # The code of a number, -1, is the last place.
    flags = np.array([*map(is_flagged, column.texts), False])
    flagged: NDArray[np.bool_] = flags[column.codes]
    return flagged


def missing_cells(column: RawColumn) -> NDArray[np.bool_]:
    """Return the missing cells of a column, as bool of shape (rows,).

    A minus is a value beside a plus.
    """
    signs = {"+", "-"} <= set(column.texts)
    return flag_texts(column, lambda text: is_missing(text) and not (signs and text == "-"))


def has_large_numbers(column: RawColumn) -> bool:
    """Return whether a column has numbers beyond single precision."""
    return bool((np.abs(column.numbers) > _FLOAT32_MAX).any())


def present_texts(column: RawColumn) -> tuple[str, ...]:
    """Return the column's texts that occur and are not missing values."""
    if not column.texts:
        return ()
    counts = np.bincount(column.codes[column.codes != NUMBER], minlength=len(column.texts))
    signs = {"+", "-"} <= set(column.texts)
    return tuple(
        text
        for text, count in zip(column.texts, counts.tolist(), strict=True)
        if count and (not is_missing(text) or (signs and text == "-"))
    )


def truth_values(texts: Iterable[str]) -> tuple[str, str] | None:
    """Return the texts for true and for false, in lower case, that all the texts are among; None if there are none.

    Parameters
    ----------
    texts : iterable of str

    Returns
    -------
    tuple of str, or None
    """
    lower = {text.lower() for text in texts}
    return next((pair for pair in BOOLEANS if lower and lower <= set(pair)), None)


def number_with_commas(text: str, commas: str) -> float:
    """Return the number of a text with commas; nan where it is none.

    Parameters
    ----------
    text : str
    commas : {"thousands", "decimal", "points"}
        The meaning of commas.

    Returns
    -------
    float
    """
    if commas == "points":
        return finite_number(without_points(text))
    if commas == "thousands" and THOUSANDS.fullmatch(text):
        return float(text.replace(",", ""))
    if commas == "decimal" and DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    return math.nan


def replace_texts(column: RawColumn, to_number: Callable[[str], float]) -> RawColumn:
    """Return the column with numbers in place of the texts that have one.

    Parameters
    ----------
    column : RawColumn
    to_number : callable
        From a text to its number; nan where it has none.

    Returns
    -------
    RawColumn
    """
    values = np.array([*map(to_number, column.texts), np.nan])
    finite = np.isfinite(values)
    if not finite.any():
        return column
    numbers = np.where(finite[column.codes], values[column.codes], column.numbers)
    codes = np.where(finite[column.codes], np.int32(NUMBER), column.codes).astype(np.int32)
    return replace(column, numbers=numbers, codes=codes)


def as_texts(column: RawColumn) -> RawColumn:
    """Return a column with texts only: numbers as Python writes them, whole ones without a point.

    Numbers in texts are written in the same way, so that 1, 1.0 and 1e0 are one text; 07 stays 07.
    """
    places: dict[str, int] = {}
    renumbered = [places.setdefault(_uniform(text), len(places)) for text in column.texts]
    codes = np.array([*renumbered, NUMBER], np.int32)[column.codes]
    rows = np.flatnonzero(codes == NUMBER)
    if rows.size:
        numbers, inverse = np.unique(column.numbers[rows], return_inverse=True)
        of_numbers = [places.setdefault(write_number(number), len(places)) for number in numbers.tolist()]
        codes[rows] = np.array(of_numbers, np.int32)[inverse]
    return RawColumn(column.name, no_numbers(len(codes)), codes, tuple(places))


def write_number(number: float) -> str:
    """Return a number as text, a whole one without a point."""
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)


def show_number(number: float) -> str:
    """Return a number as tables and messages show it: with six digits, and large ones in full without a fraction."""
    return f"{number:.0f}" if 1e5 <= abs(number) < 1e15 else f"{number + 0.0:.6g}"


def text_column(name: str, cells: Sequence[str]) -> RawColumn:
    """Return a column of texts.

    Parameters
    ----------
    name : str
    cells : sequence of str
        Blanks around them do not count.

    Returns
    -------
    RawColumn
    """
    places: dict[str, int] = {}
    codes = np.array([places.setdefault(cell.strip(), len(places)) for cell in cells], np.int32)
    return RawColumn(name, no_numbers(len(codes)), codes, tuple(places))


def number_column(name: str, numbers: NDArray[np.float64], missing: NDArray[np.bool_] | None = None) -> RawColumn:
    """Return a column of numbers, some of which are missing; infinite ones are the texts inf and -inf.

    Parameters
    ----------
    name : str
    numbers : ndarray of float64, shape (rows,)
    missing : ndarray of bool, shape (rows,), optional

    Returns
    -------
    RawColumn
    """
    infinite = np.isinf(numbers)
    if missing is None:
        missing = np.zeros(len(numbers), np.bool_)
    texts = ("", "inf", "-inf") if infinite.any() else ("",)
    if len(texts) == 1 and not missing.any():
        return RawColumn(name, numbers, no_texts(len(numbers)))
    codes = np.where(missing, np.int32(0), np.int32(NUMBER)).astype(np.int32)
    codes[infinite & ~missing] = np.where(numbers[infinite & ~missing] > 0, 1, 2)
    return RawColumn(name, np.where(codes == NUMBER, numbers, np.nan), codes, texts)


def shown_name(name: str) -> str:
    """Return the name of a column as one line of text for a note."""
    text = name if name.isprintable() else repr(name)[1:-1]
    return text if len(text) <= 60 else text[:57] + "..."


def name_in_notes(place: int, names: Sequence[str]) -> str:
    """Return the name in notes of the column at a place: its name in the file, or its number, counted from 1.

    Parameters
    ----------
    place : int
    names : sequence of str
        Names of all columns; empty where they have none.

    Returns
    -------
    str
    """
    return (shown_name(names[place]) if names else "") or f"column {place + 1}"


def describe_some(texts: Collection[str], most: int = 3) -> str:
    """Return the first few texts, at most `most`, quoted, with the number of the others."""
    return list_some(map(quoted, texts), most)


def _uniform(text: str) -> str:
    """Return a text that is a number in the one way of writing it."""
    if _LEADING_ZERO.match(text) or "_" in text:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    # Exact integers keep their digits.
    if not math.isfinite(number) or abs(number) >= 1e15:
        return text
    return write_number(number)
