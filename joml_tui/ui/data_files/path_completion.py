"""The files and folders that match a typed path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from joml_tui.experiment import expand_user
from joml_tui.ui.data_files.folder_listing import FolderEntry, Listing

#: Matches in a list, at most; more letters find the others.
MOST_MATCHES = 100
#: Folders whose names are kept, at most.
_MOST_KEPT = 8
_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


@dataclass(frozen=True, slots=True)
class Matches:
    """The names that match a typed path.

    Attributes
    ----------
    entries : tuple of FolderEntry
        The best first.
    more : int
        Number of further matches.
    problem : str
        Why there are none, or "".
    is_exact : bool
        Whether the typed text is the path of a file, so that nothing is left to complete.
    """

    entries: tuple[FolderEntry, ...] = ()
    more: int = 0
    problem: str = ""
    is_exact: bool = False


class PathCompletion:
    """The matches of a path while it is typed, from folders that the caller reads."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}
        self._reading: set[str] = set()
        self._folder: str | None = None

    def folder_to_read(self, text: str) -> str | None:
        """Return the folder of a typed path if it has to be read; None while it is read, or was since it was typed.

        A folder that answers late, or never, is so asked once.
        """
        folder, _ = split_path(text)
        if folder == self._folder:
            return None
        self._folder = folder
        if folder in self._reading:
            return None
        self._reading.add(folder)
        return folder

    def take(self, listing: Listing) -> None:
        """Keep the names of a folder."""
        self._reading.discard(listing.folder)
        self._listings.pop(listing.folder, None)
        self._listings[listing.folder] = listing
        while len(self._listings) > _MOST_KEPT:
            del self._listings[next(iter(self._listings))]

    def read_again(self) -> None:
        """Have the folder read again, as its files may have changed."""
        self._folder = None

    def matches(self, text: str) -> Matches | None:
        """Return the matches of a typed path; None if its folder has not been read yet."""
        folder, name = split_path(text)
        listing = self._listings.get(folder)
        return None if listing is None else find_matches(listing, name)


def split_path(text: str) -> tuple[str, str]:
    """Return a typed path as a folder, with the separator at its end, and the beginning of a name in it."""
    path = unquoted(text)
    if path == "~":
        return path + os.sep, ""
    end = max(path.rfind(separator) for separator in _SEPARATORS) + 1
    return path[:end], path[end:]


def unquoted(text: str) -> str:
    """Return a path without blanks and quotes around it, which terminals add to a file that is dropped."""
    stripped = text.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "'\"":
        return stripped[1:-1]
    return stripped


def find_matches(listing: Listing, name: str) -> Matches:
    """Return the entries of a folder whose names begin with a text, and then those that contain it.

    Hidden names match only a text that begins with a dot.
    """
    if listing.problem:
        return Matches(problem=listing.problem)
    wanted = name.casefold()
    names = listing.all if wanted.startswith(".") else listing.visible
    places = _find(names.folded, wanted) if wanted else range(len(names.folded))
    exact = [names.entries[place] for place in places if names.folded[place] == wanted] if wanted else []
    exact = [entry for entry in exact if entry.name == name]
    shown = [names.entries[place] for place in places[:MOST_MATCHES]]
    entries = tuple(dict.fromkeys([*exact, *shown]))[:MOST_MATCHES]
    is_exact = bool(exact) and not exact[0].is_folder
    problem = "" if places else "no file here has such a name" if name else "this folder is empty"
    return Matches(entries, len(places) - len(entries), problem, is_exact)


def _find(names: Sequence[str], wanted: str) -> Sequence[int]:
    """Return the places of the names that begin with a text, and then of those that contain it."""
    places = [place for place, name in enumerate(names) if name.startswith(wanted)]
    if wanted.strip("."):  # dots alone are the beginning of hidden names, or of the folder above
        places += [place for place, name in enumerate(names) if wanted in name and not name.startswith(wanted)]
    return places


def completed(text: str, entry: FolderEntry) -> str:
    """Return a typed path with the name of an entry in its folder; a folder ends with a separator."""
    folder, _ = split_path(text)
    if entry.name == os.curdir:
        return folder or os.curdir
    if entry.name == os.pardir:
        return _folder_above(folder)
    return folder + entry.name + (os.sep if entry.is_folder else "")


def _folder_above(folder: str) -> str:
    """Return the folder above a typed one, as short as it can be written."""
    bare = folder.rstrip("".join(_SEPARATORS))
    if folder and not bare:  # the root
        return folder
    if bare == "~":
        return str(expand_user(bare).parent / "_").removesuffix("_")
    above, last = split_path(bare)
    return above if last not in ("", os.curdir, os.pardir) else folder + os.pardir + os.sep


def begins_anew(before: str, added: str) -> bool:
    """Return whether a text that is added to a path begins another one: at the root, or in the home folder.

    Parameters
    ----------
    before : str
        The path so far.
    added : str
        A letter that was typed, or a path that was pasted or dropped, which may be in quotes.

    Returns
    -------
    bool
    """
    if not before.endswith(_SEPARATORS):
        return False
    start = added.lstrip("\"'")
    return start.startswith(_SEPARATORS) or start.startswith(tuple(f"~{each}" for each in _SEPARATORS))
