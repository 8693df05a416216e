"""Parts that are chosen by name: each is declared once, beside its own code, and everything else is read from there.

A part is a class or a function. Its settings are those of its parameters whose annotation has a `Setting`: the name,
the type and the default are the parameter's, and the `Setting` adds the bounds and a line of help.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from inspect import Parameter, getattr_static, signature
from types import FunctionType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from joml.validation import integer, number

T = TypeVar("T", bound=Callable[..., Any])

#: What there is to choose.
Kind = Literal["activation", "cost", "initialisation", "optimizer", "transform", "schedule", "metric", "dataset"]
#: What a setting counts, where that is not a number of its own: a run's iterations so far, or all of them; and what it
#: names: a file by its path, or columns by their names or positions.
Unit = Literal["", "iterations", "all iterations", "file", "columns"]

#: All declared parts: of each kind, by name.
_PARTS: dict[Kind, dict[str, Part]] = {}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a parameter's annotation says of a setting.

    Parameters
    ----------
    help : str
        One line: what it is.
    above, at_least, below, at_most : float, optional
        Bounds; at most one on each side. An integer has ``at_least`` and ``at_most`` alone.
    title : str, default ""
        What a form calls it; the parameter's name by default.
    unit : "", "iterations", "all iterations", "file" or "columns", default ""
        What it counts or names. "all iterations" is the length of a run: no setting that anyone chooses.
    """

    help: str
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    title: str = ""
    unit: Unit = ""


@dataclass(frozen=True, slots=True)
class DeclaredSetting:
    """One setting of a part.

    Attributes
    ----------
    name : str
        The parameter's.
    type : type
        Such as ``float`` or ``int``.
    default : object
        `inspect.Parameter.empty` where a value is required.
    about : Setting
        Its bounds and its help.
    """

    name: str
    type: Any
    default: Any
    about: Setting

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is Parameter.empty

    def check(self, value: Any, name: str = "") -> Any:
        """Return value, a number as a float or an int, or raise ValueError where its type or its size is wrong.

        ``name`` is what the message calls it; the setting's name by default.
        """
        about, name = self.about, name or self.name
        if self.type in (bool, str) and not isinstance(value, self.type):
            raise ValueError(f"{name} must be {'true or false' if self.type is bool else 'text'}, got {value!r}")
        if get_origin(self.type) is Literal and value not in get_args(self.type):
            choices = " or ".join(map(str, get_args(self.type)))
            raise ValueError(f"{name} must be {choices}, got {value!r}")
        if self.type not in (int, float):
            return value
        low, high = about.above, about.below
        low = low if low is not None else -math.inf if about.at_least is None else about.at_least
        high = high if high is not None else math.inf if about.at_most is None else about.at_most
        if self.type is int:
            return integer(value, name, low, most=high)
        return number(value, name, low, high, above=about.above is not None, below=about.at_most is None)


@dataclass(frozen=True, slots=True)
class Part:
    """A class or a function that is chosen by name.

    Attributes
    ----------
    kind : str
        What it is one of, such as "activation".
    name : str
        How it is chosen.
    make : callable
        The class or function.
    title : str
        One line for lists.
    formula : str
        What it computes, in plain characters.
    label : str
        What a sentence calls it.
    settings : tuple of DeclaredSetting
        What can be set, in the order of the parameters.
    traits : object
        What parts of this kind say besides, such as a metric's tasks; None where they say nothing.
    """

    kind: Kind
    name: str
    make: Any
    title: str
    formula: str
    label: str
    settings: tuple[DeclaredSetting, ...]
    traits: Any = None


def declare(
    kind: Kind, name: str, title: str, formula: str = "", *, label: str = "", traits: object = None
) -> Callable[[T], T]:
    """Declare a class or a function as a part; a decorator.

    Parameters
    ----------
    kind : str
        What it is one of.
    name : str
        How it is chosen.
    title : str
        One line for lists, without a full stop.
    formula : str, default ""
        What it computes, in plain characters; several steps are separated by semicolons. The documents' tables and the
        lab's lessons show it.
    label : str, default ""
        What a sentence calls it; the name of the class or function by default.
    traits : object, optional
        What parts of this kind say besides.

    Returns
    -------
    callable
        Takes ``make``, the class or function, and returns it unchanged.

    Raises
    ------
    ValueError
        Another part of this kind has the name.
    """

    def declared(make: T) -> T:
        parts = _PARTS.setdefault(kind, {})
        if name in parts:
            raise ValueError(f"two parts of the kind {kind} are called {name!r}: {parts[name].make!r} and {make!r}")
        parts[name] = Part(kind, name, make, title, formula, label or make.__name__, settings_of(make), traits)
        return make

    return declared


def parts_of(kind: Kind) -> dict[str, Part]:
    """Return the declared parts of a kind by name, in the order in which they were declared."""
    return dict(_PARTS.get(kind, {}))


def part_of(made: object) -> Part | None:
    """Return the part that a class or function is, or that an object was made from; None for what is undeclared."""
    declared = {part.make: part for parts in _PARTS.values() for part in parts.values()}
    make: Any = made if isinstance(made, type | FunctionType) else type(made)
    return declared.get(make)


@cache
def settings_of(make: Callable[..., Any]) -> tuple[DeclaredSetting, ...]:
    """Return the settings that a class or function declares, in the order of its parameters."""
    return tuple(_read_settings(make))


def check_settings(owner: object) -> None:
    """Raise ValueError where an attribute of ``owner``, a part, is out of its setting's bounds; names it."""
    make: Callable[..., Any] = type(owner)
    for setting in settings_of(make):
        setting.check(getattr(owner, setting.name))


def check_setting(make: Callable[..., Any], name: str, value: Any) -> Any:
    """Return value, or raise ValueError where it is out of bounds for the setting ``name`` of ``make``."""
    setting = next(each for each in settings_of(make) if each.name == name)
    return setting.check(value, f"the {name} of {make.__name__}")


def _read_settings(make: Callable[..., Any]) -> Iterator[DeclaredSetting]:
    # A class's annotations stand at its constructor, or, of a dataclass, at the class itself.
    hints = get_type_hints(make, include_extras=True)
    if isinstance(make, type):
        hints |= get_type_hints(getattr_static(make, "__init__"), include_extras=True)
    for parameter in signature(make).parameters.values():
        hint = hints.get(parameter.name)
        if get_origin(hint) is not Annotated:
            continue
        kind, *metadata = get_args(hint)
        for about in metadata:
            if isinstance(about, Setting):
                yield DeclaredSetting(parameter.name, kind, parameter.default, about)
