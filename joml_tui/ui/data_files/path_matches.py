"""The list of files and folders beneath a typed path."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.widgets.option_list import Option

from joml_tui.ui.data_files.folder_listing import FolderEntry, Rank
from joml_tui.ui.data_files.path_completion import Matches
from joml_tui.ui.text import plain, sentence
from joml_tui.ui.widgets.option_list import Options

#: Columns of a name, at least and at most.
_NARROW, _WIDE = 24, 46


class PathMatches(Options):
    """The matches of a path, with one of them chosen.

    The entry that the path is typed into has the keys, so the list never gets the focus.
    """

    can_focus = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, compact=True)
        self.entries: tuple[FolderEntry, ...] = ()
        """The matches in the list."""

    @property
    def chosen(self) -> FolderEntry | None:
        """The highlighted entry; None if there is none."""
        place = self.highlighted
        return self.entries[place] if place is not None and place < len(self.entries) else None

    def entry_at(self, place: int) -> FolderEntry | None:
        """Return the entry on a line; None on a line that says something else."""
        return self.entries[place] if place < len(self.entries) else None

    def show(self, matches: Matches, *, choose: bool) -> None:
        """Show matches; ``choose`` highlights the best."""
        self.entries = matches.entries
        self.clear_options()
        self.add_options(_options(matches))
        self.highlighted = 0 if choose and matches.entries else None

    def say(self, line: str) -> None:
        """Show a line in place of matches."""
        self.entries = ()
        self.clear_options()
        self.add_options([Option(plain(line), disabled=True)])
        self.highlighted = None


def _options(matches: Matches) -> Iterable[Option]:
    names = [_name_of(entry) for entry in matches.entries]
    width = min(max(map(cell_len, names), default=0), _WIDE)
    for entry, name in zip(matches.entries, names, strict=True):
        muted = "$foreground 80%"
        named = (set_cell_size(name, max(width, _NARROW)), muted if entry.rank is Rank.OTHER else "")
        yield Option(Content.assemble(named, (f"  {entry.content}", muted)))
    if matches.more:
        yield Option(f"{matches.more:,} more: type on", disabled=True)
    if matches.problem:
        yield Option(sentence(matches.problem), disabled=True)


def _name_of(entry: FolderEntry) -> str:
    return plain(entry.name, _WIDE - 1) + ("/" if entry.is_folder else "")
