"""Writing of a run's new data in one transaction."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from joml_tui.experiment.yaml_text import anchor, dump_experiment
from joml_tui.lone_surrogates import printable
from joml_tui.runs.history import is_of_checks
from joml_tui.runs.run import Run, RunState
from joml_tui.store import series_blobs
from joml_tui.store.checkpoints import make_room, write_checkpoints
from joml_tui.store.database import RunGoneError
from joml_tui.store.run_summary import LATEST, fingerprint, summary_of, tags_text
from joml_tui.store.state_codec import encode_state
from joml_tui.working_folder import working_folder

#: A series' last chunk is rewritten until it has this length: short runs have one chunk, long ones not too many.
_CHUNK = 16_384

#: Least seconds between two states of one run, and most bytes per second.
_STATE_SECONDS = 0.9
_STATE_BYTES_A_SECOND = 4_000_000


@dataclass(slots=True)
class WrittenSoFar:
    """The part of a run that is in the store.

    Attributes
    ----------
    number : int
    chunk : dict of str to int
        Start of each series' last chunk.
    counts : dict of str to int
        Number of values in each series.
    state_iteration : int
        The iteration of the latest state; -1 if there is none.
    states_from : float
        The earliest time (monotonic clock) for writing the next state.
    ended : bool
        Whether the end is written, after which nothing more is.
    checkpoints : tuple of int
        The iterations of the checkpoints.
    prepared : bool
        Whether the preparation of its data, which does not change, is written.
    """

    number: int
    chunk: dict[str, int]
    counts: dict[str, int]
    state_iteration: int = -1
    states_from: float = 0.0
    ended: bool = False
    checkpoints: tuple[int, ...] = ()
    prepared: bool = False


def _now() -> float:
    """Return the time, also by a clock that was never set: what is outside the calendar is taken for damage."""
    return min(max(time.time(), 0.0), LATEST - 1.0)


def insert(
    connection: sqlite3.Connection,
    run: Run,
    owner: str,
    *,
    name: str = "",
    note: str = "",
    tags: tuple[str, ...] = (),
    origin: tuple[int, int] | None = None,
    sweep: str = "",
) -> WrittenSoFar:
    """Insert a run's record; within a transaction."""
    now = _now()
    # Absolute paths, so that data files are found from any folder.
    experiment = structs.replace(run.experiment, dataset=anchor(run.experiment.dataset, working_folder()))
    yaml = dump_experiment(experiment)
    number = _insert_row(
        connection,
        "runs",
        {"created": now, "changed": now, "owner": owner, "state": run.state.value, "message": run.message}
        | {"name": name, "note": note, "tags": tags_text(tags), "sweep": sweep, "fingerprint": fingerprint(yaml)}
        | dict(zip(("origin", "origin_iteration"), origin or (None, None), strict=True))
        | {"summary": summary_of(run, 0)},
    )
    _insert_row(
        connection,
        "descriptions",
        {"run": number, "experiment": yaml, "versions": json.dumps(run.versions), "beginning": run.goes_on_from}
        | {"preparation": ""}
        | _moving_description(run),
    )
    return WrittenSoFar(number, {}, {})


def update(connection: sqlite3.Connection, run: Run, written: WrittenSoFar) -> WrittenSoFar:
    """Write a run's new data; within a transaction.

    Returns
    -------
    WrittenSoFar
        The part that is in the store after the commit.

    Raises
    ------
    RunGoneError
        Another program has deleted it.
    """
    if connection.execute("SELECT 1 FROM runs WHERE number = ?", (written.number,)).fetchone() is None:
        raise RunGoneError(f"run {written.number} is no longer in the store")
    ended = run.state.ended  # before the rest: everything read after the end is complete
    after = replace(written, chunk=dict(written.chunk), counts=dict(written.counts), ended=ended)
    if run.history is None and after.state_iteration >= 0:
        # A resumed run failed before it continued, for example without its data: its earlier results are kept.
        reached: dict[str, object] = {"changed": _now(), "state": run.state.value, "message": run.message}
        _update_row(connection, "runs", reached, f"number = {written.number:d}")
        _update_row(connection, "descriptions", {"details": run.details}, f"run = {written.number:d}")
        return after
    iterations = _write_series(connection, run, after)
    _write_state(connection, run, after)
    # If it has just ended, its last rows are not written yet.
    state = RunState.RUNNING if run.state.ended and not ended else run.state
    _update_row(
        connection,
        "runs",
        {"changed": _now(), "state": state.value, "message": run.message, "summary": summary_of(run, iterations)},
        f"number = {written.number:d}",
    )
    description = _moving_description(run)
    if run.preparation is not None and not after.prepared:
        description["preparation"] = json.dumps(run.preparation.to_json())
        after.prepared = True
    _update_row(connection, "descriptions", description, f"run = {written.number:d}")
    return after


