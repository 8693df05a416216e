"""A dialog with a list to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain
from joml_tui.ui.widgets.option_list import Options


class ChoiceDialog(Dialog[int | None]):
    """A list of titles with details; the result is the chosen place, None for Escape."""

    CSS_PATH = ["../dialogs/dialogs.tcss"]
    BINDINGS = [("escape", "close", "Cancel")]

    def __init__(self, title: str, offered: Sequence[tuple[str, str]], hint: str, chosen: int = 0) -> None:
        super().__init__()
        self._title, self._offered, self._hint, self._chosen = title, offered, hint, chosen

    @property
    def purpose(self) -> str:
        """The subject of the dialog."""
        return self._title

    def compose(self) -> ComposeResult:
        """Put the list between the title and the hint."""
        with Vertical(classes="dialog choosing"):
            yield Label(plain(self._title), classes="dialog-title", markup=False)
            yield Options(*(_option(*each) for each in self._offered), id="offered", compact=True)
            yield Label(self._hint, classes="dialog-text muted", markup=False)

    def on_mount(self) -> None:
        """Begin at the present choice."""
        offered = self.query_one(OptionList)
        offered.highlighted = self._chosen
        offered.focus()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.close(event.option_index)


def _option(title: str, beside: str) -> Option:
    return Option(Content.assemble(f"{plain(title, 40):<20} ", (plain(beside, 60), "$foreground 60%")))
