"""Checkpoints: some earlier states of each run; those of the oldest runs are deleted to limit the store's size."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from joml_tui.runs.worker.snapshot_ring import SnapshotRing
from joml_tui.store import series_blobs
from joml_tui.store.state_codec import decode_state, encode_state

#: Largest number for one run, and largest size before compression; of larger networks none are kept.
MOST, MOST_BYTES = 8, 4 * 1024 * 1024
#: Largest total size in the store; beyond it the oldest runs' checkpoints are deleted.
ALL_BYTES = 64 * 1024 * 1024


def write_checkpoints(
    connection: sqlite3.Connection, number: int, snapshots: SnapshotRing, present: Collection[int], latest: int
) -> tuple[int, ...]:
    """Replace a run's checkpoints by some of its snapshots before the latest state; within a transaction.

    Returns
    -------
    tuple of int
        The iterations of the checkpoints.
    """
    there = snapshots.iterations
    wanted = spread_over((each for each in {*there, *present} if each < latest), _most(snapshots))
    new = {each: snapshots.at(each) for each in wanted if each not in present}
    for iteration in set(present) - set(wanted):
        connection.execute("DELETE FROM checkpoints WHERE run = ? AND iteration = ?", (number, iteration))
    now = [each for each in wanted if each in present]
    for iteration, snapshot in new.items():
        if snapshot is not None and snapshot[0] == iteration:  # otherwise it was deleted in the meantime
            data = encode_state(snapshot[1])
            connection.execute(
                "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?)",
                (number, iteration, len(data), series_blobs.checksum(data), data),
            )
            now.append(iteration)
    return tuple(sorted(now))


def spread_over(iterations: Iterable[int], most: int) -> list[int]:
    """Return at most ``most`` iterations, evenly spread, including the first and the last."""
    chosen = sorted(iterations)
    while len(chosen) > max(2, most):
        spans = [later - earlier for earlier, later in zip(chosen, chosen[2:], strict=False)]
        del chosen[1 + spans.index(min(spans))]
    return chosen[:most]


def make_room(connection: sqlite3.Connection) -> None:
    """Delete the oldest runs' checkpoints if all together are too large; within a transaction."""
    sizes = "SELECT run, sum(size) FROM checkpoints GROUP BY run ORDER BY run DESC"
    total = 0
    for run, size in connection.execute(sizes).fetchall():
        total += size
        if total > ALL_BYTES:
            connection.execute("DELETE FROM checkpoints WHERE run <= ?", (run,))
            return


def read_checkpoints(connection: sqlite3.Connection, number: int) -> list[tuple[int, bytes]]:
    """Return a run's packed checkpoints in order, without damaged ones."""
    query = "SELECT iteration, checksum, data FROM checkpoints WHERE run = ? ORDER BY iteration"
    rows = connection.execute(query, (number,)).fetchall()
    return [(iteration, decode_state(data)) for iteration, kept, data in rows if series_blobs.checksum(data) == kept]


def _most(snapshots: SnapshotRing) -> int:
    latest = snapshots.latest
    return min(MOST, MOST_BYTES // len(latest)) if latest else 0
