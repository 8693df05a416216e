"""Lossless serialization of an ended run, for transfer between processes or machines."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from joml.data.preparation import Preparation
from joml_tui.experiment.yaml_text import dump_experiment, parse_experiment
from joml_tui.runs.history import CheckedPart, History
from joml_tui.runs.run import Adjusted, Run, RunState
from joml_tui.runs.run_record import Results
from joml_tui.runs.worker.series_codec import pack_rows, unpack_rows


class _Series(Struct, frozen=True, array_like=True):
    """A history: its plan, whether it has spreads, and its rows from ``pack_rows``."""

    iterations_per_epoch: int
    total_iterations: int
    batch_size: int
    train_size: int
    spread: bool
    rows: bytes
    checked_part: CheckedPart = "test"
    metrics: tuple[str, ...] = ()


class _PackedRun(Struct, frozen=True):
    experiment: str
    state: RunState
    message: str
    details: str
    seconds: float
    epochs: int
    adjustments: list[Adjusted]
    series: _Series | None
    snapshot: tuple[int, bytes, bytes] | None
    versions: dict[str, str]
    results: Results | None = None
    preparation: dict[str, Any] | None = None


def pack_run(run: Run) -> bytes:
    """Return an ended run as bytes: experiment, series, latest state and all other facts.

    Raises
    ------
    ValueError
        The run has not ended.
    """
    if not run.state.ended:
        raise ValueError(f"{run.id} is still running: wait for its end")
    history, latest = run.history, run.snapshots.latest_with_iteration
    return msgspec.msgpack.encode(
        _PackedRun(
            experiment=dump_experiment(run.experiment),
            state=run.state,
            message=run.message,
            details=run.details,
            seconds=run.seconds,
            epochs=run.epochs,
            adjustments=run.adjustments,
            series=None if history is None else _series(history),
            snapshot=None if latest is None else (*latest, run.layers_record),
            versions=run.versions,
            results=run.results,
            preparation=run.preparation_values,
        )
    )


def unpack_run(packed: bytes) -> Run:
    """Return the run from ``pack_run``, as an ended one.

    Raises
    ------
    msgspec.DecodeError
        The data are not a run.
    """
    try:
        return _unpacked(msgspec.msgpack.decode(packed, type=_PackedRun))
    except (msgspec.DecodeError, MemoryError):
        raise
    except Exception as error:  # an experiment, a series or a preparation that is none
        raise msgspec.DecodeError(str(error) or type(error).__name__) from error


def _unpacked(packed_run: _PackedRun) -> Run:
    run = Run(parse_experiment(packed_run.experiment))
    run.restore(
        state=packed_run.state,
        message=packed_run.message,
        details=packed_run.details,
        seconds=packed_run.seconds,
        epochs=packed_run.epochs,
        adjustments=packed_run.adjustments,
        history=None if packed_run.series is None else _history(packed_run.series),
        snapshot=packed_run.snapshot,
        results=packed_run.results,
        preparation=None if packed_run.preparation is None else Preparation.from_json(packed_run.preparation),
    )
    run.versions = packed_run.versions
    return run


def _series(history: History) -> _Series:
    return _Series(
        history.iterations_per_epoch,
        history.total_iterations,
        history.batch_size,
        history.train_size,
        history.has_spread,
        pack_rows(history, history.iterations),
        history.checked_part,
        history.metrics,
    )


def _history(series: _Series) -> History:
    history = History.create(
        series.iterations_per_epoch,
        series.total_iterations,
        series.batch_size,
        series.train_size,
        spread=series.spread,
        checked_part=series.checked_part,
        metrics=series.metrics,
    )
    unpack_rows(series.rows, history)
    return history
