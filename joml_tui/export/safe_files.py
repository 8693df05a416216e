"""Safe export files: written completely or not at all, and never replaced by default."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from joml.files.atomic_write import is_special, whole_file
from joml_tui.working_folder import working_folder


class ExportError(Exception):
    """A file could not be written; the message says which, why, and what to do."""


def free_path(path: Path) -> Path:
    """Return the path, or the first of ``name-2.csv``, ``name-3.csv``, ... that does not exist.

    Runs are numbered anew in every session, so a proposed name is often in use already.
    """
    candidates = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(candidate for candidate in itertools.chain([path], candidates) if not candidate.exists())


def check_writable(path: str | Path, *, overwrite: bool = False) -> None:
    """Raise ExportError, before any work is done, if a file could not be written there."""
    path = Path(path)
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
    path = Path(os.path.realpath(working_folder() / path))  # the new file is made beside the link's target
    if not path.parent.is_dir():
        raise ExportError(f"{path}: there is no folder {path.parent}: make it first, or choose another")
    if not os.access(path.parent, os.W_OK):
        raise ExportError(f"{path}: the folder {path.parent} does not allow writing: choose another")


@contextmanager
def exported(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside a file, which replaces the file if the block succeeds.

    Yields
    ------
    Path
        The path to write to, with the extension of ``path``.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, or it cannot be written. An existing file is then not changed.
    """
    path = Path(path)
    check_writable(path, overwrite=overwrite)
    try:
        with whole_file(path, overwrite=overwrite) as temporary:
            yield temporary
    except OSError as error:
        reason = str(error) if error.errno is None else f"{path} could not be written: {error.strerror}"
        raise ExportError(reason) from error
