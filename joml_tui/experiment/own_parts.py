"""Custom parts: an experiment names them by their module, and they are imported when needed.

``own: my_module:Swish`` is a class or a function of a module: of the file ``my_module.py`` beside the experiment, or of
an installed module. ``own: swish`` is one that an installed package offers as the entry point ``activation.swish`` of
the group ``joml.parts``. Nothing is imported in order to read, write or list experiments.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from functools import cache, lru_cache, partial
from hashlib import sha256
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from inspect import Parameter, getattr_static, isfunction, signature
from pathlib import Path
from types import ModuleType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from joml import ActivationFunction, CostFunction, Layer
from joml.declaration import DeclaredSetting, Kind, Part, Setting, part_of, settings_of
from joml.layers.base_layer import BaseLayer
from joml_tui.names import nearest_name

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

#: The entry-point group of installed parts, each named by kind and name, as in ``activation.swish``.
GROUP = "joml.parts"
#: The expected object for each kind of part, in words.
_EXPECTED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "activation": (
        "an activation function, such as ActivationFunction(value, derivative)",
        lambda made: isinstance(made, ActivationFunction),
    ),
    "cost": ("a cost function", lambda made: isinstance(made, CostFunction)),
    "initialisation": ("a function of (size, previous size, generator)", callable),
    "optimizer": ("an optimizer with bind(theta, gradient)", lambda made: callable(getattr(made, "bind", None))),
    "dataset": ("a function that returns x and y", callable),
    "layer": ("a layer derived from joml.OwnLayer", lambda made: isinstance(made, BaseLayer) and not _is_dense(made)),
    "schedule": ("a function of the share of the run that is done, from 0 to 1", lambda made: _takes(made, 0.0)),
    "metric": ("a function of y_hat and y", lambda made: _takes(made, y_hat=None, y=None)),
}
#: Kinds of parts that are functions.
_FUNCTIONS = ("initialisation", "metric", "dataset")
_SIMPLE = (bool, int, float, str)
OwnValue = bool | int | float | str


class OwnSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="own"):
    """A part of your own: ``module:Name``, or the name of one that an installed package offers."""

    own: str
    settings: tuple[tuple[str, OwnValue], ...] = ()


def reference_of(chosen: object) -> str | None:
    """Return the reference to a custom part; None for the engine's parts."""
    return getattr(chosen, "own", None)


class OwnPartError(ValueError):
    """A custom part cannot be used; the message says which, where it was searched, and what to do."""


def installed_parts(kind: Kind) -> list[str]:
    """Return the names of a kind's parts in installed packages; imports none of them."""
    start = f"{kind}."
    names = (entry.name for entry in _offered() if entry.name.startswith(start))
    return sorted({name.removeprefix(start) for name in names})


@cache
def _offered() -> tuple[EntryPoint, ...]:
    """Return all parts of installed packages; cached, because the search takes some milliseconds."""
    # It brings the whole of `email` along, which no other module of a command needs.
    from importlib.metadata import entry_points  # noqa: PLC0415

    return tuple(entry_points(group=GROUP))


def short_name(reference: str) -> str:
    """Return the name at the end of a reference: Swish for ``/home/me/my_module.py:Swish``."""
    return reference.rpartition(":")[2]


def anchor_reference(reference: str, folder: Path) -> str:
    """Return a reference with the path of its file if the file is in this folder."""
    module, colon, name = reference.rpartition(":")
    if not colon:
        return reference
    path = folder / (module if module.endswith(".py") else module.replace(".", "/") + ".py")
    try:
        return f"{path.absolute()}:{name}" if path.is_file() else reference
    except (OSError, ValueError):
        return reference


