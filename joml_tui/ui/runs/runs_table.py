"""The table of runs, one row per run or group, filtered and sorted; only changed cells are updated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Self

from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.message import Message
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey

from joml_tui.plots.palette import curve_colour
from joml_tui.runs.run import RunState
from joml_tui.runs.run_fields import RunField
from joml_tui.runs.run_filter import Filter
from joml_tui.runs.run_order import RunOrder
from joml_tui.ui import text
from joml_tui.ui.runs.lab_fields import lab_facts
from joml_tui.ui.runs.run_columns import RunColumns
from joml_tui.ui.runs.run_rows import RunRow, arrange_rows
from joml_tui.ui.runs.session import LabRun, Session
from joml_tui.ui.terminal_traits import traits
from joml_tui.ui.widgets.row_table import RowTable

_STATE_STYLES = {
    RunState.RUNNING: "runs-table--running",
    RunState.PAUSED: "runs-table--muted",
    RunState.FINISHED: "runs-table--good",
    RunState.DIVERGED: "runs-table--warning",
    RunState.FAILED: "runs-table--bad",
    RunState.INTERRUPTED: "runs-table--warning",
}
#: The name of a run or group, its number or size, and the origin of a fork.
_LABEL = re.compile(r"(.*?)( [#×][\d,]+)( from #[\d,]+ @[\d,]+)?", re.DOTALL)
#: If more rows than this are added or removed, all are rewritten.
_FEW_ROWS = 20


class RunsTable(RowTable):
    """The table of the session's runs that match the filter.

    Parameters
    ----------
    session : Session
        Its runs, and whether they are grouped.

    Attributes
    ----------
    columns_plan : RunColumns
    wanted : Filter
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "runs-table--running",
        "runs-table--muted",
        "runs-table--good",
        "runs-table--warning",
        "runs-table--bad",
    }

    class Arranged(Message):
        """A message: the rows, their order or the columns in view have changed."""

    _writes_cells = False

    def __init__(self, session: Session, *, id: str) -> None:
        super().__init__(id=id, cursor_type="row", cursor_foreground_priority="renderable", fixed_columns=2)
        self._session = session
        self._shown: dict[str, dict[str, tuple[str, str]]] = {}
        self._row_of: dict[str, RunRow] = {}
        self._rows_with: dict[str, list[str]] = {}
        self._widths: dict[str, int] = {}
        self._fields: dict[str, RunField] = {}
        self.columns_plan = RunColumns()
        self.wanted = Filter()

    def on_mount(self) -> None:
        """Head the columns."""
        self._head(self._fitting([]))

    def on_resize(self) -> None:
        """Show the columns that fit."""
        if not self._is_headed(self._fitting(list(self._row_of.values()))):
            self.rearrange(anew=True)
        else:
            self.post_message(self.Arranged())  # other columns are in view

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Tell that other columns are in view."""
        super().watch_scroll_x(old_value, new_value)
        self.post_message(self.Arranged())

    @property
    def order(self) -> RunOrder:
        """The order of the rows."""
        return self.columns_plan.order

    @property
    def selected_row(self) -> RunRow | None:
        """The row that the cursor stands on; None if there is none."""
        keys = self.keys
        return self._row_of.get(keys[self.cursor_row]) if 0 <= self.cursor_row < len(keys) else None

    @property
    def selected_key(self) -> str:
        """The key of the selected run, of a group its first one; empty if there is none."""
        row = self.selected_row
        return "" if row is None else row.first.key

    @property
    def keys(self) -> list[str]:
        """The keys of the rows shown, from top to bottom."""
        return [row.key.value or "" for row in self.ordered_rows]

    @property
    def columns_shown(self) -> list[str]:
        """The names of the columns, from left to right."""
        return list(self._widths)

    @property
    def rows_shown(self) -> list[RunRow]:
        """The rows, from top to bottom."""
        return [self._row_of[key] for key in self.keys]

    @property
    def runs_shown(self) -> int:
        """Number of runs that match the filter, also in closed groups."""
        return len({run.key for row in self._row_of.values() for run in row.runs})

    @property
    def out_of_view(self) -> tuple[int, int]:
        """Numbers of columns that are out of view on the left and on the right."""
        width, left = self.size.width, 0
        edges = []
        for column in self.ordered_columns:
            right = left + column.get_render_width(self)
            edges.append((left, right))
            left = right
        if not width or len(edges) <= self.fixed_columns:
            return 0, 0
        fixed = edges[self.fixed_columns - 1][1]
        free = edges[self.fixed_columns :]
        before = sum(left - self.scroll_x < fixed for left, _ in free)
        return before, sum(right - self.scroll_x > width for _, right in free)

    def action_cursor_right(self) -> None:
        """Bring the next column on the right into view."""
        self._turn_page(1)

    def action_cursor_left(self) -> None:
        """Bring the next column on the left into view."""
        self._turn_page(-1)

    def add_run(self, lab_run: LabRun, *, select: bool = True) -> None:
        """Add a new run, and select it if it matches the filter."""
        self.rearrange()
        if select:
            self.select_run(lab_run)

    def select_run(self, lab_run: LabRun) -> None:
        """Put the cursor on a run, or on its closed group, if it is shown."""
        keys = self._rows_with.get(lab_run.key)
        if keys:
            self.move_cursor(row=self.get_row_index(keys[-1]))

    def show_run(self, lab_run: LabRun) -> None:
        """Update a run's row in place, and that of its group."""
        for key in self._rows_with.get(lab_run.key, ()):
            self._show_row(key)

    def _show_row(self, row_key: str) -> None:
        shown = self._shown[row_key]
        changed = {key: cell for key, cell in self._cells(self._row_of[row_key]).items() if cell != shown[key]}
        if not changed:
            return
        shown.update(changed)
        self._writes_cells = True
        try:
            for key, cell in changed.items():
                self.update_cell(row_key, key, self._drawn(key, *cell), update_width=False)
        finally:
            self._writes_cells = False
        self.refresh_row(self.get_row_index(row_key))

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Repaint; while a row is updated, wait for its end, because each cell would repaint the whole table."""
        if self._writes_cells:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def repaint_runs(self) -> None:
        """Draw every row again, in another theme's colours."""
        for key in self._shown:
            self._shown[key] = dict.fromkeys(self._widths, ("", ""))
            self._show_row(key)

    def sort_by(self, order: RunOrder) -> None:
        """Sort the runs, show the order in the column's title, and bring the first rows into view."""
        self.columns_plan.order = order
        for key in self._widths:
            self.columns[ColumnKey(key)].label = self._title(key)
        self.rearrange(anew=True)
        self._bring_into_view(order.column)
        self.scroll_to(y=0, animate=False)

    def rearrange(self, *, anew: bool = False) -> None:
        """Show the runs that match the filter, in order; the cursor stays on its run."""
        runs, plan = self._session.runs, self.columns_plan
        titled = plan.tasks, plan.errors, plan.right
        matching = self.matching()
        plan.follow(runs, matching)
        rows = arrange_rows(matching, plan.order, self._session)
        keys = [row.key for row in rows]
        widths = self._fitting(rows)
        headed = titled == (plan.tasks, plan.errors, plan.right) and self._is_headed(widths)
        if keys == self.keys and headed and not anew and rows == list(map(self._row_of.get, keys)):
            self.post_message(self.Arranged())
            return
        selected, place = self._selected_keys(), self.cursor_row
        with self.prevent(DataTable.RowHighlighted):
            if not headed:
                self._shown.clear()
                self._head(widths)
            changed = [row.key for row in rows if row.key in self._shown and row != self._row_of.get(row.key)]
            self._take_rows(rows)
            self._fill(rows, set(self._shown))
            for key in changed:
                self._show_row(key)
            rank = {key: place for place, key in enumerate(keys)}
            # Textual calls the sort key row by row, in the order of addition.
            places = iter([rank[key.value or ""] for key in self.rows])
            self.sort(key=lambda _: next(places))
            if keys:
                again = [rank[key] for key in selected if key in rank]
                self.move_cursor(row=again[0] if again else min(place, len(keys) - 1))
        self.post_message(self.Arranged())

    def matching(self) -> list[LabRun]:
        """Return the runs of the session that match the filter, in the order of start."""
        if not self.wanted.terms:
            return list(self._session.runs)
        return [lab_run for lab_run in self._session.runs if self.wanted.accepts(lab_facts(lab_run))]

    def in_order(self) -> list[LabRun]:
        """Return the runs that match the filter, in order; missing values come last."""
        rows = arrange_rows(self.matching(), self.order, self._session)
        return list({run.key: run for row in rows for run in row.runs}.values())

    def as_text(self) -> str:
        """Return the shown table as text with all columns, separated by tabs."""
        names = [name for name in self.columns_plan.known if name != "mark"]
        lines = [[self.columns_plan.title_of(name) for name in names]]
        rows = arrange_rows(self.matching(), self.order, self._session)
        lines += [[row.write(self.columns_plan.field_of(name)) for name in names] for row in rows]
        return "\n".join("\t".join(line) for line in lines)

    def cells(self, row: RunRow) -> list[tuple[str, str]]:
        """Return all cells of a row with their columns' titles, also hidden ones."""
        plan = self.columns_plan
        return [(plan.title_of(name), row.write(plan.field_of(name))) for name in plan.known if name != "mark"]

    def _selected_keys(self) -> list[str]:
        """Return the keys under which the selected row may be there again: its own, or its group's, or its runs'."""
        row = self.selected_row
        if row is None:
            return []
        return [row.key, *(key for run in row.runs for key in self._keys_with(run))]

    def _keys_with(self, run: LabRun) -> list[str]:
        return [run.key, *self._rows_with.get(run.key, ())]

    def _take_rows(self, rows: Sequence[RunRow]) -> None:
        self._row_of = {row.key: row for row in rows}
        self._rows_with = {}
        for row in rows:
            for run in row.runs:
                self._rows_with.setdefault(run.key, []).append(row.key)

    def _head(self, widths: dict[str, int]) -> None:
        """Set the columns, which removes the rows."""
        self._widths = widths
        self._fields = {key: self.columns_plan.field_of(key) for key in widths}
        self.clear(columns=True)
        for key, width in widths.items():
            self.add_column(self._title(key), width=width, key=key)

    def _is_headed(self, widths: dict[str, int]) -> bool:
        """Return whether the table has these columns in this order: the width decides which stand on the right."""
        return list(self._widths.items()) == list(widths.items())

    def _fitting(self, rows: Sequence[RunRow]) -> dict[str, int]:
        room, around = self.outer_size.width - 1, 2 * self.cell_padding
        return self.columns_plan.fitting(rows, self._session.runs, room, around)

    def _fill(self, rows: Sequence[RunRow], present: set[str]) -> None:
        wanted = {row.key for row in rows}
        gone, new = present - wanted, [row for row in rows if row.key not in present]
        if len(gone) + len(new) > _FEW_ROWS:
            self.clear()
            self._shown.clear()
            new = list(rows)
        else:
            for key in gone:
                self.remove_row(key)
                del self._shown[key]
        for row in new:
            cells = self._cells(row)
            self._shown[row.key] = cells
            self.add_row(*(self._drawn(key, *cell) for key, cell in cells.items()), key=row.key)

    def _turn_page(self, direction: int) -> None:
        """Scroll to the first column that is out of view on a side."""
        before, after = self.out_of_view
        names = [column.key.value or "" for column in self.ordered_columns]
        if direction > 0 and after:
            self._bring_into_view(names[len(names) - after])
        elif direction < 0 and before:
            self._bring_into_view(names[self.fixed_columns + before - 1])

    def _bring_into_view(self, key: str) -> None:
        """Scroll sideways to a column."""
        if not self.size.width:  # in an area that is not shown
            return
        lefts, left = {}, 0
        for column in self.ordered_columns:
            lefts[column.key.value] = left
            left += column.get_render_width(self)
        if key not in lefts:
            return
        fixed = sum(column.get_render_width(self) for column in self.ordered_columns[: self.fixed_columns])
        right = lefts[key] + self.columns[ColumnKey(key)].get_render_width(self)
        if right > self.scroll_x + self.size.width:
            self.scroll_to(x=right - self.size.width, animate=False)
        elif lefts[key] - fixed < self.scroll_x and lefts[key] >= fixed:
            self.scroll_to(x=lefts[key] - fixed, animate=False)

    def _title(self, key: str) -> Text:
        right = key in self.columns_plan.right
        sign = self.order.sign if key == self.order.column else ""
        named = self.columns_plan.title_of(key)
        title = f"{sign}{named}" if right else f"{named} {sign}".rstrip()
        return Text(title, justify="right" if right else "left", no_wrap=True)

    def _cells(self, row: RunRow) -> dict[str, tuple[str, str]]:
        """Return the texts of a row's cells, each with its component class or colour."""
        cells = {key: (row.write(field), self._style(key, row.first)) for key, field in self._fields.items()}
        label, style = cells["network"]
        return cells | {"network": (shortened_label(label, self._widths["network"]), style)}

    def _style(self, key: str, lab_run: LabRun) -> str:
        if key == "mark":
            dark = self.app.current_theme.dark
            return f"#{curve_colour(lab_run.colour_index, dark=dark, few_colours=traits().few_colours):06x}"
        if key != "state":
            return ""
        if lab_run.run.record.outcome_note and lab_run.run.state is RunState.FINISHED:
            return "runs-table--warning"
        return _STATE_STYLES.get(lab_run.run.state, "runs-table--muted")

    def _drawn(self, key: str, content: str, style: str) -> Text:
        right = key in self.columns_plan.right
        drawn = Style(color=self.get_component_rich_style(style).color) if style.startswith("runs-table--") else style
        return Text(content, style=drawn, justify="right" if right else "left", no_wrap=True, overflow="ellipsis")


def shortened_label(label: str, width: int) -> str:
    """Return the label of a run in some cells: its name is shortened, then its origin left out; its number stays."""
    parts = _LABEL.fullmatch(label)
    if len(label) <= width or parts is None:
        return label
    name, number, origin = parts.groups("")
    for end in (number + origin, number):
        if (room := width - len(end)) >= 2:
            return f"{text.plain(name, room)}{end}"
    return label
