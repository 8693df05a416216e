"""Filters of runs from a short text such as ``test_acc>0.9 opt:adam layers[0].dropout>0``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joml_tui.decoding import shown
from joml_tui.names import usual_name
from joml_tui.runs.run_fields import SEARCHED_FIELDS, RunFacts, RunField, find_field
from joml_tui.runs.setting_paths import known_settings, without_places

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
#: Fields whose values are names that have usual other ones.
_NAMED = ("optimizer", "task")
#: Fields whose numbers are at most 1, by the end of their names.
_AT_MOST_ONE = ("accuracy", "average_precision", "r2", "score")
_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")
_EXAMPLES = {"optimizer": "adam", "dataset": "xor", "state": "finished", "network": "14-28x6-4", "stopped_early": "yes"}
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")


class FilterError(ValueError):
    """A text is not a filter; the message names the wrong part and what to do."""


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A term that compares a field with a number."""

    field: RunField
    sign: str
    value: float

    def accepts(self, facts: RunFacts) -> bool:
        return any(
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and not math.isnan(value)
            and _COMPARISONS[self.sign](value, self.value)
            for value in _values(self.field, facts)
        )


@dataclass(frozen=True, slots=True)
class _Equality:
    """A term that compares a field with a whole text."""

    field: RunField
    sign: str
    value: str

    def accepts(self, facts: RunFacts) -> bool:
        texts, wanted = [_as_text(value) for value in _values(self.field, facts)], _names_of(self.field, self.value)
        if self.sign == "=":
            return any(text in wanted for text in texts)
        different = [text not in wanted for text in texts]
        # For tags, none may equal the text; for `layers[]`, one layer that differs is enough.
        return all(different) if self.field.type == "texts" else any(different)


@dataclass(frozen=True, slots=True)
class _Text:
    """A term that searches a text in a field, or in all searchable fields."""

    field: RunField | None
    value: str

    def accepts(self, facts: RunFacts) -> bool:
        fields = SEARCHED_FIELDS if self.field is None else (self.field,)
        return any(
            wanted in text.casefold()
            for field in fields
            for wanted in _names_of(self.field, self.value)
            for text in _searched(field, facts)
        )


@dataclass(frozen=True, slots=True)
class _Time:
    """A term that compares a field with a day or a minute."""

    field: RunField
    sign: str
    start: float
    end: float

    def accepts(self, facts: RunFacts) -> bool:
        time: float | None = self.field.read(facts)
        if time is None:
            return False
        within = self.start <= time < self.end
        accepted: dict[str, bool] = {
            "=": within,
            "!=": not within,
            ">": time >= self.end,
            ">=": time >= self.start,
            "<": time < self.start,
            "<=": time < self.end,
        }
        return accepted[self.sign]


@dataclass(frozen=True, slots=True)
class _Not:
    term: _Plain

    def accepts(self, facts: RunFacts) -> bool:
        return not self.term.accepts(facts)


_Plain = _Comparison | _Equality | _Text | _Time
_Term = _Plain | _Not


def _values(field: RunField, facts: RunFacts) -> tuple[Any, ...]:
    """Return the values for a comparison, one of which must match; empty if there are none."""
    value = field.read(facts)
    if field.type == "texts":
        return tuple(value)
    if field.type == "setting":  # a list of names has to hold what is looked for
        return tuple(item for each in value for item in (each if isinstance(each, tuple) and each else (each,)))
    return () if value is None else (value,)


def _names_of(field: RunField | None, value: str) -> set[str]:
    """Return a text that is looked for; where names are chosen also the name that ``sgd``, for example, stands for."""
    named = field is not None and (field.type == "setting" or field.name in _NAMED)
    return {value, usual_name(value)} if named else {value}


