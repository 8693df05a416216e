"""The engine's parts as an experiment chooses them: by name, or by a struct of name and settings.

The structs are made from what the parts declare: their fields, bounds and defaults are the engine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Union

from msgspec import NODEFAULT, Meta, Struct, defstruct

from joml.declaration import DeclaredSetting, Kind, Part, parts_of
from joml_tui.experiment.own_parts import find_part, make_object, make_part, reference_of, short_name

#: Above, single precision ends.
MAX_NUMBER = 1e30
_MAX_COUNT = 1_000_000
FilePath = Annotated[str, Meta(min_length=1)]
#: Columns of a file, by their names or positions; None leaves the choice to its reader.
Columns = tuple[str | int, ...] | None

#: The structs, each with the part that it chooses.
_SPECS: dict[type[Struct], Part] = {}


def specs_of(
    kind: Kind, base: type[Struct] = Struct, defaults: Mapping[str, Mapping[str, Any]] = {}
) -> dict[str, type[Struct]]:
    """Return a struct for each part of a kind that has settings, by the part's name.

    Parameters
    ----------
    kind : str
    base : type, default Struct
        What the structs are subclasses of.
    defaults : mapping, optional
        Other defaults than the engine's: by the part's name, from a setting to its default.
    """
    return {
        name: _make_spec(part, base, defaults.get(name, {}))
        for name, part in parts_of(kind).items()
        if chosen_settings(part)
    }


def chosen_settings(part: Part) -> list[DeclaredSetting]:
    """Return the settings of a part that an experiment chooses: all but the length of the run."""
    return [setting for setting in part.settings if setting.about.unit != "all iterations"]


def choice_of(names: Iterable[str], specs: Iterable[type[Struct]]) -> Any:
    """Return the type of one of these names, or of one of these structs."""
    names = tuple(names)
    kinds: list[Any] = [*([Literal[names]] if names else []), *specs]
    return Union[tuple(kinds)]  # noqa: UP007 - made of values


def name_of(chosen: str | Struct) -> str:
    """Return the name of what is chosen, by name alone or with settings; of a part of one's own, its class's name."""
    if reference := reference_of(chosen):
        return short_name(reference)
    return chosen if isinstance(chosen, str) else str(chosen.__struct_config__.tag)


def part_behind(kind: Kind, chosen: str | Struct) -> Part:
    """Return the part that is chosen; one of a person's own is imported.

    Raises
    ------
    OwnPartError
        It cannot be imported.
    """
    if reference := reference_of(chosen):
        return find_part(kind, reference)
    return parts_of(kind)[name_of(chosen)]


def build_part(kind: Kind, chosen: str | Struct) -> Any:
    """Make what is chosen: an activation function, a cost, an optimizer's rule, or a function that draws weights.

    Raises
    ------
    OwnPartError
        A part of one's own cannot be imported or made.
    """
    if reference := reference_of(chosen):
        given = dict(getattr(chosen, "settings", ()))
        if kind == "optimizer":
            given = {"learning_rate": getattr(chosen, "learning_rate", None), **given}
        return make_part(kind, reference, given)
    part = part_behind(kind, chosen)
    settings = {} if isinstance(chosen, str) else {each.name: getattr(chosen, each.name) for each in part.settings}
    return make_object(part, settings)


def spec_named(name: str) -> type[Struct] | None:
    """Return the struct of a part by its class's name, such as "AdamSpec"; None where there is none."""
    wanted = name.lower()
    return next((spec for spec in _SPECS if spec.__name__.lower() == wanted), None)


def setting_of(owner: type[Struct], field: str) -> DeclaredSetting | None:
    """Return what the engine declares of a struct's field; None where it declares nothing."""
    settings = _SPECS[owner].settings if owner in _SPECS else ()
    return next((each for each in settings if each.name == field), None)


def part_of_spec(owner: type[Struct]) -> Part | None:
    """Return the part that a struct chooses; None of one that chooses no part of the engine."""
    return _SPECS.get(owner)


def _make_spec(part: Part, base: type[Struct], defaults: Mapping[str, Any]) -> type[Struct]:
    fields = []
    for setting in chosen_settings(part):
        type_, default = _type_of(setting)
        fields.append((setting.name, type_, defaults.get(setting.name, default)))
    words = part.name.replace("-", " ").title().replace(" ", "")
    spec = defstruct(
        part.label if part.kind == "dataset" else f"{words}Spec",
        fields,
        bases=(base,),
        module=__name__,
        namespace={"__doc__": f"{part.title}."},
        frozen=True,
        forbid_unknown_fields=True,
        tag_field="name",
        tag=part.name,
    )
    _SPECS[spec] = part
    globals()[spec.__name__] = spec  # where pickle looks for it
    return spec


def _type_of(setting: DeclaredSetting) -> tuple[Any, Any]:
    """Return the type and the default of a setting in an experiment, where iterations are counted in epochs."""
    about = setting.about
    if about.unit == "iterations":
        return Annotated[float, Meta(gt=0, le=_MAX_COUNT)] | None, None
    default = NODEFAULT if setting.required else setting.default
    if about.unit == "file":
        return FilePath if setting.required else FilePath | None, default
    if about.unit == "columns":
        return Columns, default
    if setting.type not in (int, float):
        return setting.type, default
    greatest = about.at_most
    if greatest is None and about.below is None:
        greatest = MAX_NUMBER if setting.type is float else _MAX_COUNT
    bounds = {"gt": about.above, "ge": about.at_least, "lt": about.below, "le": greatest}
    given: dict[str, Any] = {name: bound for name, bound in bounds.items() if bound is not None}
    return Annotated[setting.type, Meta(**given)], default
