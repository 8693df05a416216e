"""Checks of attribute assignment: fixed settings and unknown names are refused."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from difflib import get_close_matches


def require_unsettled(owner: object, name: str, settled: Collection[str], instead: str) -> None:
    """Raise AttributeError if an attribute is a fixed setting.

    Parameters
    ----------
    owner : object
        The object whose attribute is set.
    name : str
        Name of the attribute.
    settled : collection of str
        Names of the fixed settings.
    instead : str
        What to do instead, for the error message.
    """
    if name in settled:
        raise AttributeError(f"{name} of {owner!r} cannot be changed any more: {instead}")


def require_attribute(owner: object, name: str) -> None:
    """Raise AttributeError if an object of the library has no attribute of this name, to catch typing errors.

    Instances of custom classes may have further attributes, and every object may have private ones.

    Parameters
    ----------
    owner : object
        The object whose attribute is set.
    name : str
        Name of the attribute.
    """
    if name.startswith("_") or not type(owner).__module__.startswith("joml."):
        return
    kind = type(owner)
    if kind not in _NAMES:
        _NAMES[kind] = _public_names(kind)
    if name not in _NAMES[kind]:
        close = get_close_matches(name, _NAMES[kind], 1, 0.7)
        hint = f": did you mean {close[0]}?" if close else ""
        raise AttributeError(f"a {kind.__name__} has no attribute {name}{hint}")


#: A cache of the classes' public names.
_NAMES: dict[type, frozenset[str]] = {}


def _public_names(kind: type) -> frozenset[str]:
    """Return the public names that a class has or annotates."""
    annotated = (name for each in kind.__mro__ for name in inspect.get_annotations(each))
    return frozenset(name for name in (*dir(kind), *annotated) if not name.startswith("_"))
