"""The sizes of areas side by side, and the border between them."""

from __future__ import annotations

from textual import events
from textual.containers import Vertical
from textual.message import Message

#: Columns of the settings: default and minimum; and the minimum of the charts beside them.
COMPOSE_WIDTH, LEAST_COMPOSE, LEAST_CHARTS = 46, 34, 30
#: The same in lines for the runs, and the minimum of the areas above.
LEAST_RUNS, LEAST_WORK = 6, 14
#: Step of the keys that move the border.
COLUMNS_A_KEY, LINES_A_KEY = 4, 2


def fitting_width(wanted: int, screen: int) -> int:
    """Return the possible width of the settings nearest to the wanted one."""
    return max(LEAST_COMPOSE, min(wanted, screen - LEAST_CHARTS))


def fitting_height(wanted: int, screen: int) -> int:
    """Return the possible height of the runs nearest to the wanted one."""
    return max(LEAST_RUNS, min(wanted, screen - LEAST_WORK))


class Splitter(Vertical):
    """An area whose left border can be dragged."""

    class Dragged(Message):
        """A message: the border was dragged to a column of the screen."""

        def __init__(self, column: int) -> None:
            super().__init__()
            self.column = column

    _dragging = False

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the border."""
        if event.widget is self and event.x == 0:
            self._dragging = True
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the border, or highlight it."""
        if self._dragging:
            self.post_message(self.Dragged(event.screen_x))
        else:
            self.set_class(event.widget is self and event.x == 0, "-at-border")

    def on_mouse_up(self) -> None:
        """Let go of the border."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def on_leave(self) -> None:
        """Remove the highlight of the border."""
        self.remove_class("-at-border")
