"""Decoding of plain values into typed structs, with errors that name the field and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct, inspect, structs

from joml.wording import quoted
from joml_tui.names import find_name, nearest_name

T = TypeVar("T")

#: The path of a field: keys of mappings and places in lists, from the outermost on.
Path = tuple[str | int, ...]

_KINDS: dict[type[inspect.Type], str] = {
    inspect.IntType: "an integer",
    inspect.FloatType: "a number",
    inspect.StrType: "text",
    inspect.BoolType: "true or false",
    inspect.StructType: "a mapping of keys to values",
    inspect.DictType: "a mapping of keys to values",
    inspect.VarTupleType: "a list",
    inspect.TupleType: "a list",
}
# The key of a mapping with any keys in msgspec's paths.
_ANY_KEY = "..."
_RANGE = re.compile(r"Expected `(int|float)` (>=|<=|>|<) (\S+)")
_LENGTH = re.compile(r"Expected `(array|str)` of length (>=|<=) (\d+)")


class DecodingError(ValueError):
    """A value does not fit its type.

    Attributes
    ----------
    path : tuple of str and int
        The field.
    fault : str
        The expected and the actual value.
    """

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{format_path(path)}: {fault}" if path else fault)
        self.path = path
        self.fault = fault


def decode(value: object, type_: type[T]) -> T:
    """Convert plain values (mappings, lists, texts, numbers) to a type.

    Names may be written in another case, with other hyphens, or as a common alias such as ``sgd``; the result has the
    name used in this program.

    Raises
    ------
    DecodingError
        For the first value that does not fit.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError:
        info = _info_of(cast(Hashable, type_))
        value = _with_known_names(value, info)
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise _explain(str(error), value, info) from error


@cache
def _info_of(type_: Hashable) -> inspect.Type:
    """Return the description of a type, which msgspec would make again each time."""
    return inspect.type_info(type_)


def _with_known_names(value: object, info: inspect.Type) -> object:
    """Return the value with aliases and other spellings of names replaced by this program's names."""
    if isinstance(value, str) and (mapping := _kind_alone(value, info)):
        return mapping
    if isinstance(value, str):
        free = any(isinstance(each, inspect.StrType) for each in _alternatives(info))
        return value if free else find_name(value, _names(info)) or value
    if isinstance(value, list):
        kinds = _item_types(info)
        return [_with_known_names(item, kinds[0]) for item in value] if kinds else value
    if not isinstance(value, dict):
        return value
    if (kind := _value_type(info)) is not None:
        return {key: _with_known_names(part, kind) for key, part in value.items()}
    changed = _with_own_settings(_with_left_out_kind(value, info), info)
    for tagged in _structs(info):
        if tagged.tag_field and isinstance(name := value.get(tagged.tag_field), str):
            tags = [str(each.tag) for each in _structs(info)]
            changed[tagged.tag_field] = find_name(name, [*tags, *_names(info)]) or name
    fields = {field.encode_name: field.type for struct in _structs(info, changed) for field in struct.fields}
    return {key: _with_known_names(part, fields[key]) if key in fields else part for key, part in changed.items()}


def _kind_alone(value: str, info: inspect.Type) -> dict[str, Any] | None:
    """Return the mapping for a kind that stands alone, such as the layer ``flatten``; None if it is no such kind."""
    structs_of = _structs(info)
    if not any(getattr(each.cls, "without_name", False) for each in structs_of):
        return None
    tag = find_name(value, [str(each.tag) for each in structs_of])
    return None if tag is None else {str(structs_of[0].tag_field): tag}


def _with_left_out_kind(value: dict[str, Any], info: inspect.Type) -> dict[str, Any]:
    """Return a mapping with the kind of the struct that is meant without one, as of a layer that has a size alone."""
    for struct in _structs(info):
        if getattr(struct.cls, "without_name", False) and not value.keys() & {struct.tag_field, "own"}:
            return {str(struct.tag_field): struct.tag, **value}
    return value


def _with_own_settings(value: dict[str, Any], info: inspect.Type) -> dict[str, Any]:
    """Return ``{own: module:Name, beta: 2}`` in the form of its struct: unknown keys are settings of the part."""
    own = next((each for each in _structs(info) if each.tag == "own"), None)
    if own is None or "own" not in value or value.get(str(own.tag_field), "own") != "own":
        return {**value}
    fields = {str(own.tag_field), *(field.encode_name for field in own.fields)} - {"settings"}
    settings = [[name, part] for name, part in value.items() if name not in fields and name != "settings"]
    kept = {name: part for name, part in value.items() if name in fields}
    return {**kept, str(own.tag_field): "own", "settings": [*value.get("settings", ()), *settings]}


