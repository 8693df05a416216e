"""The store's database file: creating, opening, upgrading, and renaming it if it is damaged."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from joml_tui.store.location import is_something_else, lock_path
from joml_tui.store.network_disk import is_on_a_network
from joml_tui.store.schema import APPLICATION_ID, MIGRATIONS, migrate, version_of

#: Additions to stores of earlier versions: results of runs with early stopping, and names of data files.
RESULTS_VERSION = 3

#: Seconds that a process waits for another one's write, which takes milliseconds.
_BUSY_SECONDS = 20.0
#: The decoding of texts: damaged UTF-8 is an error of one row, not of the whole query.
TEXT = partial(str, encoding="utf-8", errors="surrogateescape")
#: The way out where a store can only be read.
_COPY = "copy it into a folder of your own, and name the copy by --store"
_DAMAGE = ("malformed", "not a database", "disk image", "file is encrypted", "unsupported file format")


class StoreError(Exception):
    """The store could not be read or written; the message says what failed, and what to do."""


class RunRecordError(StoreError):
    """The record of a single run cannot be read or written."""


class RunGoneError(RunRecordError):
    """The run is not in the store, or no longer."""


class StoreDamagedError(StoreError):
    """A necessary part of the store's file is damaged."""


def connect(path: Path, *, to_read: bool = False) -> tuple[sqlite3.Connection, list[str]]:
    """Open the store.

    Parameters
    ----------
    path : Path
        The file; it and its folder are created if missing.
    to_read : bool, default False
        Whether a store that can only be read will do, such as somebody else's or one on read-only media.

    Returns
    -------
    connection : sqlite3.Connection
        For one thread at a time, in autocommit mode.
    notices : list of str
        Messages for the user.

    Raises
    ------
    StoreError
        The file cannot be used, is of a newer version, or is a database of another program.
    """
    connection = _opened_at_once(path)
    if connection is None and to_read and can_only_be_read(path):
        connection = _opened_to_read(path)
    if connection is not None:
        return connection, []
    with _alone(path):
        return _connect(path)


def refuse_what_is_no_file_of_ours(path: Path) -> None:
    """Raise StoreError if the path is something else than a store, which must not be changed."""
    if path.is_dir():
        raise StoreError(f"the store {path} is a folder: name a file by --store or JOML_STORE")
    if is_something_else(path):
        raise StoreError(f"{path} is not a store of runs: name another file by --store or JOML_STORE")


def connect_anew(path: Path, damaged: tuple[int, int]) -> tuple[sqlite3.Connection, str]:
    """Rename a store that turned out to be damaged after opening, and create a new one.

    Parameters
    ----------
    path : Path
    damaged : tuple of int
        The ``identity_of`` its file: if another program has already created a new one, that one is opened.

    Returns
    -------
    connection : sqlite3.Connection
    notice : str
        A message for the user.

    Raises
    ------
    StoreError
        That is not possible.
    """
    with _alone(path):
        if identity_of(path) != damaged:
            return _opened(path), f"the store {path} was damaged; another program has renamed it and started a new one"
        return _begun_anew(path, "a part of it cannot be read any more")


def identity_of(path: Path) -> tuple[int, int]:
    """Return the identity of a file, to distinguish it from a later one of the same name."""
    status = path.stat()
    return status.st_dev, status.st_ino


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Lock the store against other programs during the block, and turn system errors into StoreError."""
    from filelock import FileLock  # noqa: PLC0415 - a tenth of a second that the lab's first paint does not wait for

    try:
        refuse_what_is_no_file_of_ours(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock_path(path), timeout=_BUSY_SECONDS):
            yield
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreError(
            f"the store {path} cannot be used: {_reason_of(error)}; name another file by --store or JOML_STORE"
        ) from error


def _opened_at_once(path: Path) -> sqlite3.Connection | None:
    """Return a connection to a store that needs no creation, upgrade or renaming, and so no lock; None to others."""
    try:
        refuse_what_is_no_file_of_ours(path)
        before = identity_of(path)
        if not path.stat().st_size:
            return None
        with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as connection:
            if version_of(connection) != len(MIGRATIONS):
                return None
        opened = _opened(path)
    except (OSError, sqlite3.Error, UnicodeDecodeError, StoreError):  # which the way under the lock meets again
        return None
    with contextlib.suppress(OSError):
        if identity_of(path) == before:
            return opened
    opened.close()  # another program has renamed it meanwhile
    return None


def can_only_be_read(path: Path) -> bool:
    """Return whether this program can read a store and not write it; SQLite writes beside it too.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    return os.access(path, os.R_OK) and not all(os.access(each, os.W_OK) for each in (path, path.parent))


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads, also where nothing can be written beside the store.

    Parameters
    ----------
    path : Path

    Returns
    -------
    sqlite3.Connection
        For one thread at a time, in autocommit mode.

    Raises
    ------
    sqlite3.Error
        The file cannot be read, or is no database.
    """
    try:
        return _connected_to_read(path, "mode=ro")
    except sqlite3.OperationalError:
        # A store in use needs the files that SQLite keeps beside it; another one can do without.
        beside = path.with_name(f"{path.name}-wal")
        if not can_only_be_read(path) or (beside.exists() and beside.stat().st_size):
            raise
        return _connected_to_read(path, "immutable=1")


def _connected_to_read(path: Path, option: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{option}"
    connection = sqlite3.connect(address, uri=True, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _opened_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection to a store of this version, which only reads."""
    try:
        refuse_what_is_no_file_of_ours(path)
        connection = connect_to_read(path)
        try:
            if not _is_new(connection, path) and version_of(connection) < len(MIGRATIONS):
                raise StoreError(f"the store {path} is of an earlier version, and cannot be upgraded here: {_COPY}")
            connection.text_factory = TEXT
            connection.execute("SELECT sum(length(message)) FROM runs").fetchone()
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.DatabaseError) as error:
        raise StoreError(f"the store {path} cannot be read: {_reason_of(error)}; {_COPY}") from error
    return connection


