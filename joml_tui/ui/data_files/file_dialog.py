"""The dialog that chooses a data file or an experiment, with the path completed."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import OptionList

from joml_tui.ui.data_files.path_completion import unquoted
from joml_tui.ui.data_files.path_entry import PathEntry
from joml_tui.ui.data_files.path_matches import PathMatches
from joml_tui.ui.screen_stack import DIALOG_STYLE, Dialog
from joml_tui.ui.text import sentence
from joml_tui.ui.widgets.dialog_box import CANCELS, DialogBox, DialogKey
from joml_tui.ui.widgets.static_text import StaticText

_KEYS = (DialogKey("Tab", "completes"), DialogKey("↑ ↓", "choose"), DialogKey("Enter", "opens", "accept"), CANCELS)


class FileDialog(Dialog[str | None]):
    """A path and the files and folders that match it; the result is the path of the chosen file, None for Escape.

    Parameters
    ----------
    path : str
        The initial path, such as a folder with its separator; empty for the working folder.
    problem : str
        Why the file of this path could not be opened, or "".
    title : str
        A sentence on what is opened.

    Attributes
    ----------
    entry : PathEntry
    problem : str
    """

    CSS_PATH = [DIALOG_STYLE, "file_dialog.tcss"]
    HELP: ClassVar[str] = (
        "Opens a file, such as a data file or an experiment (.yaml). Type a part of its name: Tab or the right arrow "
        "completes the path, up and down choose another match, Enter opens a file or looks into a folder. ~ is your "
        "home folder; a dot shows hidden files."
    )
    BINDINGS = [("escape", "close", "Cancel")]

    def __init__(self, path: str = "", problem: str = "", title: str = "Open a data file or an experiment") -> None:
        super().__init__()
        self._title = title
        self._matches = PathMatches(id="file-matches")
        self._matches.add_class("scrolls")
        self.entry = PathEntry(path, self._matches, id="file-path", placeholder="name or path of a file", stays=True)
        self.problem = problem

    @property
    def purpose(self) -> str:
        """The title, which says what is opened."""
        return self._title

    def compose(self) -> ComposeResult:
        """Put the path above its matches."""
        with DialogBox(self._title, _KEYS, "files"):
            yield self.entry
            yield StaticText(id="file-problem", classes="problem")
            yield self._matches

    def on_mount(self) -> None:
        """Show why the file could not be opened, if it was tried."""
        label = self.query_one("#file-problem", StaticText)
        label.say(sentence(self.problem))
        label.display = bool(self.problem)
        self.entry.focus()

    async def action_accept(self) -> None:
        """Choose the file, or look into the folder."""
        await self.entry.catch_up()
        path = self.entry.chosen_path
        if path is None:
            path = unquoted(self.entry.value)
        elif self.entry.has_chosen_folder:
            await self.entry.action_complete()
            return
        if path:
            self.close(path)

    @on(OptionList.OptionSelected)
    async def _match_clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        await self.action_accept()
