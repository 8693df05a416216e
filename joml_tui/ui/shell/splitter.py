"""The sizes of areas side by side, and the borders between them."""

from __future__ import annotations

from typing import ClassVar, Literal

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
    """An area with a border that can be dragged: the left one, or the upper one."""

    #: The side of the border that can be dragged.
    SIDE: ClassVar[Literal["left", "top"]] = "left"

    class Dragged(Message):
        """A message: the left border was dragged to a column of the screen, or the upper one to a row."""

        def __init__(self, side: Literal["left", "top"], place: int) -> None:
            super().__init__()
            self.side, self.place = side, place

    _dragging = False

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the border, but not of words in it that act when clicked."""
        if self._is_at_border(event) and "@click" not in event.style.meta:
            self._dragging = True
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the border, or highlight it."""
        if self._dragging:
            place = event.screen_x if self.SIDE == "left" else event.screen_y
            self.post_message(self.Dragged(self.SIDE, int(place)))
        else:
            self.set_class(self._is_at_border(event), f"-at-{self.SIDE}")

    def _is_at_border(self, event: events.MouseEvent) -> bool:
        return event.widget is self and (event.x if self.SIDE == "left" else event.y) == 0

    def on_mouse_up(self) -> None:
        """Let go of the border."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def on_leave(self) -> None:
        """Remove the highlight of the border."""
        self.remove_class(f"-at-{self.SIDE}")
