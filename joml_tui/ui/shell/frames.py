"""The frames of the areas: titles in the border, with words that act when clicked, and the mark of the area in use."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from joml_tui.ui.actions import BY_ID, request_of

_BETWEEN = " ─ "


def link(text: str, action_id: str) -> Content:
    """Return a word that runs an action of the lab when clicked."""
    return word(text, f"screen.{request_of(BY_ID[action_id])}")


def word(text: str, action: str) -> Content:
    """Return a word that runs an action of the framed widget when clicked."""
    return Content.styled(text, Style.from_meta({"@click": action}))


def joined(*parts: str | Content) -> Content:
    """Return the parts of a title as one, divided by the frame's own line."""
    return Content(_BETWEEN).join([part if isinstance(part, Content) else Content(part) for part in parts if part])


def mark_active(widget: Widget, *, active: bool) -> None:
    """Mark an area's frame as the one in use, or not.

    Only the frame depends on the class, so only the widget is styled, not all that it contains.
    """
    if widget.has_class("-active") != active:
        widget.set_class(active, "-active", update=False)
        widget.app.stylesheet.update_nodes([widget])  # which refreshes all that it contains once, not at each rule
