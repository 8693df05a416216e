"""Encoders: how the cells of a column become features, fitted on the training part and stored with the network."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from joml.data.labels import POINT_GROUP
from joml.data.number_marks import without_mark
from joml.data.readers.csv_format import finite_number
from joml.data.tables.cell_meanings import (
    as_texts,
    flag_texts,
    missing_cells,
    number_with_commas,
    replace_texts,
    show_number,
    shown_name,
    truth_values,
)
from joml.data.tables.dates import parse_dates, parse_time
from joml.data.tables.raw_table import NUMBER, RawColumn, RawTable, no_texts
from joml.wording import counted

#: The values in place of missing numbers: a statistic of the training part, or a number.
Fill = Literal["median", "mean"] | float
#: The parts of a date that become features.
DatePart = Literal["days", "month", "weekday", "hour"]

# The largest number in single precision, which the engine uses.
_FLOAT32_MAX = float(np.finfo(np.float32).max)
_DAY = 86_400.0
#: Columns that notes of one sort name; the others are counted.
MOST_NOTES = 20
#: The name of the feature of all rare categories.
OTHER = "other"


@dataclass(frozen=True, slots=True)
class NumberEncoder:
    """A column of numbers: one feature, and another that marks missing cells.

    Attributes
    ----------
    name : str
        The column's name.
    rule : "median", "mean" or float
        The value in place of missing cells.
    missing : int
        Number of missing cells in the column; a feature marks them if there are any.
    lenient : bool
        Whether cells that are neither numbers nor missing are taken for missing.
    commas : "", "thousands", "decimal" or "points"
        The meaning of commas in its numbers; "points" separate thousands.
    fill : float
        The value in place of missing cells, from the training part.
    mark : str
        The mark of its numbers, such as "%", "$" or "kg"; " " if there are only blanks or apostrophes between
        thousands. Cells with and without it are read.
    """

    name: str
    rule: Fill = "median"
    missing: int = 0
    lenient: bool = False
    commas: Literal["", "thousands", "decimal", "points"] = ""
    fill: float = math.nan
    mark: str = ""

    kind: ClassVar[str] = "number"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of its features."""
        return (self.name, f"{self.name} missing") if self.missing else (self.name,)

    @property
    def scales(self) -> tuple[bool, ...]:
        """Return for each feature whether it is scaled by its mean and deviation."""
        return (True, False) if self.missing else (True,)

    @property
    def note(self) -> str:
        """A sentence about what is done with missing cells; empty where there are none."""
        if not self.missing:
            return ""
        fill = "" if math.isnan(self.fill) else f" {show_number(self.fill)}"
        value = f"the {self.rule}{fill} of the training part" if isinstance(self.rule, str) else show_number(self.rule)
        return f"filled with {value}; a feature {self.feature_names[1]!r} marks them"

    def fit(self, column: RawColumn) -> NumberEncoder:
        """Return the encoder with the fill value of the training part, whose rows are those of ``column``."""
        if not isinstance(self.rule, str):
            return replace(self, fill=float(self.rule))
        numbers = self._numbers(column)
        numbers = numbers[np.isfinite(numbers)]
        if not numbers.size:
            return replace(self, fill=0.0)
        return replace(self, fill=float(np.median(numbers) if self.rule == "median" else np.mean(numbers)))

    def missing_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells of a column that have no number."""
        return np.isnan(self._numbers(column))

    def faulty_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells of a column that are neither numbers nor missing, or too large for single precision."""
        column = self.with_numbers(column)
        too_large: NDArray[np.bool_] = np.abs(column.numbers) > _FLOAT32_MAX  # false for nan
        if not column.texts:
            return too_large
        if self.lenient:
            return too_large | self.ambiguous_cells(column)
        others: NDArray[np.bool_] = (column.codes != NUMBER) & ~missing_cells(column)
        return too_large | others

    def ambiguous_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells that may be thousands, such as 1.200 in a column with decimal commas, read as texts."""
        may_be_thousands = self.commas == "decimal"
        return flag_texts(column, lambda text: may_be_thousands and POINT_GROUP.fullmatch(text) is not None)

    def unknown_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells whose values have no feature of their own: none of a column of numbers."""
        return np.zeros(len(column.codes), np.bool_)

    def features(self, column: RawColumn) -> Iterator[NDArray[np.float64]]:
        """Yield the features of a column, each for all rows."""
        numbers = self._numbers(column)
        missing = np.isnan(numbers)
        yield np.where(missing, self.fill, numbers) if missing.any() else numbers
        if self.missing:
            yield missing.astype(np.float64)

    def with_numbers(self, column: RawColumn) -> RawColumn:
        """Return a column with numbers in place of its texts with commas and marks."""
        commas, mark = self.commas, self.mark
        if not column.texts or not (commas or mark):
            return column
        column = replace_texts(column, lambda text: _number_of(text, commas, mark))
        if mark and (column.codes == NUMBER).all():  # every number is a text of its own
            return RawColumn(column.name, column.numbers, no_texts(len(column.codes)))
        return column

    def _numbers(self, column: RawColumn) -> NDArray[np.float64]:
        return self.with_numbers(column).numbers


