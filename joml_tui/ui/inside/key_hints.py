"""Key hints in a panel's own text, such as "Space: random directions", which do what the key does when clicked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from joml_tui.plots.chart_model import Piece, Row

#: Shorter texts have no hint; pictures have thousands of them.
_LEAST_TEXT = 3
_HINT = re.compile(
    r"(?P<before>Shift ←)|(?P<up>↑)(?= ?↓)|(?P<left>←)(?= ?→)|(?P<after>(?<=Shift ←) →)"
    r"|(?P<down>(?<=↑) ?↓)|(?P<right>(?<=←) ?→)"
    r"|(?P<choice>[Ss]pace\b(?:: [a-z ]+[a-z])?|^points: .*)|(?P<large>\bEnter:(?: [a-z ]+[a-z])?)"
    r"|(?P<shading>^colours or characters)"
)


def with_hints(rows: Sequence[Row], useful: Collection[str]) -> list[Row]:
    """Return a panel's rows with their key hints as pieces that a click acts on.

    Parameters
    ----------
    rows : sequence of Row
    useful : collection of str
        What the panel has a use for, such as "up".

    Returns
    -------
    list of Row
    """
    return [_with_hints(row, useful) if any(map(_has_hint, row)) else row for row in rows]


def _has_hint(piece: Piece) -> bool:
    return len(piece.text) >= _LEAST_TEXT and not piece.action and _HINT.search(piece.text) is not None


def _with_hints(row: Row, useful: Collection[str]) -> Row:
    return tuple(part for piece in row for part in (_divided(piece, useful) if _has_hint(piece) else (piece,)))


def _divided(piece: Piece, useful: Collection[str]) -> Iterator[Piece]:
    text, end = piece.text, 0
    for hint in _HINT.finditer(text):
        if hint.lastgroup in useful:
            if hint.start() > end:
                yield piece._replace(text=text[end : hint.start()])
            yield piece._replace(text=hint[0], action=f"use('{hint.lastgroup}')")
            end = hint.end()
    if end < len(text):
        yield piece._replace(text=text[end:])
