"""Alignment of text and numbers to computed widths; the only place that formats with them.

A format such as ``f"{text:>{width}}"`` raises `ValueError` if the width left in a narrow terminal is negative. These
functions treat such a width as 0. A test checks that nothing else formats with a computed width.
"""

from __future__ import annotations


def align_left(content: object, width: int) -> str:
    """Return the text padded with spaces to ``width`` characters; a longer one is not cut."""
    return str(content).ljust(width)


def align_right(content: object, width: int) -> str:
    """Return the text padded on the left to ``width`` characters; a longer one is not cut."""
    return str(content).rjust(width)


def write_fixed(value: float, decimals: int) -> str:
    """Return a number as text with this number of decimals; a negative number of them counts as 0."""
    return f"{value:.{max(decimals, 0)}f}"


def write_scientific(value: float, decimals: int) -> str:
    """Return a number as mantissa and exponent; ``decimals`` are the mantissa's, and below 0 count as 0."""
    return f"{value:.{max(decimals, 0)}e}"
