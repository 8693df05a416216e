"""The queue's screen, with ended, current and waiting experiments in order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey

from joml_tui.experiment import task_of
from joml_tui.runs.run import RunState
from joml_tui.ui import text
from joml_tui.ui.actions import Scope, bindings, key_of
from joml_tui.ui.compose.preset_choices import describe_optimizer
from joml_tui.ui.deferred_calls import call_every
from joml_tui.ui.notices import say
from joml_tui.ui.queue.queue import Queue, Queued
from joml_tui.ui.runs.lab_fields import STATE_SIGNS
from joml_tui.ui.runs.session import Session
from joml_tui.ui.screen_stack import Page
from joml_tui.ui.widgets.key_footer import KeyFooter
from joml_tui.ui.widgets.row_table import RowTable
from joml_tui.ui.widgets.static_text import StaticText

_SECONDS_A_LOOK = 0.5
_BAR, _WHOLE_BAR = 6, 24
#: Cells on either side of a table's cell, and those of a bar beside the table.
_PADDING, _SCROLL_BAR = 1, 1
#: Columns with their titles and cells, the distinguishing ones first: the last ones are left out where they do not fit.
_COLUMNS = {
    "state": ("State", 12),
    "progress": ("Progress", _BAR + 6),
    "note": ("Settings", 44),
    "accuracy": ("Test acc", 9),
    "network": ("Network", 14),
    "optimizer": ("Optimizer", 24),
    "seed": ("Seed", 6),
}
#: The least width of the settings, of which the text above is the largest.
_LEAST_NOTE = 28


def fitting_columns(width: int) -> dict[str, int]:
    """Return the columns that a number of cells has room for, from the first one, and their widths.

    The settings get what the others leave, as far as they can use it.
    """
    least = {key: (_LEAST_NOTE if key == "note" else cells) for key, (_, cells) in _COLUMNS.items()}
    ends = accumulate(cells + 2 * _PADDING for cells in least.values())
    fitting = {key: least[key] for key, end in zip(least, ends, strict=True) if end <= width - _SCROLL_BAR}
    if "note" in fitting:
        left = width - _SCROLL_BAR - sum(cells + 2 * _PADDING for cells in fitting.values())
        fitting["note"] = min(_COLUMNS["note"][1], _LEAST_NOTE + left)
    return fitting


class QueueScreen(Page[str | None]):
    """The queue's screen; the result is the key of the run to show, None for none."""

    CSS_PATH = ["queue.tcss"]
    BINDINGS = [
        Binding("escape,Q,q", "close", "Back"),
        *bindings("queue"),
    ]
    HELP: ClassVar[str] = (
        "The runs of the queue in order: finished, training and waiting. Enter shows the selected run in the lab, "
        "while the queue continues."
    )
    SCOPES: ClassVar[tuple[Scope, ...]] = ("queue",)
    AUTO_FOCUS = "#queue-table"

    def __init__(
        self, queue: Queue, session: Session, changed: Callable[[], object], grid: Callable[[], object]
    ) -> None:
        super().__init__()
        self._queue, self._session, self._changed, self._grid = queue, session, changed, grid
        self._shown: dict[str, dict[str, str]] = {}

    def compose(self) -> ComposeResult:
        """Put the whole above its parts."""
        yield StaticText(id="queue-head")
        yield RowTable(id="queue-table", cursor_type="row")
        yield StaticText(id="queue-said")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show the columns, and select the current entry."""
        table = self.query_one(DataTable)
        self._lay_out()
        entries = self._queue.entries
        turn = next((place for place, entry in enumerate(entries) if not entry.ended), 0)
        if entries:
            table.move_cursor(row=turn)
        call_every(self, _SECONDS_A_LOOK, self.look)

    def on_resize(self) -> None:
        """Show as many columns as fit."""
        selected = self._selected
        if self._lay_out() and selected is not None:
            self.query_one(DataTable).move_cursor(row=self._queue.entries.index(selected))

    def _lay_out(self) -> bool:
        """Show the columns that fit, and their cells; return whether they have changed."""
        table = self.query_one(DataTable)
        fitting = fitting_columns(self.app.size.width)
        if fitting == {key.value: column.width for key, column in table.columns.items()}:
            return False
        table.clear(columns=True)
        self._shown.clear()
        for key, width in fitting.items():
            table.add_column(Text(_COLUMNS[key][0]), width=width, key=key)
        self.look()
        return True

    def look(self) -> None:
        """Update the screen; only changed cells are written."""
        table = self.query_one(DataTable)
        entries = self._queue.entries
        keys = [entry.key for entry in entries]
        for key in self._shown.keys() - set(keys):
            table.remove_row(key)
            del self._shown[key]
        for entry in entries:
            self._show(entry)
        if [row.key.value for row in table.ordered_rows] != keys:
            selected = self._selected
            rank = {key: place for place, key in enumerate(keys)}
            places = iter([rank[key.value or ""] for key in table.rows])
            table.sort(key=lambda _: next(places))
            if selected is not None:
                table.move_cursor(row=rank[selected.key])
        tasks = [task_of(entry.experiment.dataset) for entry in entries]
        score = table.columns.get(ColumnKey("accuracy"))
        if score is not None and (head := Text(f"Test {text.score_head(tasks)}")) != score.label:
            score.label = head
            table.refresh()
        self.query_one("#queue-head", StaticText).say(self._head())
        self.query_one("#queue-said", StaticText).say(self._summary())

    def action_move(self, step: int) -> None:
        """Move the selected entry up or down."""
        selected = self._selected
        if selected is None:
            return
        if not selected.waiting:
            say(self, f"{text.plain(selected.network, 40)} has already started: only waiting runs can be moved.")
        elif self._queue.move(selected, step):
            self._follow()

    def action_cancel(self) -> None:
        """Remove the selected entry, or stop it."""
        selected = self._selected
        if selected is None:
            return
        if selected.ended:
            say(self, "This run has ended; it is in the table of runs.")
            return
        self._queue.cancel(selected)
        self._follow()

    def action_clear(self) -> None:
        """Remove all waiting entries."""
        count = self._queue.clear()
        say(self, f"{count:,} taken out of the queue." if count else "The queue has no waiting runs.")
        self._follow()

    def action_hold(self) -> None:
        """Hold the queue after the current run, or continue it."""
        if self._queue.obstacle(self._session):
            self._queue.go_on(self._session)
        elif self._queue.waiting:
            self._queue.hold()
        self._follow()

    def action_grid(self) -> None:
        """Add a grid of settings."""
        self._grid()

    def on_data_table_row_selected(self) -> None:
        """Close, and show the selected entry's run in the lab."""
        selected = self._selected
        if selected is None:
            return
        if selected.lab_run is None:
            say(self, selected.refused or "It has not started: there is no run to look at yet.")
        else:
            self.close(selected.lab_run.key)

    @property
    def _selected(self) -> Queued | None:
        table = self.query_one(DataTable)
        rows = table.ordered_rows
        if not 0 <= table.cursor_row < len(rows):
            return None
        key = rows[table.cursor_row].key.value
        return next((entry for entry in self._queue.entries if entry.key == key), None)

    def _follow(self) -> None:
        self._changed()
        self.look()

    def _show(self, entry: Queued) -> None:
        table = self.query_one(DataTable)
        if (shown := self._shown.get(entry.key)) is None:
            cells = _cells(entry)
            table.add_row(*(_drawn(cells[column.value or ""]) for column in table.columns), key=entry.key)
            self._shown[entry.key] = cells
        elif not (entry.waiting or (entry.ended and shown["state"] == _state(entry))):
            for key, content in _cells(entry).items():
                if content != shown[key]:
                    shown[key] = content
                    if ColumnKey(key) in table.columns:
                        table.update_cell(entry.key, key, _drawn(content))

    def _head(self) -> Content:
        queue = self._queue
        if not queue.entries:
            return Content.styled("Queue", "bold")
        parts = [f"{queue.count}", f"{100 * queue.progress:.0f} %"]
        if queue.waiting:
            parts.append(f"{len(queue.waiting):,} waiting")
        obstacle = queue.obstacle(self._session)
        return Content.assemble(
            ("Queue", "bold"),
            "   ",
            (text.bar(queue.progress, _WHOLE_BAR), "$footer-key-foreground"),
            "   ",
            " · ".join(parts),
            (f" · {obstacle}: {key_of('queue-hold')} continues it" if obstacle else "", "$text-warning"),
        )

    def _summary(self) -> Content:
        if not self._queue.entries:
            return Content.styled(_empty(), "$text-muted")
        selected = self._selected
        if selected is None:
            return Content("")
        reason = selected.refused or (selected.lab_run.run.message if selected.lab_run is not None else "")
        return Content(" · ".join(filter(None, (text.plain(selected.note, 120), text.plain(reason, 160)))))


