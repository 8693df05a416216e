"""The entry above the table that says which runs it shows."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label

from joml_tui.runs.run_filter import Filter, FilterError, parse_filter
from joml_tui.ui.deferred_calls import call_every
from joml_tui.ui.widgets.entry import Entry
from joml_tui.ui.widgets.static_text import StaticText

#: After so long without a key the table follows.
_TYPING_SECONDS = 0.15


class FilterEntry(Entry):
    """The filter as typed; Enter goes to the table, Escape clears it."""

    def action_leave(self) -> None:
        """Clear the filter, and leave."""
        line = self.query_ancestor(FilterLine)
        line.clear()

    async def action_submit(self) -> None:
        """Leave the filter as it is, for the table."""
        self.query_ancestor(FilterLine).submit()


class FilterLine(Vertical):
    """An entry, how many runs it leaves, and what is wrong with it."""

    class Filtered(Message):
        """Other runs are asked for."""

        def __init__(self, wanted: Filter) -> None:
            super().__init__()
            self.wanted = wanted

    class Left(Message):
        """The keys go on to the table."""

    def compose(self) -> ComposeResult:
        """Put the entry between its title and the count."""
        with Horizontal():
            yield Label("Filter", classes="title")
            yield FilterEntry(
                id="filter", placeholder="test_acc>0.9 opt:adam optimizer.l2>0 tag:deep   Esc clears", long=True
            )
            yield StaticText(id="filter-count")
        yield StaticText(id="filter-problem", classes="problem")

    def on_mount(self) -> None:
        """Stay away until asked for."""
        self.display = False
        self.query_one("#filter-problem").display = False
        self._later = call_every(self, _TYPING_SECONDS, self._read, paused=True)

    def open(self) -> None:
        """Let a filter be typed."""
        self.display = True
        self.query_one(FilterEntry).focus()

    def clear(self) -> None:
        """Ask for all runs again."""
        self.query_one(FilterEntry).value = ""
        self._read()
        self.display = False
        self.post_message(self.Left())

    def submit(self) -> None:
        """Go to the table with what was typed."""
        self._read()
        self.display = bool(self.query_one(FilterEntry).value.strip())
        self.post_message(self.Left())

    def show_count(self, shown: int, all_runs: int) -> None:
        """Say how many runs are left."""
        self.query_one("#filter-count", StaticText).say(f"{shown:,} of {all_runs:,}")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._later.reset()
        self._later.resume()

    def _read(self) -> None:
        self._later.pause()
        problem = self.query_one("#filter-problem", StaticText)
        try:
            wanted = parse_filter(self.query_one(FilterEntry).value)
        except FilterError as error:
            problem.display = True
            problem.say(str(error))
            return
        problem.display = False
        self.post_message(self.Filtered(wanted))
