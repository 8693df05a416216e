"""Results of runs that an earlier version recorded: which weights they kept, and what these scored."""

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
    """Replace the figures of the last test by those of the best weights, where early stopping had put these back.

    An earlier version recorded the last test's, which other weights had made. What the best ones scored on the test
    part stands in the series; on the training part it was never measured. It is a part of the transaction under way.
    """
    for number, message, summary, yaml in connection.execute(_FINISHED).fetchall():
        with contextlib.suppress(Exception):  # damaged, however that is: left as it is
            found = _best(connection, number, yaml)
            if found is not None:
                kept, cost, accuracy = found
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
    """Return the iteration of the weights that early stopping put back, and the test's cost and score there."""
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
