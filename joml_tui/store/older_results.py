"""Results of runs recorded by earlier versions: the kept weights and their scores."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

import msgspec
import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.run_record import PartResult, Results, RunRecord
from joml_tui.serialization import unpack_state
from joml_tui.store import series_blobs
from joml_tui.store.state_codec import decode_state

_FINISHED = """
    SELECT number, message, summary, experiment FROM runs JOIN descriptions ON run = number
    WHERE state = 'finished' AND experiment LIKE '%early_stopping:%'
"""


def add_older_results(connection: sqlite3.Connection) -> None:
    """Replace the last test's figures by those of the best weights in runs where early stopping restored these.

    An earlier version recorded the last test, which belongs to other weights. The test score of the best weights is in
    the series; their training score was never measured. This is part of the running transaction.
    """
    for number, message, summary, yaml in connection.execute(_FINISHED).fetchall():
        with contextlib.suppress(Exception):  # damaged in any way: left unchanged
            best = _best(connection, number, yaml)
            if best is not None:
                kept, cost, accuracy = best
                record = structs.replace(
                    msgspec.msgpack.decode(summary, type=RunRecord),
                    train_cost=None,
                    train_accuracy=None,
                    test_cost=cost,
                    test_accuracy=accuracy,
                    results=Results(kept, bool(message), test=PartResult(None, cost, accuracy)),
                )
                connection.execute(
                    "UPDATE runs SET summary = ? WHERE number = ?", (msgspec.msgpack.encode(record), number)
                )


def _best(connection: sqlite3.Connection, number: int, yaml: str) -> tuple[int, float, float] | None:
    """Return the iteration of the weights that early stopping restored, with their test cost and score."""
    experiment = parse_experiment(yaml)
    stopping = experiment.early_stopping
    if stopping is None or not stopping.restore_best or experiment.replicas > 1:
        return None
    row = connection.execute("SELECT data FROM states WHERE run = ? ORDER BY iteration DESC", (number,)).fetchone()
    if row is None:
        return None
    kept = int(unpack_state(decode_state(row[0]))["best.iterations"][0])
    tests = {name: _series(connection, number, name) for name in ("test_iteration", "test_cost", "test_accuracy")}
    place = int(np.flatnonzero(tests["test_iteration"] == kept)[0])
    return kept, float(tests["test_cost"][place]), float(tests["test_accuracy"][place])


def _series(connection: sqlite3.Connection, number: int, name: str) -> NDArray[Any]:
    query = "SELECT count, data FROM chunks WHERE run = ? AND series = ? ORDER BY first"
    chunks = connection.execute(query, (number, name))
    return np.concatenate([series_blobs.decode(name, count, data) for count, data in chunks])
