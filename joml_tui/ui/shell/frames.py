"""The frames of the areas: titles in the border, with words that act when clicked, and the mark of the area in use."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from joml_tui.ui.actions import BY_ID, key_of, request_of
from joml_tui.ui.shell.areas import Area

_BETWEEN = " ─ "
_KEY = "$footer-key-foreground"


def area_title(area: Area) -> Content:
    """Return the name of an area after the key that leads to it."""
    return Content.assemble((key_of(f"area-{area}"), _KEY), f" {area.capitalize()}")


def link(text: str, action_id: str) -> Content:
    """Return a word that runs an action of the lab when clicked."""
    return word(text, f"screen.{request_of(BY_ID[action_id])}")


def key_link(text: str, action_id: str) -> Content:
    """Return a word that runs an action of the lab when clicked, with its key marked in it or before it."""
    key, shown = key_of(action_id), link(text, action_id)
    if text.startswith(key):
        return shown.stylize(_KEY, 0, len(key))
    return Content.assemble(link(key, action_id).stylize(_KEY), " ", shown)


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
