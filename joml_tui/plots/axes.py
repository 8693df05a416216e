"""Limits, ticks and numbers of an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml_tui.alignment import write_fixed, write_scientific

_NOTHING = 1e-30
#: From this many seconds on, the axis uses this unit.
_TIMES = ((5 * 3600, 3600, "hours"), (5 * 60, 60, "minutes"), (-math.inf, 1, "seconds"))
_LOG_STEPS = tuple(math.log10(multiple) for multiple in (1, 2, 5, 10))


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis in its own scale; on a log axis, limits and ticks are exponents of 10."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    log: bool = False

    def share(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the positions of values along the axis, 0 to 1; values beyond it are clipped, nan stays nan."""
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.where(values > 0, np.log10(values), np.nan) if self.log else values
        shares: NDArray[np.float64] = np.clip((scaled - self.low) / (self.high - self.low), 0, 1)
        return shares


def across_axis(first: float, last: float, ticks: int, *, whole: bool = True) -> Axis:
    """Return a horizontal axis from first to last; ``whole`` allows only whole numbers, as for iterations."""
    step = _nice_step((last - first) / max(1, ticks))
    if whole:
        step = max(1, int(step))
    numbers = range(math.ceil(first / step - 1e-9), math.floor(last / step + 1e-9) + 1)
    places = tuple(number * float(step) for number in numbers)
    counted = whole or (step >= 1 and not step % 1)
    labels = tuple(count_text(round(place)) if counted else number_text(place, step) for place in places)
    return Axis(first, last, places, labels)


def time_axis(first: float, last: float, ticks: int) -> tuple[Axis, str]:
    """Return an axis of time and its unit: seconds, from five minutes on minutes, from five hours on hours."""
    size, unit = next((size, unit) for least, size, unit in _TIMES if last >= least)
    counted = across_axis(first / size, last / size, ticks, whole=False)
    return Axis(first, last, tuple(tick * size for tick in counted.ticks), counted.labels), unit


def linear_axis(low: float, high: float, ticks: int, bounds: tuple[float, float] | None = None) -> Axis:
    """Return an axis that covers ``low`` to ``high``; its limits move in steps, so that they rarely change."""
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
    """Return a logarithmic axis that covers ``low`` to ``high``, both above 0."""
    bottom, top = _snapped(low, up=False), _snapped(high, up=True)
    if top - bottom < 1e-9:
        bottom, top = bottom - 0.3, top + 0.3
    places = _log_ticks(bottom - 1e-9, top + 1e-9, max(2, ticks))
    return Axis(bottom, top, tuple(places), tuple(number_text(10**place, 10**place) for place in places), log=True)


def nice_last(iteration: int, total: int) -> int:
    """Return an axis' end for the iterations so far: a round number that rarely changes, at most ``total``."""
    if iteration >= total:
        return max(1, iteration)
    return min(total, int(_nice_step(max(10, iteration))))


def nice_end(now: float, least: float) -> float:
    """Return an axis' end for a growing count: a round number that rarely changes, at least ``least``."""
    return _nice_step(max(least, now))


def number_text(value: float, step: float | None = None) -> str:
    """Return a number as text of at most seven characters, precise to ``step`` (or to three digits)."""
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
    """Return a count as the lab writes it everywhere, such as 9,000 or 25,000; from a million on as 1.5M."""
    for unit, size in (("G", 1_000_000_000), ("M", 1_000_000)):
        if count >= size:
            return f"{count / size:.6g}{unit}"
    return f"{count:,}"


def _nice_step(least: float) -> float:
    """Return the next of 1, 2, 2.5, 5, 10 in any decade."""
    decade = 10.0 ** math.floor(math.log10(least))
    return next(multiple * decade for multiple in (1, 2, 2.5, 5, 10) if multiple * decade >= least * (1 - 1e-9))


def _snapped(value: float, *, up: bool) -> float:
    """Return the exponent of the next 1, 2, 5 or 10 above or below a positive value."""
    exponent = math.log10(value)
    decade = math.floor(exponent)
    if up:
        return decade + next(step for step in _LOG_STEPS if step >= exponent - decade - 1e-9)
    return decade + max(step for step in _LOG_STEPS if step <= exponent - decade + 1e-9)


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    """Return exponents from low to high: of 1, 2, 5 in each decade, or of each decade, or of every few decades."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    fine = sorted(decade + step for decade in decades for step in _LOG_STEPS[:3])
    choices = [fine, *([float(decade) for decade in decades if decade % every == 0] for every in range(1, 80))]
    inside = ([place for place in choice if low <= place <= high] for choice in choices)
    return next(places for places in inside if len(places) <= most)