def _number_of(text: str, commas: str, mark: str) -> float:
    """Return the number of a text with or without commas and mark; nan where it is none, or may be either of two."""
    if mark:
        text = without_mark(text, mark)
    if commas == "decimal" and POINT_GROUP.fullmatch(text):
        return math.nan
    number = math.nan if commas == "points" else finite_number(text)
    return number_with_commas(text, commas) if math.isnan(number) else number


@dataclass(frozen=True, slots=True)
class CategoryEncoder:
    """A column of categories: a feature for each frequent one, for the other ones, and for missing cells.

    Attributes
    ----------
    name : str
    categories : tuple of str
        The categories with a feature of their own.
    other : bool
        Whether a feature stands for all other categories. Without it, they have no feature at all.
    missing : int
        Number of missing cells in the column; a feature stands for them if there are any.
    as_text : bool
        Whether its cells are read as texts, so that 07 is not 7.
    absent : tuple of str
        Categories that the training part does not have; they are encoded as other ones.
    """

    name: str
    categories: tuple[str, ...]
    other: bool = False
    missing: int = 0
    as_text: bool = False
    absent: tuple[str, ...] = ()

    kind: ClassVar[str] = "category"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of its features."""
        names = [f"{self.name}={category}" for category in self.categories]
        if self.other:
            names.append(f"{self.name} {OTHER}")
        return (*names, f"{self.name} missing") if self.missing else tuple(names)

    @property
    def scales(self) -> tuple[bool, ...]:
        """Return for each feature whether it is scaled by its mean and deviation."""
        return (False,) * len(self.feature_names)

    @property
    def note(self) -> str:
        """A sentence about what is done with missing cells; empty where there are none."""
        return f"taken for a category of its own, {self.feature_names[-1]!r}" if self.missing else ""

    def fit(self, column: RawColumn) -> CategoryEncoder:
        """Return the encoder with the categories that the training part has, whose rows are those of ``column``."""
        column = as_texts(column)
        texts = {column.texts[code] for code in np.unique(column.codes).tolist()}
        return replace(self, absent=tuple(category for category in self.categories if category not in texts))

    def missing_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the missing cells of a column."""
        return missing_cells(column)

    def faulty_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells that cannot be read: none of a column of categories."""
        return np.zeros(len(column.codes), np.bool_)

    def unknown_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells of a column whose categories have no feature of their own."""
        trained = set(self.categories) - set(self.absent)
        column = as_texts(column)
        return flag_texts(column, lambda text: text not in trained) & ~missing_cells(column)

    def features(self, column: RawColumn) -> Iterator[NDArray[np.float64]]:
        """Yield the features of a column, each for all rows."""
        column = as_texts(column)
        place_of = {category: place for place, category in enumerate(self.categories) if category not in self.absent}
        # A place without a feature stands for what has none.
        rest = len(self.categories) if self.other else -1
        places = np.array([*(place_of.get(text, rest) for text in column.texts), -1], np.int32)[column.codes]
        places[missing_cells(column)] = len(self.feature_names) - 1 if self.missing else -1
        for place in range(len(self.feature_names)):
            yield (places == place).astype(np.float64)


