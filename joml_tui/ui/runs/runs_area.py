"""The area of runs: the table, its order and filter, and what is done with the runs in it."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, DataTable

from joml_tui.runs.run_order import RunOrder
from joml_tui.ui.actions import BY_ID, key_of, request_of
from joml_tui.ui.deferred_calls import call_once
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.notices import say
from joml_tui.ui.runs.choice_dialog import ChoiceDialog
from joml_tui.ui.runs.diagnoses import Diagnoses
from joml_tui.ui.runs.diff_screen import DiffScreen
from joml_tui.ui.runs.filter_line import FilterLine
from joml_tui.ui.runs.recording import Recording
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.runs.session import LabRun, Session
from joml_tui.ui.runs.settings_line import settings_line
from joml_tui.ui.runs.sort_dialog import SortDialog
from joml_tui.ui.runs.yaml_dialog import YamlDialog
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.widgets.static_text import StaticText

_MOST_COMPARED = 100
#: After which a run that has just begun or ended has its number in the store.
_SECONDS_TO_NUMBER = 0.8


class RunsArea(Vertical):
    """The runs of the session, and which of them is selected.

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

    class Changed(Message):
        """Another run is selected, or something about the runs is not what it was."""

        def can_replace(self, message: Message) -> bool:
            """Let one message stand for several that wait."""
            return isinstance(message, RunsArea.Changed)

    class Removed(Message):
        """There are fewer runs than before."""

    def __init__(
        self, session: Session, recording: Recording, diagnoses: Diagnoses, arrangement: Arrangement, *, id: str
    ) -> None:
        super().__init__(id=id)
        self._session, self._recording, self._diagnoses = session, recording, diagnoses
        self._arrangement = arrangement

    def compose(self) -> ComposeResult:
        """Put the filter above the table, and what is to be said of the selected run beneath."""
        yield FilterLine(id="filter-line")
        yield RunsTable(id="runs")
        with Horizontal(id="run-line"):
            yield StaticText(id="settings-line")
            with Horizontal(id="export-buttons"):
                yield Button("Export run", id="export-run", compact=True)
                yield Button("Export table", id="export-table", compact=True)

    def take_keys(self) -> None:
        """Give the keys to the table."""
        self._table.focus()

    @property
    def _table(self) -> RunsTable:
        return self.query_one(RunsTable)

    # --- Which run is meant ----------------------------------------------------------------------------------------

    @property
    def selected(self) -> LabRun | None:
        """The run that the table's cursor stands on."""
        return self._session.by_key(self._table.selected_key)

    @property
    def driven(self) -> LabRun | None:
        """The run that pause, step and stop are about: the selected one if it is alive, else the one at work."""
        selected = self.selected
        if selected is not None and selected.live:
            return selected
        live = self._session.live
        return self._session.training or (live[-1] if live else None)

    def selected_for(self, doing: str) -> LabRun | None:
        """Return the selected run; without one say that there is nothing to do that with."""
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
        self.action_mark()

    # --- Runs that come, change and go -----------------------------------------------------------------------------

    def record(self, lab_run: LabRun, *, select: bool = True) -> None:
        """Take a new run into the table, and record it from now on."""
        self._recording.add(lab_run)
        self.add(lab_run, select=select)

    def add(self, lab_run: LabRun, *, select: bool = True) -> None:
        """Take in a run that is recorded already."""
        self._table.add_run(lab_run, self._session.runs, select=select)
        self.show_number_soon()
        self.follow(lab_run)

    def follow(self, lab_run: LabRun) -> None:
        """Follow a change of a run's life."""
        self._table.show_run(lab_run)
        if not lab_run.live:
            self._table.rearrange(self._session.runs)
        self._tell_change()

    def describe(self, lab_run: LabRun) -> None:
        """Follow that something was written about a run, also in the store."""
        self._recording.describe(lab_run)
        self._table.show_run(lab_run)
        self._table.rearrange(self._session.runs)

    def select(self, lab_run: LabRun) -> None:
        """Bring the table into view, with its cursor on a run."""
        self._arrangement.show("runs")
        self._table.select_run(lab_run)

    def show_live(self) -> None:
        """Bring what live runs show up to date; nothing is drawn where nothing changed."""
        for lab_run in self._session.live:
            self._table.show_run(lab_run)
        self.show_line()

    def repaint_runs(self) -> None:
        """Draw every row again, in another theme's colours."""
        self._table.repaint_runs(self._session.runs)

    def show_number_soon(self) -> None:
        """Say under which number a run is stored as soon as that is known."""
        if self._recording.records:
            call_once(self, _SECONDS_TO_NUMBER, self.show_line)

    def _tell_change(self) -> None:
        """Show that something about the runs has changed, and tell the other areas."""
        self.show_selected()
        self.post_message(self.Changed())

    def show_selected(self) -> None:
        """Show what depends on which run is selected, and on its state."""
        self.show_line()
        for name in ("export-run", "export-table"):
            self.query_one(f"#{name}", Button).disabled = self.selected is None

    def show_line(self) -> None:
        """Say what is to be said of the selected run, or why there is none."""
        selected = self.selected
        if selected is not None:
            line = settings_line(selected, self._diagnoses.warning_of(selected), self._recording.describe_of(selected))
        elif self._session.runs:
            line = f"No run of {len(self._session.runs):,} matches the filter; Esc in the table shows all."
        else:
            none = f"No runs yet; press {key_of('benchmark')} to train the article's three networks"
            line = " · ".join(part for part in (none, self._recording.describe_earlier()) if part)
        self.query_one("#settings-line", StaticText).say(line)

    # --- Order and filter ------------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Choose what to sort by."""
        self._arrangement.show("runs")
        table = self._table
        tasks = [lab_run.run.task for lab_run in self._session.runs]
        dialog = SortDialog("As started", list(map(table.field_of, table.known_columns)), table.order, tasks)

        def chosen(order: RunOrder | None) -> None:
            if order is not None:
                table.sort_by(order, self._session.runs)

        open_screen(self, dialog, chosen)

    def sort_by(self, name: str) -> None:
        """Sort by a field or a setting; by the present one the other way round; by nothing, as started."""
        table = self._table
        table.sort_by(table.order.turned_to(table.field_of(name) if name else None), self._session.runs)

    @on(DataTable.HeaderSelected, "#runs")
    def _head_clicked(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        self.sort_by(event.column_key.value or "")

    def action_filter(self) -> None:
        """Let a filter be typed at the table."""
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
        self._table.rearrange(self._session.runs)

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
        self.query_one(FilterLine).show_count(self._table.row_count, len(self._session.runs))

    # --- Marking and comparing -------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Keep the selected run's curves in the charts, or let them go."""
        selected = self.selected
        if selected is None:
            say(self, "No run to mark yet.")
            return
        self.mark([selected], mark=not selected.marked)

    def action_mark_all(self) -> None:
        """Keep the curves of all runs that the table shows in the charts, or where all are there let them go."""
        shown = self._table.in_order(self._session.runs)
        if not shown:
            say(self, "No runs to mark.")
            return
        mark = not all(lab_run.marked for lab_run in shown)
        self.mark(shown, mark=mark)
        runs = "One run" if len(shown) == 1 else f"{len(shown):,} runs"
        say(self, f"{runs} {'marked' if mark else 'no longer marked'}")

    def mark(self, runs: list[LabRun], *, mark: bool = True) -> None:
        """Keep the curves of runs in the charts, or let them go."""
        for lab_run in runs:
            lab_run.marked = mark
            self._table.show_run(lab_run)
        self._tell_change()

    def action_differences(self) -> None:
        """List what differs between the marked runs and the selected one."""
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
        """Take the selected run out of the table; ask first while it is alive."""
        if (selected := self.selected_for("delete")) is None:
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

    def _delete_if_so_answered(self, lab_run: LabRun, answer: str | None) -> None:
        if answer == "delete":
            self.delete(lab_run)

    def delete(self, lab_run: LabRun) -> None:
        """Take a run out of the table, from where it can be brought back for some time."""
        if lab_run not in self._session.runs:
            return
        for gone in self._session.delete(lab_run):
            self._recording.delete(gone)
        self._table.rearrange(self._session.runs)
        self.post_message(self.Removed())
        say(self, f"Press {key_of('undo')} to restore it.", title=f"{lab_run.label} deleted")

    def action_undo(self) -> None:
        """Bring back the run that was deleted last."""
        lab_run = self._session.restore()
        if lab_run is None:
            say(self, "There is nothing to restore.")
            return
        self._table.rearrange(self._session.runs)
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
        cells = self._table.cells(selected)
        row = "\t".join(content for _, content in cells)
        contents = [row, self._table.as_text(self._session.runs), *(content for _, content in cells)]
        offered = [("This row", ""), ("The table as shown", f"{self._table.row_count:,} runs"), *cells]

        def chosen(place: int | None) -> None:
            if place is not None:
                self.app.copy_to_clipboard(contents[place])
                say(self, "Copied to the clipboard.", title=offered[place][0])

        open_screen(self, ChoiceDialog(f"Copy from {selected.label}", offered, "Enter copies, Esc leaves."), chosen)
