"""Labels as classes: which are the same, their order, and whether they rather look like values to be predicted."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, DecimalException

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_format import is_number, quoted

#: More distinct labels than this are taken for a feature chosen by mistake, or for values.
MAX_CLASSES = 1_000

#: Says how numbers are predicted.
USE_VALUES = "to predict numbers, write task: values"

# So many distinct numbers are not yet taken for values.
_FEW_NUMBERS = 20
# More numbers than this are classes only by intention, which is pointed out.
_MANY_NUMBERS = 50

# A code such as 007: another than 7.
_LEADING_ZERO = re.compile(r"[+-]?0\d")
#: A number whose thousands are set apart by commas.
THOUSANDS = re.compile(r"\s*[+-]?\d{1,3}(,\d{3})+(\.\d*)?\s*")
#: A number with a decimal comma.
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")
# Ways to write that a value is missing which are rarely the name of a class.
_MISSING_LABELS = frozenset(("na", "n/a", "#n/a", "null", "nil", "?", "-", "."))
_MOST_NAMES = 5
# Characters without a width of their own.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


class LabelError(DatasetError):
    """The label column cannot be found, or is not one of labels."""


class LabelEncoder:
    """Numbers the texts of labels in the order of their first rows."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """The distinct texts, in the order of their numbers."""
        return tuple(self._numbers)

    def converter(self) -> Callable[[str], int]:
        """Return what makes the number of a label's text, without the blanks around it."""
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
    """Return the names of the classes in order, and for each of the labels' texts its class's place in them.

    Numbers are in the order of their values and other labels in that of their texts. Numbers are compared exactly,
    however many digits they have; 1 and 1.0 are one class, 7 and 07 are two.
    """
    keys = [_number_key(text) for text in texts]
    if any(key is None for key in keys):
        keys = [(Decimal(0), text) for text in texts]
    # Equal numbers may be written in several ways: the first of them names the class.
    names = {key: text for key, text in zip(reversed(keys), reversed(texts), strict=True) if key is not None}
    places = {key: place for place, key in enumerate(sorted(names))}
    return tuple(names[key] for key in places), np.array([places[key] for key in keys if key is not None], np.intp)


def _number_key(text: str) -> tuple[Decimal, str] | None:
    """Return what makes a number another label than others; None where the text is no finite number."""
    if not is_number(text) or not math.isfinite(float(text)):
        return None
    try:
        return Decimal(text), text if _LEADING_ZERO.match(text) else ""
    except DecimalException:  # its exponent is out of all range
        return None


def describe_label(text: str) -> str:
    """Say why a text is no label; nothing where it is one."""
    if not text.strip():
        return "the label is empty"
    if is_number(text) and not math.isfinite(float(text)):
        return f"the label is {quoted(text)}; text or a finite number was expected"
    return ""


def check_classes(where: str, names: Sequence[str], samples: int, are_declared: bool = False) -> tuple[str, ...]:
    """See to it that labels are classes.

    Parameters
    ----------
    where : str
        File and column, as messages name them.
    names : sequence of str
        Of the classes.
    samples : int
        How many samples have them.
    are_declared : bool, default False
        Whether they are classes by the form of the data, as one-hot rows say.

    Returns
    -------
    tuple of str
        What is remarkable about them, a sentence each.

    Raises
    ------
    LabelError
        There is one class only, there are too many, or nearly every sample has a number of its own.
    """
    count = len(names)
    if count < 2:
        raise LabelError(f"{where} holds one class only, {quoted(names[0])}; at least two are needed")
    are_numbers = _are_numbers(names)
    if count > MAX_CLASSES:
        raise LabelError(_describe_too_many(where, are_numbers and not are_declared))
    if are_declared:
        return ()
    notes = (*_describe_missing(where, names), *_describe_alike(where, names))
    if not are_numbers:
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
    """Say which classes are rather labels that are missing."""
    marks = [quoted(name) for name in names if name.lower() in _MISSING_LABELS]
    if not marks:
        return ()
    return (f"{where}: {' and '.join(marks)} is taken for a class: if the label is missing there, leave its rows out",)


def _describe_alike(where: str, names: Sequence[str]) -> tuple[str, ...]:
    """Say which classes differ only in what is easily overlooked: upper and lower case, blanks, kinds of characters."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(" ".join(_visible(name).casefold().split()), []).append(name)
    alike = []
    for group in groups.values():
        # Of the same letters in other characters only their codes tell them apart.
        write = quoted if len(set(map(_visible, group))) == len(group) else ascii
        if len(group) > 1:
            alike.append(" and ".join(map(write, group)))
    if not alike:
        return ()
    more = f"; and {len(alike) - _MOST_NAMES:,} more such groups" if len(alike) > _MOST_NAMES else ""
    return (f"{where}: {'; '.join(alike[:_MOST_NAMES])}{more} are different classes: write them alike if they are one",)


def _visible(name: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", name))


def describe_too_many(where: str, texts: Iterable[str]) -> str:
    """Say that there are too many distinct labels, and what they rather are.

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


def _describe_too_many(where: str, are_numbers: bool) -> str:
    hint = USE_VALUES if are_numbers else "is it the label column?"
    return f"{where} holds more than {MAX_CLASSES:,} classes; {hint}"


def _are_numbers(texts: Iterable[str]) -> bool:
    """Whether labels are numbers, but for those that say that one is missing."""
    labels = [text for text in texts if text.lower() not in _MISSING_LABELS]
    return bool(labels) and all(_value_of(text) is not None for text in labels)


def _value_of(text: str) -> float | None:
    """Return the number that a label's text stands for, also with commas in it; None where it is none."""
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    elif DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    return float(text) if is_number(text) and math.isfinite(float(text)) else None