def is_only_read(connection: sqlite3.Connection) -> bool:
    """Return whether a connection is to a store that can only be read."""
    return bool(connection.execute("PRAGMA query_only").fetchone()[0])


def refusal_of_changes(path: Path) -> str:
    """Return the sentence by which a store that can only be read refuses changes."""
    return f"the store {path} can only be read: {_COPY}"


def _connect(path: Path) -> tuple[sqlite3.Connection, list[str]]:
    try:
        return _opened(path), []
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        why = str(error)
    except UnicodeDecodeError:  # of SQLite's message, which names a damaged text
        why = "its tables' names are no text"
    connection, notice = _begun_anew(path, why)
    return connection, [notice]


def _begun_anew(path: Path, why: str) -> tuple[sqlite3.Connection, str]:
    aside = _set_aside(path)
    notice = (
        f"the store {path} is damaged ({why}) and was renamed to {aside}; a new one was started. "
        f"SQLite's own tool may recover more: sqlite3 {aside.name} .recover"
    )
    return _opened(path), notice


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        new = _is_new(connection, path)
        if new:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # writes the first page, without the identity
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            with contextlib.suppress(OSError):  # before there are data: SQLite's files beside it get the same mode
                path.chmod(0o600)
        # A WAL needs shared memory, which does not work between machines; there a slower journal is used.
        mode = "DELETE" if is_on_a_network(path.parent) else "WAL"
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("PRAGMA synchronous = FULL")  # committed data are on the disk
        connection.execute("PRAGMA foreign_keys = ON")
        connection.text_factory = TEXT
        migrate(connection, more={} if new else {RESULTS_VERSION: _complete_older_records})
        connection.execute("SELECT sum(length(message)) FROM runs").fetchone()  # reads every page of the list
    except BaseException:
        connection.close()
        raise
    return connection


def _complete_older_records(connection: sqlite3.Connection) -> None:
    from joml_tui.store.older_results import add_older_results  # noqa: PLC0415 - needed once in a store's life
    from joml_tui.store.older_summaries import complete_older_summaries  # noqa: PLC0415

    add_older_results(connection)
    complete_older_summaries(connection)


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether a store has no tables yet, as where a program was killed while it made it.

    Raises
    ------
    StoreError
        The file belongs to another program, or has a newer version.
    """
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    identity = connection.execute("PRAGMA application_id").fetchone()[0]
    if identity != APPLICATION_ID and (tables or identity):
        raise StoreError(f"{path} is a database of another program: name another file by --store or JOML_STORE")
    version = version_of(connection)
    if version < 0:
        raise sqlite3.DatabaseError(f"malformed: it is of version {version}")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the store {path} is of version {version}, and this joml-tui reads up to {len(MIGRATIONS)}: "
            "use the newer joml-tui, or name another file by --store or JOML_STORE; the store is unchanged"
        )
    return not tables


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error means a damaged file, rather than one that is busy, full or forbidden."""
    return any(word in str(error) for word in _DAMAGE)


def _set_aside(path: Path) -> Path:
    """Rename a damaged store and SQLite's files beside it, and return the new name."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    named = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    more = (named.with_stem(f"{named.stem}-{number}") for number in itertools.count(2))
    aside = next(each for each in itertools.chain([named], more) if not each.exists())
    for ending in ("", "-wal", "-shm"):
        file = path.with_name(path.name + ending)
        if file.exists():
            file.replace(aside.with_name(aside.name + ending))
    return aside


def _reason_of(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
