"""A page of a lesson: lines of text and equations, and the table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from textual.content import Content

from joml_tui.ui.lessons.ascii_math import spelled
from joml_tui.ui.lessons.number_table import NumberMatrix

Role = Literal["heading", "equation", "text", "hand", "space"]

_LOOKS: dict[Role, str] = {
    "heading": "bold",
    "equation": "$footer-key-foreground",
    "text": "$foreground 80%",
    "hand": "",
    "space": "",
}
_INDENTED: set[Role] = {"equation", "hand"}

#: A line of a page: its style and its text.
Said = tuple[Role, str]

SPACE: Said = ("space", "")


@dataclass(frozen=True, slots=True, eq=False)
class LessonPage:
    """The text and table at one position of a lesson."""

    lines: Sequence[Said]
    table: NumberMatrix


def written(lines: Sequence[Said], width: int) -> Content:
    """Return lines wrapped to the width, with indented equations."""
    parts: list[Content] = []
    for role, written_out in lines:
        plain_text = spelled(written_out)
        content = Content.styled(plain_text, _LOOKS[role]) if _LOOKS[role] else Content(plain_text)
        if role not in _INDENTED:
            parts.append(content)
            continue
        for place, line in enumerate(content.wrap(max(12, width - 6))):
            parts.append(Content("  " if place == 0 else "      ") + line)
    return Content("\n").join(parts)
