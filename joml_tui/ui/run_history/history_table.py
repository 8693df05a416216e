"""The table of stored runs, of which only visible rows are drawn, so that any number is fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from joml_tui.alignment import align_right
from joml_tui.experiment import Task
from joml_tui.runs.run import RunState
from joml_tui.runs.run_fields import RunFacts, RunField, find_field
from joml_tui.runs.run_order import RunOrder
from joml_tui.runs.shown_costs import shown_field
from joml_tui.store import StoredRun
from joml_tui.ui.runs.field_cells import title_of, write_field
from joml_tui.ui.runs.lab_fields import STATE_SIGNS, word_of_state
from joml_tui.ui.widgets.row_list import RowList


def _write_name(facts: RunFacts) -> str:
    network = facts.record.network or "network"
    return f"{facts.run.name[:60]} ({network})" if facts.run.name else network


def _write_state(facts: RunFacts) -> str:
    state = RunState(facts.run.status[0])
    return f"{STATE_SIGNS[state]} {word_of_state(state, facts.record)}"


#: Fields with another text here: a name with its network, a state with its sign.
_HISTORY_FIELDS = {
    "run": replace(find_field("run"), title="#"),
    "name": replace(find_field("name"), title="Name, network", cell=_write_name),
    "state": replace(find_field("state"), cell=_write_state),
}
#: The columns of the table in their order, with their widths.
COLUMNS = {
    "run": 6,
    "name": 18,
    "dataset": 12,
    "optimizer": 10,
    "learning_rate": 8,
    "seed": 6,
    "iteration": 11,
    "test_cost": 10,
    "test_score": 9,
    "state": 14,
    "created": 17,
    "tags": 18,
    "note": 40,
}
#: The columns that are always shown, and the others in the order in which they are added.
_ALWAYS = ("run", "name", "test_cost", "test_score", "state")
_ROOM_FOR = ("created", "dataset", "optimizer", "learning_rate", "iteration", "seed", "tags", "note")
_WIDEST_NAME = 44
#: Least width of the column that the runs are sorted by, if it is not one of these.
_OTHER_WIDTH = 11
#: Width of costs that name an error, as in RMSE 33,040, beside others.
_NAMED_ERROR_WIDTH = 13
#: Cells before the first column, for the marks.
_MARGIN = 2
#: Rows that decide whether a column is aligned to the right.
_MEASURED_ROWS = 300


def history_field(name: str) -> RunField:
    """Return the field with a name or a setting's path, as the table shows it.

    Raises
    ------
    LookupError
        There is no such field.
    """
    return _HISTORY_FIELDS.get(name) or find_field(name)


class EarlierTable(RowList[StoredRun]):
    """The table of stored runs, one per line, below a fixed line of titles."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"earlier--head", "earlier--cursor", "earlier--marked"}

    class Moved(RowList.Moved):
        """The cursor stands on another run."""

    class Entered(RowList.Entered):
        """The run that the cursor stands on was clicked again."""

    class Headed(Message):
        """The title of a column was clicked."""

        def __init__(self, field: RunField) -> None:
            super().__init__()
            self.field = field

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._facts: Sequence[RunFacts] = ()
        self._tasks: frozenset[Task] = frozenset()
        self._errors: frozenset[str] = frozenset()
        self._varying: list[str] = []
        self._right: dict[str, bool] = {}
        self.order = RunOrder()
        self.marked: set[int] = set()

    def show(
        self, rows: Sequence[tuple[StoredRun, RunFacts]], order: RunOrder, varying: Sequence[RunField] = ()
    ) -> None:
        """Show these runs in this order, with the settings that differ; the cursor stays on its run if it is there."""
        before = self.selected
        self.rows, self._facts = [stored for stored, _ in rows], [facts for _, facts in rows]
        self._tasks = frozenset(facts.record.task for facts in self._facts)
        self._errors = frozenset(facts.record.cost_mark for facts in self._facts)
        self.order = order
        self._varying = [field.name for field in varying]
        self._right.clear()
        self.scroll_over(0, len(rows) + 1)
        place = next(
            (at for at, row in enumerate(self.rows) if before is not None and row.number == before.number), None
        )
        self.cursor = self.clamp(self.cursor if place is None else place)
        self.refresh()
        self.post_message(self.Moved())

    def mark(self) -> None:
        """Toggle the mark of the selected run, and move to the next."""
        if (selected := self.selected) is None:
            return
        self.marked ^= {selected.number}
        self.action_go(1)
        self.refresh()
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """Post which title was clicked; the list itself moves the cursor."""
        content = event.get_content_offset(self)
        if content is not None and content.y < 1 and (field := self._field_at(content.x)):
            self.post_message(self.Headed(field))

    def _field_at(self, x: int) -> RunField | None:
        """Return the field whose column is at a place of a line; None beside them."""
        end = _MARGIN
        for field, width in self._columns(self.scrollable_content_region.width):
            end += width
            if _MARGIN <= x < end:
                return field
        return None

    def render_line(self, y: int) -> Strip:
        """Return the titles, or a run."""
        width = self.scrollable_content_region.width
        shown = self._columns(width)
        if y == 0:
            head = "".join(_cell(self._title(field), wide, self._stands_right(field)) for field, wide in shown)
            return _strip("  " + head, self.get_component_rich_style("earlier--head"), width)
        place = self.row_at(y)
        if place is None:
            return Strip.blank(width, self.rich_style)
        stored = self.rows[place]
        marked = stored.number in self.marked
        facts = self._facts[place]
        line = "".join(_cell(write_field(field, facts), wide, self._stands_right(field)) for field, wide in shown)
        style = self.rich_style
        if place == self.cursor:
            style = self.get_component_rich_style("earlier--cursor")
        elif marked:
            style = self.get_component_rich_style("earlier--marked")
        return _strip(("● " if marked else "▸ " if place == self.cursor else "  ") + line, style, width)

    def _columns(self, width: int) -> list[tuple[RunField, int]]:
        """Return the columns with their widths; costs are in the units of the data where all runs have them."""
        fitting = _fitting(width, self.order, self._varying, names_errors=len(self._errors) > 1)
        return [(shown_field(field, self._errors), wide) for field, wide in fitting]

    def _title(self, field: RunField) -> str:
        title = title_of(field, self._tasks)
        if field.name != self.order.column:
            return title
        return f"{self.order.sign}{title}" if self._stands_right(field) else f"{title} {self.order.sign}"

    def _stands_right(self, field: RunField) -> bool:
        if field.name not in self._right:
            self._right[field.name] = field.stands_right(self._facts[:_MEASURED_ROWS])
        return self._right[field.name]


