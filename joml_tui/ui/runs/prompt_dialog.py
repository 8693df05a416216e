"""A dialog with one line to write: a run's name, its note, its tags, a file."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain
from joml_tui.ui.widgets.safe_input import SafeInput


class PromptDialog(Dialog[str | None]):
    """Asks for a line; the result is what was written, None when given up."""

    CSS_PATH = ["../dialogs/dialogs.tcss"]
    BINDINGS = [("escape", "close", "Cancel")]

    def __init__(self, title: str, value: str, hint: str, longest: int, accept: str = "Keep") -> None:
        super().__init__()
        self._accept = accept
        self._title, self._value, self._hint, self._longest = title, value, hint, longest

    @property
    def purpose(self) -> str:
        """What it is about."""
        return self._title

    def compose(self) -> ComposeResult:
        """Put the entry between the title and the buttons."""
        with Vertical(classes="dialog"):
            yield Label(plain(self._title), classes="dialog-title", markup=False)
            yield SafeInput(self._value, id="written", long=True, longest=self._longest)
            yield Label(self._hint, classes="dialog-text muted", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(self._accept, id="keep", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Go on writing at the end."""
        entry = self.query_one(Input)
        entry.focus()
        entry.cursor_position = len(entry.value)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.close(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#keep")
    def _keep(self) -> None:
        self.close(self.query_one(Input).value.strip())
