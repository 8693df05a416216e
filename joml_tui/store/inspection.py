"""Read-only inspection of a store's file: nothing is created, upgraded or renamed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from joml_tui.store.database import StoreError, can_only_be_read, connect_to_read, refuse_what_is_no_file_of_ours
from joml_tui.store.schema import APPLICATION_ID, MIGRATIONS, version_of


@dataclass(slots=True)
class Examined:
    """The result of inspecting a store's file.

    Attributes
    ----------
    path : Path
    size : int
        Size in bytes, with SQLite's files beside it; 0 if the file does not exist.
    version : int
        Number of steps of the schema.
    runs : int
    faults : list of str
        Faults, one sentence each, with what to do.
    """

    path: Path
    size: int = 0
    version: int = 0
    runs: int = 0
    faults: list[str] = field(default_factory=list)


def examine(path: Path) -> Examined:
    """Return the result of inspecting a store's file, without changing it."""
    examined = Examined(path)
    try:
        if not path.exists():
            return examined
        refuse_what_is_no_file_of_ours(path)
        beside = (path.with_name(path.name + ending) for ending in ("", "-wal"))
        examined.size = sum(file.stat().st_size for file in beside if file.exists())
        with closing(connect_to_read(path)) as connection:
            _look(connection, examined)
    except StoreError as error:
        examined.faults.append(str(error))
    except (OSError, sqlite3.Error, UnicodeDecodeError) as error:  # SQLite's message may name a damaged text
        wayout = "" if can_only_be_read(path) else "; the next run renames it and starts a new store"
        examined.faults.append(
            f"the store {path} cannot be read ({error}){wayout}; "
            f"SQLite's own tool may recover its content: sqlite3 {path.name} .recover"
        )
    return examined


def list_names(path: Path, newest: int) -> list[tuple[int, str]]:
    """Return number and name of the newest runs; empty if there is no readable store."""
    try:
        if not path.exists():
            return []
        with closing(connect_to_read(path)) as connection:
            rows = connection.execute("SELECT number, name FROM runs ORDER BY number DESC LIMIT ?", (newest,))
            return [(number, name) for number, name in rows]
    except (OSError, sqlite3.Error, UnicodeDecodeError):
        return []


def _look(connection: sqlite3.Connection, examined: Examined) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        examined.faults.append(
            f"{examined.path} is a database of another program: name another by --store or JOML_STORE"
        )
        return
    examined.version = version_of(connection)
    if examined.version < 0:
        raise sqlite3.DatabaseError(f"malformed: it is of version {examined.version}")
    if examined.version > len(MIGRATIONS):
        examined.faults.append(
            f"the store {examined.path} is of version {examined.version}, "
            f"and this joml-tui reads up to {len(MIGRATIONS)}: "
            "use the newer joml-tui, or name another file by --store or JOML_STORE"
        )
        return
    if tables:
        examined.runs = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    faults = [text for (text,) in connection.execute("PRAGMA integrity_check(20)") if text != "ok"]
    examined.faults += [f"the store {examined.path} is damaged: {' '.join(text.split())}" for text in faults]
    if faults:
        examined.faults.append(
            "the undamaged part can still be read; if you move the file, --store opens it there, and "
            f"joml-tui starts a new one; SQLite's own tool may recover more: sqlite3 {examined.path.name} .recover"
        )
