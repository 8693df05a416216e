"""Settings of an experiment by path, such as ``optimizer.l2`` or ``layers[1].dropout``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import inspect

if TYPE_CHECKING:
    from joml_tui.experiment import Experiment

#: Text for a setting that a run does not have, or that is left to the program.
NOTHING = "–"
#: The key of a custom part's settings.
_OWN = ".settings"
_PLACE = re.compile(r"\[\d+\]")
#: What each block inside another adds to a path, and how many blocks inside each other a file can have at most.
_INSIDE, _MOST_BLOCKS = ".layers[]", 8


def setting_values(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment's settings by path, in the order of its fields.

    A part's name has the path itself, and its settings have paths below: ``optimizer`` is ``adam`` and
    ``optimizer.beta1`` is ``0.9``. The value of a list of parts is its length: ``layers`` is ``2``.
    """
    from joml_tui.experiment import LayerSpec, name_of  # noqa: PLC0415 - most lists of runs do without

    def name_of_part(value: msgspec.Struct) -> str:
        """Return the name of a struct's part; an ordinary layer, as other structs, has none."""
        return name_of(value) if value.__struct_config__.tag and not isinstance(value, LayerSpec) else ""

    values: dict[str, Any] = {}
    for name in experiment.__struct_fields__:
        if name != "version":
            values.update(_values(getattr(experiment, name), name, name_of_part))
    return values


def _values(value: Any, path: str, name_of_part: Callable[[msgspec.Struct], str]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, msgspec.Struct):
        if part := name_of_part(value):
            yield path, part
        for name in value.__struct_fields__:
            yield from _values(getattr(value, name), f"{path}.{name}", name_of_part)
    elif isinstance(value, dict):  # kinds of columns by the columns' names
        for name, item in value.items():
            yield from _values(item, f"{path}.{name}", name_of_part)
    elif isinstance(value, tuple) and any(isinstance(item, msgspec.Struct) for item in value):
        yield path, len(value)
        for place, item in enumerate(value):
            yield from _values(item, f"{path}[{place}]", name_of_part)
    elif path.endswith(_OWN):  # of a custom part, whose settings stand beside its name
        yield from ((f"{path.removesuffix(_OWN)}.{name}", item) for name, item in value)
    else:
        yield path, value


def read_setting(settings: Mapping[str, Any], path: str) -> tuple[Any, ...]:
    """Return the values under a path, out of the `setting_values` of an experiment.

    There are none if the experiment has no such setting, and several for ``layers[].size``. A group of settings that an
    experiment may do without, such as ``early_stopping``, is true where the experiment has it.
    """
    if path in settings:
        return (settings[path],)
    if path.endswith("]"):
        listed, _, place = path.removesuffix("]").rpartition("[")
        names = settings.get(listed)
        if isinstance(names, tuple):  # a list of names alone has one value, and no paths below
            return names[int(place) :][:1] if place else names
    if "[]" in path:
        return tuple(value for each, value in settings.items() if without_places(each) == path)
    return (True,) if any(each.startswith(f"{path}.") for each in settings) else ()


def show_value(value: Any) -> str:
    """Return a setting's value as text; a dash if it has none."""
    if value is None or value in ("", ()):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return ", ".join(map(show_value, value)) if isinstance(value, tuple) else str(value)


def find_setting(path: str) -> str:
    """Return the path of a setting in the form of `setting_values`.

    The settings of custom parts are not known in advance: any name below such a part is accepted unless it resembles a
    known one, and any name below its ``settings``, such as ``optimizer.settings.beta3``.

    Raises
    ------
    LookupError
        No experiment has such a setting; the message suggests similar ones.
    """
    pattern, settings = without_places(path), known_settings()
    if pattern in settings:
        return path
    if pattern.removesuffix(".name") in settings:
        return path.removesuffix(".name")
    if below := settings_below(path):
        raise LookupError(f"write one of {', '.join(f'{path}.{name}' for name in below)}.")
    if of_all := [each for each in settings if "[]" in each and each.replace("[]", "") == pattern]:
        raise LookupError(f"did you mean {of_all[0]}?")
    part, _, name = pattern.rpartition(".")
    if part.endswith(_OWN) and part in settings:
        return path.replace(f"{_OWN}.", ".")
    siblings = [each for each in settings if each.rpartition(".")[0] == part]
    nearest = get_close_matches(name, [each.rpartition(".")[2] for each in siblings], 1, 0.75)
    if f"{part}.own" in settings and not nearest:
        return path
    if nearest:
        raise LookupError(f"did you mean {path.removesuffix(name)}{nearest[0]}?")
    if siblings:
        shown = ", ".join(dict.fromkeys(each.rpartition(".")[2] for each in siblings))
        raise LookupError(f"{part} has: {shown}." if part else f"there are: {shown}.")
    raise LookupError("write such as optimizer.l2 or layers[0].dropout.")


def settings_below(path: str) -> list[str]:
    """Return the names of the settings in a group such as ``split`` that has no value of its own."""
    start = f"{without_places(path)}."
    below = (each.removeprefix(start) for each in known_settings() if each.startswith(start))
    return list(dict.fromkeys(re.split(r"[.\[]", each)[0] for each in below))


def without_places(path: str) -> str:
    """Return a path with ``[]`` for each index: ``layers[1].size`` becomes ``layers[].size``."""
    return _PLACE.sub("[]", path)


@cache
def known_settings() -> dict[str, bool]:
    """Return the paths of all possible settings, and whether each may be a number."""
    from joml_tui.experiment import Experiment  # noqa: PLC0415 - most lists of runs do without

    settings: dict[str, bool] = {}
    for field in _struct(Experiment).fields:
        if field.name != "version":
            for path, is_number in _paths(field.type, field.name):
                settings[path] = settings.get(path, False) or is_number
    return settings


def _struct(kind: type[msgspec.Struct]) -> inspect.StructType:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return info


def _paths(kind: inspect.Type, path: str) -> Iterator[tuple[str, bool]]:
    if path.count(_INSIDE) > _MOST_BLOCKS:
        return
    if isinstance(kind, inspect.Metadata):
        yield from _paths(kind.type, path)
    elif isinstance(kind, inspect.UnionType):
        if any(isinstance(each, inspect.NoneType) for each in kind.types):
            yield path, False
        for each in kind.types:
            yield from _paths(each, path)
    elif isinstance(kind, inspect.StructType):
        if kind.tag is not None:
            yield path, False
        for field in kind.fields:
            yield from _paths(field.type, f"{path}.{field.name}")
    elif isinstance(kind, inspect.VarTupleType) and _has_structs(kind.item_type):
        yield path, True
        yield from _paths(kind.item_type, f"{path}[]")
    else:
        yield path, isinstance(kind, inspect.IntType | inspect.FloatType)


def _has_structs(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):
        return _has_structs(kind.type)
    if isinstance(kind, inspect.UnionType):
        return any(map(_has_structs, kind.types))
    return isinstance(kind, inspect.StructType)
