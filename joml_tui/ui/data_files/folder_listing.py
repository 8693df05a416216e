"""The names in a folder, those of data files first."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from joml_tui.experiment import expand_user

#: More names than this are not read: nobody looks through them.
MOST_NAMES = 200_000

_COMPRESSED = ".gz"
_TEXT, _TABLE, _ARRAYS, _IMAGES = "text table", "table", "arrays", "images or labels"
#: What is in a file, by the end of its name.
_CONTENT = {
    ".csv": "CSV",
    ".tsv": _TEXT,
    ".tab": _TEXT,
    ".txt": _TEXT,
    ".data": _TEXT,
    ".dat": _TEXT,
    ".parquet": _TABLE,
    ".feather": _TABLE,
    ".arrow": _TABLE,
    ".orc": _TABLE,
    ".jsonl": _TABLE,
    ".ndjson": _TABLE,
    ".xlsx": "Excel workbook",
    ".npz": _ARRAYS,
    ".npy": _ARRAYS,
    ".mat": _ARRAYS,
    ".svm": _ARRAYS,
    ".libsvm": _ARRAYS,
    "-ubyte": _IMAGES,
    ".idx": _IMAGES,
}
#: Files that make their folder a data set.
_PARTS_OF_FOLDER = {"x_train.csv", "x_train.csv.gz"}
_EXPERIMENTS = (".yaml", ".yml")


class Rank(IntEnum):
    """The place of an entry in a list: what can be opened comes first."""

    DATA = 0
    FOLDER = 1
    OTHER = 2


class FolderEntry(NamedTuple):
    """A name in a folder.

    Attributes
    ----------
    rank : Rank
    folded : str
        The name as it is compared, without regard to case.
    name : str
        ``..`` for the folder above, ``.`` for a folder that is a data set itself.
    content : str
        What is in it, in a word or two; empty if nobody knows.
    """

    rank: Rank
    folded: str
    name: str
    content: str = ""

    @property
    def is_folder(self) -> bool:
        """Return whether there are names beneath it."""
        return self.rank is Rank.FOLDER

    @property
    def is_hidden(self) -> bool:
        """Return whether it is shown only on demand."""
        return self.folded.startswith(".") and self.name not in (os.curdir, os.pardir)


class Names(NamedTuple):
    """Entries, and their names as they are compared: to look through these alone is many times as fast."""

    entries: tuple[FolderEntry, ...]
    folded: tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """The content of a folder.

    Attributes
    ----------
    folder : str
        As it was typed, with a separator at its end; empty for the working folder.
    entries : tuple of FolderEntry
        In the order in which they are shown.
    problem : str
        Why the folder could not be read, or "".
    is_partial : bool
        Whether there are more names than were read.
    """

    folder: str
    entries: tuple[FolderEntry, ...] = ()
    problem: str = ""
    is_partial: bool = False

    @cached_property
    def all(self) -> Names:
        """All names."""
        return Names(self.entries, tuple(entry.folded for entry in self.entries))

    @cached_property
    def visible(self) -> Names:
        """The names that are not hidden."""
        entries = tuple(entry for entry in self.entries if not entry.is_hidden)
        return Names(entries, tuple(entry.folded for entry in entries))


def _has_class_folders(folder: str) -> bool:
    from joml.data.readers.image_files import has_class_folders  # noqa: PLC0415 - numpy

    return has_class_folders(expand_user(folder or os.curdir), alone=True)


def read_folder(folder: str) -> Listing:
    """Return the names in a folder as typed; any error becomes the listing's problem."""
    try:
        with os.scandir(expand_user(folder or os.curdir)) as each:
            entries = [_entry_of(entry) for entry in islice(each, MOST_NAMES + 1)]
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        return Listing(folder, problem=_reason(error))
    is_partial = len(entries) > MOST_NAMES
    entries.append(FolderEntry(Rank.FOLDER, os.pardir, os.pardir, "folder above"))
    if any(entry.name in _PARTS_OF_FOLDER for entry in entries):
        entries.append(FolderEntry(Rank.DATA, os.curdir, os.curdir, "x_train.csv, y_train.csv ... of this folder"))
    elif _has_class_folders(folder):
        entries.append(FolderEntry(Rank.DATA, os.curdir, os.curdir, "images of this folder, a sub-folder a class"))
    listing = Listing(folder, tuple(sorted(entries)), is_partial=is_partial)
    _ = listing.all, listing.visible  # made here, not at the first key
    return listing


def content_of(name: str) -> str:
    """Return what is in a data file by its name, in a word or two; empty if it is none."""
    folded = name.lower().removesuffix(_COMPRESSED)
    return next((content for end, content in _CONTENT.items() if folded.endswith(end)), "")


def _entry_of(entry: os.DirEntry[str]) -> FolderEntry:
    name = entry.name
    try:
        if entry.is_dir():
            return FolderEntry(Rank.FOLDER, name.casefold(), name, "folder")
    except OSError:  # such as a link to itself
        return FolderEntry(Rank.OTHER, name.casefold(), name)
    content = content_of(name)
    if content:
        return FolderEntry(Rank.DATA, name.casefold(), name, content)
    return FolderEntry(Rank.OTHER, name.casefold(), name, "experiment" if name.endswith(_EXPERIMENTS) else "")


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such folder"
    if isinstance(error, NotADirectoryError):
        return "this is no folder"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"this folder cannot be read: {reason}"