def _empty() -> str:
    return (
        f"The queue is empty. {key_of('queue-add')} in the lab adds the composed network, {key_of('grid')} a grid of "
        f"settings, {key_of('benchmark')} the article's benchmark."
    )


def _state(entry: Queued) -> str:
    if entry.lab_run is None:
        return f"✗ {entry.state}" if entry.refused else f"○ {entry.state}"
    return f"{STATE_SIGNS[RunState(entry.state)]} {entry.state}"


def _cells(entry: Queued) -> dict[str, str]:
    experiment = entry.experiment
    done = "" if entry.lab_run is None else f"{text.bar(entry.progress, _BAR)} {100 * entry.progress:3.0f} %"
    return {
        "state": _state(entry),
        "progress": done,
        "note": text.plain(entry.note or experiment.name, 60),
        "accuracy": _score(entry),
        "network": text.plain(entry.network, 40),
        "optimizer": text.plain(describe_optimizer(experiment.optimizer), 40),
        "seed": str(experiment.seed),
    }


def _score(entry: Queued) -> str:
    run = entry.lab_run.run if entry.lab_run is not None else None
    return "–" if run is None else text.score(run.test_accuracy, run.task)


def _drawn(content: str) -> Text:
    return Text(content, no_wrap=True, overflow="ellipsis")
