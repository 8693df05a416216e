"""Labels as classes: their equality and order, and warnings where they look like numbers to predict."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, DecimalException

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.missing_texts import MISSING_LABELS
from joml.data.number_marks import common_mark, split_mark
from joml.data.readers.csv_format import is_number
from joml.wording import counted, quoted

#: More distinct labels than this are probably values, or a feature chosen by mistake.
MAX_CLASSES = 1_000

#: Advice on how to predict numbers.
USE_VALUES = "to predict numbers, write task: regression"

# Up to this many distinct numbers are taken for classes.
_FEW_NUMBERS = 20
# More distinct numbers than this are probably values: a note says so.
_MANY_NUMBERS = 50

# More classes than this need as many rows each.
_MANY_TEXTS, _FEWEST_ROWS = 100, 3

# A code such as 007, which differs from 7.
_LEADING_ZERO = re.compile(r"[+-]?0\d")
#: A number whose thousands are set apart by commas, as 1,234,567 or 12,34,567; 0,803 is none.
THOUSANDS = re.compile(r"\s*[+-]?([1-9]\d{0,2}(,\d{3})+|[1-9]\d?(,\d{2})+,\d{3})(\.\d*)?\s*")
#: A number with a decimal comma.
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")
#: A number whose thousands are set apart by points.
POINTS_IN_THOUSANDS = re.compile(r"\s*[+-]?\d{1,3}(\.\d{3})+(,\d*)?\s*")
#: A number that may be thousands: where commas are decimal points, 1.200 may be a thousand.
POINT_GROUP = re.compile(r"\s*[+-]?[1-9]\d{0,2}\.\d{3}\s*")
#: A number whose points certainly separate thousands: there are two of them, or a comma follows.
CERTAIN_POINTS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(\.\d{3})+(\.\d{3}|,\d*)\s*")
# A number of a column whose points separate thousands.
_POINTED_NUMBER = re.compile(r"[+-]?(([1-9]\d{0,2}(\.\d{3})+|\d+)(,\d*)?|,\d+)([eE][+-]?\d+)?")
# Texts that are rarely the name of a class.
_LIKE_MISSING = frozenset(("nil", "-", "."))
_MOST_NAMES = 5
# Characters without width.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def without_points(text: str) -> str:
    """Return a number's text without the points between its thousands, and with a decimal point; empty if it is none.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    stripped = text.strip()
    if "." not in stripped and "," not in stripped:
        return stripped
    return stripped.replace(".", "").replace(",", ".") if _POINTED_NUMBER.fullmatch(stripped) else ""


class LabelError(DatasetError):
    """The label column does not exist, or does not hold labels."""


class ManyClassesError(LabelError):
    """The labels are many texts, of which each has hardly any rows."""


class LabelEncoder:
    """Numbers for the texts of labels, in the order of first appearance."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """The distinct texts, in the order of their numbers."""
        return tuple(self._numbers)

    def converter(self) -> Callable[[str], int]:
        """Return a function from a label's text to its number, ignoring blanks around it."""
        numbers = self._numbers
        return lambda text: numbers.setdefault(text.strip(), len(numbers))

    def encode_all(self, texts: Iterable[str]) -> NDArray[np.intp]:
        """Return the numbers of many labels' texts."""
        numbers = self._numbers
        return np.array([numbers.setdefault(text.strip(), len(numbers)) for text in texts], np.intp)


