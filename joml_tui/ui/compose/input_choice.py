"""The choice of a network's inputs among terms of the features: what is offered, what is on, and its switching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from joml.data.input_terms import Term, TermError, describe_term, parse_terms, usual_terms
from joml.data.row_names import name_features
from joml_tui.experiment import DatasetShape


@dataclass(frozen=True, slots=True)
class InputSwitch:
    """One input that is on or off.

    Attributes
    ----------
    term : str
        As experiments have it, such as "x1^2".
    title : str
        As formulas have it, such as "x1²".
    is_on : bool
    """

    term: str
    title: str
    is_on: bool


def feature_names_of(shape: DatasetShape | None) -> tuple[str, ...]:
    """Return the names of a data set's features; none if the data set has not been read."""
    return () if shape is None else name_features(shape.feature_names, shape.input_size)


def switches_of(names: Sequence[str], chosen: Sequence[str]) -> tuple[InputSwitch, ...]:
    """Return the inputs to switch on and off: the usual terms of two features, and whatever else is chosen.

    Parameters
    ----------
    names : sequence of str
        Of the features; none before the data have been read.
    chosen : sequence of str
        The experiment's terms; none for the features themselves.

    Returns
    -------
    tuple of InputSwitch
        Empty where there is nothing to choose: before the data have been read, and for other than two features where no
        terms are chosen.
    """
    usual = usual_terms(names)
    if not names or not (usual or chosen):
        return ()
    chosen_keys = dict.fromkeys(_key(text, names) for text in chosen or names)
    usual_keys = {_key(text, names): text for text in usual}
    more = {_key(text, names): text for text in chosen if _key(text, names) not in usual_keys}
    return tuple(
        InputSwitch(text, _title(key, names), key in chosen_keys) for key, text in {**usual_keys, **more}.items()
    )


def switched(switches: Sequence[InputSwitch], place: int, names: Sequence[str]) -> tuple[str, ...] | None:
    """Return the terms after one input is switched on or off.

    Parameters
    ----------
    switches : sequence of InputSwitch
    place : int
        Of the input to switch.
    names : sequence of str
        Of the features.

    Returns
    -------
    tuple of str or None
        Empty if they are the features themselves, in their order; None if no input would be left.
    """
    terms = tuple(each.term for index, each in enumerate(switches) if each.is_on != (index == place))
    if not terms:
        return None
    return () if terms == tuple(names) else terms


def _key(text: str, names: Sequence[str]) -> Term | str:
    """Return the meaning of a text, so that "x2*x1" is "x1*x2"; the text itself if it is no term of these features."""
    try:
        return parse_terms([text], names)[0]
    except TermError:
        return text


def _title(key: Term | str, names: Sequence[str]) -> str:
    return key if isinstance(key, str) else describe_term(key, names)
