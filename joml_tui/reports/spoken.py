"""Numbers and durations as a sentence has them, for screen readers and logs."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite, isnan

from joml.task import Task

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def spoken_number(value: float | None) -> str:
    """Return a number with three digits, without an exponent where possible; "unknown" for none."""
    if value is None or isnan(value):
        return "unknown"
    if not isfinite(value):
        return "infinite" if value > 0 else "minus infinite"
    short = f"{value:.3g}"
    if abs(value) >= 1_000:
        return f"{float(short):,.0f}" if abs(value) < 1e9 else short
    return f"{Decimal(short):f}" if abs(value) >= 1e-6 else short


def spoken_share(value: float | None) -> str:
    """Return a share in per cent, ``81.3 %``, and "unknown" for none."""
    return "unknown" if value is None or not isfinite(value) else f"{100 * value:.1f} %"


def spoken_score(value: float | None, task: Task) -> str:
    """Return a task's score: an accuracy in per cent, R2 as a number, and "unknown" for none.

    Parameters
    ----------
    value : float or None
    task : {"classes", "multilabel", "regression"}

    Returns
    -------
    str
    """
    return spoken_number(value) if task == "regression" else spoken_share(value)


def spoken_duration(seconds: float) -> str:
    """Return a duration in its two largest units, ``2 s`` or ``1 min 20 s``."""
    if seconds < 0.05:
        return "less than 0.1 s"
    if seconds < 0.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, smaller, smaller_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{whole} s"
