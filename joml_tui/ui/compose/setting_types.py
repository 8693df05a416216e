"""The types of settings, and the structs that hold the settings of a chosen part."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, inspect, structs

from joml_tui.decoding import DecodingError, decode


@cache
def fields_of(type_: type[Struct]) -> tuple[structs.FieldInfo, ...]:
    """Return the fields of a struct."""
    # Cached: otherwise every typed key would read the annotations of all parts again.
    return structs.fields(type_)


@cache
def kinds_of(type_: Any) -> tuple[inspect.Type, ...]:
    """Return the alternatives of a type."""
    info = inspect.type_info(type_)
    return tuple(info.types) if isinstance(info, inspect.UnionType) else (info,)


def structs_of(type_: Any) -> list[inspect.StructType]:
    """Return the structs among the alternatives of a type."""
    return [kind for kind in kinds_of(type_) if isinstance(kind, inspect.StructType)]


def may_be_none(type_: Any) -> bool:
    """Return whether a value of a type may be none."""
    return any(isinstance(kind, inspect.NoneType) for kind in kinds_of(type_))


@cache
def types_of(owner: type[Struct]) -> dict[str, Any]:
    """Return the types of a struct's fields by their names."""
    return {field.name: field.type for field in fields_of(owner)}


def struct_behind(value: Any, type_: Any) -> Struct | None:
    """Return the struct with the settings of a value, also if the value is only a name."""
    if isinstance(value, Struct):
        return value
    if not isinstance(value, str):
        return None
    return next((kind.cls() for kind in structs_of(type_) if kind.tag == value), None)


def shortest(value: Struct, type_: Any) -> Struct | str:
    """Return a value's name alone if that is equivalent."""
    name = value.__struct_config__.tag
    named = any(name in kind.values for kind in kinds_of(type_) if isinstance(kind, inspect.LiteralType))
    return str(name) if named and name is not None and value == type(value)() else value


def carry_over(old: Any, new: type[Struct]) -> Struct:
    """Return a struct with the changed settings of another one, as far as it has them.

    A learning rate is not carried over, because it fits only one optimizer.
    """
    made = new(**{field.name: "" for field in fields_of(new) if field.required})
    if not isinstance(old, Struct):
        return made
    for field in fields_of(type(old)):
        value = getattr(old, field.name)
        if field.name in types_of(new) and field.name != "learning_rate" and value != field.default:
            try:
                decode(msgspec.to_builtins(value), types_of(new)[field.name])
            except DecodingError:
                continue
            made = structs.replace(made, **{field.name: value})
    return made
