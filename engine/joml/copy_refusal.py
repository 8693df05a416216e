"""Refuses copies of objects that a copy would share by half, with a message that says what to do instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Never, TypeVar

_Class = TypeVar("_Class", bound=type)


def refuses_copies(instead: str) -> Callable[[_Class], _Class]:
    """Return a decorator of a class whose objects are to raise TypeError from ``copy`` and ``pickle``.

    Parameters
    ----------
    instead : str
        What to do, for the error's sentence.

    Returns
    -------
    callable
    """

    def decorated(cls: _Class) -> _Class:
        def refuse(self: Any, *_: Any) -> Never:
            raise TypeError(f"a {type(self).__name__} cannot be copied or pickled: {instead}")

        for name in ("__copy__", "__deepcopy__", "__reduce_ex__"):
            setattr(cls, name, refuse)
        return cls

    return decorated


def own_state(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a logger's copy or pickle has of its values: lists of its own, and no training that is under way."""
    kept = {name: list(value) if isinstance(value, list) else value for name, value in values.items()}
    return {**kept, "_trainer": None} if "_trainer" in kept else kept
