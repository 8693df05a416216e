"""Opening the store's file: made where there is none, brought up to date, set aside where it is damaged."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

from joml_tui.store.schema import APPLICATION_ID, MIGRATIONS, migrate, version_of

#: How long one process waits for another that writes; writing takes milliseconds.
_BUSY_SECONDS = 20.0
_DAMAGE = ("malformed", "not a database", "disk image", "file is encrypted", "unsupported file format")


class StoreError(Exception):
    """Something could not be read from the store or written there; says what, and what to do."""


def connect(path: Path) -> tuple[sqlite3.Connection, list[str]]:
    """Open the store.

    Parameters
    ----------
    path : Path
        Made with its folder where it is missing.

    Returns
    -------
    connection : sqlite3.Connection
        For one thread at a time; in autocommit.
    notices : list of str
        Sentences that the user should read.

    Raises
    ------
    StoreError
        It cannot be used, is of a newer version, or is a database of another program.
    """
    from filelock import FileLock  # noqa: PLC0415 - a tenth of a second that the lab's first paint does not wait for

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f"{path.name}.opening"), timeout=_BUSY_SECONDS):
            return _connect(path)
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreError(
            f"the store {path} cannot be used: {_said(error)}; name another file by --store or JOML_STORE"
        ) from error


def _connect(path: Path) -> tuple[sqlite3.Connection, list[str]]:
    try:
        return _opened(path), []
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        aside = _set_aside(path)
        notice = (
            f"the store {path} is damaged ({error}) and was set aside as {aside}; a new one was begun. "
            f"SQLite's own tool may save more of it: sqlite3 {aside.name} .recover"
        )
        return _opened(path), [notice]


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _refuse_others(connection, path)
        new = not connection.execute("PRAGMA page_count").fetchone()[0]
        if new:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what was acknowledged is on the disk
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
        connection.execute("SELECT sum(length(message)) FROM runs").fetchone()  # meets every page of the list
    except BaseException:
        connection.close()
        raise
    if new:
        with contextlib.suppress(OSError):
            path.chmod(0o600)
    return connection


def _refuse_others(connection: sqlite3.Connection, path: Path) -> None:
    """Raise where the file is none of ours, or of a later version than this program knows."""
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program: name another file by --store or JOML_STORE")
    version = version_of(connection)
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the store {path} is of version {version}, and this joml-tui knows up to {len(MIGRATIONS)}: "
            "use the newer joml-tui, or name another file by --store or JOML_STORE; the store was left as it is"
        )


def is_damage(error: sqlite3.Error) -> bool:
    """Tell a damaged file from one that is busy, full or forbidden."""
    return any(word in str(error) for word in _DAMAGE)


def _set_aside(path: Path) -> Path:
    """Rename a damaged store and what SQLite keeps beside it; give its new name."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    for ending in ("", "-wal", "-shm"):
        file = path.with_name(path.name + ending)
        if file.exists():
            file.replace(aside.with_name(aside.name + ending))
    return aside


def _said(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
