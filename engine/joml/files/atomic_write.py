"""Atomic writes: a file is written completely or not at all."""

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
    """Yield a temporary path in the file's folder, which replaces the file if the block succeeds.

    Missing folders are made. If the block fails, an existing file is not changed. A replaced file keeps its
    permissions, and a symbolic link then points to the new one. A device or a named pipe is not replaced: the complete
    content is written to it.

    Parameters
    ----------
    path : Path
        The file's name.
    overwrite : bool, default False
        Whether an existing file may be replaced.

    Yields
    ------
    Path
        The path to write to, with the extension of ``path``.

    Raises
    ------
    FileExistsError
        The file exists and ``overwrite`` is false.
    OSError
        The file cannot be written; the message says why.
    """
    require_free(path, overwrite=overwrite)
    try:
        with _copied_into(path) if is_special(path) else _replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise OSError(f"{path} could not be written: {error.strerror or error}") from error


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside the path's target, and then replace the target."""
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".joml-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield temporary
        with contextlib.suppress(FileNotFoundError):  # there is no earlier file
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)  # it exists only after an error


@contextmanager
def _copied_into(path: Path) -> Iterator[Path]:
    """Yield a temporary path elsewhere, and then copy its content into a device or a pipe."""
    with tempfile.TemporaryDirectory(prefix="joml-") as folder:
        temporary = Path(folder) / f"whole{path.suffix}"
        yield temporary
        with temporary.open("rb") as file, path.open("wb") as special:
            shutil.copyfileobj(file, special)


def is_special(path: Path) -> bool:
    """Return whether path is neither a regular file nor a folder, such as a device or a named pipe."""
    return path.exists() and not path.is_file() and not path.is_dir()


def require_free(path: Path, *, overwrite: bool = False) -> None:
    """Raise FileExistsError if a file at path would be overwritten, IsADirectoryError if it is a folder.

    With ``overwrite`` a file may be replaced, but not a folder.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give the name of a file in it")
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"{path} exists already: give another name, or remove it (what writes it replaces it with overwrite=True)"
        )