@dataclass(frozen=True, slots=True)
class BooleanEncoder:
    """A column of truth values: one feature, 1 for true, and another that marks missing cells.

    Attributes
    ----------
    name : str
    true, false : str
        The texts for true and false, in lower case.
    missing : int
        Number of missing cells in the column; a feature marks them if there are any.
    """

    name: str
    true: str = "true"
    false: str = "false"
    missing: int = 0

    kind: ClassVar[str] = "boolean"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of its features."""
        name = f"{self.name}={self.true}"
        return (name, f"{self.name} missing") if self.missing else (name,)

    @property
    def scales(self) -> tuple[bool, ...]:
        """Return for each feature whether it is scaled by its mean and deviation."""
        return (False,) * len(self.feature_names)

    @property
    def note(self) -> str:
        """A sentence about what is done with missing cells; empty where there are none."""
        return f"taken as 0.5; a feature {self.feature_names[-1]!r} marks them" if self.missing else ""

    def fit(self, column: RawColumn) -> BooleanEncoder:
        """Return the encoder: nothing depends on the training part, whose rows are those of ``column``."""
        del column
        return self

    def missing_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the missing cells of a column."""
        return missing_cells(column)

    def faulty_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells of a column that are neither true nor false nor missing."""
        numbers: NDArray[np.bool_] = (column.codes == NUMBER) & ~np.isin(column.numbers, (0.0, 1.0))
        others = flag_texts(column, lambda text: self._value_of(text) is None)
        return numbers | (others & ~missing_cells(column))

    def unknown_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells whose values have no feature of their own: none of a column of truth values."""
        return np.zeros(len(column.codes), np.bool_)

    def features(self, column: RawColumn) -> Iterator[NDArray[np.float64]]:
        """Yield the features of a column, each for all rows."""
        values = np.array([*(0.5 if (value := self._value_of(text)) is None else value for text in column.texts), 0.5])
        numbers = column.codes == NUMBER
        yield np.where(numbers, column.numbers, values[column.codes])
        if self.missing:
            yield missing_cells(column).astype(np.float64)

    def _value_of(self, text: str) -> float | None:
        """Return 1 for true, 0 for false, and None for another text."""
        lower = text.lower()
        if lower in (self.true, self.false):
            return float(lower == self.true)
        pair = truth_values([text])
        return None if pair is None else float(lower == pair[0])


@dataclass(frozen=True, slots=True)
class DateEncoder:
    """A column of dates or times: elapsed days, and the parts that repeat themselves as points on a circle.

    Attributes
    ----------
    name : str
    day_first : bool
        Whether 3/4/2021 is the third of April.
    times : bool
        Whether the cells are times of day without a date.
    start : float
        The date that days are counted from, in seconds since 1970: the first one of the column.
    parts : tuple of "days", "month", "weekday" and "hour"
        The parts that differ between rows.
    missing : int
        Number of missing cells in the column; a feature marks them if there are any.
    lenient : bool
        Whether cells that are neither dates nor missing are taken for missing.
    fill : float
        The days in place of missing cells: the median of the training part.
    """

    name: str
    day_first: bool = True
    times: bool = False
    start: float = 0.0
    parts: tuple[DatePart, ...] = ("days",)
    missing: int = 0
    lenient: bool = False
    fill: float = math.nan

    kind: ClassVar[str] = "date"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of its features."""
        names: list[str] = []
        for part in self.parts:
            circle = (f"{self.name} {part} sin", f"{self.name} {part} cos")
            names += [f"{self.name} days"] if part == "days" else circle
        return (*names, f"{self.name} missing") if self.missing else tuple(names)

    @property
    def scales(self) -> tuple[bool, ...]:
        """Return for each feature whether it is scaled by its mean and deviation."""
        return tuple(name == f"{self.name} days" for name in self.feature_names)

    @property
    def note(self) -> str:
        """A sentence about what is done with missing cells; empty where there are none."""
        if not self.missing:
            return ""
        marks = f"a feature {self.feature_names[-1]!r} marks them"
        return f"filled with the median date of the training part; {marks}" if "days" in self.parts else marks

    def fit(self, column: RawColumn) -> DateEncoder:
        """Return the encoder with the fill value of the training part, whose rows are those of ``column``."""
        seconds = self.seconds(column)
        seconds = seconds[np.isfinite(seconds)]
        return replace(self, fill=float(np.median(seconds) - self.start) / _DAY if seconds.size else 0.0)

    def missing_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells of a column that have no date."""
        return np.isnan(self.seconds(column))

    def faulty_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells of a column that are neither dates nor missing."""
        if self.lenient:
            return np.zeros(len(column.codes), np.bool_)
        return np.isnan(self.seconds(column)) & ~missing_cells(column)

    def unknown_cells(self, column: RawColumn) -> NDArray[np.bool_]:
        """Return the cells whose values have no feature of their own: none of a column of dates."""
        return np.zeros(len(column.codes), np.bool_)

    def features(self, column: RawColumn) -> Iterator[NDArray[np.float64]]:
        """Yield the features of a column, each for all rows."""
        yield from self.features_at(self.seconds(column))

    def features_at(self, seconds: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
        """Yield the features of dates in seconds since 1970, or of times since midnight; nan is a missing one."""
        missing = np.isnan(seconds)
        filled = np.where(missing, self.start, seconds)
        for part in self.parts:
            if part == "days":
                yield np.where(missing, self.fill, (filled - self.start) / _DAY)
                continue
            # The middle of the circle stands for missing cells.
            angle = 2 * np.pi * part_of_date(part, filled)
            yield np.where(missing, 0.0, np.sin(angle))
            yield np.where(missing, 0.0, np.cos(angle))
        if self.missing:
            yield missing.astype(np.float64)

    def seconds(self, column: RawColumn) -> NDArray[np.float64]:
        """Return the seconds since 1970, or since midnight, of each cell of a column; nan where it is no date."""
        if (column.codes == NUMBER).any():  # dates such as 20210304
            column = as_texts(column)
        if self.times:
            of_texts = np.array([parse_time(text) for text in column.texts])
        else:
            of_texts = parse_dates(column.texts, self.day_first)
        seconds: NDArray[np.float64] = np.append(of_texts, np.nan)[column.codes]
        return seconds


def part_of_date(part: DatePart, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a part of dates, from 0 to below 1, as it repeats itself.

    Parameters
    ----------
    part : {"month", "weekday", "hour"}
        The month in the year, the day in the week, or the time in the day.
    seconds : ndarray of float64
        Seconds since 1970.

    Returns
    -------
    ndarray of float64
    """
    if part == "month":
        months = (seconds.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)) % 12
        return months / 12.0
    if part == "weekday":
        return ((np.floor(seconds / _DAY) + 3) % 7) / 7  # 1970 began on a Thursday
    return (seconds % _DAY) / _DAY


