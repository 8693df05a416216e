"""What trains a run: the versions of joml, NumPy and Python."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from joml_tui import __version__


@cache
def versions() -> dict[str, str]:
    """Give them by name: joml, numpy, python."""
    try:
        numpy = version("numpy")
    except PackageNotFoundError:  # frozen into a program
        numpy = "?"
    return {"joml": __version__, "numpy": numpy, "python": platform.python_version()}