def classes_of(texts: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the names of the classes in order, as `order_classes` does, and each label's place in them.

    Parameters
    ----------
    texts : sequence of str
        A label for each sample; blanks around them do not count.

    Returns
    -------
    names : tuple of str
    places : ndarray of int, shape (samples,)
    """
    encoder = LabelEncoder()
    numbers = encoder.encode_all(texts)
    names, places_in_order = order_classes(encoder.texts)
    return names, places_in_order[numbers]


def order_classes(texts: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the names of the classes in order, and the place among them of each label in ``texts``.

    Numbers are ordered by value, other labels alphabetically. Numbers are compared exactly, however many digits they
    have: 1 and 1.0 are one class, 7 and 07 are two.
    """
    keys = [_number_key(text) for text in texts]
    if any(key is None for key in keys):
        keys = [(Decimal(0), text) for text in texts]
    # Equal numbers may be written in several ways; the first names the class.
    names = {key: text for key, text in zip(reversed(keys), reversed(texts), strict=True) if key is not None}
    places = {key: place for place, key in enumerate(sorted(names))}
    return tuple(names[key] for key in places), np.array([places[key] for key in keys if key is not None], np.intp)


def _number_key(text: str) -> tuple[Decimal, str] | None:
    """Return a key by which equal numbers are one label; None if the text is not a finite number."""
    if not is_number(text) or not math.isfinite(float(text)):
        return None
    try:
        return Decimal(text), text if _LEADING_ZERO.match(text) else ""
    except DecimalException:  # its exponent is out of range
        return None


def describe_label(text: str) -> str:
    """Return the reason why a text is not a label; empty where it is one."""
    if not text.strip():
        return "the label is empty"
    if is_number(text) and not math.isfinite(float(text)):
        return f"the label is {quoted(text)}; text or a finite number was expected"
    if text.strip().lower() in MISSING_LABELS:
        return f"the label is {quoted(text)}, which stands for a missing one; write a label, or take the row out"
    return ""


def check_classes(
    where: str, names: Sequence[str], samples: int, are_declared: bool = False, without: int = 0
) -> tuple[str, ...]:
    """Raise LabelError unless labels can be classes, and return notes about them.

    Parameters
    ----------
    where : str
        File and column, as messages name them.
    names : sequence of str
        The names of the classes.
    samples : int
        Number of samples.
    are_declared : bool, default False
        Whether the form of the data declares them as classes, as one-hot rows do.
    without : int, default 0
        Number of rows without a label, which are left out.

    Returns
    -------
    tuple of str
        Notes, one sentence each.

    Raises
    ------
    LabelError
        There is only one class, there are too many, or nearly every sample has a different number.
    ManyClassesError
        They are more than 100 texts with fewer than three samples each.
    """
    count = len(names)
    if count < 2:
        cells = counted(without, "empty cell stands", "empty cells stand")
        advice = f": if the {cells} for another one, write it there, such as 'no'" if without else ""
        raise LabelError(f"{where} holds one class only, {quoted(names[0])}; at least two are needed{advice}")
    are_numbers = _are_numbers(names)
    if count > MAX_CLASSES:
        raise LabelError(_describe_too_many(where, are_numbers and not are_declared))
    if are_declared:
        return ()
    notes = (*_describe_missing(where, names), *describe_alike(where, names))
    if not are_numbers:
        if count > _MANY_TEXTS and samples < _FEWEST_ROWS * count:
            raise ManyClassesError(
                f"{where} holds {count:,} different texts in {samples:,} samples, fewer than {_FEWEST_ROWS} for each, "
                "and is no target: choose another one with --target, or write plain numbers and --task values"
            )
        if count > _FEW_NUMBERS and count > samples / 2:
            return (f"{where} holds {count:,} different texts in {samples:,} samples: is it the label column?", *notes)
        return notes
    are_integers = all(number == int(number) for number in map(_value_of, names) if number is not None)
    are_rare = count > samples / 2 or (count > _MANY_NUMBERS and count > samples / 10)
    if count > _FEW_NUMBERS and (not are_integers or are_rare):
        what = "different numbers" if are_integers else "different numbers, not all of them whole"
        raise LabelError(
            f"{where} holds {count:,} {what}, in {samples:,} samples, which look like values and not like classes: "
            f"{USE_VALUES}; to take them for classes, write them as texts, such as {quoted('c' + names[0])}"
        )
    if count > _MANY_NUMBERS:
        return (f"{where} holds {count:,} different numbers, each taken for a class: {USE_VALUES}", *notes)
    return notes


def _describe_missing(where: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return a note about classes that look like missing labels."""
    marks = [quoted(name) for name in names if name.lower() in _LIKE_MISSING]
    if not marks:
        return ()
    return (f"{where}: {' and '.join(marks)} is taken for a class: if the label is missing there, leave its rows out",)


def describe_alike(where: str, names: Sequence[str], what: str = "classes") -> tuple[str, ...]:
    """Return notes about names that differ only in upper and lower case, blanks or similar characters.

    Parameters
    ----------
    where : str
        The column, as messages name it.
    names : sequence of str
        The names of the classes or categories.
    what : str, default "classes"
        The noun for them.

    Returns
    -------
    tuple of str
        One sentence, or none.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(" ".join(_visible(name).casefold().split()), []).append(name)
    alike = []
    for group in groups.values():
        # Characters that look the same are told apart by their codes.
        write = quoted if len(set(map(_visible, group))) == len(group) else ascii
        if len(group) > 1:
            alike.append(" and ".join(map(write, group)))
    if not alike:
        return ()
    more = f"; and {len(alike) - _MOST_NAMES:,} more such groups" if len(alike) > _MOST_NAMES else ""
    return (f"{where}: {'; '.join(alike[:_MOST_NAMES])}{more} are different {what}: write them alike if they are one",)


def _visible(name: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", name))


def describe_too_many(where: str, texts: Iterable[str]) -> str:
    """Return a message that there are too many distinct labels, and what they probably are.

    Parameters
    ----------
    where : str
        File and column, as messages name them.
    texts : iterable of str
        The labels' texts.

    Returns
    -------
    str
    """
    return _describe_too_many(where, _are_numbers(texts))


def look_like_values(error: DatasetError) -> bool:
    """Return whether labels were refused as classes because they look like values to predict.

    Parameters
    ----------
    error : DatasetError
        The error of reading them.

    Returns
    -------
    bool
    """
    return USE_VALUES in str(error)


def _describe_too_many(where: str, are_numbers: bool) -> str:
    hint = USE_VALUES if are_numbers else "is it the label column?"
    return f"{where} holds more than {MAX_CLASSES:,} classes; {hint}"


def _are_numbers(texts: Iterable[str]) -> bool:
    """Return whether all labels are numbers, ignoring texts for missing values."""
    labels = [text for text in texts if text.lower() not in MISSING_LABELS | _LIKE_MISSING]
    if all(text[:1] in "<>\u2264\u2265" for text in labels):  # groups such as <18 and >=18, or no labels
        return False
    mark = common_mark(labels)
    # Letters directly behind a number, as in 12b, may be part of a name.
    if mark and (not mark.isalpha() or all(" " in label for label in labels)):
        return True
    return all(_value_of(text) is not None for text in labels)


def _value_of(text: str) -> float | None:
    """Return the number that a label's text stands for, with or without commas and mark; None if it is no number."""
    split = split_mark(text)
    if split is not None and split[0] and not split[0].isalpha():
        text = split[1]
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    elif DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    elif CERTAIN_POINTS.fullmatch(text):
        text = without_points(text)
    return float(text) if is_number(text) and math.isfinite(float(text)) else None
