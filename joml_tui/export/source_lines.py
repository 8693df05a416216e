"""Lines of source code that list values, wrapped to the width of the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from joml.array_types import Array

_WIDTH = 120


def assigned(target: str, values: Array) -> Iterator[str]:
    """Yield the lines of an assignment of numbers, with the fewest digits that are exact in float32.

    Parameters
    ----------
    target : str
        The code of what they are assigned to.
    values : array
        Of one axis or more.
    """
    if values.ndim == 1:
        yield from listed(f"{target} = [", map(str, values), "]")
        return
    yield f"{target} = ["
    yield from _rows(values, "    ")
    yield "]"


def _rows(values: Array, indent: str) -> Iterator[str]:
    for row in values:
        if values.ndim == 2:
            yield from listed(f"{indent}[", map(str, row), "],")
        else:
            yield f"{indent}["
            yield from _rows(row, f"{indent}    ")
            yield f"{indent}],"


def listed(beginning: str, words: Iterable[str], end: str) -> Iterator[str]:
    """Yield the lines of a list of words between a beginning and an end, wrapped."""
    line, indent = beginning, " " * (len(beginning) - len(beginning.lstrip()) + 4)
    for place, word in enumerate(words):
        separated = f", {word}" if place else word
        if len(line) + len(separated) + len(end) > _WIDTH:
            yield f"{line}," if place else line
            line, separated = indent, word
        line += separated
    yield line + end
