"""Notices at the screen's edge for a few seconds."""

from __future__ import annotations

from textual.widget import Widget

from joml_tui.ui import text

#: How long a notice stays.
SECONDS = 6


def say(widget: Widget, message: str, *, severity: str = "information", title: str = "") -> None:
    """Show a notice on a widget's screen; any text is made printable."""
    widget.notify(
        text.plain(message, 300),
        title=text.plain(title, 60),
        severity="error" if severity == "error" else "warning" if severity == "warning" else "information",
        timeout=SECONDS,
        markup=False,
    )