def find_part(kind: Kind, reference: str) -> Part:
    """Import a custom part.

    Parameters
    ----------
    kind : str
        The kind of the part.
    reference : str
        ``module:Name``, ``path.py:Name``, or the name of an installed part.

    Returns
    -------
    Part

    Raises
    ------
    OwnPartError
        It does not exist, or its import failed.
    """
    module, colon, name = reference.rpartition(":")
    if not colon:
        make, where = _installed(kind, reference), f"the installed part {reference!r}"
    else:
        where = module
        try:
            loaded = _load_file(module, _state_of(module)) if module.endswith(".py") else import_module(module)
        except Exception as error:  # custom code may raise anything
            raise OwnPartError(_describe(reference, module, error)) from error
        make = getattr(loaded, name, None)
        if make is None:
            own = [each for each, value in vars(loaded).items() if getattr(value, "__module__", "") == loaded.__name__]
            nearest = nearest_name(name, own)
            hint = f"; did you mean {nearest}?" if nearest else ""
            raise OwnPartError(f"{where} has no {name!r}{hint}")
    if kind == "activation" and isinstance(make, ActivationFunction):
        called = short_name(reference)
        return Part(kind, called, partial(_named_copy, make, called), called, "", called, ())
    if not callable(make):
        raise OwnPartError(f"{name or reference} of {where} is not a class or function")
    return _part(kind, make, short_name(reference))


def make_part(kind: Kind, reference: str, given: Mapping[str, Any]) -> Any:
    """Import a custom part, check its settings, and make the activation function, cost or optimizer.

    For an initialisation, a schedule, a metric or a data set, return the function with its settings.

    Raises
    ------
    OwnPartError
        It cannot be imported, lacks a setting, or is of the wrong kind.
    """
    part = find_part(kind, reference)
    setting_of = {setting.name: setting for setting in part.settings}
    for name, value in given.items():
        if name not in setting_of:
            nearest = nearest_name(name, setting_of)
            hint = f"did you mean {nearest}?" if nearest else f"its settings: {', '.join(setting_of) or 'none'}"
            raise OwnPartError(f"{part.label} has no setting {name!r}; {hint}")
        try:
            setting_of[name].check(value)
        except ValueError as error:
            raise OwnPartError(f"{part.label}: {error}") from None
    expected, right = _EXPECTED[kind]
    try:
        made = make_object(part, given)
    except Exception as error:  # custom code may raise anything
        if isfunction(part.make) and (needed := _arguments_without_value(part.make, given)):
            raise OwnPartError(f"{part.label} is a function of {needed}; {expected} is needed here") from error
        raise OwnPartError(f"{part.label} cannot be made: {str(error) or type(error).__name__}") from error
    if not right(made):
        raise OwnPartError(f"{part.label} is not {expected}, as is needed here")
    return made


def make_object(part: Part, settings: Mapping[str, Any]) -> Any:
    """Make an object of a part with these settings; for a function, such as a metric, bind the settings to it."""
    if part.kind in _FUNCTIONS or (part.kind == "schedule" and not isinstance(part.make, type)):
        return partial(part.make, **settings) if settings else part.make
    return part.make(**settings)


def _arguments_without_value(function: Any, given: Mapping[str, Any]) -> str:
    """Return the names of the arguments that a function needs and is not given, between commas."""
    parameters = signature(function).parameters.values()
    plain = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    needed = (each for each in parameters if each.default is Parameter.empty and each.kind in plain)
    return ", ".join(each.name for each in needed if each.name not in given)


def _is_dense(made: object) -> bool:
    """Return whether a layer is fully connected, which computes nothing of its own."""
    return isinstance(made, Layer)


def _takes(made: Any, *arguments: object, **named: object) -> bool:
    """Return whether an object can be called with these arguments alone."""
    try:
        signature(made).bind(*arguments, **named)
    except (TypeError, ValueError):
        return False
    return True


