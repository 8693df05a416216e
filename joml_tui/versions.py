"""The versions of joml, NumPy and Python that train runs."""

from __future__ import annotations

import platform
from functools import cache

import numpy as np

from joml_tui import __version__


@cache
def versions() -> dict[str, str]:
    """Return the versions by name: joml, numpy, python."""
    return {"joml": __version__, "numpy": np.__version__, "python": platform.python_version()}
