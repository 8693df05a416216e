"""How much room the areas have where they stand side by side."""

from __future__ import annotations

from textual import events
from textual.containers import Vertical
from textual.message import Message

#: The settings' columns unless chosen, the fewest they can be read in, and what the charts need beside them.
COMPOSE_WIDTH, LEAST_COMPOSE, LEAST_CHARTS = 46, 34, 30
#: The same in lines for the runs, and what the areas above need.
LEAST_RUNS, LEAST_WORK = 4, 14
#: By how much a key moves the border.
COLUMNS_A_KEY, LINES_A_KEY = 4, 2


def fitting_width(wanted: int, screen: int) -> int:
    """Return the columns of the settings nearest to those wanted."""
    return max(LEAST_COMPOSE, min(wanted, screen - LEAST_CHARTS))


def fitting_height(wanted: int, screen: int) -> int:
    """Return the lines of the runs nearest to those wanted."""
    return max(LEAST_RUNS, min(wanted, screen - LEAST_WORK))


class Splitter(Vertical):
    """An area whose left border can be dragged."""

    class Dragged(Message):
        """The border was dragged to a column of the screen."""

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
        """Move the border along, or show that it can be moved."""
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
        """Show no border any more."""
        self.remove_class("-at-border")
