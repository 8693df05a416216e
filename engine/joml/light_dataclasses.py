"""Dataclasses as the standard library makes them, in a third of the time.

The library compiles up to six methods for each class, which was a third of the time of importing the engine. Here the
constructor alone is compiled; the other methods are made of functions that exist.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass  # so that type checkers know what it makes
else:

    def dataclass(described: type | None = None, *, frozen: bool = False, slots: bool = False, eq: bool = True) -> Any:
        """Return a class as a dataclass; a decorator, with or without options.

        Parameters
        ----------
        described : type, optional
            The class; None where options are given.
        frozen, slots : bool, default False
        eq : bool, default True
            As of ``dataclasses.dataclass``.

        Returns
        -------
        type or callable
        """

        def make(cls: type) -> type:
            if _needs_more(cls):
                return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq)(cls)
            return _make_lightly(cls, frozen=frozen, slots=slots, eq=eq)

        return make if described is None else make(described)


__all__ = ["dataclass"]

#: Methods that a class may have of its own; the standard library decides which of them stay.
_METHODS = frozenset(
    ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__getstate__", "__setstate__")
)


class _Factory:
    def __repr__(self) -> str:
        return "<factory>"


#: The default of a parameter whose value is made anew for each object.
_ANEW = _Factory()


def _needs_more(cls: type) -> bool:
    """Return whether a class has what only the standard library makes a dataclass of, such as a dataclass as base."""
    fields = [value for value in vars(cls).values() if isinstance(value, dataclasses.Field)]
    return (
        cls.__doc__ is None
        or not _METHODS.isdisjoint(vars(cls))
        or any(map(dataclasses.is_dataclass, cls.__mro__[1:]))
        or any(not field.init or field.kw_only is True for field in fields)
        or any(word in str(kind) for kind in cls.__annotations__.values() for word in ("InitVar", "KW_ONLY"))
        or "self" in cls.__annotations__
    )


def _make_lightly(cls: type, *, frozen: bool, slots: bool, eq: bool) -> Any:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    fields = dataclasses.fields(made)
    made.__init__ = _constructor(made, fields, frozen=frozen)
    made.__repr__ = _repr_of([field.name for field in fields if field.repr])
    if eq:
        made.__eq__ = _equality_of(_values_of([field.name for field in fields if field.compare]))
        hashed = [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
        made.__hash__ = _hash_of(_values_of(hashed)) if frozen else None
    if frozen:
        made.__setattr__, made.__delattr__ = _refusals_of(made, {field.name for field in fields})
        if slots:
            made.__getstate__, made.__setstate__ = _state_of, _set_state
    params = made.__dataclass_params__
    params.init, params.repr, params.eq, params.frozen = True, True, eq, frozen
    return made


def _constructor(cls: type, fields: Sequence[dataclasses.Field[Any]], *, frozen: bool) -> Callable[..., None]:
    parameters, body, given = [], [], {"set_": object.__setattr__, "anew_": _ANEW}
    for field in fields:
        name, value = field.name, field.name
        if field.default_factory is not dataclasses.MISSING:
            parameters.append(f"{name}=anew_")
            given[f"{name}_"] = field.default_factory
            value = f"{name}_() if {name} is anew_ else {name}"
        elif field.default is not dataclasses.MISSING:
            parameters.append(f"{name}={name}_")
            given[f"{name}_"] = field.default
        else:
            parameters.append(name)
        body.append(f"set_(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    program = "\n  ".join((f" def __init__(self, {', '.join(parameters)}):", *(body or ["pass"])))
    made: dict[str, Any] = {}
    exec(f"def make({', '.join(given)}):\n{program}\n return __init__", vars(sys.modules[cls.__module__]), made)
    constructor: Callable[..., None] = made["make"](**given)
    constructor.__qualname__ = f"{cls.__qualname__}.__init__"
    constructor.__annotations__ = {**{field.name: field.type for field in fields}, "return": None}
    return constructor


def _values_of(names: Sequence[str]) -> Callable[[Any], Any]:
    """Return a function that returns an object's values of these attributes."""
    return attrgetter(*names) if len(names) > 1 else lambda made: tuple(getattr(made, name) for name in names)


def _repr_of(names: Sequence[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def __repr__(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join([f'{name}={getattr(self, name)!r}' for name in names])})"

    return __repr__


def _equality_of(values: Callable[[Any], Any]) -> Callable[[Any, object], bool]:
    def __eq__(self: Any, other: object) -> bool:
        if other.__class__ is self.__class__:
            return bool(values(self) == values(other))
        return NotImplemented

    return __eq__


def _hash_of(values: Callable[[Any], Any]) -> Callable[[Any], int]:
    return lambda self: hash(values(self))


def _refusals_of(cls: Any, names: set[str]) -> tuple[Callable[[Any, str, Any], None], Callable[[Any, str], None]]:
    """Return the methods that refuse to change an object's fields; derived classes may have other attributes."""

    def __setattr__(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return __setattr__, __delattr__


def _state_of(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: Sequence[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=False):
        object.__setattr__(self, field.name, value)
