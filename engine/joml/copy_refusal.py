"""A decorator that refuses copies of objects whose copy would share some of their state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Never, TypeVar

_Class = TypeVar("_Class", bound=type)


def refuses_copies(instead: str) -> Callable[[_Class], _Class]:
    """Return a class decorator that makes ``copy`` and ``pickle`` of its objects raise TypeError.

    Parameters
    ----------
    instead : str
        What to do instead, for the error message.

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
    """Return the state for a logger's copy or pickle: ``values`` with copied lists and without a running training."""
    kept = {name: list(value) if isinstance(value, list) else value for name, value in values.items()}
    return {**kept, "_trainer": None} if "_trainer" in kept else kept
