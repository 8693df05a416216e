"""Runs out of the store: to look at and fork, or to go on with where they were interrupted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from joml_tui.history import History
from joml_tui.runner import Beginning, Engine, Run, start_run
from joml_tui.running.rows import pack_rows
from joml_tui.store.opening import StoreError
from joml_tui.store.store import Store
from joml_tui.store.writing import Written


def restored(store: Store, number: int, *, checkpoints: bool = True) -> Run:
    """Give a stored run as one that has ended, with its series, its latest state and its checkpoints.

    It can be looked into, exported and forked as any other. Without ``checkpoints`` it has its latest state alone.

    Raises
    ------
    StoreError
        There is none, or what is kept of it is damaged.
    """
    record = store.run(number)
    run = Run(store.experiment(number))
    if record.summary.network:  # what it was, whatever has become of its data set's files
        run.architecture, run.parameter_count = record.summary.network, record.summary.parameters
    series = store.series(number)
    run.restore(
        state=record.state,
        message=record.message or _said_of(record.state.value),
        details=store.details(number),
        seconds=record.summary.seconds,
        epochs=record.summary.epochs,
        adjustments=store.adjustments(number),
        history=_history(store.shape(number), series) if series else None,
        snapshot=store.state(number),
        goes_on_from=store.goes_on_from(number),
    )
    run.versions = store.versions(number)
    if checkpoints:
        run.snapshots.add_earlier(store.checkpoints(number))
    return run


def resumed(
    store: Store,
    number: int,
    *,
    engine: Engine | None = None,
    paused: bool = False,
    on_change: Callable[[Run], None] | None = None,
) -> tuple[Run, Written]:
    """Go on with a stored run that did not come to its end, exactly as it would have gone on.

    Returns
    -------
    run : Run
        Under way.
    written : Written
        For ``Recorder.add_resumed``: its record goes on under its number.

    Raises
    ------
    StoreError
        It cannot: it came to its end, is under way elsewhere, or is damaged; says which.
    """
    record = store.run(number)
    if record.state.value in ("finished", "diverged"):
        raise StoreError(f"run {number} has {record.state.value}: fork it in the lab to go on with other settings")
    experiment = store.experiment(number)
    state = store.state(number)
    iteration = state[0] if state is not None else 0
    held = store.series(number)
    written = store.resume(number, iteration)
    beginning = None
    if state is not None:  # that of the beginning too: its weights may be of a file
        beginning = Beginning(
            state[1],
            pack_rows(_history(store.shape(number), held), iteration),
            epochs=record.summary.epochs,
            own_rate=True,
        )
    kept = [change for change in store.adjustments(number) if change.iteration <= iteration]
    run = start_run(experiment, engine=engine, paused=paused, on_change=on_change, beginning=beginning)
    run.snapshots.add_earlier([each for each in store.checkpoints(number) if each[0] < iteration])
    run.adjustments, run.epochs, run.goes_on_from = kept, record.summary.epochs, store.goes_on_from(number)
    return run, written


def _history(shape: tuple[int, int, int, int], series: Mapping[str, NDArray[Any]]) -> History:
    history = History.create(*shape, spread="train_cost_spread" in series)
    history.fill(series)
    return history


def _said_of(state: str) -> str:
    return "the program that trained it ended before it did" if state == "interrupted" else ""
