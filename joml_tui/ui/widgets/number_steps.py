"""Steps of the number in an entry."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

#: A number that is 0 changes by this step if it is no whole number.
_STEP_FROM_ZERO = Decimal("0.01")
_LONGEST = 20


def stepped(text: str, steps: int) -> str | None:
    """Return a number as text, changed by some steps; None if the text is no number.

    A whole number changes by 1, another one by 1 in its second digit: 0.1 becomes 0.11, and 0.002 becomes 0.0021.
    Numbers do not fall below 0.

    Parameters
    ----------
    text : str
    steps : int

    Returns
    -------
    str or None
    """
    stripped = text.strip()
    try:
        value = Decimal(stripped)
    except InvalidOperation:
        return None
    if not value.is_finite() or value < 0 or len(stripped) > _LONGEST or abs(value.adjusted()) > _LONGEST:
        return None
    if stripped.isdecimal() and (value or stripped == "0"):
        return str(max(0, int(value) + steps))
    step = Decimal(1).scaleb(value.adjusted() - 1) if value else _STEP_FROM_ZERO
    if steps < 0 and value == Decimal(1).scaleb(value.adjusted()):
        step /= 10  # 0.1 becomes 0.099, the number before 0.1 that becomes 0.1
    changed = max(Decimal(0), value + steps * step).normalize()
    return f"{changed:f}" if abs(math.log10(changed or 1)) < 7 else f"{changed:g}"
