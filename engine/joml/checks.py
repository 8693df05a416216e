"""Checks of what a caller gives, with errors that say what would be right."""

from __future__ import annotations

from typing import Any

import numpy as np


def at_least_one(value: Any, name: str) -> int:
    """Give value as an int, or raise ValueError when it is no integer of at least 1."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be an integer of at least 1, got {value!r}")
    return int(value)
