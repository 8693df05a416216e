"""Users' text on one line of cells, without control characters, shortened to fit."""

from __future__ import annotations

import unicodedata

_LONGEST = 500
_MOVES_NOTHING = {"Mn", "Me", "Cf"}


def cell_width(character: str) -> int:
    """Return the number of cells of a printable character: 1 or 2."""
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def plain(text: str, cells: int) -> str:
    """Return a text shortened to a number of cells with an ellipsis, unprintable characters as spaces."""
    shown: list[str] = []
    used = 0
    for character in text[:_LONGEST]:
        category = unicodedata.category(character)
        if category in _MOVES_NOTHING:
            continue
        printable = " " if category[0] in "CZ" else character
        if printable == " " and shown[-1:] in ([], [" "]):
            continue
        used += cell_width(printable)
        shown.append(printable)
    if used <= cells and len(text) <= _LONGEST:
        return "".join(shown).rstrip()
    while shown and used > cells - 1:
        used -= cell_width(shown.pop())
    return "".join(shown).rstrip() + "…" if cells > 0 else ""
