"""Filters: which runs a short text asks for, such as ``test_acc>0.9 opt:adam layers[0].dropout>0``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from joml_tui.decoding import shown, suggest
from joml_tui.runs.setting_paths import find_setting, known_settings, without_places

#: What numbers can be asked about, under each of their names.
NUMBERS = {
    "test_acc": "test_accuracy",
    "test_accuracy": "test_accuracy",
    "train_acc": "train_accuracy",
    "train_accuracy": "train_accuracy",
    "val_acc": "validation_accuracy",
    "validation_accuracy": "validation_accuracy",
    "test_r2": "test_r2",
    "train_r2": "train_r2",
    "validation_r2": "validation_r2",
    "r2": "test_r2",
    "test_cost": "test_cost",
    "train_cost": "train_cost",
    "val_cost": "validation_cost",
    "validation_cost": "validation_cost",
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
    "kept_iteration": "kept_iteration",
    "replicas": "replicas",
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
_ASKED = re.compile(r"(?P<name>[A-Za-z_][\w.\[\]]*):(?P<value>.*)", re.DOTALL)
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
    settings : callable
        Returns the settings of the run's experiment by their paths; called only where a filter asks for one.
    """

    texts: Mapping[str, str]
    numbers: Mapping[str, float | None]
    settings: Callable[[], Mapping[str, Any]] = dict


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
class _Setting:
    """A setting by its path, compared with a number or with a text; ``layers[].size`` is that of any layer."""

    path: str
    sign: str  # ":" looks for a part of it
    value: float | str

    def accepts(self, facts: Facts) -> bool:
        settings = facts.settings()
        if "[]" in self.path:
            return any(self._holds(known) for path, known in settings.items() if without_places(path) == self.path)
        return self.path in settings and self._holds(settings[self.path])

    def _holds(self, known: object) -> bool:
        if isinstance(self.value, float):
            number = isinstance(known, int | float) and not isinstance(known, bool)
            return number and _COMPARISONS[self.sign](cast(float, known), self.value)
        text = _as_text(known)
        return self.value in text if self.sign == ":" else (self.value == text) == (self.sign == "=")


@dataclass(frozen=True, slots=True)
class _Not:
    term: _Comparison | _Text | _Setting

    def accepts(self, facts: Facts) -> bool:
        return not self.term.accepts(facts)


_Term = _Comparison | _Text | _Setting | _Not


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms that a run has to meet, all of them; none accepts every run."""

    terms: tuple[_Term, ...] = ()

    def accepts(self, facts: Facts) -> bool:
        """Return whether a run is one of those asked for."""
        return all(term.accepts(facts) for term in self.terms)


def parse_filter(text: str) -> Filter:
    """Read a filter.

    Terms stand beside each other and all have to hold: ``test_acc>0.9`` (also ``90%``) compares a number, ``opt:adam``
    looks for a part of one text, a word alone for a part of any. Any setting is named by its path:
    ``optimizer.l2>0``, ``layers[1].activation=tanh``, ``dataset:csv``. ``"two words"`` in quotes are one, and ``!``
    before a term turns it round. Capitals do not count.

    Raises
    ------
    FilterError
        The text is no filter; says which part and what would be right.
    """
    if len(text) > _MOST_CHARACTERS:
        raise FilterError(f"A filter has at most {_MOST_CHARACTERS:,} characters.")
    if text.count('"') % 2:
        raise FilterError('A quotation mark is not closed: write "two words" with one at each end.')
    terms = [_read_term(term) for term in _TERM.findall(text)]
    # Settings are asked for last: those of stored runs have to be read.
    return Filter(tuple(sorted(terms, key=lambda term: isinstance(_inner(term), _Setting))))


def _inner(term: _Term) -> _Comparison | _Text | _Setting:
    return term.term if isinstance(term, _Not) else term


def _read_term(term: str) -> _Term:
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


def _read_text(name: str, value: str) -> _Text | _Setting:
    if _is_path(name):
        if not value:
            raise FilterError(f"After {name}: the text to look for is missing, such as {name}:adam.")
        return _Setting(_path(name), ":", value)
    if name in NUMBERS:
        raise FilterError(f"{name} is a number: compare it, such as {name}>1.")
    if name not in TEXTS:
        raise FilterError(f"There is no {_word(name)} to look in; {_nearest(name, TEXTS)}")
    if not value:
        raise FilterError(f"After {name}: the text to look for is missing, such as {name}:deep.")
    return _Text(TEXTS[name], value)


def _read_comparison(name: str, sign: str, value: str) -> _Comparison | _Setting:
    if _is_path(name):
        return _read_setting(_path(name), "=" if sign == "==" else sign, value)
    if name in TEXTS:
        raise FilterError(f"{name} is a text: ask by a colon, such as {name}:adam.")
    if name not in NUMBERS:
        raise FilterError(f"There is no number {_word(name)} to compare; {_nearest(name, NUMBERS)}")
    match = _NUMBER.fullmatch(value.removesuffix("%"))
    if match is None:
        raise FilterError(f"{name}{sign} needs a number after it, got {_word(value)}: write such as {name}{sign}0.9.")
    return _Comparison(NUMBERS[name], "=" if sign == "==" else sign, _number(match[0], value))


def _number(digits: str, value: str) -> float:
    return float(digits.replace(",", "")) / (100 if value.endswith("%") else 1)


def _read_setting(path: str, sign: str, value: str) -> _Setting:
    match = _NUMBER.fullmatch(value.removesuffix("%"))
    if match is not None:
        if not known_settings().get(without_places(path), True):
            raise FilterError(f"{path} is not a number: write such as {path}=name, or {path}: with a part of it.")
        return _Setting(path, sign, _number(match[0], value))
    if not value or sign not in ("=", "!="):
        raise FilterError(f"{path}{sign} needs a number after it, got {_word(value)}: write such as {path}{sign}0.1.")
    return _Setting(path, sign, value)


def _is_path(name: str) -> bool:
    """Return whether a name is a setting's path: one with a dot or a place, or a setting that has no shorter name."""
    return "." in name or "[" in name or (name not in NUMBERS and name not in TEXTS and name in known_settings())


def _path(name: str) -> str:
    try:
        return find_setting(name)
    except LookupError as error:
        raise FilterError(f"There is no setting {_word(name)}; {error}") from error


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value).casefold()


def _unquoted(text: str) -> str:
    return text.replace('"', "").casefold()


def _nearest(name: str, known: Mapping[str, str]) -> str:
    """Suggest what may be meant, as the end of a sentence."""
    said = suggest(name, known)
    return said if said.endswith("?") else f"{said}."


def _word(text: str) -> str:
    return shown(text) if text else "without a name"
