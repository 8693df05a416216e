"""Settings that are decided once: whoever would change them later is told so, instead of being heeded by half."""

from __future__ import annotations

from collections.abc import Collection


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
