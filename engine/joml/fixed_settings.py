"""Which attributes may be set: settings that are decided once, and names that do not exist, are refused."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from difflib import get_close_matches


def require_unsettled(owner: object, name: str, settled: Collection[str], instead: str) -> None:
    """Raise AttributeError where an attribute is among those that are settled.

    Parameters
    ----------
    owner : object
        Whose attribute it is.
    name : str
        Of the attribute that is about to be set.
    settled : collection of str
        Names of what is settled.
    instead : str
        What to do, for the error's sentence.
    """
    if name in settled:
        raise AttributeError(f"{name} of {owner!r} cannot be changed any more: {instead}")


def require_attribute(owner: object, name: str) -> None:
    """Raise AttributeError where an object of the library has no attribute of this name, so that a slip is noticed.

    An object of a class of one's own may have attributes of its own, and private ones anybody's.

    Parameters
    ----------
    owner : object
        Whose attribute it is.
    name : str
        Of the attribute that is about to be set.
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


#: The public names of the classes that were asked about.
_NAMES: dict[type, frozenset[str]] = {}


def _public_names(kind: type) -> frozenset[str]:
    """Return the public names that a class has or annotates."""
    annotated = (name for each in kind.__mro__ for name in inspect.get_annotations(each))
    return frozenset(name for name in (*dir(kind), *annotated) if not name.startswith("_"))
