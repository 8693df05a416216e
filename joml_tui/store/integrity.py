"""Integrity check of a store: every row, text and blob is read, and faults are reported with their runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

from joml.data.preparation import Preparation
from joml_tui.experiment.yaml_text import parse_kept_experiment
from joml_tui.lone_surrogates import has_lone_surrogates
from joml_tui.store import series_blobs
from joml_tui.store.run_summary import COLUMNS, DamagedRowError, stored_run
from joml_tui.store.state_codec import decode_state

#: Most faults of SQLite that are reported.
_MOST_OF_SQLITE = 20


def find_damage(connection: sqlite3.Connection) -> list[str]:
    """Read everything in a store, and return a sentence for each fault, with the run's number."""
    faults = [text for (text,) in connection.execute(f"PRAGMA integrity_check({_MOST_OF_SQLITE})") if text != "ok"]
    looks = (_rows, _descriptions, _chunks, _states)
    return [f"SQLite: {text}" for text in faults] + [fault for look in looks for fault in look(connection)]


def _rows(connection: sqlite3.Connection) -> Iterator[str]:
    for row in connection.execute(f"SELECT {', '.join(COLUMNS)} FROM runs ORDER BY number"):
        try:
            stored_run(row)
        except DamagedRowError as error:
            yield str(error)


def _descriptions(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield faults in the descriptions of runs."""
    counts = "iterations_per_epoch, total_iterations, batch_size, train_size"
    query = (
        f"SELECT number, run, experiment, versions, adjustments, details, beginning, preparation, {counts} "
        "FROM runs LEFT JOIN descriptions ON run = number ORDER BY number"
    )
    for number, run, *values in connection.execute(query):
        if run is None:
            yield f"run {number} is damaged: its description is missing"
            continue
        for what, read, value in zip(_DESCRIBED, _READERS, [*values[:6], values[6:]], strict=True):
            if not _holds(read, value):
                yield f"run {number} is damaged: its {what} cannot be read"


def _chunks(connection: sqlite3.Connection) -> Iterator[str]:
    query = "SELECT run, series, first, count, checksum, data FROM chunks ORDER BY run, series, first"
    for run, name, first, count, kept, data in connection.execute(query):
        if not (_holds(_require_checksum, data, kept) and _holds(series_blobs.decode, name, count, data)):
            label = name if isinstance(name, str) and name in series_blobs.TYPES else "series"
            yield f"run {run}: its {label} is damaged from the value {_place(first)} on"


def _states(connection: sqlite3.Connection) -> Iterator[str]:
    for table, layers in (("states", "layers"), ("checkpoints", "NULL")):
        query = f"SELECT run, iteration, checksum, data, {layers} FROM {table} ORDER BY run, iteration"
        for run, iteration, kept, data, of_layers in connection.execute(query):
            if not (_holds(_require_checksum, data, kept) and _holds(decode_state, data)):
                yield f"run {run}: its state of iteration {_shown(iteration)} is damaged"
            elif of_layers and not _holds(msgspec.msgpack.decode, of_layers):
                yield f"run {run}: the record of its layers is damaged"


def _holds(read: Callable[..., object], *values: Any) -> bool:
    """Return whether something can be read without any error."""
    try:
        read(*values)
    except Exception:
        return False
    return True


def _require_text(value: Any) -> None:
    if not isinstance(value, str) or has_lone_surrogates(value):
        raise ValueError("no text")


def _require_checksum(data: bytes, kept: int) -> None:
    if series_blobs.checksum(data) != kept:
        raise ValueError("another checksum")


def _place(first: object) -> str:
    return _shown(first + 1) if isinstance(first, int) else "?"


def _shown(number: object) -> str:
    return f"{number:,}" if isinstance(number, int) else "?"


#: The parts of a description, with the functions that read them.
_DESCRIBED = ("experiment", "versions", "adjustments", "traceback", "beginning", "preparation", "lengths")
_READERS: tuple[Callable[[Any], object], ...] = (
    lambda text: parse_kept_experiment(text, "it"),
    partial(msgspec.json.decode, type=dict[str, str]),
    partial(msgspec.json.decode, type=list[tuple[int, str, float]]),
    _require_text,
    _require_text,
    lambda text: Preparation.from_json(json.loads(text)) if text else None,
    partial(msgspec.convert, type=list[int]),
)
