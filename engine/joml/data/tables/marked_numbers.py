"""Columns of numbers with a mark, such as 70%, $80.50, 12 kg and 1 234: their mark, and what their commas mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from joml.data.labels import CERTAIN_POINTS, DECIMAL_COMMA, POINT_GROUP, THOUSANDS
from joml.data.number_marks import DURATION, GROUPS_ALONE, LIMIT, has_own_sign, is_in_parentheses, is_limit, split_mark
from joml.data.readers.csv_format import finite_number

#: Up to this many different numbers, limits beside them, such as >4, are categories.
FEWEST_BESIDE_LIMITS = 10
#: The meaning of commas in numbers; "" where there are none.
MarkedCommas = Literal["", "thousands", "decimal", "points"]


@dataclass(frozen=True, slots=True)
class NumberMark:
    """The form of the numbers in a column.

    Attributes
    ----------
    mark : str
        As `joml.data.number_marks.split_mark` returns it.
    commas : "", "thousands", "decimal" or "points"
        The meaning of their commas; "points" separate thousands.
    """

    mark: str
    commas: MarkedCommas


def find_mark(
    texts: Sequence[str], has_numbers: bool, unclear: MarkedCommas, lenient: bool = False
) -> NumberMark | None:
    """Return the mark of a column whose cells all are numbers with it.

    Parameters
    ----------
    texts : sequence of str
        The column's texts, without those for missing values.
    has_numbers : bool
        Whether other cells are numbers without a mark: they stand only beside 1 234, durations and limits.
    unclear : "", "thousands" or "decimal"
        The meaning of commas such as that of 1,200 where the column does not decide it; "" if it is not known.
    lenient : bool, default False
        Whether texts that are no such numbers may stand among them, and numbers without a mark.

    Returns
    -------
    NumberMark or None
        None if there is no mark, there are several, or the meaning of commas or points is not clear.
    """
    bodies: dict[str, list[str]] = {}
    is_grouped, others = False, has_numbers  # whether there are numbers that are not in parentheses
    for text in texts:
        split = split_mark(text)
        if split is not None:
            others = others or not is_in_parentheses(text)
            is_grouped = is_grouped or (split[0] == GROUPS_ALONE and not has_own_sign(text))
            bodies.setdefault(split[0], []).append(split[1])
        elif not lenient:
            return None
    units = [mark for mark in bodies if mark.strip()]
    if len(units) > 1 or not set(bodies) - {""} or not others:
        return None
    has_plain = has_numbers or len(bodies) > 1
    # <18 and >18 are categories, and so is >4 beside 0 to 4.
    if not lenient and not has_numbers and _are_few_beside_limits(texts):
        return None
    if units and not lenient and has_plain and units[0] not in (DURATION, LIMIT):
        return None
    every = [body for each in bodies.values() for body in each]
    commas: MarkedCommas | None
    if units == [DURATION]:  # a point or a comma behind seconds is a decimal one
        commas = _commas_of_durations(every)
    else:
        commas = _find_commas(every, "decimal" if is_grouped else unclear)
    return None if commas is None else NumberMark(units[0] if units else GROUPS_ALONE, commas)


def _are_few_beside_limits(texts: Sequence[str]) -> bool:
    """Return whether there are limits among numbers, and few others."""
    limits = sum(map(is_limit, texts))
    return bool(limits) and len(texts) - limits <= FEWEST_BESIDE_LIMITS


def are_differently_marked(texts: Iterable[str]) -> bool:
    """Return whether texts are numbers with different marks, such as 5 kg and 300 g, and no codes such as 1A and 2B.

    Parameters
    ----------
    texts : iterable of str
        The texts of a column, without those for missing values.

    Returns
    -------
    bool
    """
    marks: set[str] = set()
    are_clear = False
    for text in texts:
        split = split_mark(text)
        if split is None:
            return False
        marks.add(split[0])
        has_fraction = "." in split[1] or "," in split[1]
        are_clear = are_clear or not split[0].isalpha() or " " in text or has_fraction
    return len(marks) > 1 and are_clear


def name_fault(texts: Sequence[str], mark: str, commas: MarkedCommas) -> str:
    """Return words for texts that cannot be read as the numbers of the training part, such as "a decimal comma".

    Parameters
    ----------
    texts : sequence of str
        At least one; the first is the example that a message names.
    mark, commas : str
        The form of the numbers of the training part, as in `NumberMark`; "" without a mark.

    Returns
    -------
    str
        "no number" if the first text is none in any form.
    """
    split = split_mark(texts[0])
    if split is None:
        return "no number"
    other, digits = split[0].strip(), split[1]
    if other and mark.strip() and other != mark.strip():
        return f"another mark than {mark!r}"
    if other and not mark.strip() and (not other.isalpha() or " " in texts[0]):
        return f"the mark {other!r}, which the numbers trained on do not have"
    if not other and "," in digits and not commas:
        is_certain = any(map(_has_decimal_comma, texts))
        comma = "a decimal comma" if is_certain else "a comma"
        return f"{comma}, which the numbers trained on do not have"
    return "no number"


def _has_decimal_comma(text: str) -> bool:
    """Return whether the comma in a number certainly is a decimal one, as in 1,5 and 0,425."""
    begins_with_zero = text.lstrip(" +-").startswith("0")
    return DECIMAL_COMMA.fullmatch(text) is not None and (begins_with_zero or THOUSANDS.fullmatch(text) is None)


# The forms of numbers with commas and points: what their commas or points certainly are, or may be.
_PLAIN, _POINT, _POINT_OR_THOUSANDS, _POINTS, _THOUSANDS, _DECIMAL, _COMMA, _NONE = range(8)


def _form_of(digits: str) -> int:
    """Return the form of a number without its mark."""
    if "," not in digits and "." not in digits:
        return _PLAIN
    if CERTAIN_POINTS.fullmatch(digits):
        return _POINTS
    if THOUSANDS.fullmatch(digits):
        return _THOUSANDS if digits.count(",") > 1 or "." in digits else _COMMA
    if DECIMAL_COMMA.fullmatch(digits):
        return _DECIMAL
    if POINT_GROUP.fullmatch(digits):
        return _POINT_OR_THOUSANDS
    return _NONE if math.isnan(finite_number(digits)) else _POINT


def _commas_of_durations(numbers: Sequence[str]) -> MarkedCommas | None:
    """Return the meaning of commas in durations, and in numbers beside them; None if they have points too."""
    has_commas, has_points = (any(mark in digits for digits in numbers) for mark in ",.")
    if has_commas:
        return None if has_points else "decimal"
    return ""


def _find_commas(numbers: Iterable[str], unclear: MarkedCommas) -> MarkedCommas | None:
    """Return the meaning of commas and points in numbers without their mark; None if it is not clear."""
    forms = {_form_of(digits) for digits in numbers} - {_PLAIN}
    if forms in (set(), {_POINT}, {_POINT, _POINT_OR_THOUSANDS}):
        return ""
    if forms == {_POINT_OR_THOUSANDS}:  # 1.200 EUR may be a thousand, unless it is commas that separate them
        return "" if unclear == "thousands" else None
    if forms == {_COMMA}:
        return unclear or None
    meanings: dict[MarkedCommas, set[int]] = {
        "points": {_POINTS, _POINT_OR_THOUSANDS, _DECIMAL, _COMMA},
        "thousands": {_THOUSANDS, _COMMA, _POINT, _POINT_OR_THOUSANDS},
        "decimal": {_DECIMAL, _COMMA},
    }
    if _POINTS not in forms:
        del meanings["points"]
    fitting = [meaning for meaning, known in meanings.items() if forms <= known]
    return fitting[0] if len(fitting) == 1 else None
