"""Loading of stored runs, to inspect, fork or resume them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from joml.data.preparation import Preparation
from joml_tui.experiment import Experiment, load_data, looks_at_validation
from joml_tui.experiment.dataset_specs import is_read
from joml_tui.runs.history import CheckedPart, History, metrics_in
from joml_tui.runs.pace import Pace
from joml_tui.runs.run import Engine, ResumePoint, Run, start_run
from joml_tui.runs.worker.messages import Adjusted
from joml_tui.runs.worker.same_data import describe_changed_data
from joml_tui.runs.worker.series_codec import pack_rows
from joml_tui.store.database import StoreError
from joml_tui.store.run_writer import WrittenSoFar
from joml_tui.store.store import Store


class DataChangedError(StoreError):
    """A run cannot continue because its data files have changed."""


def restored(store: Store, number: int, *, checkpoints: bool = True) -> Run:
    """Return a stored run as an ended one, with its series, latest state and checkpoints.

    It can be inspected, exported and forked. Without ``checkpoints`` it has only its latest state.

    Raises
    ------
    StoreError
        There is no such run, or its record is damaged.
    """
    record = store.run(number)
    summary = record.summary
    # The network from the record, which does not need the data set's files.
    run = Run(store.experiment(number), sizes=(summary.network, summary.parameters) if summary.network else None)
    series = store.series(number)
    run.restore(
        state=record.state,
        message=record.message or _default_message(record.state.value),
        details=store.details(number),
        seconds=record.summary.seconds,
        epochs=record.summary.epochs,
        adjustments=store.adjustments(number),
        history=_history(store.shape(number), series, run.experiment) if series else None,
        snapshot=store.state(number),
        goes_on_from=store.goes_on_from(number),
        results=record.summary.results,
        preparation=store.preparation(number),
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
    changed_data: bool = False,
    pace: Pace | None = None,
) -> tuple[Run, WrittenSoFar]:
    """Resume a stored run that did not finish, exactly where it stopped.

    Parameters
    ----------
    store : Store
    number : int
    engine, paused, on_change, pace
        As in ``start_run``.
    changed_data : bool
        Whether to continue with the present data files, even if they have changed.

    Returns
    -------
    run : Run
        The running run.
    written : Written
        For ``Recorder.add_resumed``, which continues its record under its number.

    Raises
    ------
    StoreError
        It has finished, is running elsewhere, or is damaged; the message says which.
    DataChangedError
        Its data files have changed; the store is not changed.
    """
    record = store.run(number)
    if record.state.value in ("finished", "diverged"):
        raise StoreError(f"run {number} has {record.state.value}: fork it in the lab to continue with other settings")
    experiment = store.experiment(number)
    state = store.state(number)
    iteration = state[0] if state is not None else 0
    series = store.series(number)
    kept = store.preparation(number)
    changes = _describe_changed_data(experiment, kept) if state is not None else ""
    if changes and not changed_data:
        name, _, what = changes.partition(" has changed: ")
        raise DataChangedError(f"{name} has changed since run {number} was trained: {what}")
    written = store.resume(number, iteration, keeps_checkpoints=not changes)
    beginning = None
    if state is not None:  # the initial state too, because its weights may come from a file
        beginning = ResumePoint(
            state[1],
            pack_rows(_history(store.shape(number), series, experiment), iteration),
            epochs=record.summary.epochs,
            own_rate=True,
            preparation=None if kept is None else kept.to_json(),
            changed_data=changed_data,
        )
    before = [change for change in store.adjustments(number) if change.iteration <= iteration]
    if changes:
        before.append(Adjusted(iteration, "data", 0.0, store.shape(number)[1]))
    run = start_run(experiment, engine=engine, paused=paused, on_change=on_change, beginning=beginning, pace=pace)
    run.snapshots.add_earlier([each for each in store.checkpoints(number) if each[0] < iteration])
    run.adjustments, run.epochs, run.goes_on_from = before, record.summary.epochs, store.goes_on_from(number)
    return run, written


def _describe_changed_data(experiment: Experiment, kept: Preparation | None) -> str:
    """Return how an experiment's files differ from those of the training; empty if they do not."""
    if kept is None or not is_read(experiment.dataset):
        return ""
    try:
        data = load_data(experiment)
    except (ValueError, OSError, MemoryError):  # the run itself will report it
        return ""
    return describe_changed_data(experiment, kept.to_json(), data)


def _history(shape: tuple[int, int, int, int], series: Mapping[str, NDArray[Any]], experiment: Experiment) -> History:
    history = History.create(
        *shape,
        spread="train_cost_spread" in series,
        checked_part=_checked_part(experiment, series),
        metrics=metrics_in(series),
    )
    history.fill(series)
    return history


def _checked_part(experiment: Experiment, series: Mapping[str, NDArray[Any]]) -> CheckedPart:
    """Return the checked part: from the series' names, or from the experiment if there was no check yet."""
    parts: tuple[CheckedPart, ...] = ("validation", "test")
    for part in parts:
        if f"{part}_iteration" in series:
            return part
    return "validation" if looks_at_validation(experiment) else "test"


def _default_message(state: str) -> str:
    return "the program that trained it ended before it did" if state == "interrupted" else ""
