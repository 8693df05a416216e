"""The list of a run's snapshots, one a line, written as far as it is in view."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from joml_tui.alignment import align_right
from joml_tui.experiment import Task
from joml_tui.runs.forks import Moment
from joml_tui.runs.history import CheckedPart
from joml_tui.ui.text import cost, count, duration, number, score, score_head
from joml_tui.ui.widgets.row_scroll_view import RowScrollView

#: Title, width and what is written, in the order in which columns are left out from the right where there is no room.
_COLUMNS: tuple[tuple[str, int, Callable[[Moment, Task], str]], ...] = (
    ("Iteration", 11, lambda moment, _: count(moment.iteration)),
    ("Epoch", 8, lambda moment, _: count(moment.epoch)),
    ("Train cost", 12, lambda moment, _: cost(moment.train_cost)),
    ("Train {score}", 11, lambda moment, task: score(moment.train_accuracy, task)),
    ("{checked} {score}", 11, lambda moment, task: score(moment.check_accuracy, task)),
    ("Time", 8, lambda moment, _: duration(moment.seconds)),
    ("Rate", 10, lambda moment, _: number(moment.learning_rate)),
    ("{checked} cost", 11, lambda moment, _: cost(moment.check_cost)),
)

#: What the part that is looked at on the way is called in so narrow a title.
_CHECKED: dict[CheckedPart, str] = {"validation": "Valid.", "test": "Test"}


class SnapshotList(RowScrollView, can_focus=True):
    """Snapshots in order, the latest beneath; the cursor stands on the one to go on from."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"snapshots--head", "snapshots--cursor"}

    BINDINGS = [
        Binding("up", "cursor(-1)", "Earlier", show=False),
        Binding("down", "cursor(1)", "Later", show=False),
        Binding("pageup", "cursor(-10)", "Much earlier", show=False),
        Binding("pagedown", "cursor(10)", "Much later", show=False),
        Binding("home", "cursor(-1000)", "First", show=False),
        Binding("end", "cursor(1000)", "Last", show=False),
    ]

    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """The cursor stands on another snapshot."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.moments: list[Moment] = []
        self._scored: Task = "classes"

    @property
    def moment(self) -> Moment | None:
        """The snapshot that the cursor stands on."""
        return self.moments[self.cursor] if 0 <= self.cursor < len(self.moments) else None

    def show(self, moments: list[Moment], task: Task) -> None:
        """Show these; the cursor stays at its iteration, and at the end if it was there."""
        before, last = self.moment, self.cursor >= len(self.moments) - 1
        self.moments, self._scored = moments, task
        self.scroll_over(0, len(moments) + 1)
        self.refresh()
        if before is None or last:
            self.cursor = max(0, len(moments) - 1)
        else:
            self.cursor = max(0, sum(moment.iteration <= before.iteration for moment in moments) - 1)
        if before != self.moment:
            self.post_message(self.Moved())

    def watch_cursor(self) -> None:
        """Bring the cursor into view and tell where it stands."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        line = self.cursor + 1  # the titles stay above
        if line <= top or line >= top + height:
            self.scroll_to_region(Region(0, max(0, self.cursor), 1, 2), animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def action_cursor(self, step: int) -> None:
        """Go that many snapshots further."""
        self.cursor = max(0, min(self.cursor + step, len(self.moments) - 1))

    def on_click(self, event: events.Click) -> None:
        """Go to the snapshot under the pointer."""
        content = event.get_content_offset(self)
        if content is not None and content.y > 0 and content.y - 1 + self.scroll_offset.y < len(self.moments):
            self.cursor = content.y - 1 + self.scroll_offset.y

    def render_line(self, y: int) -> Strip:
        """Return the titles, or a snapshot."""
        width = self.scrollable_content_region.width
        shown = _fitting(width)
        if y == 0:
            style = self.get_component_rich_style("snapshots--head")
            named = score_head([self._scored])
            checked = _CHECKED[self.moments[0].checked_part if self.moments else "test"]
            text = "  " + "".join(
                align_right(title.format(score=named, checked=checked), wide) for title, wide, _ in shown
            )
            return self._strip(text, style, width)
        place = y - 1 + self.scroll_offset.y
        if place >= len(self.moments):
            return Strip.blank(width, self.rich_style)
        here = place == self.cursor
        text = ("▸ " if here else "  ") + "".join(
            align_right(write(self.moments[place], self._scored), wide) for _, wide, write in shown
        )
        return self._strip(text, self.get_component_rich_style("snapshots--cursor") if here else self.rich_style, width)

    def _strip(self, text: str, style: Style, width: int) -> Strip:
        return Strip([Segment(text[:width].ljust(width), style)])


def _fitting(width: int) -> list[tuple[str, int, Callable[[Moment, Task], str]]]:
    shown, used = [], 2
    for column in _COLUMNS:
        used += column[1]
        if used <= width:
            shown.append(column)
    return shown
