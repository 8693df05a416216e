"""Limits, ticks and numbers of an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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


def iteration_axis(last: int, ticks: int) -> Axis:
    """Choose ticks from the first iteration to the last."""
    step = max(1, int(_nice_step(last / max(1, ticks))))
    places = list(range(0, last + 1, step))
    return Axis(0, last, tuple(map(float, places)), tuple(map(count_text, places)))


def linear_axis(low: float, high: float, ticks: int, bounds: tuple[float, float] | None = None) -> Axis:
    """Cover ``low`` to ``high``; limits move in steps, so that they stay where they are most of the time."""
    margin = max(abs(low), abs(high)) * 5e-4 or 0.5
    if high - low < 2 * margin:
        low, high = low - margin, high + margin
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
        if high - low < 1e-3:
            low, high = (low - 0.1, high) if high - 0.1 >= bounds[0] else (low, high + 0.1)
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
    return min(total, max(10, int(_nice_step(iteration))))


def number_text(value: float, step: float | None = None) -> str:
    """Write a number in at most seven characters, precise to ``step`` (or to three digits)."""
    if not math.isfinite(value):
        return str(value)
    step = step or 10.0 ** (math.floor(math.log10(abs(value))) - 2 if value else 0)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if not math.isclose(step * 10**decimals, round(step * 10**decimals)):
        decimals += 1  # 0.25
    text = f"{value:.{decimals}f}"
    if len(text) <= 7 and (abs(value) < 1e5 or not value):
        return text if float(text) else text.lstrip("-")
    for digits in (3, 2, 1, 0):
        mantissa, exponent = f"{value:.{digits}e}".split("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        text = f"{mantissa}e{int(exponent)}"
        if len(text) <= 7:
            break
    return text


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
