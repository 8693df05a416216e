"""Files that are whole or not there at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary name in the file's folder, which becomes the file's when the block ends well.

    Missing folders are made. Whatever happens, no half file has the name, and a file that was there stays as it was.

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
    temporary = path.with_name(f".joml-{secrets.token_hex(4)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)  # it is there only where something went wrong
    except OSError as error:
        raise OSError(f"{path} could not be written: {error.strerror or error}") from error


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
