"""The table of runs: its order and filter, and what is written about runs, deleted, compared and copied."""

from __future__ import annotations

import re
from functools import partial

from textual import on
from textual.widgets import DataTable

from joml_tui.lone_surrogates import printable
from joml_tui.ui import text
from joml_tui.ui.actions import BY_ID, key_of
from joml_tui.ui.dialogs.help_dialog import shown_keys
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.runs.choice_dialog import ChoiceDialog
from joml_tui.ui.runs.diff_screen import DiffScreen
from joml_tui.ui.runs.filter_line import FilterLine
from joml_tui.ui.runs.prompt_dialog import PromptDialog
from joml_tui.ui.runs.runs_table import Order, RunsTable
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.runs.yaml_dialog import YamlDialog
from joml_tui.ui.screen_stack import open_screen

_MOST_TAGS = 20
_LONGEST_NAME, _LONGEST_NOTE, _LONGEST_TAGS = 60, 500, 300
#: Columns that one sorts from the smallest up; of the others the largest is wanted first.
_RISING = {"mark", "network", "optimizer", "train_cost", "test_cost", "state", "tags", "note", "time"}
_MOST_COMPARED = 100


class RunsHandlers(LabScreen):
    """What the actions about the table of runs do."""

    # --- Order and filter ------------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Choose the column to sort by."""
        self.show_area("runs")
        table = self.query_one(RunsTable)
        order = table.order
        keys = ["", *table.known_columns]
        offered = [("As started", "")] + [
            (table.title_of(key) or "Marked", _beside(key, order)) for key in table.known_columns
        ]

        def chosen(place: int | None) -> None:
            if place is not None:
                self.sort_by(keys[place])

        hint = "Enter sorts; Enter again reverses. Clicking a column's title does the same."
        open_screen(self, ChoiceDialog("Sort the runs by", offered, hint, keys.index(order.column)), chosen)

    def sort_by(self, column: str) -> None:
        """Sort by a column; by the present one the other way round."""
        table = self.query_one(RunsTable)
        present = table.order
        falling = not present.falling if column == present.column else column not in _RISING
        table.sort_by(Order(column, falling and bool(column)), self.book.runs)

    @on(DataTable.HeaderSelected, "#runs")
    def _head_clicked(self, event: DataTable.HeaderSelected) -> None:
        self.sort_by(event.column_key.value or "")

    def action_filter(self) -> None:
        """Let a filter be typed at the table."""
        self.show_area("runs")
        self.query_one(FilterLine).open()
        self._count_shown()

    def action_clear_filter(self) -> None:
        """Show all runs again."""
        if self.query_one(FilterLine).display:
            self.query_one(FilterLine).clear()

    @on(FilterLine.Filtered)
    def _filtered(self, event: FilterLine.Filtered) -> None:
        table = self.query_one(RunsTable)
        table.wanted = event.wanted
        table.rearrange(self.book.runs)

    @on(FilterLine.Left)
    def _filter_left(self) -> None:
        self.query_one(RunsTable).focus()

    @on(RunsTable.Arranged)
    def _arranged(self) -> None:
        self._count_shown()
        self.show_selected()

    def _count_shown(self) -> None:
        self.query_one(FilterLine).show_count(self.query_one(RunsTable).row_count, len(self.book.runs))

    # --- What is written about a run -------------------------------------------------------------------------------

    def action_rename(self) -> None:
        """Name the selected run."""
        if (selected := self._chosen("rename")) is None:
            return
        hint = f"Nothing brings back the generated name, {text.plain(selected.run.architecture, 40)}."
        entry = PromptDialog(f"Name of {selected.label}", selected.name, hint, _LONGEST_NAME)
        open_screen(self, entry, partial(self._named, selected))

    def action_note(self) -> None:
        """Write a note about the selected run."""
        if (selected := self._chosen("write about")) is None:
            return
        hint = "Shown beside the run and found by the filter, such as note:word."
        entry = PromptDialog(f"Note about {selected.label}", selected.note, hint, _LONGEST_NOTE)
        open_screen(self, entry, partial(self._noted, selected))

    def action_tags(self) -> None:
        """Write the selected run's tags."""
        if (selected := self._chosen("tag")) is None:
            return
        hint = f"Words, such as: deep baseline. The filter finds them by tag:deep ({shown_keys(BY_ID['filter'])})."
        entry = PromptDialog(f"Tags of {selected.label}", " ".join(selected.tags), hint, _LONGEST_TAGS)
        open_screen(self, entry, partial(self._tagged, selected))

    def _named(self, lab_run: LabRun, name: str | None) -> None:
        if name is not None:
            lab_run.name = printable(name)
            self._written(lab_run)
            self.show_charts()

    def _noted(self, lab_run: LabRun, note: str | None) -> None:
        if note is not None:
            lab_run.note = printable(note)
            self._written(lab_run)

    def _tagged(self, lab_run: LabRun, tags: str | None) -> None:
        if tags is not None:
            words = dict.fromkeys(re.split(r"[\s,]+", printable(tags).strip(" ,")))
            lab_run.tags = tuple(words)[:_MOST_TAGS] if tags else ()
            self._written(lab_run)

    def _written(self, lab_run: LabRun) -> None:
        self.describe(lab_run)
        table = self.query_one(RunsTable)
        table.show_run(lab_run)
        table.rearrange(self.book.runs)

    # --- Deleting --------------------------------------------------------------------------------------------------

    def action_delete_run(self) -> None:
        """Take the selected run out of the table; ask first while it is alive."""
        if (selected := self._chosen("delete")) is None:
            return
        if not selected.live:
            self._delete(selected, "delete")
            return
        question = Question(
            f"{selected.label} has not ended",
            "Stop and delete it? Its results can be restored; its training cannot continue.",
            (Answer("keep", "Keep it", "k", "primary"), Answer("delete", "Stop and delete", "d", "warning")),
        )
        open_screen(self, question, partial(self._delete, selected))

    def _delete(self, lab_run: LabRun, answer: str | None) -> None:
        if answer != "delete" or lab_run not in self.book.runs:
            return
        for gone in self.book.delete(lab_run):
            self.forget(gone)
        self.query_one(RunsTable).rearrange(self.book.runs)
        self.runs_removed()
        self.say(f"Press {key_of('undo')} to restore it.", title=f"{lab_run.label} deleted")

    def action_undo(self) -> None:
        """Bring back the run that was deleted last."""
        lab_run = self.book.restore()
        if lab_run is None:
            self.say("There is nothing to restore.")
            return
        table = self.query_one(RunsTable)
        table.rearrange(self.book.runs)
        table.show_run(lab_run)
        table.select_run(lab_run)
        self.say(f"{lab_run.label} is back.")

    # --- Looking and copying ---------------------------------------------------------------------------------------

    def action_differences(self) -> None:
        """List what differs between the marked runs and the selected one."""
        selected = self.selected
        runs = [entry for entry in self.book.runs if entry.marked or entry is selected]
        if len(runs) < 2:
            self.say(f"Select another run, or mark a second one with {key_of('mark')}: a comparison needs two.")
        elif len(runs) > _MOST_COMPARED:
            self.say(f"{len(runs)} runs are marked or selected; side by side there is room for {_MOST_COMPARED}.")
        else:
            open_screen(self, DiffScreen(runs))

    def action_settings(self) -> None:
        """Show the selected run's settings as YAML."""
        if (selected := self._chosen("show")) is not None:
            open_screen(self, YamlDialog(selected))

    def action_copy(self) -> None:
        """Choose what to copy of the selected run, or the table."""
        if (selected := self._chosen("copy")) is None:
            return
        table = self.query_one(RunsTable)
        cells = table.cells(selected)
        row = "\t".join(content for _, content in cells)
        contents = [row, table.as_text(self.book.runs), *(content for _, content in cells)]
        offered = [("This row", ""), ("The table as shown", f"{table.row_count:,} runs"), *cells]

        def chosen(place: int | None) -> None:
            if place is not None:
                self.app.copy_to_clipboard(contents[place])
                self.say("Copied to the clipboard.", title=offered[place][0])

        open_screen(self, ChoiceDialog(f"Copy from {selected.label}", offered, "Enter copies, Esc leaves."), chosen)

    def _chosen(self, doing: str) -> LabRun | None:
        selected = self.selected
        if selected is None:
            runs = "The filter hides all runs" if self.book.runs else "No run yet"
            self.say(f"{runs}: nothing to {doing}.")
        return selected


def _beside(column: str, order: Order) -> str:
    if column != order.column:
        return ""
    return "▼ from the largest down" if order.falling else "▲ from the smallest up"
