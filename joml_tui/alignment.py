"""Text in a column of computed width: the one way to format into a width or to a number of decimals.

A format such as ``f"{text:>{width}}"`` raises `ValueError` where what is left of a narrow terminal is less than
nothing. These functions take such a width for none. A test sees that nothing else formats with a computed width.
"""

from __future__ import annotations


def align_left(content: object, width: int) -> str:
    """Return the text filled with spaces up to ``width`` characters; a longer one stays whole."""
    return str(content).ljust(width)


def align_right(content: object, width: int) -> str:
    """Return the text with spaces before it up to ``width`` characters; a longer one stays whole."""
    return str(content).rjust(width)


def write_fixed(value: float, decimals: int) -> str:
    """Write a number with so many decimals, at least none."""
    return f"{value:.{max(decimals, 0)}f}"


def write_scientific(value: float, decimals: int) -> str:
    """Write a number as mantissa and exponent, the mantissa with so many decimals, at least none."""
    return f"{value:.{max(decimals, 0)}e}"
