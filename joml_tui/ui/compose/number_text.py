"""Numbers and their bounds as text in forms."""

from __future__ import annotations

import math

from joml_tui.ui.text import number

#: Larger bounds are not shown, as nobody reaches them.
_ENDLESS = 1e30


def read_number(text: str) -> int | float | str:
    """Return a text as a number; another text is returned unchanged, for the error message."""
    digits = text.strip().replace(",", "")
    if digits.removeprefix("-").isdecimal() and digits.isascii() and len(digits) < 20:
        return int(digits)
    try:
        value = float(text)
    except ValueError:
        return text
    return value if math.isfinite(value) else text


def write_bounds(above: float | None, at_least: float | None, below: float | None, at_most: float | None) -> str:
    """Return the bounds of a number as text; empty if it has none."""
    low = f"above {_bound(above)}" if above is not None else "" if at_least is None else _bound(at_least)
    if at_most is not None and at_most >= _ENDLESS:
        at_most = None
    if below is not None:
        high = f"below {_bound(below)}"
    elif at_most is not None:
        high = _bound(at_most) if low and above is None else f"up to {_bound(at_most)}"
    else:
        return low if above is not None or not low else f"{low} or more"
    return high if not low else f"{low}, {high}" if above is not None else f"{low} to {high}"


def _bound(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else number(value)
