"""Earlier states of runs: some of each, spread over it, to go back to; those of old runs make room for new ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from joml_tui.runs.worker.snapshot_ring import SnapshotRing
from joml_tui.store import series_blobs
from joml_tui.store.state_codec import decode_state, encode_state

#: Of one run at most, and their bytes before they are made small: of networks beyond that none are kept.
MOST, MOST_BYTES = 8, 4 * 1024 * 1024
#: Bytes of all runs together in the store; beyond that the oldest runs' go.
ALL_BYTES = 64 * 1024 * 1024


def write_checkpoints(
    connection: sqlite3.Connection, number: int, snapshots: SnapshotRing, held: Collection[int], latest: int
) -> tuple[int, ...]:
    """Write some of a run's snapshots before its latest state in place of those held; within a transaction.

    Returns
    -------
    tuple of int
        The iterations of those that are held now.
    """
    there = snapshots.iterations
    wanted = spread_over((each for each in {*there, *held} if each < latest), _most(snapshots))
    new = {each: snapshots.at(each) for each in wanted if each not in held}
    for iteration in set(held) - set(wanted):
        connection.execute("DELETE FROM checkpoints WHERE run = ? AND iteration = ?", (number, iteration))
    now = [each for each in wanted if each in held]
    for iteration, snapshot in new.items():
        if snapshot is not None and snapshot[0] == iteration:  # else it has made room meanwhile
            data = encode_state(snapshot[1])
            connection.execute(
                "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?)",
                (number, iteration, len(data), series_blobs.checksum(data), data),
            )
            now.append(iteration)
    return tuple(sorted(now))


def spread_over(iterations: Iterable[int], most: int) -> list[int]:
    """Choose so many, the first and the last among them, as evenly as leaving out one after the other allows."""
    chosen = sorted(iterations)
    while len(chosen) > max(2, most):
        spans = [later - earlier for earlier, later in zip(chosen, chosen[2:], strict=False)]
        del chosen[1 + spans.index(min(spans))]
    return chosen[:most]


def make_room(connection: sqlite3.Connection) -> None:
    """Let go of the oldest runs' checkpoints where all together are too large; within a transaction."""
    sizes = "SELECT run, sum(size) FROM checkpoints GROUP BY run ORDER BY run DESC"
    total = 0
    for run, size in connection.execute(sizes).fetchall():
        total += size
        if total > ALL_BYTES:
            connection.execute("DELETE FROM checkpoints WHERE run <= ?", (run,))
            return


def read_checkpoints(connection: sqlite3.Connection, number: int) -> list[tuple[int, bytes]]:
    """Return a run's checkpoints, packed, in order; one that is damaged is left out."""
    query = "SELECT iteration, checksum, data FROM checkpoints WHERE run = ? ORDER BY iteration"
    rows = connection.execute(query, (number,)).fetchall()
    return [(iteration, decode_state(data)) for iteration, kept, data in rows if series_blobs.checksum(data) == kept]


def _most(snapshots: SnapshotRing) -> int:
    latest = snapshots.latest
    return min(MOST, MOST_BYTES // len(latest)) if latest else 0
