"""Checks of what a caller gives, with errors that say what would be right."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np


def at_least_one(value: Any, name: str) -> int:
    """Give value as an int, or raise ValueError when it is no integer of at least 1."""
    return integer(value, name, 1)


def integer(value: Any, name: str, least: int) -> int:
    """Give value as an int, or raise ValueError when it is no integer of at least ``least``."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {value!r}")
    return int(value)


def number(
    value: Any, name: str, low: float, high: float = math.inf, *, above: bool = False, below: bool = True
) -> None:
    """Raise ValueError when value is no number from low (or ``above`` it) to ``below`` high (or high itself)."""
    inside = isinstance(value, Real) and low <= float(value) <= high
    if inside and not (above and value == low) and not (below and value == high):
        return
    lower = f"above {low:g}" if above else f"at least {low:g}"
    upper = "finite" if high == math.inf else f"below {high:g}" if below else f"at most {high:g}"
    raise ValueError(f"{name} must be a number {lower} and {upper}, got {value!r}")
