"""The names of the panels in the frame's title: those that fit, around the chosen one."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.style import Style

_BETWEEN = " · "
_EARLIER, _LATER = "‹ ", " ›"


def panel_names(titles: Sequence[str], chosen: int, width: int) -> Content:
    """Return the panels' names as a line in which a click chooses a panel.

    Parameters
    ----------
    titles : sequence of str
    chosen : int
        The place of the visible panel, which is always in the line.
    width : int
        In cells. Where not all names fit, ``‹`` and ``›`` stand for those before and after.

    Returns
    -------
    Content
        Its words run ``choose_panel`` and ``turn`` of the widget that shows it.
    """
    first, last = _fitting(titles, chosen, width)
    parts: list[Content] = []
    for place in range(first, last + 1):
        name = _link(titles[place], f"choose_panel({place})")
        parts.append(name.stylize("bold reverse") if place == chosen else name)
    line = Content(_BETWEEN).join(parts)
    before = _link(_EARLIER, "turn(-1)") if first else Content("")
    after = _link(_LATER, "turn(1)") if last < len(titles) - 1 else Content("")
    return Content.assemble(before, line, after)


def _fitting(titles: Sequence[str], chosen: int, width: int) -> tuple[int, int]:
    """Return the first and the last place of the names that fit: from the first name on, if the chosen one is there."""
    room = width - len(_EARLIER) - len(_LATER)
    for first in range(chosen + 1):
        last = first
        while last + 1 < len(titles) and len(_BETWEEN.join(titles[first : last + 2])) <= room:
            last += 1
        if last >= chosen:
            return first, last
    return chosen, chosen


def _link(text: str, action: str) -> Content:
    return Content.styled(text, Style.from_meta({"@click": action}))
