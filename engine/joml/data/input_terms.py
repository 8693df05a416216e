"""Terms of a data set's features, such as squares and products, which a network takes as its inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.wording import list_some

#: The ways to compute a term.
TermKind = Literal["feature", "square", "product", "sin", "cos"]

_FUNCTION = re.compile(r"(sin|cos)\((.*)\)", re.DOTALL)
_MOST_NAMES = 12
_COMPUTED: dict[TermKind, Callable[[Any, Any], Any]] = {
    "feature": lambda first, _: first,
    "square": lambda first, _: first * first,
    "product": lambda first, second: first * second,
    "sin": lambda first, _: np.sin(first),
    "cos": lambda first, _: np.cos(first),
}


class TermError(DatasetError):
    """A text is no term of the features; the message names it, and the features there are."""


@dataclass(frozen=True, slots=True)
class Term:
    """One input of a network, computed from the features.

    Attributes
    ----------
    kind : {"feature", "square", "product", "sin", "cos"}
    first, second : int
        The places of its features; both are the same one in all but a product.
    """

    kind: TermKind
    first: int
    second: int


def parse_terms(texts: Sequence[str], names: Sequence[str]) -> tuple[Term, ...]:
    """Return the terms that texts name, in their order.

    A term is a feature's name alone, or ``NAME^2``, ``NAME*NAME``, ``sin(NAME)`` or ``cos(NAME)``. Blanks around names
    do not count. A text that is a feature's name is that feature, whatever else it might mean.

    Parameters
    ----------
    texts : sequence of str
    names : sequence of str
        Of the features.

    Returns
    -------
    tuple of Term

    Raises
    ------
    TermError
        A text is no term, may mean several, or means what an earlier one means.
    """
    terms: dict[Term, str] = {}
    for text in texts:
        term = _parse(text, names)
        if term in terms:
            same = "is there twice" if terms[term] == text else f"is the same as {terms[term]!r}"
            raise TermError(f"{text!r} {same}: leave one of them out")
        terms[term] = text
    return tuple(terms)


def compute_terms(terms: Sequence[Term], features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the terms of samples.

    Features are rounded to single precision first and computed in double precision, so that a sample has the same terms
    wherever it comes from.

    Parameters
    ----------
    terms : sequence of Term
    features : ndarray, shape (features, samples)
        As a network without terms would take them: scaled, if the data are.

    Returns
    -------
    ndarray of float32, shape (terms, samples)
        Numbers that are too large are infinite. Samples lie side by side in memory.
    """
    computed = np.empty((features.shape[1], len(terms)), np.float32).T
    with np.errstate(all="ignore"):
        rows = {place: _exact(features[place]) for term in terms for place in (term.first, term.second)}
        for row, term in zip(computed, terms, strict=True):
            row[:] = _COMPUTED[term.kind](rows[term.first], rows[term.second])
    return computed


def describe_term(term: Term, names: Sequence[str]) -> str:
    """Return a term as formulas have it: "x1²", "x1·x2", "sin x1".

    Parameters
    ----------
    term : Term
    names : sequence of str
        Of the features.

    Returns
    -------
    str
    """
    first, second = names[term.first], names[term.second]
    match term.kind:
        case "square":
            return f"{first}²"
        case "product":
            return f"{first}·{second}"
        case "feature":
            return first
    return f"{term.kind} {first}"


def usual_terms(names: Sequence[str]) -> tuple[str, ...]:
    """Return the terms to choose from for two features: both, their squares, their product and their sines.

    Parameters
    ----------
    names : sequence of str
        Of the features.

    Returns
    -------
    tuple of str
        Empty unless there are two features.
    """
    if len(names) != 2:
        return ()
    first, second = names
    return (*names, f"{first}^2", f"{second}^2", f"{first}*{second}", f"sin({first})", f"sin({second})")


def _exact(row: NDArray[np.floating]) -> NDArray[np.float64]:
    return row.astype(np.float32).astype(np.float64)


def _parse(text: str, names: Sequence[str]) -> Term:
    """Return the term of a text."""
    readings = list(dict.fromkeys(_as_features(text, names) or _readings(text.strip(), names)))
    if len(readings) == 1:
        return readings[0]
    if readings:
        raise TermError(f"{text!r} may mean several terms of the features {_listed(names)}: give them other names")
    if not names:
        raise TermError(f"{text!r} is no input: there are no features")
    unknown = [name for name in _operands(text.strip()) if name not in _stripped(names)]
    example = names[0]
    forms = f"{example}, {example}^2, {example}*{names[-1]}, sin({example}) or cos({example})"
    of_what = f"there is no feature {unknown[0]!r}; the" if unknown else f"write such as {forms}; the"
    raise TermError(f"{text!r} is no input: {of_what} features are {_listed(names)}")


def _as_features(text: str, names: Sequence[str]) -> list[Term]:
    """Return the features that have a text as their name."""
    return [Term("feature", place, place) for place in _places(text, names)]


def _readings(text: str, names: Sequence[str]) -> Iterator[Term]:
    """Yield what a text may mean beside the name of a feature."""
    if text.endswith("^2"):
        yield from (Term("square", place, place) for place in _places(text[:-2], names))
    if function := _FUNCTION.fullmatch(text):
        kind: TermKind = "sin" if function[1] == "sin" else "cos"
        yield from (Term(kind, place, place) for place in _places(function[2], names))
    for star in (place for place, letter in enumerate(text) if letter == "*"):
        for first in _places(text[:star], names):
            for second in _places(text[star + 1 :], names):
                yield _product(*sorted((first, second)))


def _product(first: int, second: int) -> Term:
    return Term("square" if first == second else "product", first, second)


def _places(name: str, names: Sequence[str]) -> list[int]:
    """Return the places of the features of this name."""
    return [place for place, each in enumerate(_stripped(names)) if each == name.strip()]


def _stripped(names: Sequence[str]) -> list[str]:
    return [name.strip() for name in names]


def _operands(text: str) -> list[str]:
    """Return the names in a text that has the form of a term; empty for another form."""
    if function := _FUNCTION.fullmatch(text):
        return [function[2].strip()]
    base, caret, power = text.rpartition("^")
    if caret:
        return [base.strip()] if power == "2" else []
    return [each.strip() for each in text.split("*")] if text.count("*") < 2 else []


def _listed(names: Sequence[str]) -> str:
    return list_some(names, _MOST_NAMES)
