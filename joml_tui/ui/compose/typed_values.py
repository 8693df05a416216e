"""Values of typed entries; an invalid one adds a problem at its field."""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

import msgspec

from joml_tui.experiment import DatasetSpec, Experiment, Problem
from joml_tui.experiment.dataset_specs import dataset_part


def read_whole(name: str, text: str, problems: list[Problem], others: str = "") -> int:
    """Return the whole number in an entry, within the bounds of the experiment's field ``name``."""
    low, high = _bounds(name)
    stripped = text.strip().replace(",", "")
    # Python refuses int() of thousands of digits; 19 digits are enough for the largest seed.
    if stripped.isdecimal() and len(stripped) <= 19 and low <= int(stripped) <= high:
        return int(stripped)
    problems.append(Problem(name, f"must be a whole number from {low:,} to {high:,}{others}"))
    return low


def read_batch_size(text: str, problems: list[Problem]) -> int | Literal["all"]:
    """Return the number of samples in an entry, or ``all``."""
    return "all" if text.strip().lower() == "all" else read_whole("batch_size", text, problems, " or all")


def read_warm_up(text: str, problems: list[Problem]) -> float:
    """Return the number of epochs in an entry; an empty one means 0."""
    try:
        value = float(text.strip() or 0)
    except ValueError:
        value = math.nan
    if 0 <= value <= 1_000_000:
        return value
    problems.append(Problem("optimizer.warm_up", "must be a number of epochs, or 0 for none"))
    return 0.0


def read_learning_rate(text: str, problems: list[Problem]) -> float:
    """Return the learning rate in an entry; an invalid one adds a problem."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and value > 0:
        return value
    problems.append(Problem("optimizer.learning_rate", "must be a number above 0, such as 0.002 or 1e-3"))
    return 1.0


def read_setting(dataset: DatasetSpec, name: str, text: str, problems: list[Problem]) -> float:
    """Return the number in the entry for a setting of a data set; an invalid one is as before, and adds a problem."""
    setting = next(each for each in dataset_part(dataset).settings if each.name == name)
    before: float = getattr(dataset, name)
    try:
        value: float = setting.check(float(text), "it")
    except ValueError as error:
        message = str(error) if _is_number(text) else "must be a number"
        problems.append(Problem(f"dataset.{name}", message.removeprefix("it ")))
        return before
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
