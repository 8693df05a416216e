"""The table of stored runs: only the rows in sight are drawn, so that ten thousand cost as much as ten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from joml_tui.alignment import align_right
from joml_tui.store import StoredRun
from joml_tui.ui import text
from joml_tui.ui.runs.runs_table import STATE_SIGNS
from joml_tui.ui.widgets.row_scroll_view import RowScrollView


@dataclass(frozen=True, slots=True)
class _HistoryColumn:
    title: str
    width: int
    write: Callable[[StoredRun], str]
    right: bool = True


def _name(stored: StoredRun) -> str:
    name, network = text.plain(stored.name, 60), stored.summary.network or "network"
    return f"{name} ({network})" if name else network


def _state(stored: StoredRun) -> str:
    return f"{STATE_SIGNS[stored.state]} {stored.state.value}"


def _when(stored: StoredRun) -> str:
    return datetime.fromtimestamp(stored.created).strftime("%Y-%m-%d %H:%M")  # the user's own time


_COLUMNS = {
    "number": _HistoryColumn("#", 6, lambda stored: str(stored.number)),
    "name": _HistoryColumn("Name, network", 18, _name, right=False),
    "data": _HistoryColumn("Data", 12, lambda stored: text.plain(stored.summary.dataset, 30), right=False),
    "optimizer": _HistoryColumn("Optimizer", 10, lambda stored: text.plain(stored.summary.optimizer, 30), right=False),
    "rate": _HistoryColumn("Rate", 8, lambda stored: text.number(stored.summary.learning_rate)),
    "seed": _HistoryColumn("Seed", 6, lambda stored: str(stored.summary.seed)),
    "iteration": _HistoryColumn("Iterations", 11, lambda stored: text.count(stored.summary.iteration)),
    "cost": _HistoryColumn("Test cost", 10, lambda stored: text.cost(stored.summary.test_cost)),
    "score": _HistoryColumn("Score", 9, lambda stored: text.score(stored.summary.test_accuracy, stored.summary.task)),
    "state": _HistoryColumn("State", 14, _state, right=False),
    "when": _HistoryColumn("Started", 17, _when, right=False),
    "tags": _HistoryColumn("Tags", 18, lambda stored: text.plain(" ".join(stored.tags), 60), right=False),
    "note": _HistoryColumn("Note", 40, lambda stored: text.plain(stored.note, 80), right=False),
}
#: The columns that are always there, and the others in the order in which there is room for them.
_ALWAYS = ("number", "name", "cost", "score", "state")
_ROOM_FOR = ("when", "data", "optimizer", "rate", "iteration", "seed", "tags", "note")
_WIDEST_NAME = 44


class EarlierTable(RowScrollView, can_focus=True):
    """Stored runs, a line each; the first line, with the titles, stays."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"earlier--head", "earlier--cursor", "earlier--marked"}
    BINDINGS = [
        Binding("up", "go(-1)", "Up", show=False),
        Binding("down", "go(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "go(-1000000000)", "First", show=False),
        Binding("end", "go(1000000000)", "Last", show=False),
    ]
    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """The cursor stands on another run."""

    class Entered(Message):
        """The run that the cursor stands on was clicked again."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.rows: Sequence[StoredRun] = ()
        self.marked: set[int] = set()

    @property
    def selected(self) -> StoredRun | None:
        """The run that the cursor stands on."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def show(self, rows: Sequence[StoredRun]) -> None:
        """Show these; the cursor stays on its run where it is still there."""
        before = self.selected
        self.rows = rows
        self.scroll_over(0, len(rows) + 1)
        place = next((at for at, row in enumerate(rows) if before is not None and row.number == before.number), None)
        self.cursor = place if place is not None else max(0, min(self.cursor, len(rows) - 1))
        self.refresh()
        self.post_message(self.Moved())

    def mark(self) -> None:
        """Mark the run that the cursor stands on, or no longer, and go to the next."""
        if (selected := self.selected) is None:
            return
        self.marked ^= {selected.number}
        self.action_go(1)
        self.refresh()
        self.post_message(self.Moved())

    def watch_cursor(self) -> None:
        """Bring the cursor into view and tell where it stands."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        line = self.cursor + 1  # the titles stay above
        if line <= top or line >= top + height:
            self.scroll_to_region(Region(0, max(0, self.cursor), 1, 2), animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def action_go(self, step: int) -> None:
        """Go that many runs further."""
        self.cursor = max(0, min(self.cursor + step, len(self.rows) - 1))

    def action_page(self, direction: int) -> None:
        """Go a screenful further."""
        self.action_go(direction * max(1, self.scrollable_content_region.height - 2))

    def on_click(self, event: events.Click) -> None:
        """Go to the run under the pointer; a second click enters it."""
        content = event.get_content_offset(self)
        if content is None or content.y < 1:
            return
        place = content.y - 1 + self.scroll_offset.y
        if place >= len(self.rows):
            return
        if place == self.cursor and event.chain > 1:
            self.post_message(self.Entered())
        self.cursor = place

    def render_line(self, y: int) -> Strip:
        """Return the titles, or a run."""
        width = self.scrollable_content_region.width
        shown = _fitting(width)
        if y == 0:
            head = "".join(_cell(column.title, wide, column.right) for column, wide in shown)
            return _strip("  " + head, self.get_component_rich_style("earlier--head"), width)
        place = y - 1 + self.scroll_offset.y
        if place >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        stored = self.rows[place]
        marked = stored.number in self.marked
        line = "".join(_cell(column.write(stored), wide, column.right) for column, wide in shown)
        style = self.rich_style
        if place == self.cursor:
            style = self.get_component_rich_style("earlier--cursor")
        elif marked:
            style = self.get_component_rich_style("earlier--marked")
        return _strip(("● " if marked else "▸ " if place == self.cursor else "  ") + line, style, width)


def _cell(content: str, wide: int, right: bool) -> str:
    """Fill a cell, with a space between it and the next; wide characters count as the cells that they take."""
    room = wide - 1
    cut = set_cell_size(content, room - 1) + "…" if len(content) > room else content
    if right and cut.isascii():
        return f"{align_right(cut, room)} "
    return set_cell_size(cut.rjust(room) if right else cut, room) + " "


def _strip(line: str, style: Style, width: int) -> Strip:
    return Strip([Segment(set_cell_size(line, width), style)])


def _fitting(width: int) -> list[tuple[_HistoryColumn, int]]:
    """Return the columns that there is room for, with their widths; names take what room is left."""
    names, used = set(_ALWAYS), 2 + sum(_COLUMNS[name].width for name in _ALWAYS)
    for name in _ROOM_FOR:
        if used + _COLUMNS[name].width <= width:
            names.add(name)
            used += _COLUMNS[name].width
    widened = min(_WIDEST_NAME, _COLUMNS["name"].width + max(0, width - used))
    return [(column, widened if name == "name" else column.width) for name, column in _COLUMNS.items() if name in names]
