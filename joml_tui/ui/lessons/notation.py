"""Mathematical notation in a terminal: the article's symbols, aligned numbers, products written out."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from joml_tui.alignment import align_right, write_fixed, write_scientific

_SUPERSCRIPTS = str.maketrans("0123456789+-=()lLnTi", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ˡᴸⁿᵀⁱ")
_SUBSCRIPTS = str.maketrans("0123456789+-=(),", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎,")

#: Plain characters of the parts' formulas, with the lessons' symbols.
_SYMBOLS = {
    "<-": "←",
    "-": "−",
    "^t": "ᵗ",
    **{f"^{digit}": chr(code) for digit, code in zip("0123456789", map(ord, "⁰¹²³⁴⁵⁶⁷⁸⁹"), strict=True)},
    **dict(zip(("alpha", "beta", "gamma", "delta", "epsilon"), "αβγδε", strict=True)),
    **dict(zip(("eta", "theta", "lambda", "mu", "phi"), "ηθλμφ", strict=True)),
}
_SYMBOL = re.compile(r"<-|-(?![A-Za-z])|(?<![A-Za-z])-|\^(?:t|\d)(?!\w)|[A-Za-z]+(?=\d|_hat|\b)")
_ROOT = re.compile(r"sqrt\((\w+)\)")
_HAT = re.compile(r"(\w)_hat\b")
_NUMBERED = re.compile(r"(?<=[α-ω])\d+")

#: Cells that a number of a table takes.
NUMBER = 8


def layer(place: int | str) -> str:
    """Return the number of a layer in the article's notation: ``⁽²⁾``."""
    return f"({place})".translate(_SUPERSCRIPTS)


def power(exponent: int) -> str:
    """Return an exponent: ``⁻⁵``."""
    return str(exponent).translate(_SUPERSCRIPTS)


def index(*places: int) -> str:
    """Return indices, counted from 1: ``₃`` or ``₃,₇``."""
    return ",".join(str(place) for place in places).translate(_SUBSCRIPTS)


def drawn_formula(formula: str) -> list[str]:
    """Return the formula of a part in the article's symbols, one line per step."""
    text = _ROOT.sub(r"√\1", formula)
    text = _SYMBOL.sub(lambda match: _SYMBOLS.get(match[0], match[0]), text)
    text = _NUMBERED.sub(lambda match: index(int(match[0])), text)
    text = _HAT.sub("\\1\N{COMBINING CIRCUMFLEX ACCENT}", text)
    return [step.strip() for step in text.split(";") if step.strip()]


def shape(*sizes: int) -> str:
    """Return a shape: ``100×14``."""
    return "×".join(f"{size:,}" for size in sizes)


def cell(value: float) -> str:
    """Return a number for a table, always with its sign, and aligned at the point."""
    if not math.isfinite(value):
        return align_right("nan" if math.isnan(value) else "+inf" if value > 0 else "−inf", NUMBER)
    if value == 0:
        return " 0     ".rjust(NUMBER)
    size = abs(value)
    sign = "−" if value < 0 else "+"
    if 0.00095 <= size < 9999.95:
        decimals = 4 if size < 9.99995 else 3 if size < 99.9995 else 2 if size < 999.995 else 1
        return align_right(sign + write_fixed(size, decimals), NUMBER)
    mantissa, exponent = _scientific(size, 2)
    if len(exponent) > 2:
        mantissa = mantissa[:3]
    return f"{sign}{mantissa}e{exponent}".rjust(NUMBER)


def value(number: float) -> str:
    """Return a number for a sentence or an equation: ``0.4821``, ``−1``, ``1.23×10⁻⁵``."""
    if not math.isfinite(number):
        return "nan" if math.isnan(number) else "∞" if number > 0 else "−∞"
    size, sign = abs(number), "−" if number < 0 else ""
    if size == int(size) and size < 10_000:
        return f"{sign}{int(size)}"
    if 0.001 <= size < 10_000:
        decimals = 4 if size >= 0.1 else 5 if size >= 0.01 else 6
        return f"{sign}{size:.3g}" if _short(size) and size < 1_000 else sign + write_fixed(size, decimals)
    mantissa, exponent = _scientific(size, 3)
    tens = f"10{power(int(exponent.replace('−', '-')))}"
    if _short(size):
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{sign}{tens}" if mantissa == "1" else f"{sign}{mantissa}×{tens}"


def _short(size: float) -> bool:
    """Return whether a number has at most three digits, as settings have, also after rounding errors as in 1 - 0.9."""
    return float(f"{size:.12g}") == float(f"{size:.3g}")


def whole(number: float) -> str:
    """Return the base of a power or root, in parentheses unless it is plain."""
    written = value(number)
    return f"({written})" if written.startswith("−") or not written.replace(".", "").isascii() else written


def factor(number: float) -> str:
    """Return a factor, in parentheses if negative."""
    written = value(number)
    return f"({written})" if written.startswith("−") else written


def ordinal(number: int) -> str:
    """Return an ordinal: ``3rd``."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def most_products(room: int) -> int:
    """Return how many products fit when written out in ``room`` characters."""
    return max(3, room // 17)


def product_sum(
    pairs: Sequence[tuple[float, float]], total: float, *, most: int, more: int = 0, plus: float | None = None
) -> str:
    """Return a scalar product written out, to check by hand: ``0.12·1 + (−0.31)·(−1) + 0.05 = 0.48``.

    Parameters
    ----------
    pairs : sequence of pairs
        The factors.
    total : float
        The result, including ``plus``.
    most : int
        Most products to write out; for the others their sum and the number of zeros are written.
    more : int
        Number of products that are not in ``pairs``.
    plus : float, optional
        A last summand, such as a bias.
    """
    return _sum([f"{factor(a)}·{factor(b)}" for a, b in pairs], [a * b for a, b in pairs], total, most, more, plus)


def plain_sum(values: Sequence[float], total: float, *, most: int, more: int = 0) -> str:
    """Return a sum written out: ``0.86 + 1.21 + … = 2.07``."""
    return _sum([factor(number) for number in values], list(values), total, most, more, None)


def _sum(written: list[str], values: list[float], total: float, most: int, more: int, plus: float | None) -> str:
    zeros = sum(number == 0 for number in values)
    if zeros > 2:
        written = [term for term, number in zip(written, values, strict=True) if number != 0]
        values = [number for number in values if number != 0]
    shown = len(written) if len(written) <= most + 1 else most
    left = len(written) - shown + more
    parts = written[:shown]
    if left:
        rest = total - sum(values[:shown]) - (plus or 0.0)
        parts.append(f"[{left:,} more: {value(rest)}]")
    if zeros > 2:
        parts.append(f"[{zeros:,} that are 0]")
    if plus is not None:
        parts.append(factor(plus))
    return f"{' + '.join(parts)} = {value(total)}"


def _scientific(size: float, decimals: int) -> tuple[str, str]:
    mantissa, exponent = write_scientific(size, decimals).split("e")
    return mantissa, str(int(exponent)).replace("-", "−")
