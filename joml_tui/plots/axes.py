"""Limits, ticks and numbers of an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml_tui.alignment import write_fixed, write_scientific

_NOTHING = 1e-30
#: From so many seconds on, so long a unit.
_TIMES = ((5 * 3600, 3600, "hours"), (5 * 60, 60, "minutes"), (-math.inf, 1, "seconds"))
_LOG_STEPS = tuple(math.log10(multiple) for multiple in (1, 2, 5, 10))


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis in its own scale: on a log axis limits and ticks are powers of ten's exponents."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    log: bool = False

    def share(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place values between the axis' ends, 0 to 1; what lies beyond goes to the end, nan stays nan."""
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.where(values > 0, np.log10(values), np.nan) if self.log else values
        shares: NDArray[np.float64] = np.clip((scaled - self.low) / (self.high - self.low), 0, 1)
        return shares


def across_axis(first: float, last: float, ticks: int, *, whole: bool = True) -> Axis:
    """Choose ticks from the first to the last place across; whole numbers alone where iterations are counted."""
    step = _nice_step((last - first) / max(1, ticks))
    if whole:
        step = max(1, int(step))
    numbers = range(math.ceil(first / step - 1e-9), math.floor(last / step + 1e-9) + 1)
    places = tuple(number * float(step) for number in numbers)
    labels = tuple(count_text(int(place)) if whole else number_text(place, step) for place in places)
    return Axis(first, last, places, labels)


def time_axis(first: float, last: float, ticks: int) -> tuple[Axis, str]:
    """Choose ticks over seconds; from five minutes on they count minutes, from five hours on hours. Names the unit."""
    size, unit = next((size, unit) for least, size, unit in _TIMES if last >= least)
    counted = across_axis(first / size, last / size, ticks, whole=False)
    return Axis(first, last, tuple(tick * size for tick in counted.ticks), counted.labels), unit


def linear_axis(low: float, high: float, ticks: int, bounds: tuple[float, float] | None = None) -> Axis:
    """Cover ``low`` to ``high``; limits move in steps, so that they stay where they are most of the time."""
    if bounds is not None:
        low, high = min(max(low, bounds[0]), bounds[1]), max(min(high, bounds[1]), bounds[0])
    size = max(abs(low), abs(high))
    least = 0.2 if bounds is not None else 1e-3 * size if size > _NOTHING else 1.0
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    if bounds is not None:
        low, high = max(bounds[0], min(low, bounds[1] - least)), min(bounds[1], max(high, bounds[0] + least))
    step = _nice_step((high - low) / max(1, ticks))
    fine = step / 4
    low, high = math.floor(low / fine + 1e-9) * fine, math.ceil(high / fine - 1e-9) * fine
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    places = [index * step for index in range(first, last + 1)]
    return Axis(low, high, tuple(places), tuple(number_text(place, step) for place in places))


def log_axis(low: float, high: float, ticks: int) -> Axis:
    """Cover ``low`` to ``high``, both above 0."""
    bottom, top = _snapped(low, up=False), _snapped(high, up=True)
    if top - bottom < 1e-9:
        bottom, top = bottom - 0.3, top + 0.3
    places = _log_ticks(bottom - 1e-9, top + 1e-9, max(2, ticks))
    return Axis(bottom, top, tuple(places), tuple(number_text(10**place, 10**place) for place in places), log=True)


def nice_last(iteration: int, total: int) -> int:
    """Choose an axis' end for the iterations so far: a round number that seldom changes, at most ``total``."""
    if iteration >= total:
        return max(1, iteration)
    return min(total, int(_nice_step(max(10, iteration))))


def nice_end(now: float, least: float) -> float:
    """Choose an axis' end for a count that goes on: a round number that seldom changes, at least ``least``."""
    return _nice_step(max(least, now))


def number_text(value: float, step: float | None = None) -> str:
    """Write a number in at most seven characters, precise to ``step`` (or to three digits)."""
    if not math.isfinite(value):
        return str(value)
    if not value and step is None:
        return "0"
    exponent = math.floor(math.log10(abs(value))) if value else 0
    step_exponent = math.floor(math.log10(step) + 1e-9) if step else exponent - 2
    decimals = max(0, -step_exponent)
    if step and decimals < 7 and not math.isclose(step * 10**decimals, round(step * 10**decimals)):
        decimals += 1  # 0.25
    text = write_fixed(value, decimals) if decimals < 7 and exponent < 5 else ""
    if 0 < len(text) <= 7:
        return text if float(text) else text.lstrip("-")
    for digits in range(min(3, max(0, exponent - step_exponent)), -1, -1):
        mantissa, power = write_scientific(value, digits).split("e")
        text = f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(power)}"
        if len(text) <= 7:
            break
    return text if value else "0"


def count_text(count: int) -> str:
    """Write a number of iterations briefly: 9000, 25k, 1.5M."""
    for unit, size in (("G", 1_000_000_000), ("M", 1_000_000), ("k", 1_000)):
        if count >= size and count >= 10_000:
            return f"{count / size:.6g}{unit}"
    return str(count)


def _nice_step(least: float) -> float:
    """Find the next of 1, 2, 2.5, 5, 10 in any decade."""
    decade = 10.0 ** math.floor(math.log10(least))
    return next(multiple * decade for multiple in (1, 2, 2.5, 5, 10) if multiple * decade >= least * (1 - 1e-9))


def _snapped(value: float, *, up: bool) -> float:
    """Move a positive value's exponent to that of the next 1, 2, 5 or 10 in its decade."""
    exponent = math.log10(value)
    decade = math.floor(exponent)
    if up:
        return decade + next(step for step in _LOG_STEPS if step >= exponent - decade - 1e-9)
    return decade + max(step for step in _LOG_STEPS if step <= exponent - decade + 1e-9)


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    """Choose exponents from low to high: 1, 2, 5 of each decade, else each decade, else every so many."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    fine = sorted(decade + step for decade in decades for step in _LOG_STEPS[:3])
    choices = [fine, *([float(decade) for decade in decades if decade % every == 0] for every in range(1, 80))]
    inside = ([place for place in choice if low <= place <= high] for choice in choices)
    return next(places for places in inside if len(places) <= most)
