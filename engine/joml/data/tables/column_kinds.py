"""Kinds of columns, found by looking at all cells of a column, or as the user sets them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.labels import DECIMAL_COMMA, POINTS_IN_THOUSANDS, THOUSANDS
from joml.data.number_marks import common_mark, has_own_sign, is_in_parentheses, is_limit, split_mark
from joml.data.readers.csv_format import is_number
from joml.data.tables.cell_meanings import (
    as_texts,
    describe_some,
    missing_cells,
    present_texts,
    truth_values,
    write_number,
)
from joml.data.tables.dates import find_order, parse_date, parse_time
from joml.data.tables.encoding import (
    BooleanEncoder,
    CategoryEncoder,
    ColumnEncoder,
    DateEncoder,
    DatePart,
    Fill,
    NumberEncoder,
    part_of_date,
)
from joml.data.tables.marked_numbers import (
    FEWEST_BESIDE_LIMITS,
    MarkedCommas,
    NumberMark,
    are_differently_marked,
    find_mark,
)
from joml.data.tables.raw_table import NUMBER, RawColumn
from joml.wording import counted

#: The kinds of columns that a user may set.
ColumnKind = Literal["number", "category", "boolean", "date", "ignore"]
#: What happens to missing cells.
MissingRule = Literal["fill", "error"]

#: Most categories of a column with a feature of their own.
MOST_CATEGORIES = 50
# A category has a feature of its own from this many rows on, and from this share of the rows on.
_FEWEST_ROWS = 2
_SMALLEST_SHARE = 0.001
# Up to this many different values beside texts are categories; more numbers are a column of numbers.
_FEW_NUMBERS = 20
# Up to this many different numbers, each in as many rows on average, are like categories.
_FEWEST_VALUES = 10
_SMALLEST_TEXT_SHARE = 0.01
# Kinds that numbers with a mark are not taken for.
_CERTAIN = ("boolean", "date")
# A number with a sign behind it, such as 4.2±0.1 or 8.2*, and one with any text, which is no code beside numbers.
_SIGN_BEHIND = re.compile(r"[-+~]?\d+([.,]\d+)?\s*[^\w\s.,:/-].*", re.DOTALL)
_TEXT_BEHIND = re.compile(r"[-+~]?\d+([.,]\d+)?\s*[^\d\s].*", re.DOTALL)
# Two numbers: a fraction, a range, or a pair such as a blood pressure; and dates that may be versions.
_PAIR = re.compile(r"[-+]?\d+([.,]\d+)?\s*[/\u2013\u2014x\u00d7]\s*\d+([.,]\d+)?")
_SHORT_DATE = re.compile(r"\d\d\.\d\d\.\d\d")
_MARKED = (THOUSANDS, DECIMAL_COMMA, POINTS_IN_THOUSANDS)


@dataclass(frozen=True, slots=True)
class ColumnSetting:
    """A user's setting of a column; None leaves a choice to the reader.

    Attributes
    ----------
    kind : "number", "category", "boolean", "date" or "ignore", optional
    missing : "median", "mean", "error" or float, optional
        What stands in place of missing cells of a column of numbers; "error" refuses them in any column.
    day_first : bool, optional
        Whether 3/4/2021 is the third of April.
    """

    kind: ColumnKind | None = None
    missing: Literal["median", "mean", "error"] | float | None = None
    day_first: bool | None = None


#: The user's settings of columns as written: a kind alone, or a mapping of settings, by the column's name or position.
ColumnSettings = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class ColumnDecision:
    """The decision on a column of features.

    Attributes
    ----------
    encoder : ColumnEncoder or None
        How it is encoded, before it is fitted; None if it is left out.
    reason : str
        Why it is left out, or a remark on its kind; the rest of a sentence that begins with the column's name.
    faulty : ndarray of bool or None
        The cells that cannot be read; None if there are none.
    """

    encoder: ColumnEncoder | None
    reason: str = ""
    faulty: NDArray[np.bool_] | None = None


def read_setting(where: str, written: Any) -> ColumnSetting:
    """Return the setting of a column from its written form.

    Parameters
    ----------
    where : str
        The column, as messages name it, such as "columns: age".
    written : ColumnSetting, str or mapping
        A kind, or a mapping with `kind`, `missing` and `day_first`.

    Returns
    -------
    ColumnSetting

    Raises
    ------
    DatasetError
        There is no such kind or setting; the message names the nearest one.
    """
    if isinstance(written, ColumnSetting):
        return written
    if isinstance(written, str):
        return ColumnSetting(kind=_one_of(where, "kind", written, get_args(ColumnKind)))
    if not isinstance(written, Mapping):
        raise DatasetError(f"{where}: a kind was expected, {_list(get_args(ColumnKind))}, got {written!r}")
    keys = ("kind", "missing", "day_first")
    for key in written:
        _one_of(where, "setting", key, keys)
    kind, missing, day_first = (written.get(name) for name in keys)
    if kind is not None:
        kind = _one_of(where, "kind", kind, get_args(ColumnKind))
    if day_first is not None and not isinstance(day_first, bool):
        raise DatasetError(f"{where}: day_first: true or false was expected, got {day_first!r}")
    if isinstance(missing, str):
        missing = _one_of(where, "missing", missing, ("median", "mean", "error"))
    elif missing is not None and (isinstance(missing, bool) or not isinstance(missing, int | float)):
        raise DatasetError(f"{where}: missing: median, mean, error or a number was expected, got {missing!r}")
    elif missing is not None and not math.isfinite(missing):
        raise DatasetError(f"{where}: missing: a finite number was expected, got {missing!r}")
    if missing not in (None, "error") and kind not in (None, "number"):
        raise DatasetError(f"{where}: missing: {missing} is for columns of numbers, and the kind is {kind}")
    return ColumnSetting(kind, missing, day_first)


def decide(
    column: RawColumn, name: str, setting: ColumnSetting = ColumnSetting(), unclear_commas: MarkedCommas = ""
) -> ColumnDecision:
    """Return the decision on a column of features.

    Parameters
    ----------
    column : RawColumn
        All its cells. Commas in numbers are texts.
    name : str
        Its name, or "x1", "x2", ... without a header.
    setting : ColumnSetting, optional
        By default the kind is decided by the cells.
    unclear_commas : "", "thousands" or "decimal", optional
        The meaning of the comma of $1,200 where the column does not decide it; by default it is not known.

    Returns
    -------
    ColumnDecision

    Raises
    ------
    DatasetError
        The setting of missing cells is for numbers, and the column is of another kind.
    """
    if setting.kind == "ignore":
        return ColumnDecision(None)
    decision = _decide_kind(column, name, setting, unclear_commas)
    encoder = decision.encoder
    if encoder is None:
        return decision
    if setting.missing not in (None, "error") and not isinstance(encoder, NumberEncoder):
        raise DatasetError(
            f"columns: {name}: missing: {setting.missing} is for columns of numbers, and this one is read as the kind "
            f"{encoder.kind}; leave missing out, or add kind: number"
        )
    if setting.missing == "error" and encoder.missing:
        missing = encoder.missing_cells(column)
        return replace(decision, faulty=missing if decision.faulty is None else missing | decision.faulty)
    return decision


def has_commas(column: RawColumn) -> bool:
    """Return whether a column holds numbers with marks in them, and beside them only numbers and missing cells."""
    texts = present_texts(column)
    return bool(texts) and all(any(mark.fullmatch(text) for mark in _MARKED) for text in texts)


# --- kinds ----------------------------------------------------------------------------------------------------------


def _decide_kind(column: RawColumn, name: str, setting: ColumnSetting, unclear_commas: MarkedCommas) -> ColumnDecision:
    texts = present_texts(column)
    match setting.kind:
        case "category":
            return _decide_category(column, name, as_text=True)
        case "boolean":
            return _decide_boolean(column, name, texts)
        case "date":
            return _decide_date(column, name, texts, setting, lenient=True)
        case "number":
            mark = _mark_of(column, texts, unclear_commas, lenient=True)
            return _decide_number(column, name, setting, lenient=True, mark=mark)
    return _decide_by_cells(column, name, texts, setting, unclear_commas)


def _decide_by_cells(
    column: RawColumn, name: str, texts: tuple[str, ...], setting: ColumnSetting, unclear_commas: MarkedCommas
) -> ColumnDecision:
    """Return the decision on a column whose kind the user leaves to the reader."""
    decision = _find_kind(column, name, texts, setting)
    encoder = decision.encoder
    is_certain = encoder is not None and encoder.kind in _CERTAIN and decision.faulty is None
    if not texts or _is_constant(column) or is_certain:
        return decision
    mark = _mark_of(column, texts, unclear_commas)
    if mark is not None and not (isinstance(encoder, CategoryEncoder) and _has_few_beside_limits(column, texts)):
        decision = _decide_number(column, name, setting, mark=mark)
        return replace(decision, reason=decision.reason or describe_own_signs(texts))
    remark = _describe_marks(column, texts) if isinstance(encoder, CategoryEncoder) else ""
    if not remark:
        return decision
    remark += ": they are categories; write plain numbers to have numbers"
    return replace(decision, reason=f"{decision.reason}; it {remark}" if decision.reason else remark)


def _has_few_beside_limits(column: RawColumn, texts: Sequence[str]) -> bool:
    """Return whether a column has limits, and so few different numbers that >4 is a category beside them."""
    limits = sum(map(is_limit, texts))
    numbers = len(np.unique(column.numbers[column.codes == NUMBER])) + len(texts) - limits
    return bool(limits) and numbers <= FEWEST_BESIDE_LIMITS


def _mark_of(
    column: RawColumn, texts: tuple[str, ...], unclear_commas: MarkedCommas, lenient: bool = False
) -> NumberMark | None:
    has_numbers = bool((column.codes == NUMBER).any())
    return find_mark(texts, has_numbers, unclear_commas, lenient) if texts else None


def describe_own_signs(texts: Sequence[str]) -> str:
    """Return a remark that numbers such as (1.5) are negative, the rest of a sentence; empty if there are none.

    Parameters
    ----------
    texts : sequence of str
        The texts of a column of numbers.

    Returns
    -------
    str
    """
    signed = [text for text in texts if has_own_sign(text)]
    if not signed:
        return ""
    return f"{len(signed):,} different numbers such as {describe_some(signed[:1])} are read as negative"


def _describe_marks(column: RawColumn, texts: tuple[str, ...]) -> str:
    """Return why texts that are numbers with marks are not read as numbers; empty if they are no such numbers."""
    mark, plain = common_mark(texts), column.numbers[column.codes == NUMBER]
    if mark.strip() and len(plain):
        cells = counted(len(plain), "number")
        example = f"such as {write_number(float(plain[0]))} beside {describe_some(texts[:1])}"
        return f"holds {cells} without the mark {mark!r} of the others, {example}"
    if mark and all(map(is_in_parentheses, texts)):
        return f"holds numbers that all are in parentheses, such as {describe_some(texts[:1])}"
    if mark:
        return f"holds numbers with a mark whose commas or points may mean either, such as {describe_some(texts[:1])}"
    if not are_differently_marked(texts):
        return ""
    other = next((text for text in texts if are_differently_marked((texts[0], text))), texts[-1])
    return f"holds numbers with different marks, such as {describe_some([texts[0], other])}"


def _find_kind(column: RawColumn, name: str, texts: tuple[str, ...], setting: ColumnSetting) -> ColumnDecision:
    has_numbers = bool((column.codes == NUMBER).any())
    if not texts and not has_numbers:
        return ColumnDecision(None, "has no values: it is left out")
    if _is_constant(column):
        return ColumnDecision(None, "has the same value in all rows: it is left out")
    if not texts:
        return _decide_number(column, name, setting)
    if not has_numbers:
        return _decide_texts(column, name, texts, setting)
    return _decide_mixture(column, name, texts, setting)


def _decide_number(
    column: RawColumn,
    name: str,
    setting: ColumnSetting = ColumnSetting(),
    lenient: bool = False,
    mark: NumberMark | None = None,
) -> ColumnDecision:
    rule: Fill = "median" if setting.missing is None or setting.missing == "error" else setting.missing
    encoder = NumberEncoder(name, rule, lenient=lenient)
    if mark is not None:
        encoder = replace(encoder, mark=mark.mark, commas=mark.commas)
        column = encoder.with_numbers(column)
    missing = encoder.missing_cells(column)
    encoder = replace(encoder, missing=int(np.count_nonzero(missing)))
    reason = ""
    if lenient and column.texts:
        others = missing & ~missing_cells(column)
        if others.any() and missing.all():
            example = describe_some([column.texts[column.codes[int(others.argmax())]]])
            raise DatasetError(
                f"columns: {name}: it is set to number, and no cell is a number, such as {example}: write plain "
                "numbers, or leave the column out of columns"
            )
        if others.any():
            text = column.texts[column.codes[int(others.argmax())]]
            count = int(np.count_nonzero(others))
            cells = counted(count, "cell that is not a number is", "cells that are not numbers are")
            reason = f"{cells} taken for missing, such as {describe_some([text])}"
    elif missing.all():
        return ColumnDecision(None, "has no numbers: it is left out")
    faulty = encoder.faulty_cells(column)
    return ColumnDecision(encoder, reason, faulty if faulty.any() else None)


def _decide_texts(column: RawColumn, name: str, texts: tuple[str, ...], setting: ColumnSetting) -> ColumnDecision:
    """Return the decision on a column without numbers."""
    if truth_values(texts) is not None:
        return _decide_boolean(column, name, texts)
    dates = _decide_date(column, name, texts, setting)
    if dates.encoder is not None and (dates.faulty is None or not all(map(_SHORT_DATE.fullmatch, texts))):
        return dates
    rows = len(column.codes) - int(np.count_nonzero(missing_cells(column)))
    distinct = len(present_texts(as_texts(column)))
    if distinct <= max(2, rows / 2):
        return _decide_category(column, name)
    remark = _describe_marks(column, texts)
    if remark:
        remark += ": it is left out; write plain numbers to keep it"
    elif example := _mostly_marked(column, texts):
        remark = f"holds numbers such as {describe_some(example[:1])} beside texts such as {describe_some(example[1:])}"
    elif all(map(_PAIR.fullmatch, texts)):
        holds = f"holds two numbers in each cell, such as {describe_some(texts[:1])}"
        remark = f"{holds}: it is left out; make two columns of it, or write one number"
    elif all(map((_TEXT_BEHIND if (column.codes == NUMBER).any() else _SIGN_BEHIND).fullmatch, texts)):
        holds = f"holds texts that begin with a number, such as {describe_some(texts[:1])}"
        remark = f"{holds}: it is left out; write the number alone to keep it"
    elif distinct == rows:
        remark = f"is text that differs in all {rows:,} rows: it is left out"
    return ColumnDecision(
        None, remark or f"is text with {distinct:,} different values in {rows:,} rows: it is left out"
    )


def _mostly_marked(column: RawColumn, texts: Sequence[str]) -> tuple[str, str] | None:
    """Return a number with a mark and another text of a column in which most cells are such numbers."""
    mark = find_mark(texts, False, "", lenient=True)
    if mark is None:
        return None
    reads = NumberEncoder("", mark=mark.mark, commas=mark.commas, lenient=True)
    readable = np.isfinite(reads.with_numbers(column).numbers)
    others = ~readable & ~missing_cells(column)
    if np.count_nonzero(readable) <= np.count_nonzero(others) or not others.any():
        return None
    first = next((text for text in texts if split_mark(text) is not None), texts[0])
    return first, column.texts[column.codes[int(others.argmax())]]


def _decide_mixture(column: RawColumn, name: str, texts: tuple[str, ...], setting: ColumnSetting) -> ColumnDecision:
    """Return the decision on a column with numbers and texts."""
    has_number = column.codes == NUMBER
    distinct_numbers = len(np.unique(column.numbers[has_number]))
    rows = len(column.codes) - int(np.count_nonzero(missing_cells(column)))
    distinct = distinct_numbers + len(texts)
    # A text or two among many different numbers are mistakes; among a few that repeat themselves, they are categories.
    are_infinite = all(is_number(text) for text in texts)
    repeats = distinct_numbers <= _FEWEST_VALUES and rows >= _FEWEST_VALUES * distinct
    fewest = max(1 if repeats else _FEWEST_ROWS, _SMALLEST_TEXT_SHARE * rows)
    has_texts = not are_infinite and rows - np.count_nonzero(has_number) >= fewest
    if has_texts and distinct_numbers <= _FEW_NUMBERS and distinct <= min(MOST_CATEGORIES, rows / 2):
        remark = f"holds numbers and texts such as {describe_some(texts[:1])}: each is taken for a category"
        return replace(_decide_category(column, name), reason=remark)
    if are_infinite or np.count_nonzero(has_number) * 2 >= rows:
        return replace(_decide_number(column, name, setting), faulty=~has_number & ~missing_cells(column))
    return _decide_texts(column, name, texts, setting)


def _decide_boolean(column: RawColumn, name: str, texts: tuple[str, ...]) -> ColumnDecision:
    pair = truth_values(texts) or ("true", "false")
    encoder = BooleanEncoder(name, *pair, missing=int(np.count_nonzero(missing_cells(column))))
    faulty = encoder.faulty_cells(column)
    return ColumnDecision(encoder, faulty=faulty if faulty.any() else None)


def _decide_date(
    column: RawColumn, name: str, texts: tuple[str, ...], setting: ColumnSetting, lenient: bool = False
) -> ColumnDecision:
    """Return the decision on a column as dates; without an encoder if most of its cells are not."""
    if lenient and (column.codes == NUMBER).any():  # dates such as 20210304
        column = as_texts(column)
        texts = present_texts(column)
    order = find_order(column.texts)  # also of rows that are left out
    day_first = order.day_first if setting.day_first is None else setting.day_first
    times = bool(texts) and all(math.isfinite(parse_time(text)) for text in texts[:1])
    encoder = DateEncoder(name, day_first, times, lenient=lenient)
    if not lenient and not any(math.isfinite(_parse(encoder, text)) for text in texts[:50]):
        return ColumnDecision(None)
    seconds = encoder.seconds(column)
    finite = np.isfinite(seconds)
    dates, missing = int(np.count_nonzero(finite)), missing_cells(column)
    rows = len(finite) - int(np.count_nonzero(missing))
    if not dates or (not lenient and dates * 2 < rows):
        return ColumnDecision(None, "has no dates: it is left out" if lenient else "")
    parts = ("hour",) if times else _parts(seconds[finite])
    start = float(np.floor(seconds[finite].min() / 86_400) * 86_400)
    encoder = replace(encoder, start=start, parts=parts, missing=int(np.count_nonzero(~finite if lenient else missing)))
    remark = ""
    if not parts:
        return ColumnDecision(None, "has the same date in all rows: it is left out")
    example = ""
    if order.is_ambiguous and setting.day_first is None:
        # The order may be that of rows that are left out: then there is no example.
        example = next((text for text in texts if parse_date(text, True) != parse_date(text, False)), "")
    if example:
        first = "the day" if day_first else "the month"
        remark = f"dates such as {example!r} are read with {first} first; day_first: {_yaml(not day_first)} changes it"
    elif lenient and rows > dates:
        cells = counted(rows - dates, "cell that is no date is", "cells that are no dates are")
        remark = f"{cells} taken for missing"
    faulty = encoder.faulty_cells(column)
    return ColumnDecision(encoder, remark, faulty if faulty.any() else None)


def _parse(encoder: DateEncoder, text: str) -> float:
    return parse_time(text) if encoder.times else parse_date(text, encoder.day_first)


def _parts(seconds: NDArray[np.float64]) -> tuple[DatePart, ...]:
    """Return the parts of dates that differ between them."""
    parts: list[DatePart] = ["days"] if (seconds != seconds[0]).any() else []
    days = seconds.astype("datetime64[s]").astype("datetime64[D]")
    # Months alone, such as 2021-03, have no days of the week.
    has_days = bool((days != days.astype("datetime64[M]")).any())
    names: tuple[DatePart, ...] = ("month", "weekday", "hour") if has_days else ("month", "hour")
    for part in names:
        values = part_of_date(part, seconds)
        if (values != values[0]).any():
            parts.append(part)
    return tuple(parts)


def _decide_category(column: RawColumn, name: str, as_text: bool = False) -> ColumnDecision:
    column = as_texts(column)
    missing = missing_cells(column)
    counts = np.bincount(column.codes[~missing], minlength=len(column.texts))
    frequent: list[int] = []
    rare: list[int] = []
    threshold = max(_FEWEST_ROWS, math.ceil(len(column.codes) * _SMALLEST_SHARE))
    # The most frequent first; among equal ones in alphabetical order.
    by_count = sorted(np.flatnonzero(counts).tolist(), key=lambda code: (-counts[code], column.texts[code]))
    for code in by_count:
        is_frequent = counts[code] >= threshold and len(frequent) < MOST_CATEGORIES
        (frequent if is_frequent else rare).append(code)
    encoder = CategoryEncoder(
        name,
        tuple(sorted(column.texts[code] for code in frequent)),
        other=bool(rare),
        missing=int(np.count_nonzero(missing)),
        as_text=as_text,
    )
    if rare and not frequent and not encoder.missing and not as_text:
        count = f"{len(rare):,} categories, each in fewer than {threshold:,} rows"
        return ColumnDecision(None, f"has {count}, so that one feature would be the same in all rows: it is left out")
    rows = int(counts[rare].sum())
    if not rare:
        return ColumnDecision(encoder)
    if len(rare) == 1:
        which = f"the category {column.texts[rare[0]]!r}, which is rare, is"
    elif len(frequent) < MOST_CATEGORIES:
        which = f"{len(rare):,} of {len(by_count):,} categories with fewer than {threshold:,} rows are"
    else:
        which = f"{len(rare):,} of {len(by_count):,} categories, the rarest ones, are"
    return ColumnDecision(encoder, f"{which} taken as 'other': {rows:,} {'row' if rows == 1 else 'rows'}")


# --- settings -------------------------------------------------------------------------------------------------------


def _one_of(where: str, what: str, value: Any, names: tuple[str, ...]) -> Any:
    """Return a name that is among the known ones, or raise an error that names the nearest one."""
    if isinstance(value, str) and value.strip().lower() in names:
        return value.strip().lower()
    nearest = get_close_matches(str(value).lower(), names, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"known: {', '.join(names)}"
    raise DatasetError(f"{where}: there is no {what} {value!r}; {hint}")


def _list(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _yaml(value: bool) -> str:
    return "true" if value else "false"


def _is_constant(column: RawColumn) -> bool:
    """Return whether all cells of a column are the same."""
    if not len(column.codes):
        return True
    if (column.codes != column.codes[0]).any():
        return False
    return bool(column.codes[0] != NUMBER or (column.numbers == column.numbers[0]).all())
