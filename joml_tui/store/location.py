"""The location of the store's file."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from joml_tui.working_folder import working_folder

#: The first bytes of a database, and the extensions by which one with a damaged beginning is recognised.
_MAGIC = b"SQLite format 3\0"
_SUFFIXES = (".db", ".sqlite", ".sqlite3")


def lock_path(path: Path) -> Path:
    """Return the lock file for opening a store; it is never deleted."""
    return path.with_name(f"{path.name}.opening")


def is_something_else(path: Path) -> bool:
    """Return whether a file was never a store, and so must not be renamed like a damaged one.

    A store with a damaged beginning still has a database's extension, or was opened before.
    """
    if not path.is_file() or path.suffix.lower() in _SUFFIXES or lock_path(path).exists():
        return False
    with path.open("rb") as file:
        beginning = file.read(len(_MAGIC))
    return bool(beginning) and beginning != _MAGIC


def store_path(named: str | Path | None = None) -> Path:
    """Return the path of the store; it need not exist.

    Parameters
    ----------
    named : str or Path, optional
        The requested file; default the environment's ``JOML_STORE``, or else ``runs.db`` in the platform's folder for
        program data (on Linux ``~/.local/share/joml-tui``).
    """
    wanted = named or os.environ.get("JOML_STORE")
    if wanted:
        return working_folder() / Path(wanted).expanduser()
    return platformdirs.user_data_path("joml-tui", appauthor=False) / "runs.db"