ColumnEncoder: TypeAlias = NumberEncoder | CategoryEncoder | BooleanEncoder | DateEncoder
_ENCODERS: dict[str, Any] = {
    encoder.kind: encoder for encoder in (NumberEncoder, CategoryEncoder, BooleanEncoder, DateEncoder)
}


def encoder_to_plain(encoder: ColumnEncoder) -> dict[str, Any]:
    """Return an encoder as values that JSON can write; numbers are exact, and an unknown fill value is None."""
    plain: dict[str, Any] = {"kind": encoder.kind, **asdict(encoder)}
    if math.isnan(plain.get("fill", 0.0)):
        plain["fill"] = None
    return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def encoder_from_plain(plain: Mapping[str, Any]) -> ColumnEncoder:
    """Return the encoder that `encoder_to_plain` returned as plain values; unknown keys are ignored.

    Parameters
    ----------
    plain : mapping of str to plain values

    Returns
    -------
    ColumnEncoder

    Raises
    ------
    ValueError
        The values are not an encoder.
    """
    try:
        encoder = _ENCODERS[plain["kind"]]
        values = {name: plain[name] for name in encoder.__dataclass_fields__ if name in plain and name != "kind"}
        if "fill" in values and values["fill"] is None:
            values["fill"] = math.nan
        made: ColumnEncoder = encoder(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is not the encoder of a column: {type(error).__name__}: {error}") from error
    return made


def names_of_features(encoders: Sequence[ColumnEncoder]) -> tuple[str, ...]:
    """Return the names of all features of the encoders' columns, in order."""
    return tuple(name for encoder in encoders for name in encoder.feature_names)


def describe_missing(encoders: Sequence[ColumnEncoder], rows: int) -> tuple[str, ...]:
    """Return a note for every column with missing cells, with their number and what is done with them.

    Parameters
    ----------
    encoders : sequence of ColumnEncoder
    rows : int
        Number of all rows.

    Returns
    -------
    tuple of str
    """
    incomplete = [encoder for encoder in encoders if encoder.missing]
    notes = [
        f"{shown_name(encoder.name)}: {encoder.missing:,} of {rows:,} cells {'is' if encoder.missing == 1 else 'are'} "
        f"missing: {encoder.note}"
        for encoder in incomplete[:MOST_NOTES]
    ]
    others = len(incomplete) - len(notes)
    if others:
        columns = counted(others, "more column has", "more columns have")
        notes.append(f"{columns} missing cells, which are filled and marked in the same way")
    return tuple(notes)


def encode_table(encoders: Sequence[ColumnEncoder], table: RawTable) -> NDArray[np.float64]:
    """Return the features of a table's rows.

    Parameters
    ----------
    encoders : sequence of ColumnEncoder
        Fitted; one for each column of the table.
    table : RawTable

    Returns
    -------
    ndarray of float64, shape (rows, features)
        In the units of the data: nothing is scaled.
    """
    x = np.empty((table.rows, len(names_of_features(encoders))))
    place = 0
    for encoder, column in zip(encoders, table.columns, strict=True):
        for feature in encoder.features(column):
            x[:, place] = feature
            place += 1
    return x
