"""An entry for the path of a file, completed from the folders on the disk."""

from __future__ import annotations

import asyncio
import contextlib

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, OptionList

from joml_tui.ui.data_files.folder_listing import FolderEntry, read_folder
from joml_tui.ui.data_files.path_completion import Matches, PathCompletion, begins_anew, completed, split_path
from joml_tui.ui.data_files.path_matches import PathMatches
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.entry import Entry
from joml_tui.ui.widgets.form_field import EntryField
from joml_tui.ui.widgets.option_list import move_page

#: How long a key waits for a folder, whose names it needs.
_SECONDS_A_FOLDER = 0.8


class PathEntry(Entry):
    """A path, completed by Tab or the right arrow from the matches beneath it; up and down choose one of them.

    Parameters
    ----------
    text : str
        The initial path.
    matches : PathMatches
        The list of matches, which another widget places.
    stays : bool
        Whether the matches are in view all the time, and the best is chosen from the beginning, also before anything
        is typed; otherwise the list opens with the focus.
    saves : bool
        Whether the path is that of a file to write: the list opens when the beginning of an existing name is typed, and
        Enter takes a match only if it was chosen.
    id : str
    placeholder : str
        The text of an empty entry.
    """

    BINDINGS = [
        Binding("tab", "complete", "Complete", key_display="Tab"),
        Binding("up", "choose(-1)", "File above", show=False),
        Binding("down", "choose(1)", "File below"),
        Binding("pageup", "choose_page(-1)", "Page up", show=False),
        Binding("pagedown", "choose_page(1)", "Page down", show=False),
    ]

    def __init__(
        self,
        text: str,
        matches: PathMatches,
        *,
        id: str,
        placeholder: str = "",
        stays: bool = False,
        saves: bool = False,
    ) -> None:
        super().__init__(text, id=id, placeholder=placeholder, long=True)
        self._completion = PathCompletion()
        self._matches, self._stays, self._saves = matches, stays, saves
        self._is_listing = stays
        self._has_chosen = False
        self._was_read = asyncio.Event()
        self._shown: tuple[str, Matches] | None = None

    # --- Showing matches -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show the matches of the initial path where they are in view all the time."""
        self._matches.display = self._stays
        if self._stays:
            self._look()

    def on_focus(self) -> None:
        """Show the files and folders to choose from."""
        super().on_focus()
        self._completion.read_again()
        self._is_listing = not self._saves
        self._look()

    def on_blur(self) -> None:
        """Show the list only while a path is typed."""
        self._hide()

    @on(Input.Changed)
    def _path_changed(self) -> None:
        self._has_chosen = False
        if self.has_focus or self._stays:
            self._is_listing = True
            self._look()

    def _look(self) -> None:
        """Show the matches of the path, as soon as its folder has been read."""
        folder = self._completion.folder_to_read(self.value)
        if folder is not None:
            self._read(folder)
        self._show_matches()

    @in_worker(group="folder")
    async def _read(self, folder: str) -> None:
        self._completion.take(await in_background(read_folder, folder))
        self._was_read.set()
        self._show_matches()

    def _show_matches(self) -> None:
        if not self._is_listing:
            return
        matches = self._completion.matches(self.value)
        if matches is not None and (self.value, matches) == self._shown:
            return  # another match may have been chosen
        self._shown = None if matches is None else (self.value, matches)
        if matches is None:
            self._matches.say("Reading the folder ...")
        else:
            self._matches.show(matches, choose=self._stays or bool(self.value.strip()))
        # A complete path needs no list that hides what lies beneath it; nor does a new name.
        is_useful = matches is not None and not matches.is_exact and not (self._saves and not matches.entries)
        self._show_list(self._stays or is_useful)

    def _hide(self) -> None:
        if not self._stays:
            self._shown = None
            self._is_listing = False
            self._show_list(False)

    def _show_list(self, is_open: bool) -> None:
        """Open or close the list, and show its keys in the footer while it is open."""
        if self._matches.display != is_open:
            self._matches.display = is_open
            self.refresh_bindings()

    async def catch_up(self) -> None:
        """Wait until the matches are those of what was typed, but not for a folder that does not answer."""
        self._look()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS_A_FOLDER):
                while self._completion.matches(self.value) is None:
                    self._was_read.clear()
                    await self._was_read.wait()

    # --- Keys ------------------------------------------------------------------------------------------------------

    def insert_text_at_cursor(self, text: str) -> None:
        """Insert what was typed or pasted; at the end of a folder, a whole path takes its place."""
        if self.cursor_position >= len(self.value) and begins_anew(self.value, text):
            self.value = ""
        super().insert_text_at_cursor(text)

    @property
    def is_choosing(self) -> bool:
        """Return whether the list is in view with a match chosen, which Tab takes."""
        return bool(self._matches.display) and self._matches.chosen is not None

    @property
    def _is_beginning(self) -> bool:
        """Return whether the typed name is a part of names, and none itself."""
        name = split_path(self.value)[1]
        return bool(name) and all(entry.name != name for entry in self._matches.entries)

    @property
    def chosen_path(self) -> str | None:
        """The path of the chosen match; None if there is none."""
        entry = self._matches.chosen
        return None if entry is None else completed(self.value, entry)

    @property
    def has_chosen_folder(self) -> bool:
        """Return whether the chosen match is a folder to look into."""
        entry = self._matches.chosen
        return entry is not None and entry.is_folder

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys of the list to the form while there is no list."""
        if action == "complete":
            return self._stays or self.is_choosing
        if action in ("choose", "choose_page"):
            return bool(self._matches.display)
        if action == "leave" and self._matches.display and not self._stays:
            return True
        return super().check_action(action, parameters)

    async def action_complete(self) -> None:
        """Write the chosen match into the entry."""
        if self._stays:
            await self.catch_up()
        entry = self._matches.chosen
        if entry is not None:
            self.take(entry)

    def action_cursor_right(self, select: bool = False) -> None:
        """Move to the right; at the end of the path, complete it."""
        entry = self._matches.chosen if self.is_choosing and not select else None
        if entry is not None and self.cursor_position >= len(self.value):
            self.take(entry)
        else:
            super().action_cursor_right(select)

    def action_choose(self, step: int) -> None:
        """Choose the match below or above, wrapping around at the ends."""
        self._has_chosen = True
        (self._matches.action_cursor_down if step > 0 else self._matches.action_cursor_up)()

    def action_choose_page(self, direction: int) -> None:
        """Choose a match a page further down or up."""
        self._has_chosen = True
        move_page(self._matches, direction)

    def action_leave(self) -> None:
        """Close the list of a dialog's entry; on a page, leave the entry."""
        if isinstance(self.screen, Dialog):
            self._hide()
        else:
            super().action_leave()

    async def action_submit(self) -> None:
        """Take the match that was chosen, or that the typed name begins; else accept the dialog, or leave the entry.

        A path that is complete, such as that of a folder, is left as it was typed.
        """
        if not self._stays:
            await self.catch_up()
        takes_match = self._has_chosen or (self._is_beginning and not self._saves)
        if self._stays or not self.is_choosing or not takes_match:
            await super().action_submit()
            return
        entry = self._matches.chosen
        assert entry is not None
        self.take(entry)
        if not entry.is_folder and not isinstance(self.screen, Dialog):
            self.action_leave()

    def take(self, entry: FolderEntry) -> None:
        """Write the path of a match into the entry, with the cursor behind it."""
        self.value = completed(self.value, entry)
        self.cursor_position = len(self.value)


class PathField(EntryField):
    """A field whose value is the path of a file.

    Parameters
    ----------
    key : str
        The id of its entry.
    title : str
    text : str
        The initial path.
    placeholder : str
        The text of an empty entry.
    saves : bool
        Whether it is that of a file to write, as for `PathEntry`.
    """

    def __init__(self, key: str, title: str, text: str = "", *, placeholder: str = "", saves: bool = False) -> None:
        self._matches = PathMatches(id=f"{key}-matches")
        entry = PathEntry(text, self._matches, id=key, placeholder=placeholder, saves=saves)
        super().__init__(key, title, entry=entry)

    def compose(self) -> ComposeResult:
        """Put the list over what lies beneath the entry."""
        yield from super().compose()
        yield self._matches

    @on(OptionList.OptionSelected)
    def _match_clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        entry = self._matches.entry_at(event.option_index)
        if entry is not None and isinstance(self.entry, PathEntry):
            self.entry.take(entry)
