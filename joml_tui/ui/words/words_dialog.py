"""The dialog with a chart or a panel in words, to read and copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Label

from joml_tui.ui.actions import Scope, bindings, key_of
from joml_tui.ui.notices import say
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain_lines


class WordsDialog(Dialog[None]):
    """The dialog with sentences and short tables.

    Parameters
    ----------
    title : str
    lines : sequence of str
    """

    HELP = "The charts or the panel as sentences and short tables. c copies them as text."
    CSS_PATH = ["../dialogs/dialogs.tcss"]
    BINDINGS = [("escape,I,enter,q", "close", "Close"), *bindings("words")]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("words",)

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title, self._text = title, plain_lines("\n".join(lines))

    def compose(self) -> ComposeResult:
        """Put the text above the buttons."""
        with Vertical(classes="dialog settings"):
            yield Label(self._title, classes="dialog-title", markup=False)
            with VerticalScroll(id="settings-text"):
                yield Label(self._text, id="words", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Close", id="close", variant="primary", compact=True)
                yield Button(Content(f"Copy ({key_of('words-copy')})"), id="copy", compact=True)

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.query_one("#settings-text").focus()

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.close()

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        """Copy the text."""
        self.app.copy_to_clipboard(self._text)
        say(self, "Copied to the clipboard")
