"""The area of runs: the table with its order and filter, and actions on runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, DataTable

from joml.wording import counted
from joml_tui.runs.run_order import RunOrder
from joml_tui.ui import text
from joml_tui.ui.actions import BY_ID, key_of, request_of
from joml_tui.ui.deferred_calls import call_once
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.dialogs.search_dialog import SearchDialog, find_choices
from joml_tui.ui.notices import say
from joml_tui.ui.runs.column_dialog import ColumnDialog, known_names
from joml_tui.ui.runs.diagnoses import Diagnoses
from joml_tui.ui.runs.diff_screen import DiffScreen
from joml_tui.ui.runs.filter_line import FilterLine
from joml_tui.ui.runs.recording import Recording
from joml_tui.ui.runs.run_rows import RunRow
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.runs.session import LabRun, Session
from joml_tui.ui.runs.settings_line import settings_line
from joml_tui.ui.runs.sort_dialog import SortDialog
from joml_tui.ui.runs.yaml_dialog import YamlDialog
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.shell.frames import area_title, joined, key_link, link, word
from joml_tui.ui.widgets.choice import Choice
from joml_tui.ui.widgets.static_text import StaticText

if TYPE_CHECKING:
    from joml_tui.ui.app import LabApp

_MOST_COMPARED = 100
#: Cells of the frame at the ends of its title.
_CORNERS = 6
#: Seconds after which a new or ended run has its number in the store.
_SECONDS_TO_NUMBER = 0.8


class RunsArea(Vertical):
    """The area with the session's runs and the selected run.

    Parameters
    ----------
    session : Session
    recording : Recording
    diagnoses : Diagnoses
    arrangement : Arrangement
    """

    BINDINGS = [
        ("space", f"screen.{request_of(BY_ID['mark'])}", "Mark"),
        Binding("escape", "clear_filter", "Clear the filter", show=False),
    ]

    app: LabApp

    class Changed(Message):
        """A message: the selection or the runs have changed."""

        def can_replace(self, message: Message) -> bool:
            """Return whether this message replaces a pending one."""
            return isinstance(message, RunsArea.Changed)

    class Removed(Message):
        """A message: runs were removed."""

    def __init__(
        self, session: Session, recording: Recording, diagnoses: Diagnoses, arrangement: Arrangement, *, id: str
    ) -> None:
        super().__init__(id=id)
        self._session, self._recording, self._diagnoses = session, recording, diagnoses
        self._arrangement = arrangement

    def compose(self) -> ComposeResult:
        """Put the filter above the table, and the line about the selected run below."""
        yield FilterLine(id="filter-line")
        yield RunsTable(self._session, id="runs")
        with Horizontal(id="run-line"):
            yield StaticText(id="settings-line")
            with Horizontal(id="export-buttons"):
                yield Button("Export run", id="export-run", compact=True)
                yield Button("Export table", id="export-table", compact=True)

    def take_keys(self) -> None:
        """Focus the table."""
        self._table.focus()

    def on_mount(self) -> None:
        """Take over the columns that were chosen."""
        plan = self._table.columns_plan
        plan.added, plan.removed = self._remembered_columns()

    @property
    def _table(self) -> RunsTable:
        return self.query_one(RunsTable)

    # --- The selected run ------------------------------------------------------------------------------------------

    @property
    def selected(self) -> LabRun | None:
        """The run that the table's cursor stands on."""
        return self._session.by_key(self._table.selected_key)

    @property
    def driven(self) -> LabRun | None:
        """The run that pause, step and stop control: the selected one if it is live, else the training one."""
        selected = self.selected
        if selected is not None and selected.live:
            return selected
        live = self._session.live
        return self._session.training or (live[-1] if live else None)

    def selected_for(self, doing: str) -> LabRun | None:
        """Return the selected run; without one, show a notice."""
        selected = self.selected
        if selected is None:
            runs = "The filter hides all runs" if self._session.runs else "No run yet"
            say(self, f"{runs}: nothing to {doing}.")
        return selected

    @on(DataTable.RowHighlighted)
    def _row_selected(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._tell_change()

    @on(DataTable.RowSelected)
    def _row_entered(self, event: DataTable.RowSelected) -> None:
        event.stop()
        row = self._table.selected_row
        if row is not None and row.is_group:
            self._open_group(row)
        else:
            self.action_mark()

    # --- Changes of runs -------------------------------------------------------------------------------------------

    def record(self, lab_run: LabRun, *, select: bool = True) -> None:
        """Add a new run to the table, and record it from now on."""
        self._recording.add(lab_run)
        self.add(lab_run, select=select)

    def add(self, lab_run: LabRun, *, select: bool = True) -> None:
        """Add a run that is already recorded."""
        self._table.add_run(lab_run, select=select)
        self.show_number_soon()
        self.follow(lab_run)

    def follow(self, lab_run: LabRun) -> None:
        """Handle a change of a run's state."""
        self._table.show_run(lab_run)
        if not lab_run.live or lab_run.run.cost_mark not in self._table.columns_plan.errors:
            self._table.rearrange()
        self._tell_change()

    def describe(self, lab_run: LabRun) -> None:
        """Handle a change of a run's name, note or tags, also in the store."""
        self._recording.describe(lab_run)
        self._table.show_run(lab_run)
        self._table.rearrange()

    def select(self, lab_run: LabRun) -> None:
        """Bring the table into view, with its cursor on a run."""
        self._arrangement.show("runs")
        self._table.select_run(lab_run)

    def show_live(self) -> None:
        """Update the display of live runs; unchanged cells are not drawn."""
        for lab_run in self._session.live:
            self._table.show_run(lab_run)
        self.show_line()

    def repaint_runs(self) -> None:
        """Draw every row again, in another theme's colours."""
        self._table.repaint_runs()

    def show_number_soon(self) -> None:
        """Show a run's number in the store as soon as it is known."""
        if self._recording.records:
            call_once(self, _SECONDS_TO_NUMBER, self._take_numbers)

    def _take_numbers(self) -> None:
        """Set the numbers of the store, which differ from the expected ones if another program uses it too."""
        if self._session.number_runs(self._recording.number_of):
            self.show_numbers()
        else:
            self.show_line()

    def show_numbers(self) -> None:
        """Show the runs under numbers that have changed."""
        for lab_run in self._session.runs:
            self._table.show_run(lab_run)
        self._tell_change()

    def _tell_change(self) -> None:
        """Show a change of the runs, and notify the other areas."""
        self.show_selected()
        self.post_message(self.Changed())

    def show_selected(self) -> None:
        """Update everything that depends on the selected run and its state."""
        self.show_line()
        for name in ("export-run", "export-table"):
            self.query_one(f"#{name}", Button).disabled = self.selected is None
        self.query_one("#export-buttons").display = bool(self._session.runs)

    def show_line(self) -> None:
        """Show the line about the selected run, or why there is none."""
        selected = self.selected
        if selected is not None:
            line = settings_line(selected, self._diagnoses.warning_of(selected), self._recording.describe_of(selected))
        elif self._session.runs:
            line = f"No run of {len(self._session.runs):,} matches the filter; Esc in the table shows all."
        else:
            none = f"No runs yet: {key_of('train')} trains this network, {key_of('benchmark')} the article's three"
            line = " · ".join(part for part in (none, self._recording.describe_earlier()) if part)
        self.query_one("#settings-line", StaticText).say(line)

    # --- Order and filter ------------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Choose what to sort by."""
        self._arrangement.show("runs")
        table, plan = self._table, self._table.columns_plan
        tasks = [lab_run.run.task for lab_run in self._session.runs]
        dialog = SortDialog("As started", list(map(plan.field_of, plan.known)), table.order, tasks)

        def chosen(order: RunOrder | None) -> None:
            if order is not None:
                table.sort_by(order)

        open_screen(self, dialog, chosen)

    def sort_by(self, name: str) -> None:
        """Sort by a field or a setting; the present one reverses the order, and "" restores the order of start."""
        table = self._table
        table.sort_by(table.order.turned_to(table.columns_plan.field_of(name) if name else None))

    @on(DataTable.HeaderSelected, "#runs")
    def _head_clicked(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        self.sort_by(event.column_key.value or "")

    def action_filter(self) -> None:
        """Open the filter."""
        self._arrangement.show("runs")
        self.query_one(FilterLine).open()
        self._count_shown()

    def action_clear_filter(self) -> None:
        """Show all runs again."""
        if self.query_one(FilterLine).display:
            self.query_one(FilterLine).clear()

    @on(FilterLine.Filtered)
    def _filtered(self, event: FilterLine.Filtered) -> None:
        event.stop()
        self._table.wanted = event.wanted
        self._table.rearrange()

    @on(FilterLine.Left)
    def _filter_left(self, event: FilterLine.Left) -> None:
        event.stop()
        self._table.focus()

    @on(RunsTable.Arranged)
    def _arranged(self, event: RunsTable.Arranged) -> None:
        event.stop()
        self._count_shown()
        self._tell_change()

    def _count_shown(self) -> None:
        shown, everything = self._table.runs_shown, len(self._session.runs)
        filter_line = self.query_one(FilterLine)
        filter_line.show_count(shown, everything)
        self._arrangement.make_room(everything + filter_line.display)
        self._show_title(shown, everything)

    def _show_title(self, shown: int, everything: int) -> None:
        """Show number, filter, order and grouping in the frame's title, where a click changes them."""
        if not everything:
            self.border_title, self.border_subtitle = area_title("runs"), ""
            return
        table = self._table
        filtered = bool(table.wanted.terms)
        count = f"{shown:,} of {everything:,}" if filtered else f"{everything:,}"
        order = (
            f"sorted by {self._order_title()} {'▾' if table.order.falling else '▴'}" if table.order.column else "sort"
        )
        words = (
            ("filtered" if filtered else "filter", "filter"),
            (text.plain(order, 40), "sort"),
            ("seeds grouped" if self._session.grouped else "group seeds", "group-seeds"),
            ("columns", "table-columns"),
        )
        title = joined(area_title("runs"), count, *(key_link(*each) for each in words))
        if title.cell_length > self.outer_size.width - _CORNERS:
            title = joined(area_title("runs"), count, *(link(*each) for each in words))
        self.border_title = title
        before, after = table.out_of_view
        hints = [
            word(f"←: +{counted(before, 'column')}", "sideways(-1)") if before else Content(""),
            word(f"+{counted(after, 'column')}: →", "sideways(1)") if after else Content(""),
        ]
        self.border_subtitle = Content("   ").join([hint for hint in hints if hint])

    def _order_title(self) -> str:
        column = self._table.order.column
        title = self._table.columns_plan.title_of(column) or column
        return title if "." in title else title[:1].lower() + title[1:]

    # --- Columns and groups ----------------------------------------------------------------------------------------

    def action_sideways(self, by: int) -> None:
        """Bring columns that are out of view into view, as the arrows do."""
        (self._table.action_cursor_right if by > 0 else self._table.action_cursor_left)()

    def action_columns(self) -> None:
        """Choose the columns of the table; the choice is remembered."""
        if not self._session.runs:
            say(self, "No runs yet: their columns can be chosen when there are some.")
            return
        self._arrangement.show("runs")
        plan = self._table.columns_plan
        dialog = ColumnDialog(plan, list(self._table.columns_shown))

        def chosen(name: str | None) -> None:
            if name is not None:
                self.toggle_column(name)

        open_screen(self, dialog, chosen)

    def toggle_column(self, name: str) -> None:
        """Show a column of the table, or remove it, and remember that."""
        plan = self._table.columns_plan
        shown = name in self._table.columns_shown
        plan.added = tuple(each for each in plan.added if each != name) + (() if shown else (name,))
        plan.removed = tuple(each for each in plan.removed if each != name) + ((name,) if shown else ())
        self.app.remember(columns_added=plan.added, columns_removed=plan.removed)
        self._table.rearrange(anew=True)
        say(self, f"{'Removed' if shown else 'Added'}: {plan.title_of(name) or name}.", title="Columns")

    def _remembered_columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the columns that were added and removed, without those of other versions."""
        memory = self.app.memory.now
        return known_names(memory.columns_added), known_names(memory.columns_removed)

    def action_group(self) -> None:
        """Show runs that differ only in their seed as one row and one curve, or one by one again."""
        session = self._session
        session.grouped = not session.grouped
        session.opened.clear()
        self._arrangement.show("runs")
        self._table.rearrange(anew=True)
        if session.grouped and not any(row.is_group for row in self._table.rows_shown):
            say(self, "No runs differ only in their seed: train this experiment again with another seed.")

    def _open_group(self, row: RunRow) -> None:
        """Show the runs of a group below its row, or close it."""
        self._session.opened ^= {row.first.group}
        self._table.rearrange()
        self._tell_change()

    # --- Marking and comparing -------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Toggle the mark of the selected run, which keeps its curves in the charts."""
        selected = self.selected
        if selected is None:
            say(self, "No run to mark yet.")
            return
        row = self._table.selected_row
        runs = [selected] if row is None else list(row.runs)
        self.mark(runs, mark=not all(lab_run.marked for lab_run in runs))

    def action_mark_all(self) -> None:
        """Mark all shown runs, or unmark them if all are marked."""
        shown = self._table.in_order()
        if not shown:
            say(self, "No runs to mark.")
            return
        mark = not all(lab_run.marked for lab_run in shown)
        self.mark(shown, mark=mark)
        runs = "One run" if len(shown) == 1 else f"{len(shown):,} runs"
        say(self, f"{runs} {'marked' if mark else 'no longer marked'}")

    def mark(self, runs: list[LabRun], *, mark: bool = True) -> None:
        """Mark or unmark runs."""
        for lab_run in runs:
            lab_run.marked = mark
            self._table.show_run(lab_run)
        self._tell_change()

    def action_differences(self) -> None:
        """Show the differences between the marked runs and the selected one."""
        selected = self.selected
        runs = [entry for entry in self._session.runs if entry.marked or entry is selected]
        if len(runs) < 2:
            say(self, f"Select another run, or mark a second one with {key_of('mark')}: a comparison needs two.")
        elif len(runs) > _MOST_COMPARED:
            say(self, f"{len(runs)} runs are marked or selected; side by side there is room for {_MOST_COMPARED}.")
        else:
            open_screen(self, DiffScreen(runs))

    # --- Deleting --------------------------------------------------------------------------------------------------

    def action_delete(self) -> None:
        """Delete the selected run; ask first while it is live, or if it is a group."""
        if (selected := self.selected_for("delete")) is None:
            return
        row = self._table.selected_row
        if row is not None and row.is_group:
            self._ask_about_group(row)
            return
        if not selected.live:
            self.delete(selected)
            return
        question = Question(
            f"{selected.label} has not ended",
            "Stop and delete it? Its results can be restored; its training cannot continue.",
            (Answer("keep", "Keep it", "k", "primary"), Answer("delete", "Stop and delete", "d", "warning")),
        )
        open_screen(self, question, partial(self._delete_if_so_answered, selected))

    def _ask_about_group(self, row: RunRow) -> None:
        question = Question(
            f"{len(row.runs)} runs are one group",
            "Delete all of them? Each can be restored. Enter on the group shows its runs one by one.",
            (Answer("keep", "Keep them", "k", "primary"), Answer("delete", "Delete all", "d", "warning")),
        )

        def answered(answer: str | None) -> None:
            for lab_run in row.runs if answer == "delete" else ():
                self.delete(lab_run)

        open_screen(self, question, answered)

    def _delete_if_so_answered(self, lab_run: LabRun, answer: str | None) -> None:
        if answer == "delete":
            self.delete(lab_run)

    def delete(self, lab_run: LabRun) -> None:
        """Remove a run from the table; it can be restored for some time."""
        if lab_run not in self._session.runs:
            return
        for gone in self._session.delete(lab_run):
            self._recording.delete(gone)
        self._table.rearrange()
        self.post_message(self.Removed())
        say(self, f"Press {key_of('undo')} to restore it.", title=f"{lab_run.label} deleted")

    def action_undo(self) -> None:
        """Restore the run that was deleted last."""
        lab_run = self._session.restore()
        if lab_run is None:
            say(self, "There is nothing to restore.")
            return
        self._table.rearrange()
        self._table.show_run(lab_run)
        self._table.select_run(lab_run)
        say(self, f"{lab_run.label} is back.")

    # --- Reading and copying ---------------------------------------------------------------------------------------

    def action_settings(self) -> None:
        """Show the selected run's settings as YAML."""
        if (selected := self.selected_for("show")) is not None:
            open_screen(self, YamlDialog(selected))

    def action_copy(self) -> None:
        """Choose what to copy of the selected run, or the table."""
        if (selected := self.selected_for("copy")) is None:
            return
        selected_row = self._table.selected_row
        assert selected_row is not None  # a run is selected
        cells = self._table.cells(selected_row)
        row = "\t".join(content for _, content in cells)
        table, shown = self._table.as_text(), self._table.row_count
        count = counted(shown, "run")
        choices = [
            Choice("This row", ("This row", row)),
            Choice("The table as shown", ("The table as shown", table), count),
            *(Choice(head, (head, content), content) for head, content in cells),
        ]
        dialog = SearchDialog(
            f"Copy from {selected.label}",
            lambda typed: find_choices(choices, typed),
            nothing="No column has this name.",
            hint="Enter copies, Esc cancels.",
        )

        def copy(chosen: tuple[str, str] | None) -> None:
            if chosen is not None:
                name, content = chosen
                self.app.copy_to_clipboard(content)
                say(self, "Copied to the clipboard.", title=name)

        open_screen(self, dialog, copy)
