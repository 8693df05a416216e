"""The whole screen in ASCII, for terminals whose fonts or encodings have nothing else."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_TABLE = str.maketrans(
    # Bars and curves of eighths, from the least to the most, then shades.
    dict(zip("▁▂▃▄▅▆▇█", "_.-=+*%#", strict=True))
    | dict(zip("▏▎▍▌▋▊▉", "||||###", strict=True))
    | dict(zip("░▒▓", ":+*", strict=True))
    | dict(zip("▀▔▐▕", '"~||', strict=True))
    | dict(zip("─┄┈╌━═", "----==", strict=True))
    | dict(zip("│┃║┆┊", "|" * 5, strict=True))
    | dict(zip("↑↓←→▲▼◀▶▸◂▴▾⇧", "^v<>^v<>><^v^", strict=True))
    | dict(zip("✓✗×●•○◌◆◇■□", "+xx**oooo##", strict=True))
    | dict(zip("·…–—−±‘’“”′″≤≥≈≠⌫", "..---+''\"\"'\"<>~#<", strict=True))
    | dict(zip("αβγδεηθλμσφΔΣΦ∇∂√∞∑∏∈∘⊙", "abgdentlmsfDSFdd/8SPeoo", strict=True))
)


@lru_cache(maxsize=4096)
def in_ascii(text: str) -> str:
    """Return a text that takes the same cells, in ASCII: accents are left out, and what has no likeness is a "?"."""
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
    """Writes every line of the screen in ASCII, cell by cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with texts that such terminals have."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
