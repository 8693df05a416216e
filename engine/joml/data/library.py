"""The library's data sets in the order of lists; importing this module declares them all."""

from __future__ import annotations

from importlib import import_module

from joml.declaration import Part, parts_of

_MODULES = tuple(
    f"joml.data.{name}"
    for name in (
        "generators.spin_glass",
        "generators.parity",
        "generators.planar",
        "generators.regression",
        "sklearn_sets",
        "readers.csv_file",
        "readers.npz_file",
        "readers.idx_file",
        "readers.csv_folder",
        "readers.image_folder",
        "readers.table_file",
    )
)
for _name in _MODULES:
    import_module(_name)


def datasets() -> dict[str, Part]:
    """Return all declared data sets by name, the library's own first."""
    places = {name: place for place, name in enumerate(_MODULES)}
    parts = parts_of("dataset").values()
    return {part.name: part for part in sorted(parts, key=lambda part: places.get(part.make.__module__, len(places)))}
