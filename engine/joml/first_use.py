"""Packages that import a name's module when the name is first used, so that a program imports only what it uses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def importing(
    package: str,
    homes: Mapping[str, str],
    others: Callable[[str], Any] | None = None,
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the functions ``__getattr__`` and ``__dir__`` of a package whose names are imported when first used.

    They raise AttributeError for a name that the package does not have.

    Parameters
    ----------
    package : str
        The package's name.
    homes : mapping of str to str
        The names that the package offers, separated by blanks, by the module that has them.
    others : callable, optional
        Returns the value of any other name, or raises AttributeError.

    Returns
    -------
    tuple of callable
        The package's ``__getattr__`` and ``__dir__``.
    """
    modules = {name: home for home, names in homes.items() for name in names.split()}

    def get(name: str) -> Any:
        """Return the value of a name, or the package's module of this name."""
        if name in modules:
            value = getattr(import_module(modules[name]), name)
            setattr(sys.modules[package], name, value)  # so that this function is not asked again
            return value
        if not name.startswith("_") and find_spec(f"{package}.{name}") is not None:
            return import_module(f"{package}.{name}")
        if others is not None:
            return others(name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])

    def names() -> list[str]:
        """Return the package's names, also those that have not been used."""
        return sorted({*vars(sys.modules[package]), *modules})

    return get, names
