"""Files that are whole or not there at all, and never written over unasked."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from joml.files.atomic_write import is_special, whole_file


class ExportError(Exception):
    """A file could not be written; says which, why, and what to do."""


def free_path(path: Path) -> Path:
    """Return the path, or the first of ``name-2.csv``, ``name-3.csv``, ... that no file has yet.

    Runs are numbered anew in every session, so a name proposed today was often used yesterday.
    """
    candidates = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(candidate for candidate in itertools.chain([path], candidates) if not candidate.exists())


def check_writable(path: Path, *, overwrite: bool = False) -> None:
    """Raise ExportError if a file could not be written there, before it is worth writing."""
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ExportError(f"{path} could not be written: {error.strerror}") from error
    if path.is_dir():
        raise ExportError(f"{path} is a folder: give the name of a file in it")
    if path.exists() and not overwrite:
        raise ExportError(f"{path} exists already: choose another name, or allow it to be replaced")
    if is_special(path):
        if not os.access(path, os.W_OK):
            raise ExportError(f"{path} does not allow writing: choose another")
        return
    path = Path(os.path.realpath(path))  # beside what a link leads to the new file is made
    if not path.parent.is_dir():
        raise ExportError(f"{path}: there is no folder {path.parent}: make it first, or choose another")
    if not os.access(path.parent, os.W_OK):
        raise ExportError(f"{path}: the folder {path.parent} does not allow writing: choose another")


@contextmanager
def exported(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Return a temporary name beside a file, which becomes the file's when the block ends well.

    Yields
    ------
    Path
        Where to write, with the ending of ``path``.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, or it cannot be written. A file that was there stays as it was.
    """
    check_writable(path, overwrite=overwrite)
    try:
        with whole_file(path, overwrite=overwrite) as temporary:
            yield temporary
    except OSError as error:
        said = str(error) if error.errno is None else f"{path} could not be written: {error.strerror}"
        raise ExportError(said) from error