def _item_types(info: inspect.Type) -> list[inspect.Type]:
    return [each.item_type for each in _alternatives(info) if isinstance(each, inspect.VarTupleType)]


def _value_type(info: inspect.Type) -> inspect.Type | None:
    """Return the type of the values of a mapping with any keys; None if the type is no such mapping."""
    return next((each.value_type for each in _alternatives(info) if isinstance(each, inspect.DictType)), None)


@cache
def fields_of(struct: type[Struct]) -> tuple[structs.FieldInfo, ...]:
    """Return the fields of a struct, whose types msgspec would evaluate again each time.

    Parameters
    ----------
    struct : type

    Returns
    -------
    tuple of msgspec.structs.FieldInfo
    """
    return structs.fields(struct)


def find_faults(value: Struct, path: Path = ()) -> Iterator[DecodingError]:
    """Yield an error for every field of a struct that does not fit its type, as constructors do not check."""
    for field in fields_of(type(value)):
        part = getattr(value, field.name)
        children = part if isinstance(part, tuple) else (part,)
        inside = [
            fault
            for place, child in enumerate(children)
            if isinstance(child, Struct)
            for fault in find_faults(child, (*path, field.name, place) if children is part else (*path, field.name))
        ]
        yield from inside
        if not inside:
            try:
                decode(msgspec.to_builtins(part), field.type)
            except DecodingError as error:
                yield DecodingError((*path, field.name, *error.path), error.fault)


def format_path(path: Path) -> str:
    """Return a path as text, such as ``layers[2].size``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def suggest(name: str, names: Iterable[str]) -> str:
    """Return ``did you mean NEAREST?``, or the list of valid names if none is similar."""
    names = list(names)
    nearest = nearest_name(name, names)
    return f"did you mean {nearest}?" if nearest else f"known: {', '.join(names)}"


def shown(value: object) -> str:
    """Return a short, printable text of a value for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int) and abs(value) >= 10**20:
        return "a very large integer" if value > 0 else "a very large negative integer"
    if isinstance(value, (int, float)):
        return repr(value)
    return (
        "a list" if isinstance(value, (list, tuple)) else "a mapping" if isinstance(value, dict) else "something else"
    )


def _explain(message: str, value: Any, info: inspect.Type) -> DecodingError:
    """Return this program's error for msgspec's message."""
    # A key of the outermost mapping may contain anything, even text like msgspec's path, so it is searched first.
    text, _, where = message.rpartition(" - at `$")
    path = () if _unknown_key(value, info) is not None else _parse_path(where.removesuffix("`")) if text else ()
    around = outermost = info
    start, written = value, path
    for place, step in enumerate(path):
        if step == _ANY_KEY:
            step = _faulty_key(value, _value_type(info))  # noqa: PLW2901
            path = written = (*path[:place], step, *path[place + 1 :])
        around, info = info, _step_into(info, value, step)
        value = value[step]
    if len(path) > 2 and path[-3] == "settings":  # of a custom part, whose settings stand beside `own`
        setting = _at(start, path[:-1])[0]
        written = (*path[:-3], setting)
    if isinstance(value, str) and path and path[-1] == "name" and value in _names(around):
        return DecodingError(path, f"{value} has no settings; write {value} alone, without a mapping")
    if message.startswith("Object contains unknown field"):
        key = _unknown_key(value, info) or ""
        known = _known_keys(info, value)
        elsewhere = None if nearest_name(key, known) == key else _field_with(key, outermost, start, path)
        advice = f"did you mean {elsewhere}?" if elsewhere else suggest(key, known)
        return DecodingError((*path, key), f"unknown key; {advice}")
    if missing := re.match(r"Object missing required field `(\w+)`", message):
        key = missing[1]
        return DecodingError((*path, key), f"this key is missing; expected {_describe(_step_into(info, value, key))}")
    return DecodingError(written, _explain_value(text or message, value, info))


def _at(value: Any, path: Path) -> Any:
    """Return the value at a path."""
    for step in path:
        value = value[step]
    return value