def _installed(kind: Kind, name: str) -> Any:
    entries = [entry for entry in _offered() if entry.name == f"{kind}.{name}"]
    if not entries:
        entry_points = installed_parts(kind)
        nearest = nearest_name(name, entry_points)
        hint = f"did you mean {nearest}?" if nearest else "write module:Name for one in a file beside the experiment"
        raise OwnPartError(f"no installed package offers the {kind} {name!r}; {hint}")
    try:
        return entries[0].load()
    except Exception as error:  # a package may raise anything
        raise OwnPartError(_describe(name, entries[0].value, error)) from error


def _describe(reference: str, module: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{short_name(reference)}: there is no file {module}; restore it, or write the part's new place"
    if isinstance(error, ModuleNotFoundError) and error.name == module:
        name = short_name(reference)
        return f"{name}: there is no {module}.py beside the experiment, and no module {module} is installed"
    return f"{short_name(reference)}: importing {module} failed: {type(error).__name__}: {error}"


def _state_of(path: str) -> tuple[int, int]:
    state = Path(path).stat()
    return state.st_mtime_ns, state.st_size


@lru_cache(maxsize=64)
def _load_file(path: str, state: tuple[int, int]) -> ModuleType:
    """Import a file by its path, again when it has changed."""
    name = f"joml_own_{sha256(repr((path, state)).encode()).hexdigest()[:16]}"
    module_spec = spec_from_file_location(name, path)
    assert module_spec is not None
    module = module_from_spec(module_spec)
    sys.modules[name] = module  # dataclasses and pickle need it there
    try:
        # Not by its loader, whose cached bytecode would be stale if a file changes twice within a second.
        exec(compile(Path(path).read_bytes(), path, "exec"), vars(module))
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _named_copy(function: ActivationFunction, name: str) -> ActivationFunction:
    """Return a function that was made of two, with a name of its own."""
    made = copy(function)
    if made.name == ActivationFunction.name:
        made.name = name
    return made


def _part(kind: Kind, make: Any, name: str) -> Part:
    """Return a class or function as a part; a plain parameter with a default becomes a setting without bounds."""
    declared = part_of(make)
    try:
        settings = {setting.name: _with_simple_type(setting) for setting in settings_of(make)}
        parameters = list(signature(make).parameters.values())
        hints = get_type_hints(getattr_static(make, "__init__") if isinstance(make, type) else make)
    except (TypeError, ValueError, NameError) as error:
        raise OwnPartError(f"{name}: its parameters cannot be read: {error}") from error
    for parameter in parameters:
        if parameter.name in settings or (kind != "layer" and parameter.default is Parameter.empty):
            continue
        type_ = _simple_type(hints.get(parameter.name), parameter.default)
        if type_ is not None:
            settings[parameter.name] = DeclaredSetting(parameter.name, type_, parameter.default, Setting(""))
    title = (getattr(make, "__doc__", None) or name).strip().split("\n")[0].rstrip(".")
    title, formula = (declared.title, declared.formula) if declared else (title, "")
    return Part(kind, name, make, title, formula, name, tuple(settings.values()))


def _with_simple_type(setting: DeclaredSetting) -> DeclaredSetting:
    return replace(setting, type=_simple_type(setting.type, setting.default) or setting.type)


def _simple_type(hint: Any, default: Any) -> Any:
    """Return the type of a setting from its annotation or default; None if YAML cannot express its values."""
    kinds = [each for each in get_args(hint) if each is not type(None)] if _is_union(hint) else [hint]
    if set(kinds) == {int, float}:
        return float
    if len(kinds) == 1 and is_simple_type(kinds[0]):
        return kinds[0]
    # A default of 1 does not exclude 1.5; an annotation does.
    kind = float if type(default) is int else type(default)
    return kind if kind in _SIMPLE else None


def is_simple_type(type_: Any) -> bool:
    """Return whether a setting of this type is a text, a number, a truth value, or one of several names."""
    return type_ in _SIMPLE or (
        get_origin(type_) is Literal and all(type(value) in (str, int) for value in get_args(type_))
    )


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)
