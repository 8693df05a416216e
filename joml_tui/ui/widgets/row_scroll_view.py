"""A scrolling view of rows with a fixed size."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView

from joml_tui.ui.textual_compat import update_scroll_bars


class RowScrollView(ScrollView):
    """A view that draws only visible rows; a changed number of rows needs no layout."""

    # The scroll range does not affect the widget's size; Textual's property would cause a layout of the whole screen.
    virtual_size = Reactive(Size(0, 0))

    def scroll_over(self, width: int, rows: int) -> None:
        """Set the scroll range, and update the scroll bar and the position."""
        size = Size(width, rows)
        if size != self.virtual_size:
            self.virtual_size = size
            update_scroll_bars(self, size)
