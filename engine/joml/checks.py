"""Checks of what a caller gives, with errors that say what would be right."""

from __future__ import annotations

from typing import Any

import numpy as np


def at_least_one(value: Any, name: str) -> int:
    """Give value as an int, or raise ValueError when it is no integer of at least 1."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be an integer of at least 1, got {value!r}")
    return int(value)


def at_least_zero(value: Any, name: str) -> float:
    """Give value as a float, or raise ValueError when it is no finite number of at least 0."""
    if not _is_finite(value) or value < 0:
        raise ValueError(f"{name} must be a number of at least 0, got {value!r}")
    return float(value)


def above_zero(value: Any, name: str) -> float:
    """Give value as a float, or raise ValueError when it is no finite number above 0."""
    if not _is_finite(value) or value <= 0:
        raise ValueError(f"{name} must be a number above 0, got {value!r}")
    return float(value)


def _is_finite(value: Any) -> bool:
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return number and bool(np.isfinite(value))