def shorten(
    connection: sqlite3.Connection,
    number: int,
    series: dict[str, NDArray[Any]],
    iteration: int,
    *,
    keeps_checkpoints: bool = True,
) -> WrittenSoFar:
    """Delete a run's series after the iteration from which it will continue; within a transaction."""
    first = iteration if keeps_checkpoints else -1
    connection.execute("DELETE FROM checkpoints WHERE run = ? AND iteration >= ?", (number, first))
    left = connection.execute("SELECT iteration FROM checkpoints WHERE run = ? ORDER BY iteration", (number,))
    after = WrittenSoFar(number, {}, {}, iteration, checkpoints=tuple(each for (each,) in left))
    connection.execute("DELETE FROM chunks WHERE run = ?", (number,))
    for name, values in series.items():
        part = name.partition("_")[0]
        checks = int(np.searchsorted(series.get(f"{part}_iteration", np.empty(0)), iteration, side="right"))
        kept = values[: checks if is_of_checks(name) else iteration]
        if len(kept):
            _write_chunks(connection, after, name, kept)
    return after


def _write_series(connection: sqlite3.Connection, run: Run, after: WrittenSoFar) -> int:
    """Write the series' new values, and return the number of iterations in the store."""
    history = run.history
    if history is None:
        return 0
    rows, checks = history.iterations, history.checks
    for name, values in history.stored_series().items():
        count = checks if is_of_checks(name) else rows
        if count > after.counts.get(name, 0):
            _write_chunks(connection, after, name, values[:count])
    return rows


def _write_chunks(connection: sqlite3.Connection, after: WrittenSoFar, name: str, values: NDArray[Any]) -> None:
    first = after.chunk.get(name, 0)
    while True:
        part = values[first : first + _CHUNK]
        data = series_blobs.encode(name, part)
        connection.execute(
            "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?)",
            (after.number, name, first, len(part), series_blobs.checksum(data), data),
        )
        if first + len(part) == len(values):
            break
        first += _CHUNK
    after.chunk[name] = first + _CHUNK if len(part) == _CHUNK else first
    after.counts[name] = len(values)


def _write_state(connection: sqlite3.Connection, run: Run, after: WrittenSoFar) -> None:
    """Replace the state by the latest one at intervals and at the end, and write checkpoints with it."""
    latest = run.snapshots.latest_with_iteration
    if latest is None or run.history is None:
        return
    iteration, state = latest
    # Never ahead of the rows, which a continued run needs up to this state.
    if iteration > after.counts.get("train_cost", 0) or (iteration == after.state_iteration and not after.ended):
        return
    resting = after.ended or run.state is RunState.PAUSED
    if not resting and time.monotonic() < after.states_from:
        return
    data = encode_state(state)
    connection.execute("DELETE FROM states WHERE run = ?", (after.number,))
    connection.execute(
        "INSERT INTO states VALUES (?, ?, ?, ?, ?)",
        (after.number, iteration, series_blobs.checksum(data), data, run.layers_record),
    )
    after.checkpoints = write_checkpoints(connection, after.number, run.snapshots, after.checkpoints, iteration)
    if after.ended:
        make_room(connection)
    after.state_iteration = iteration
    after.states_from = time.monotonic() + max(_STATE_SECONDS, len(state) / _STATE_BYTES_A_SECOND)


def _moving_description(run: Run) -> dict[str, object]:
    """Return the parts of a run's description that may change during training."""
    history = run.history
    return {
        "iterations_per_epoch": run.iterations_per_epoch,
        "total_iterations": run.total_iterations,
        "batch_size": history.batch_size if history is not None else 0,
        "train_size": history.train_size if history is not None else 0,
        "adjustments": json.dumps([[change.iteration, change.setting, change.value] for change in run.adjustments]),
        "details": run.details,
    }


def _insert_row(connection: sqlite3.Connection, table: str, values: dict[str, object]) -> int:
    places = ", ".join("?" * len(values))
    cursor = connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", _writable(values))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def describe(connection: sqlite3.Connection, number: int, values: dict[str, object]) -> bool:
    """Change columns of a run's row, and return whether it exists; within a transaction."""
    return bool(_update_row(connection, "runs", values, f"number = {number:d}"))


def _update_row(connection: sqlite3.Connection, table: str, values: dict[str, object], where: str) -> int:
    """Change columns, and return the number of rows changed."""
    assignments = ", ".join(f"{column} = ?" for column in values)
    return connection.execute(f"UPDATE {table} SET {assignments} WHERE {where}", _writable(values)).rowcount


def _writable(values: dict[str, object]) -> tuple[object, ...]:
    """Return the values with texts that SQLite accepts, as messages and names may have bytes that are not UTF-8."""
    return tuple(printable(value) if isinstance(value, str) else value for value in values.values())
