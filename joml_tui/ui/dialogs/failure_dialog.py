"""The dialog of a failed run: the message, with folded details."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Collapsible, Label

from joml_tui.ui.notices import say
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain, plain_lines


class FailureDialog(Dialog[None]):
    """The dialog of a failed run."""

    CSS_PATH = ["dialogs.tcss"]
    BINDINGS = [("escape", "close", "Close")]

    def __init__(self, title: str, sentence: str, details: str) -> None:
        super().__init__()
        self._title, self._sentence, self._details = title, sentence, details

    @property
    def purpose(self) -> str:
        """The subject of the dialog."""
        return f"{self._title}\n{self._sentence}"

    def compose(self) -> ComposeResult:
        """Put the sentence first, then the details to unfold."""
        with Vertical(classes="dialog failure"):
            yield Label(plain(self._title), classes="dialog-title", markup=False)
            yield Label(plain(self._sentence, 600), classes="dialog-text", markup=False)
            if self._details:
                with Collapsible(title="Details", collapsed=True), VerticalScroll(classes="details"):
                    yield Label(plain_lines(self._details), markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Close", id="close", variant="primary", compact=True)
                if self._details:
                    yield Button("Copy the details", id="copy", compact=True)

    def on_mount(self) -> None:
        """Enter closes."""
        self.query_one("#close").focus()

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.close()

    @on(Button.Pressed, "#copy")
    def _copy(self) -> None:
        self.app.copy_to_clipboard(f"{self._sentence}\n\n{self._details}")
        say(self, "Copied to the clipboard")


class ErrorDialog(FailureDialog):
    """The dialog of an internal error of the lab."""