def _cell(content: str, wide: int, right: bool) -> str:
    """Return a padded cell with a space after it, measuring wide characters in cells."""
    room = wide - 1
    cut = set_cell_size(content, room - 1) + "…" if len(content) > room else content
    if right and cut.isascii():
        return f"{align_right(cut, room)} "
    return set_cell_size(cut.rjust(room) if right else cut, room) + " "


def _strip(line: str, style: Style, width: int) -> Strip:
    return Strip([Segment(set_cell_size(line, width), style)])


def _fitting(
    width: int, order: RunOrder, varying: Sequence[str], names_errors: bool = False
) -> list[tuple[RunField, int]]:
    """Return the columns that fit, with their widths; names take the remaining room.

    The sorting field is always included, and settings that differ come before other columns; both stand after the
    names if they are no usual columns. ``names_errors`` is whether costs have the name of an error before them.
    """
    widths = {"run": COLUMNS["run"], "name": COLUMNS["name"]}
    for name in (order.column, *varying):
        if name and name not in COLUMNS:
            widths[name] = max(_OTHER_WIDTH, len(history_field(name).title) + 2)
    widths |= COLUMNS
    if names_errors:
        widths["test_cost"] = _NAMED_ERROR_WIDTH
    names = {*_ALWAYS, order.column} & widths.keys()
    used = _MARGIN + sum(widths[name] for name in names)
    for name in (*varying, *_ROOM_FOR):
        if name not in names and used + widths[name] <= width:
            names.add(name)
            used += widths[name]
    widths["name"] = min(_WIDEST_NAME, widths["name"] + max(0, width - used))
    return [
        (order.field if order.field is not None and name == order.column else history_field(name), wide)
        for name, wide in widths.items()
        if name in names
    ]