def _explain_value(text: str, value: object, info: inspect.Type) -> str:
    if match := _RANGE.fullmatch(text):
        kind = "an integer" if match[1] == "int" else "a number"
        return f"expected {kind} {match[2]} {match[3].removesuffix('.0')}, got {shown(value)}"
    if match := _LENGTH.fullmatch(text):
        if isinstance(value, str) and not value:
            return "must not be empty"
        unit = "items" if match[1] == "array" else "characters"
        bound = "at least" if match[2] == ">=" else "at most"
        return f"expected {bound} {match[3]} {unit}, got {len(value) if isinstance(value, (list, tuple, str)) else 0}"
    nearest = nearest_name(value, _names(info)) if isinstance(value, str) else None
    hint = f"; did you mean {nearest}?" if nearest else _hint_quotes(value, info)
    tagged = [each for each in _structs(info) if each.tag_field]
    if isinstance(value, str) and (tag := find_name(value, [str(each.tag) for each in tagged])):
        hint = f"; write {{{tagged[0].tag_field}: {tag}}}"
    return f"expected {_describe(info)}, got {shown(value)}{hint}"


def _hint_quotes(value: object, info: inspect.Type) -> str:
    takes_text = any(isinstance(each, inspect.StrType) for each in _alternatives(info))
    return "; put text that looks like something else in quotes" if takes_text and value is not None else ""


def _parse_path(text: str) -> Path:
    steps = re.findall(r"\.(\w+)|\[(\d+)\]|\[(\.\.\.)\]", text)
    return tuple(int(place) if place else key or any_key for key, place, any_key in steps)


def _faulty_key(value: Any, info: inspect.Type | None) -> str:
    """Return the first key of a mapping whose value does not fit, as msgspec does not name it."""
    assert info is not None
    for key, part in value.items():
        if isinstance(part, str) and part in _names(info):
            continue
        if not isinstance(part, dict):
            return str(key)
        try:
            msgspec.convert(part, _structs(info, part)[0].cls)
        except msgspec.ValidationError:
            return str(key)
    return str(next(iter(value)))


def _alternatives(info: inspect.Type) -> Sequence[inspect.Type]:
    return info.types if isinstance(info, inspect.UnionType) else (info,)


def _structs(info: inspect.Type, value: object = None) -> list[inspect.StructType]:
    """Return the structs that a type allows; only the one with the value's tag if that is known."""
    candidates = [each for each in _alternatives(info) if isinstance(each, inspect.StructType)]
    if isinstance(value, dict):
        tagged = [each for each in candidates if each.tag_field and value.get(each.tag_field) == each.tag]
        return tagged or candidates
    return candidates


def _known_keys(info: inspect.Type, value: object) -> list[str]:
    keys: dict[str, None] = {}
    for struct in _structs(info, value):
        keys.update(dict.fromkeys([struct.tag_field] if struct.tag_field else []))
        keys.update(dict.fromkeys(field.encode_name for field in struct.fields))
    return list(keys)


def _field_with(key: str, outermost: inspect.Type, value: object, path: Path) -> str | None:
    """Return the path of a key that another part has in place of the one at ``path``; None if no part has it."""
    if not path or not isinstance(value, dict):
        return None
    for struct in _structs(outermost, value):
        for field in struct.fields:
            name = field.encode_name
            if name != path[0] and key in _known_keys(field.type, value.get(name)):
                return f"{name}.{key}"
    return None


def _unknown_key(value: object, info: inspect.Type) -> str | None:
    if not isinstance(value, dict) or not _structs(info):
        return None
    keys = _known_keys(info, value)
    return next((key for key in value if key not in keys), None)


def _step_into(info: inspect.Type, value: object, step: str | int) -> inspect.Type:
    """Return the type of an item of a list, or of the value of a key."""
    kind = _value_type(info)
    if kind is not None:
        return kind
    if isinstance(step, int):
        pair = next((each for each in _alternatives(info) if isinstance(each, inspect.TupleType)), None)
        return _item_types(info)[0] if pair is None else pair.item_types[step]
    candidates = _structs(info, value)
    for struct in candidates:
        for field in struct.fields:
            if field.encode_name == step:
                return field.type
    return inspect.LiteralType(tuple(struct.tag for struct in candidates if struct.tag is not None))


def _choices(info: inspect.Type) -> list[object]:
    literals = [each for each in _alternatives(info) if isinstance(each, inspect.LiteralType)]
    return [value for literal in literals for value in literal.values]


def _names(info: inspect.Type) -> list[str]:
    return [choice for choice in _choices(info) if isinstance(choice, str)]


def _describe(info: inspect.Type) -> str:
    # None is chosen by leaving the key out, so it is not offered.
    kinds = [_KINDS[type(each)] for each in _alternatives(info) if type(each) in _KINDS]
    parts = [*map(str, _choices(info)), *dict.fromkeys(kinds)]
    return " or ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
