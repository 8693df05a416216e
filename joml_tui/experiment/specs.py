"""The engine's parts in experiments: names, or structs of name and settings.

The structs are made from the parts' declarations: fields, bounds and defaults are the engine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union

from msgspec import NODEFAULT, Meta, Struct, defstruct

from joml.data.tables.column_kinds import ColumnKind
from joml.declaration import DeclaredSetting, Kind, Part, parts_of
from joml_tui.experiment.own_parts import find_part, make_object, make_part, reference_of, short_name

StructT = TypeVar("StructT", bound=Struct)

#: The largest number in single precision.
MAX_NUMBER = 1e30
_MAX_COUNT = 1_000_000
FilePath = Annotated[str, Meta(min_length=1)]
#: Columns of a file by name or position; None is the reader's default.
Columns = tuple[str | int, ...] | None


class ColumnSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """The kind of a column, and what stands in place of its missing cells; None leaves it to the reader."""

    kind: ColumnKind | None = None
    missing: Literal["median", "mean", "error"] | Annotated[float, Meta(ge=-1e30, le=1e30)] | None = None
    day_first: bool | None = None


#: Kinds of columns by the columns' names; None decides all by their cells.
ColumnKinds = dict[str, ColumnKind | ColumnSpec] | None

#: The structs with their parts.
_SPECS: dict[type[Struct], Part] = {}


def specs_of(
    kind: Kind, base: type[Struct] = Struct, defaults: Mapping[str, Mapping[str, Any]] = {}
) -> dict[str, type[Struct]]:
    """Return a struct for each part of a kind that has settings, by the part's name.

    Parameters
    ----------
    kind : str
    base : type, default Struct
        Base class of the structs.
    defaults : mapping, optional
        Defaults that differ from the engine's: by the part's name, from a setting to its default.
    """
    return {
        name: _make_spec(part, base, defaults.get(name, {}))
        for name, part in parts_of(kind).items()
        if chosen_settings(part)
    }


def chosen_settings(part: Part) -> list[DeclaredSetting]:
    """Return the settings of a part that an experiment sets: all except the length of the run."""
    return [setting for setting in part.settings if setting.about.unit != "all iterations"]


def choice_of(names: Iterable[str], specs: Iterable[type[Struct]]) -> Any:
    """Return the type of a choice among these names and structs."""
    names = tuple(names)
    kinds: list[Any] = [*([Literal[names]] if names else []), *specs]
    return Union[tuple(kinds)]  # noqa: UP007 - made of values


def name_of(chosen: str | Struct) -> str:
    """Return the name of a chosen part, with or without settings; for a custom part, its class's name."""
    if (reference := reference_of(chosen)) is not None:
        return short_name(reference)
    return chosen if isinstance(chosen, str) else str(chosen.__struct_config__.tag)


def part_behind(kind: Kind, chosen: str | Struct) -> Part:
    """Return the chosen part; a custom part is imported.

    Raises
    ------
    OwnPartError
        It cannot be imported.
    """
    if (reference := reference_of(chosen)) is not None:
        return find_part(kind, reference)
    return parts_of(kind)[name_of(chosen)]


def build_part(kind: Kind, chosen: str | Struct) -> Any:
    """Make a chosen part: an activation function, a cost, an optimizer, or an initialisation.

    Raises
    ------
    OwnPartError
        A custom part cannot be imported or made.
    """
    if (reference := reference_of(chosen)) is not None:
        given = dict(getattr(chosen, "settings", ()))
        if kind == "optimizer":
            given = {"learning_rate": getattr(chosen, "learning_rate", None), **given}
        return make_part(kind, reference, given)
    part = part_behind(kind, chosen)
    settings = {} if isinstance(chosen, str) else {each.name: getattr(chosen, each.name) for each in part.settings}
    return make_object(part, settings)


def spec_named(name: str) -> type[Struct] | None:
    """Return the struct with a class name such as "AdamSpec"; None if there is none."""
    wanted = name.lower()
    return next((spec for spec in _SPECS if spec.__name__.lower() == wanted), None)


def setting_of(owner: type[Struct], field: str) -> DeclaredSetting | None:
    """Return the engine's declaration of a struct's field; None if there is none."""
    settings = _SPECS[owner].settings if owner in _SPECS else ()
    return next((each for each in settings if each.name == field), None)


def part_of_spec(owner: type[Struct]) -> Part | None:
    """Return the engine's part of a struct; None if it has none."""
    return _SPECS.get(owner)


def _make_spec(part: Part, base: type[Struct], defaults: Mapping[str, Any]) -> type[Struct]:
    fields = []
    for setting in chosen_settings(part):
        type_, default = type_of(setting)
        fields.append((setting.name, type_, defaults.get(setting.name, default)))
    return make_spec(part, base, fields)


def make_spec(
    part: Part, base: type[StructT], fields: Iterable[tuple[str, Any, Any]], tag: str = "name"
) -> type[StructT]:
    """Return a struct for a part with these fields.

    Parameters
    ----------
    part : Part
    base : type
        Base class of the struct.
    fields : iterable of (name, type, default)
    tag : str, default "name"
        The key that has the part's name.

    Returns
    -------
    type
    """
    words = part.name.replace("-", " ").title().replace(" ", "")
    spec: type[Any] = defstruct(
        part.label if part.kind == "dataset" else f"{words}{'Layer' * (part.kind == 'layer')}Spec",
        fields,
        bases=(base,),
        module=__name__,
        namespace={"__doc__": f"{part.title}."},
        frozen=True,
        forbid_unknown_fields=True,
        tag_field=tag,
        tag=part.name,
    )
    _SPECS[spec] = part
    globals()[spec.__name__] = spec  # where pickle expects it
    return spec


def type_of(setting: DeclaredSetting) -> tuple[Any, Any]:
    """Return the type and default of a setting in an experiment, which counts epochs instead of iterations."""
    about = setting.about
    if about.unit == "iterations":
        return Annotated[float, Meta(gt=0, le=_MAX_COUNT)] | None, None
    default = NODEFAULT if setting.required else setting.default
    if about.unit == "file":
        return FilePath if setting.required else FilePath | None, default
    if about.unit == "columns":
        return Columns, default
    if about.unit == "column kinds":
        return ColumnKinds, default
    if setting.type not in (int, float):
        return setting.type, default
    greatest = about.at_most
    if greatest is None and about.below is None:
        greatest = MAX_NUMBER if setting.type is float else _MAX_COUNT
    bounds = {"gt": about.above, "ge": about.at_least, "lt": about.below, "le": greatest}
    given: dict[str, Any] = {name: bound for name, bound in bounds.items() if bound is not None}
    return Annotated[setting.type, Meta(**given)], default
