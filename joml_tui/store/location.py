"""Where the store is."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

#: What a database's file begins with, and what its name ends with where the beginning is damaged.
_MAGIC = b"SQLite format 3\0"
_SUFFIXES = (".db", ".sqlite", ".sqlite3")


def lock_path(path: Path) -> Path:
    """Return the file whose lock is held while a store is opened; once there, it stays."""
    return path.with_name(f"{path.name}.opening")


def is_something_else(path: Path) -> bool:
    """Return whether a file was never a store, so that it must not be taken for a damaged one and set aside.

    A damaged store may have lost its beginning, but its name is a database's, or it was opened before.
    """
    if not path.is_file() or path.suffix.lower() in _SUFFIXES or lock_path(path).exists():
        return False
    with path.open("rb") as file:
        beginning = file.read(len(_MAGIC))
    return bool(beginning) and beginning != _MAGIC


def store_path(named: str | Path | None = None) -> Path:
    """Return the store's file; it need not exist.

    Parameters
    ----------
    named : str or Path, optional
        A file that was asked for. Without it the environment's ``JOML_STORE`` counts, else ``runs.db`` in the
        platform's folder for a program's data (on Linux ``~/.local/share/joml-tui``).
    """
    wanted = named or os.environ.get("JOML_STORE")
    if wanted:
        return Path(wanted).expanduser().absolute()
    return platformdirs.user_data_path("joml-tui", appauthor=False) / "runs.db"
