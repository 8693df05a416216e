"""An ASCII filter for the whole screen, for terminals with limited fonts or encodings."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_TABLE = str.maketrans(
    # Bars and curves in eighths, from the smallest to the largest, then shades.
    dict(zip("▁▂▃▄▅▆▇█", "_.-=+*%#", strict=True))
    | dict(zip("▏▎▍▌▋▊▉", "||||###", strict=True))
    | dict(zip("░▒▓", ":+*", strict=True))
    | dict(zip("▀▔▐▕", '"~||', strict=True))
    | dict(zip("─┄┈╌━═", "----==", strict=True))
    | dict(zip("│┃║┆┊", "|" * 5, strict=True))
    | dict(zip("↑↓←→▲▼◀▶▸◂▴▾⇧", "^v<>^v<>><^v^", strict=True))
    | dict(zip("✓✗×●•○◌◆◇■□△✶", "+xx**oo@0#.A$", strict=True))
    | dict(zip("·…⋮–—−±‘’“”′″≤≥≈≠⌫‹›", "..:---+''\"\"'\"<>~#<<>", strict=True))
    | dict(zip("αβγδεηθλμσφΔΣΦ∇∂√∞∑∏∈∘⊙", "abgdentlmsfDSFdd/8SPeoo", strict=True))
)


@lru_cache(maxsize=4096)
def in_ascii(text: str) -> str:
    """Return an ASCII text of the same width: accents are removed, and characters without a likeness become "?"."""
    return text if text.isascii() else "".join(map(_likeness, text.translate(_TABLE)))


def _likeness(character: str) -> str:
    if character.isascii():
        return character
    width = cell_len(character)
    code = ord(character)
    if 0x2500 <= code < 0x2580:
        return "+"  # where lines meet
    if 0x2800 <= code < 0x2900:
        return " .:#"[min(3, (code - 0x2800).bit_count() + 1 >> 1)]
    plain = "".join(each for each in unicodedata.normalize("NFKD", character) if each.isascii())
    return plain if len(plain) == width else "?" * width


class AsciiFilter(LineFilter):
    """A line filter that converts the screen to ASCII, cell by cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with texts in ASCII."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
