"""Users' text on one line of cells, without control characters, shortened to fit."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 500
_NUMBERED = re.compile(r"(#\d+)(?: from #\d+ @[\d,]+)?$")
#: A setting at the end of a text, a word and its number such as "seed 3"; the word alone says nothing.
_SETTING = re.compile(r"(?:^|\s)[a-z]\w* [-+]?[\d.]\S*$")
_LEAST_LETTERS = 4
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


def shortened(label: str, cells: int) -> str:
    """Return a label shortened in its middle, keeping the run's number; its origin is dropped first.

    A setting goes as a whole with its number, and a word is cut only if enough of it is left to be known.
    """
    label = plain(label, 500)
    name, tail = _parts(label)
    if cells_of(label) <= cells or not tail.startswith("#"):
        return plain(label, cells)
    if cells_of(name + tail) <= cells:
        return name + tail
    shown = _cut(name.rstrip(), cells - cells_of(tail))
    return f"{shown}{tail}"


def _cut(name: str, cells: int) -> str:
    """Return the beginning of a name with an ellipsis; empty if it would say nothing."""
    whole = name
    while cells_of(name) > cells - (name != whole) and (setting := _SETTING.search(name)):
        name = name[: setting.start()]
    if not name or cells <= _LEAST_LETTERS:
        return ""
    return plain(name if name == whole else f"{name}…", cells)


def tail_of(label: str) -> str:
    """Return a run's number in its label, or the label's last word."""
    return _parts(plain(label, 500))[1]


def _parts(label: str) -> tuple[str, str]:
    """Return a run's name and its number, such as "#3", or its last word, without the run's origin."""
    if numbered := _NUMBERED.search(label):
        return label[: numbered.start()], numbered[1]
    name, _, word = label.rpartition(" ")
    return name, word


def cells_of(text: str) -> int:
    """Return the number of cells of a printable text."""
    return sum(map(cell_width, text))
