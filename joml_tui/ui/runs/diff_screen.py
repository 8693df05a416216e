"""The screen of differences between runs, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, DataTable, Label

from joml_tui.runs.differences import Difference, describe, side_by_side
from joml_tui.ui.actions import Scope, bindings, key_of
from joml_tui.ui.notices import say
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain

_MOST_ROWS = 1_000
_PATH, _VALUE = 30, 22


class DiffScreen(Dialog[None]):
    """A table of the settings, changes and results of some runs: only differing ones, or all."""

    CSS_PATH = ["../dialogs/dialogs.tcss"]
    BINDINGS = [("escape,equals_sign,q", "close", "Close"), *bindings("differing")]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("differing",)

    def __init__(self, runs: Sequence[LabRun]) -> None:
        super().__init__()
        self._labels = [lab_run.label for lab_run in runs]
        self._lines = side_by_side([describe(lab_run.run) for lab_run in runs])
        self._all = False

    def compose(self) -> ComposeResult:
        """Put the settings in rows and the runs in columns."""
        with Vertical(classes="dialog differing"):
            yield Label("", id="differing-title", classes="dialog-title", markup=False)
            yield DataTable[Text](id="differing-table", cursor_type="row", fixed_columns=1)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Close", id="close", variant="primary", compact=True)
                yield Button("", id="all", compact=True)
                yield Button(Content(f"Copy ({key_of('differences-copy')})"), id="copy", compact=True)

    def on_mount(self) -> None:
        """Show what differs."""
        table = self.query_one(DataTable)
        table.add_column(Text("Setting"), width=_PATH)
        for label in self._labels:
            table.add_column(Text(label), width=_VALUE)
        table.focus()
        self._show()

    def action_all(self) -> None:
        """Toggle between all settings and differing ones."""
        self._all = not self._all
        self._show()

    def action_copy(self) -> None:
        """Copy the shown table, separated by tabs."""
        rows = [("Setting", *self._labels), *((line.path, *line.values) for line in self._shown)]
        self.app.copy_to_clipboard("\n".join("\t".join(row) for row in rows))
        say(self, "Copied to the clipboard")

    @property
    def _shown(self) -> list[Difference]:
        return [line for line in self._lines if self._all or line.differs]

    def _show(self) -> None:
        table = self.query_one(DataTable)
        table.clear()
        shown = self._shown
        for line in shown[:_MOST_ROWS]:
            style = "bold" if self._all and line.differs else ""
            cells = [line.path, *line.values]
            table.add_row(*(Text(plain(cell, 60), style=style, no_wrap=True, overflow="ellipsis") for cell in cells))
        count = sum(line.differs for line in self._lines)
        summary = f"{len(self._labels)} runs: {count:,} of {len(self._lines):,} settings and results differ"
        if len(shown) > _MOST_ROWS:
            summary += f"; the first {_MOST_ROWS:,} rows are shown"
        self.query_one("#differing-title", Label).update(Content(summary))
        choice = self.query_one("#all", Button)
        what = "Only what differs" if self._all else "All settings"
        choice.label = Content(f"{what} ({key_of('differences-all')})")
        choice.refresh(layout=True)  # a longer label takes other room

    @on(Button.Pressed)
    async def _pressed(self, event: Button.Pressed) -> None:
        await self.run_action({"all": "all", "copy": "copy"}.get(event.button.id or "", "close"))