def _searched(field: RunField, facts: RunFacts) -> tuple[str, ...]:
    if field.search is not None:
        return (field.search(facts),)
    return tuple(_as_text(value) for value in _values(field, facts))


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms that must all match; a filter without terms accepts every run."""

    terms: tuple[_Term, ...] = ()

    def accepts(self, facts: RunFacts) -> bool:
        """Return whether a run matches."""
        return all(term.accepts(facts) for term in self.terms)

    @property
    def unknown_settings(self) -> list[str]:
        """Settings asked for that no built-in part has: those of custom parts, or slips of the fingers."""
        fields = [(term.term if isinstance(term, _Not) else term).field for term in self.terms]
        names = (field.name for field in fields if field is not None and field.type == "setting")
        return [name for name in names if without_places(name) not in known_settings()]


def parse_filter(text: str) -> Filter:
    """Return the filter of a text.

    All terms must match: ``test_acc>0.9`` (also ``90%``) compares a number, ``created>=2026-11-01`` a time,
    ``opt:adam`` searches within a text, ``optimizer=adam`` compares a whole text, and a single word is searched in all
    texts. A setting is named by its path: ``optimizer.l2>0``, ``layers[1].activation=tanh``. Words in quotes, as in
    ``"two words"``, are one text, and ``!`` negates a term. Case is ignored.

    Raises
    ------
    FilterError
        The text is not a filter; the message names the wrong part and what is allowed.
    """
    if len(text) > _MOST_CHARACTERS:
        raise FilterError(f"A filter has at most {_MOST_CHARACTERS:,} characters.")
    if text.count('"') % 2:
        raise FilterError('A quotation mark is not closed: write "two words" with one at each end.')
    terms = [_read_term(term) for term in _TERM.findall(text)]
    # Settings are compared last, because those of stored runs must be read.
    return Filter(tuple(sorted(terms, key=_reads_settings)))


def _reads_settings(term: _Term) -> bool:
    plain = term.term if isinstance(term, _Not) else term
    return plain.field is not None and plain.field.type == "setting"


def _read_term(term: str) -> _Term:
    if term.startswith("!") and not term.startswith("!="):
        if term == "!":
            raise FilterError("! negates the next term: write it without a space, such as !tag:deep.")
        inner = _read_term(term[1:])
        return inner.term if isinstance(inner, _Not) else _Not(inner)
    if term.startswith('"'):
        return _Text(None, _unquoted(term))
    if match := _ASKED.fullmatch(term):
        return _read_text(match["name"].lower(), _unquoted(match["value"]))
    if match := _COMPARISON.fullmatch(term):
        sign = "=" if match["sign"] == "==" else match["sign"]
        return _read_comparison(match["name"].lower(), sign, _unquoted(match["value"]))
    return _Text(None, _unquoted(term))


def _read_text(name: str, value: str) -> _Text:
    field = _field(name)
    if field.is_number:
        raise FilterError(f"{name} is a number: compare it, such as {name}>1.")
    if field.type == "time":
        raise FilterError(f"{name} is a time: compare it, such as {name}>=2026-11-29.")
    if not value:
        raise FilterError(f"After {name}: the text to look for is missing, such as {name}:{_example(field)}.")
    return _Text(field, value)


def _read_comparison(name: str, sign: str, value: str) -> _Plain:
    if not name:
        raise FilterError(f"Before {sign} the name of a field is missing: write such as test_acc{sign}0.9.")
    field = _field(name)
    if field.type == "time":
        return _read_time(field, name, sign, value)
    number = _NUMBER.fullmatch(value.removesuffix("%"))
    is_text = sign in ("=", "!=") and bool(value)
    if field.is_number:
        if value in field.words and is_text:
            return _Equality(field, sign, value)
        if number is None:
            raise FilterError(_number_missing(name, sign, value))
        limit = _number(number[0], value)
        if field.name.endswith(_AT_MOST_ONE) and limit > 1:
            percent = f" or {value}%" if limit <= 100 and not value.endswith("%") else ""
            raise FilterError(f"{name} is at most 1: write such as {name}{sign}0.9{percent}.")
        return _Comparison(field, sign, limit)
    if field.type == "setting" and number is not None:
        if not known_settings().get(without_places(field.name), True):
            raise FilterError(f"{name} is not a number: write such as {name}=name, or {name}: with a part of it.")
        return _Comparison(field, sign, _number(number[0], value))
    if is_text:
        return _Equality(field, sign, value)
    if field.type == "setting":
        raise FilterError(_number_missing(name, sign, value))
    raise FilterError(
        f"{name} is a text: compare it with =, such as {name}={_example(field)}, or search in it with a colon."
    )


def _number_missing(name: str, sign: str, value: str) -> str:
    given = f"got {shown(value)}" if value else "and nothing is there"
    return f"{name}{sign} needs a number after it, {given}: write such as {name}{sign}20, 0.9, 90% or 1e-3."


def _read_time(field: RunField, name: str, sign: str, value: str) -> _Time:
    try:
        start = datetime.fromisoformat(value.upper())
        # A date means the whole day, and a time the whole minute, both in the local time zone.
        end = start + (timedelta(days=1) if _DAY.fullmatch(value) else timedelta(minutes=1))
        return _Time(field, sign, start.timestamp(), end.timestamp())
    except (ValueError, OverflowError, OSError):
        example = f"{name}{sign}2026-11-29"
        fault = f"needs a date after it, got {shown(value)}" if value else "needs a date after it"
        raise FilterError(f"{name}{sign} {fault}: write such as {example} or {example}T18:30.") from None


def _number(digits: str, value: str) -> float:
    return float(digits.replace(",", "")) / (100 if value.endswith("%") else 1)


def _field(name: str) -> RunField:
    try:
        return find_field(name)
    except LookupError as error:
        raise FilterError(str(error)) from error


def _example(field: RunField) -> str:
    """Return an example of a field's text."""
    return _EXAMPLES.get(field.name, "adam" if field.type == "setting" else "deep")


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, ()) else str(value).casefold()


def _unquoted(text: str) -> str:
    return text.replace('"', "").casefold()
