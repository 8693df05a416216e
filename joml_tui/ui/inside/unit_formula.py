"""The sum that a unit computes, written with its real numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from joml_tui.inspect.unit_sums import UnitSum
from joml_tui.ui.inside.sparklines import short
from joml_tui.ui.inside.tints import narrow

#: Most lines of a sum.
_MOST_LINES = 3


def formula_lines(unit: UnitSum, name: str, width: int, most: int) -> list[str]:
    """Return a unit's formula as lines: z in symbols, z with the sample's numbers, and the activation.

    Of sums that do not fit the largest products are written, and the sum of the others.

    Parameters
    ----------
    unit : UnitSum
    name : str
        What the first line calls the unit.
    width : int
        Cells of a line.
    most : int
        Largest number of lines.

    Returns
    -------
    list of str
    """
    head, lines = f"{name}: z = ", max(1, min(_MOST_LINES, (most - 1) // 2))
    for shown in range(len(unit.sources), 0, -1):
        symbols = _wrapped(head, _terms(unit, shown, numbers=False), width)
        numbers = _wrapped("  = ", [*_terms(unit, shown, numbers=True), f"= {signed(unit.z)}"], width)
        if max(len(symbols), len(numbers)) <= lines:
            break
    return [line[:width] for line in (*symbols[:lines], *numbers[:lines], _activation(unit))][: max(1, most)]


def signed(value: float) -> str:
    """Return a short number with a minus sign as long as a plus sign."""
    return f"−{short(-value)}" if value < 0 else short(value)


def _terms(unit: UnitSum, shown: int, *, numbers: bool) -> list[str]:
    """Return the terms, each with its sign; the first without a plus."""
    terms = [
        (weight, f"{_factor(value)}" if numbers else narrow(source)[:12])
        for weight, value, source in zip(
            unit.weights[:shown].tolist(), unit.inputs[:shown].tolist(), unit.sources[:shown], strict=True
        )
    ]
    written = [f"{_sign(weight)}{short(abs(weight))}·{text}" for weight, text in terms]
    if shown < unit.terms:
        products = sum(float(w) * float(x) for w, x in zip(unit.weights[:shown], unit.inputs[:shown], strict=True))
        rest = unit.z - unit.bias - products
        more = unit.terms - shown
        of_others = f"{more:,} smaller {'term' if more == 1 else 'terms'}"
        written.append(f"{_sign(rest)}{short(abs(rest))}" if numbers else f"+ {of_others}")
    written.append(f"{_sign(unit.bias)}{short(abs(unit.bias))}")
    written[0] = written[0].removeprefix("+ ").replace("− ", "−", 1)
    return written


def _sign(value: float) -> str:
    return "− " if value < 0 else "+ "


def _factor(value: float) -> str:
    return f"({signed(value)})" if value < 0 else short(value)


def _wrapped(head: str, terms: Sequence[str], width: int) -> list[str]:
    """Return terms in lines, broken between them; the later lines are indented."""
    lines, line = [], head + terms[0]
    for term in terms[1:]:
        if len(line) + 1 + len(term) > width:
            lines.append(line)
            line = f"    {term}"
        else:
            line += f" {term}"
    return [*lines, line]


def _activation(unit: UnitSum) -> str:
    normalised = f"z normalised = {signed(unit.normalised)}; " if not math.isnan(unit.normalised) else ""
    added = f" + {signed(unit.added)} of the residual block" if not math.isnan(unit.added) else ""
    return f"{normalised}{unit.formula}{added}: a = {signed(unit.a)}"
