"""Values of entries as they were typed; one that is none is a problem at its field."""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

import msgspec

from joml_tui.experiment import Experiment, Problem


def read_whole(name: str, text: str, problems: list[Problem], others: str = "") -> int:
    """Read an entry that is a whole number within the bounds of the experiment's field ``name``."""
    low, high = _bounds(name)
    stripped = text.strip().replace(",", "")
    # int() of thousands of digits is refused by Python itself; 19 are enough for the largest seed.
    if stripped.isdecimal() and len(stripped) <= 19 and low <= int(stripped) <= high:
        return int(stripped)
    problems.append(Problem(name, f"must be a whole number from {low:,} to {high:,}{others}"))
    return low


def read_batch_size(text: str, problems: list[Problem]) -> int | Literal["all"]:
    """Read an entry that is a number of samples, or ``all``."""
    return "all" if text.strip().lower() == "all" else read_whole("batch_size", text, problems, " or all")


def read_warm_up(text: str, problems: list[Problem]) -> float:
    """Read an entry that is a number of epochs; nothing is none."""
    try:
        value = float(text.strip() or 0)
    except ValueError:
        value = math.nan
    if 0 <= value <= 1_000_000:
        return value
    problems.append(Problem("optimizer.warm_up", "must be a number of epochs, or 0 for none"))
    return 0.0


def read_learning_rate(text: str, problems: list[Problem]) -> float:
    """Read an entry that is a learning rate; one that is none is a problem more."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and value > 0:
        return value
    problems.append(Problem("optimizer.learning_rate", "must be a number above 0, such as 0.002 or 1e-3"))
    return 1.0


@cache
def _bounds(name: str) -> tuple[int, int]:
    """Return the smallest and the largest value that the experiment's field ``name`` takes."""
    info = msgspec.inspect.type_info(Experiment)
    assert isinstance(info, msgspec.inspect.StructType)
    field_type = next(entry.type for entry in info.fields if entry.name == name)
    kinds = field_type.types if isinstance(field_type, msgspec.inspect.UnionType) else (field_type,)
    kind = next(kind for kind in kinds if isinstance(kind, msgspec.inspect.IntType))
    assert kind.ge is not None
    assert kind.le is not None
    return kind.ge, kind.le
