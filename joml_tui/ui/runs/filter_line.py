"""The filter entry above the table of runs."""

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

#: Seconds without a key after which the table is updated.
_TYPING_SECONDS = 0.15


class FilterEntry(Entry):
    """The entry of the filter; Enter focuses the table, Escape clears the filter."""

    def action_leave(self) -> None:
        """Clear the filter, and leave."""
        line = self.query_ancestor(FilterLine)
        line.clear()

    async def action_submit(self) -> None:
        """Keep the filter, and focus the table."""
        self.query_ancestor(FilterLine).submit()


class FilterLine(Vertical):
    """The filter's entry, with the number of matching runs and its error."""

    class Filtered(Message):
        """A message: the filter has changed."""

        def __init__(self, wanted: Filter) -> None:
            super().__init__()
            self.wanted = wanted

    class Left(Message):
        """A message: the focus moves to the table."""

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
        """Hide the line until it is opened."""
        self.display = False
        self.query_one("#filter-problem").display = False
        self._later = call_every(self, _TYPING_SECONDS, self._read, paused=True)

    def open(self) -> None:
        """Show and focus the filter."""
        self.display = True
        self.query_one(FilterEntry).focus()

    def clear(self) -> None:
        """Clear the filter."""
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
        """Show the number of matching runs."""
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
