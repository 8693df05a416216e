"""Parts that users choose by name; each is declared once, beside its own code.

A part is a class or a function. A parameter whose annotation has a `Setting` is a setting: its name, type and default
are the parameter's, and the `Setting` adds bounds and a line of help.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import Parameter, getattr_static, signature
from types import FunctionType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from joml.validation import integer, number

T = TypeVar("T", bound=Callable[..., Any])

#: The kinds of parts.
Kind = Literal[
    "activation", "cost", "initialisation", "optimizer", "transform", "schedule", "metric", "dataset", "layer"
]
#: What a setting counts or names: a run's iterations so far, or all of them; a file by its path, or columns by name or
#: position, or the kinds of columns.
Unit = Literal["", "iterations", "all iterations", "file", "columns", "column kinds"]

#: The engine's modules that declare parts, in the order of lists; they are imported when their kind is first asked for.
_HOMES: dict[Kind, tuple[str, ...]] = {
    "activation": ("activations.rectifiers", "activations.smooth", "activations.identity", "activations.softmax"),
    "cost": ("cost",),
    "initialisation": ("initialisation",),
    "optimizer": ("optimizers.base", "optimizers.adaptive"),
    "transform": ("optimizers.transforms",),
    "schedule": ("optimizers.schedules",),
    "metric": ("statistics.metrics", "statistics.task_metrics"),
    "layer": (
        "layers.convolution",
        "layers.elementwise",
        "layers.embedding",
        "layers.flatten",
        "layers.normalisation",
        "layers.pooling",
        "layers.residual",
    ),
    "dataset": (
        "data.generators.spin_glass",
        "data.generators.parity",
        "data.generators.planar",
        "data.generators.regression",
        "data.sklearn_sets",
        "data.readers.csv_file",
        "data.readers.npz_file",
        "data.readers.idx_file",
        "data.readers.csv_folder",
        "data.readers.image_folder",
        "data.readers.table_file",
    ),
}
#: All parts that have been declared, by kind and name.
_PARTS: dict[Kind, dict[str, Part]] = {}


@dataclass(frozen=True, slots=True)
class Setting:
    """The annotation that makes a parameter a setting.

    Parameters
    ----------
    help : str
        One line that describes the setting.
    above, at_least, below, at_most : float, optional
        Bounds; at most one on each side. An integer has ``at_least`` and ``at_most`` alone.
    title : str, default ""
        Its name in forms; by default the parameter's name.
    unit : "", "iterations", "all iterations", "file", "columns" or "column kinds", default ""
        What it counts or names. "all iterations" is the length of a run, which is not chosen as a setting.
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
        Its bounds and help.
    """

    name: str
    type: Any
    default: Any
    about: Setting

    @property
    def required(self) -> bool:
        """Return whether the setting has no default."""
        return self.default is Parameter.empty

    def check(self, value: Any, name: str = "") -> Any:
        """Return value, a number as a float or an int, or raise ValueError if its type or size is wrong.

        ``name`` is its name in the message; by default the setting's name.
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
        Its kind, such as "activation".
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
        Its settings, in the order of the parameters.
    traits : object
        Further facts about parts of this kind, such as a metric's tasks; None where there are none.
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
        The formula in plain characters, with several steps separated by semicolons; shown in tables of the
        documentation and in the lab's lessons.
    label : str, default ""
        Its name in sentences; by default the name of the class or function.
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
    """Return the declared parts of a kind by name: the engine's in the order of lists, then others as declared."""
    homes = {f"joml.{home}": place for place, home in enumerate(_HOMES.get(kind, ()))}
    for home in homes:
        import_module(home)
    parts = _PARTS.get(kind, {}).values()
    return {part.name: part for part in sorted(parts, key=lambda part: homes.get(part.make.__module__, len(homes)))}


def part_of(made: object) -> Part | None:
    """Return the part of ``made``, a class, a function or an instance; None if it is not declared."""
    declared = {part.make: part for parts in _PARTS.values() for part in parts.values()}
    make: Any = made if isinstance(made, type | FunctionType) else type(made)
    return declared.get(make)


@cache
def settings_of(make: Callable[..., Any]) -> tuple[DeclaredSetting, ...]:
    """Return the settings that a class or function declares, in the order of its parameters."""
    return tuple(_read_settings(make))


def check_settings(owner: object) -> None:
    """Raise ValueError if an attribute of ``owner``, a part, is out of its setting's bounds; the message names it."""
    make: Callable[..., Any] = type(owner)
    for setting in settings_of(make):
        setting.check(getattr(owner, setting.name))


def check_setting(make: Callable[..., Any], name: str, value: Any) -> Any:
    """Return value, or raise ValueError if it is out of bounds for the setting ``name`` of ``make``."""
    setting = next(each for each in settings_of(make) if each.name == name)
    return setting.check(value, f"the {name} of {make.__name__}")


def _read_settings(make: Callable[..., Any]) -> Iterator[DeclaredSetting]:
    # The annotations are the constructor's, or those of a dataclass itself.
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
