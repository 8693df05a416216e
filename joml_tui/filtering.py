"""Filters: which runs a short text asks for, such as ``test_acc>0.9 opt:adam tag:deep``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from joml_tui.decoding import shown, suggest

#: What numbers can be asked about, under each of their names.
NUMBERS = {
    "test_acc": "test_accuracy",
    "test_accuracy": "test_accuracy",
    "train_acc": "train_accuracy",
    "train_accuracy": "train_accuracy",
    "test_r2": "test_r2",
    "train_r2": "train_r2",
    "r2": "test_r2",
    "test_cost": "test_cost",
    "train_cost": "train_cost",
    "cost": "test_cost",
    "acc": "test_accuracy",
    "params": "parameters",
    "parameters": "parameters",
    "lr": "learning_rate",
    "learning_rate": "learning_rate",
    "batch": "batch_size",
    "batch_size": "batch_size",
    "seed": "seed",
    "epochs": "epochs",
    "epoch": "epoch",
    "iteration": "iteration",
    "layers": "layers",
    "steps": "steps_per_second",
    "time": "seconds",
    "seconds": "seconds",
    "number": "number",
}
#: What texts can be asked about, under each of their names.
TEXTS = {
    "name": "name",
    "net": "network",
    "network": "network",
    "opt": "optimizer",
    "optimizer": "optimizer",
    "data": "dataset",
    "dataset": "dataset",
    "state": "state",
    "tag": "tags",
    "tags": "tags",
    "note": "note",
}
_MOST_CHARACTERS = 1_000
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
_TERM = re.compile(r'(?:[^\s"]|"[^"]*")+')
_COMPARISON = re.compile(r"(?P<name>[^<>=!:]*)(?P<sign>>=|<=|!=|==|>|<|=)(?P<value>.*)", re.DOTALL)
_ASKED = re.compile(r"(?P<name>[A-Za-z_]+):(?P<value>.*)", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")


class FilterError(ValueError):
    """A text is no filter; the text is a sentence that names the part and the way out."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a filter looks at of one run.

    Attributes
    ----------
    texts : mapping of str to str
        By the names that `TEXTS` leads to; several tags are separated by spaces.
    numbers : mapping of str to float or None
        By the names that `NUMBERS` leads to; None where nothing is known yet, which no comparison accepts.
    """

    texts: Mapping[str, str]
    numbers: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class _Comparison:
    field: str
    sign: str
    value: float

    def accepts(self, facts: Facts) -> bool:
        known = facts.numbers.get(self.field)
        return known is not None and not math.isnan(known) and _COMPARISONS[self.sign](known, self.value)


@dataclass(frozen=True, slots=True)
class _Text:
    field: str  # "" asks all of them
    value: str

    def accepts(self, facts: Facts) -> bool:
        asked = [facts.texts.get(self.field, "")] if self.field else facts.texts.values()
        return any(self.value in text.casefold() for text in asked)


@dataclass(frozen=True, slots=True)
class _Not:
    term: _Comparison | _Text

    def accepts(self, facts: Facts) -> bool:
        return not self.term.accepts(facts)


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms that a run has to meet, all of them; none accepts every run."""

    terms: tuple[_Comparison | _Text | _Not, ...] = ()

    def accepts(self, facts: Facts) -> bool:
        """Tell whether a run is one of those asked for."""
        return all(term.accepts(facts) for term in self.terms)


def parse_filter(text: str) -> Filter:
    """Read a filter.

    Terms stand beside each other and all have to hold: ``test_acc>0.9`` (also ``90%``) compares a number, ``opt:adam``
    looks for a part of one text, a word alone for a part of any. ``"two words"`` in quotes are one, and ``!`` before a
    term turns it round. Capitals do not count.

    Raises
    ------
    FilterError
        The text is no filter; says which part and what would be right.
    """
    if len(text) > _MOST_CHARACTERS:
        raise FilterError(f"A filter has at most {_MOST_CHARACTERS:,} characters.")
    if text.count('"') % 2:
        raise FilterError('A quotation mark is not closed: write "two words" with one at each end.')
    return Filter(tuple(_read_term(term) for term in _TERM.findall(text)))


def _read_term(term: str) -> _Comparison | _Text | _Not:
    if term.startswith("!") and not term.startswith("!="):
        if term == "!":
            raise FilterError("! turns the term after it round: write it without a space, such as !tag:deep.")
        inner = _read_term(term[1:])
        return inner.term if isinstance(inner, _Not) else _Not(inner)
    if term.startswith('"'):
        return _Text("", _unquoted(term))
    if match := _ASKED.fullmatch(term):
        return _read_text(match["name"].lower(), _unquoted(match["value"]))
    if match := _COMPARISON.fullmatch(term):
        return _read_comparison(match["name"].lower(), match["sign"], _unquoted(match["value"]))
    return _Text("", _unquoted(term))


def _read_text(name: str, value: str) -> _Text:
    if name in NUMBERS:
        raise FilterError(f"{name} is a number: compare it, such as {name}>1.")
    if name not in TEXTS:
        raise FilterError(f"There is no {_word(name)} to look in; {_nearest(name, TEXTS)}")
    if not value:
        raise FilterError(f"After {name}: the text to look for is missing, such as {name}:deep.")
    return _Text(TEXTS[name], value)


def _read_comparison(name: str, sign: str, value: str) -> _Comparison:
    if name in TEXTS:
        raise FilterError(f"{name} is a text: ask by a colon, such as {name}:adam.")
    if name not in NUMBERS:
        raise FilterError(f"There is no number {_word(name)} to compare; {_nearest(name, NUMBERS)}")
    match = _NUMBER.fullmatch(value.removesuffix("%"))
    if match is None:
        raise FilterError(f"{name}{sign} needs a number after it, got {_word(value)}: write such as {name}{sign}0.9.")
    number = float(match[0].replace(",", "")) / (100 if value.endswith("%") else 1)
    return _Comparison(NUMBERS[name], "=" if sign == "==" else sign, number)


def _unquoted(text: str) -> str:
    return text.replace('"', "").casefold()


def _nearest(name: str, known: Mapping[str, str]) -> str:
    """Suggest what may be meant, as the end of a sentence."""
    said = suggest(name, known)
    return said if said.endswith("?") else f"{said}."


def _word(text: str) -> str:
    return shown(text) if text else "without a name"
