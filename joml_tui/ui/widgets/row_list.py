"""A list of rows with a cursor; only visible rows are drawn, so any number is fast."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive

from joml_tui.ui.widgets.row_scroll_view import RowScrollView

Row = TypeVar("Row")


class RowList(RowScrollView, Generic[Row], can_focus=True):
    """Rows with a cursor, below a fixed line of titles.

    A subclass draws them in ``render_line``.

    Attributes
    ----------
    rows : list
        The rows in order.
    cursor : int
        Place of the selected row.
    """

    BINDINGS = [
        Binding("up", "go(-1)", "Up", show=False),
        Binding("down", "go(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "go_to_end(-1)", "First", show=False),
        Binding("end", "go_to_end(1)", "Last", show=False),
        Binding("k", "go(-1)", "Up", show=False),
        Binding("j", "go(1)", "Down", show=False),
        Binding("g", "go_to_end(-1)", "First", show=False),
        Binding("G", "go_to_end(1)", "Last", show=False),
    ]

    #: Number of lines above the rows, and whether they are fixed when scrolling.
    LINES_ABOVE: ClassVar[int] = 1
    TITLES_STAY: ClassVar[bool] = True

    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """A message: another row was selected."""

    class Entered(Message):
        """A message: the selected row was clicked again."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: list[Row] = []

    @property
    def selected(self) -> Row | None:
        """The selected row; None if there are none."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    @property
    def _lines_that_stay(self) -> int:
        return self.LINES_ABOVE if self.TITLES_STAY else 0

    def clamp(self, row: int) -> int:
        """Return the existing row nearest to a number; 0 if there are none."""
        return max(0, min(row, len(self.rows) - 1))

    def row_at(self, y: int) -> int | None:
        """Return the row on a line of the widget; None if there is none."""
        if y < self._lines_that_stay:
            return None
        row = y + self.scroll_offset.y - self.LINES_ABOVE
        return row if 0 <= row < len(self.rows) else None

    def watch_cursor(self) -> None:
        """Scroll to the cursor, and post its position."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        line = self.cursor + self.LINES_ABOVE
        if not top + self._lines_that_stay <= line < top + height:
            above = self._lines_that_stay
            self.scroll_to_region(Region(0, line - above, 1, 1 + above), animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def action_go(self, step: int) -> None:
        """Move the cursor by a number of rows."""
        self.cursor = self.clamp(self.cursor + step)

    def action_page(self, direction: int) -> None:
        """Move the cursor by the number of visible rows minus one."""
        self.action_go(direction * max(1, self.scrollable_content_region.height - self._lines_that_stay - 1))

    def action_go_to_end(self, direction: int) -> None:
        """Move the cursor to the first row (-1) or the last (1)."""
        self.cursor = self.clamp(len(self.rows) if direction > 0 else 0)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row under the pointer; a second click enters it."""
        content = event.get_content_offset(self)
        row = None if content is None else self.row_at(content.y)
        if row is None:
            return
        if row == self.cursor and event.chain > 1:
            self.post_message(self.Entered())
        self.cursor = row
