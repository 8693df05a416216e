"""Files that are whole or not there at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Return a temporary name in the file's folder, which becomes the file's when the block ends well.

    Missing folders are made. Whatever happens, no half file has the name, and a file that was there stays as it was.
    One that is replaced keeps its permissions, and a symbolic link leads to the new one; what is no regular file, such
    as a device or a named pipe, stays what it is and is written to when all is there.

    Parameters
    ----------
    path : Path
        The file's name.
    overwrite : bool, default False
        Whether a file of this name may be replaced.

    Yields
    ------
    Path
        Where to write, with the ending of ``path``.

    Raises
    ------
    FileExistsError
        The file exists and ``overwrite`` is false.
    OSError
        It cannot be written; says why.
    """
    require_free(path, overwrite=overwrite)
    try:
        with _copied_into(path) if is_special(path) else _replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise OSError(f"{path} could not be written: {error.strerror or error}") from error


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Return a temporary name beside what a path leads to, and put the file in its place."""
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".joml-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield temporary
        with contextlib.suppress(FileNotFoundError):  # there is none before it
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)  # it is there only where something went wrong


@contextmanager
def _copied_into(path: Path) -> Iterator[Path]:
    """Return a temporary name elsewhere, and write what is there into a device or a pipe."""
    with tempfile.TemporaryDirectory(prefix="joml-") as folder:
        temporary = Path(folder) / f"whole{path.suffix}"
        yield temporary
        with temporary.open("rb") as file, path.open("wb") as special:
            shutil.copyfileobj(file, special)


def is_special(path: Path) -> bool:
    """Return whether path is something that is neither a regular file nor a folder: a device, a named pipe."""
    return path.exists() and not path.is_file() and not path.is_dir()


def require_free(path: Path, *, overwrite: bool = False) -> None:
    """Raise FileExistsError where the file at path would be lost, IsADirectoryError where it is a folder.

    With ``overwrite`` the file may go, a folder may not.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give the name of a file in it")
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"{path} exists already: give another name, or remove it (what writes it replaces it with overwrite=True)"
        )
