"""The store's schema as a list of migration steps, which upgrade a store of any earlier version.

A released step is never changed; changes are new steps.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

#: SQLite's application id of this program's files.
APPLICATION_ID = int.from_bytes(b"JOML", "big")

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,   -- never given to another run
        created REAL NOT NULL,                      -- seconds since 1970, UTC
        changed REAL NOT NULL,
        owner TEXT NOT NULL,                        -- who records it: the name of a lock
        state TEXT NOT NULL,
        message TEXT NOT NULL,
        name TEXT NOT NULL,
        note TEXT NOT NULL,
        tags TEXT NOT NULL,                         -- a JSON array
        origin INTEGER,                             -- the run that it goes on from
        origin_iteration INTEGER,                   -- where it parted
        sweep TEXT NOT NULL,                        -- what it is a part of
        fingerprint TEXT NOT NULL,                  -- of its experiment
        summary BLOB NOT NULL                       -- what the list shows besides: MessagePack, one array
    );
    CREATE INDEX runs_by_sweep ON runs (sweep, fingerprint) WHERE sweep != '';
    CREATE INDEX runs_by_owner ON runs (owner) WHERE state IN ('waiting', 'preparing', 'running', 'paused');

    CREATE TABLE descriptions (
        run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
        iterations_per_epoch INTEGER NOT NULL,
        total_iterations INTEGER NOT NULL,
        batch_size INTEGER NOT NULL,                -- samples in a mini-batch, and in the training part
        train_size INTEGER NOT NULL,
        experiment TEXT NOT NULL,                   -- YAML
        versions TEXT NOT NULL,                     -- JSON: joml, numpy, python
        adjustments TEXT NOT NULL,                  -- JSON: settings changed under way
        details TEXT NOT NULL                       -- a traceback
    );

    CREATE TABLE chunks (                           -- consecutive values of one series of one run
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        series TEXT NOT NULL,
        first INTEGER NOT NULL,                     -- the place of the first of them in the series, from 0
        count INTEGER NOT NULL,
        checksum INTEGER NOT NULL,                  -- CRC-32 of the data
        data BLOB NOT NULL,
        PRIMARY KEY (run, series, first)
    ) WITHOUT ROWID;

    CREATE TABLE states (                           -- of a training, from which it continues
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        iteration INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        data BLOB NOT NULL,
        layers BLOB NOT NULL,                       -- the layers' record at the end
        UNIQUE (run, iteration)
    );
    """,
    """
    -- What a run began from in place of its seed's weights, in words.
    ALTER TABLE descriptions ADD COLUMN beginning TEXT NOT NULL DEFAULT '';

    CREATE TABLE checkpoints (                      -- states before the latest, as long as there is room
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        iteration INTEGER NOT NULL,
        size INTEGER NOT NULL,                      -- of the data, in bytes
        checksum INTEGER NOT NULL,
        data BLOB NOT NULL
    );
    CREATE UNIQUE INDEX checkpoints_by_run ON checkpoints (run, iteration, size);
    """,
    """
    -- How a run's data were prepared: JSON, '' until they are read. NULL for runs from before it was kept, which had no
    -- validation part.
    ALTER TABLE descriptions ADD COLUMN preparation TEXT;
    """,
)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the number of steps that a store has taken."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(
    connection: sqlite3.Connection,
    migrations: Sequence[str] = MIGRATIONS,
    more: Mapping[int, Callable[[sqlite3.Connection], None]] | None = None,
) -> None:
    """Take the missing steps, each completely or not at all; other processes may do so at the same time.

    ``more`` has further functions of steps by number, counted from 1.
    """
    for step in range(version_of(connection), len(migrations)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version_of(connection) == step:  # no other process took it in the meantime
                for statement in _statements(migrations[step]):
                    connection.execute(statement)
                if more is not None and step + 1 in more:
                    more[step + 1](connection)
                connection.execute(f"PRAGMA user_version = {step + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # Ctrl-C may come after the commit
                connection.execute("ROLLBACK")
            raise


def _statements(script: str) -> list[str]:
    """Return the statements of a script, because ``executescript`` would commit first."""
    statements, pending = [], ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    return statements
