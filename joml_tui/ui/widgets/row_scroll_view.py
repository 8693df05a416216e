"""Rows that are scrolled in a room of given size."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView

from joml_tui.ui.textual_compat import update_scroll_bars


class RowScrollView(ScrollView):
    """Rows of which those in sight are drawn; how many there are lays nothing out anew."""

    # How far it scrolls decides nothing about its room: Textual's own would lay the whole screen out anew.
    virtual_size = Reactive(Size(0, 0))

    def scroll_over(self, width: int, rows: int) -> None:
        """Be scrolled over so many rows from now on; the scroll bar follows, and where it stands if it must."""
        size = Size(width, rows)
        if size != self.virtual_size:
            self.virtual_size = size
            update_scroll_bars(self, size)
