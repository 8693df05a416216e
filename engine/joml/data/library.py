"""The library's data sets in the order of lists."""

from __future__ import annotations

from joml.declaration import Part, parts_of


def datasets() -> dict[str, Part]:
    """Return all declared data sets by name, the library's own first."""
    return parts_of("dataset")
