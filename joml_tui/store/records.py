"""What the store says of a run without opening it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec import Struct

from joml_tui.experiment import Task
from joml_tui.runner import Run, RunState


class Summary(Struct, frozen=True, array_like=True):
    """A run's settings and what it has reached, as a list shows them.

    Fields are only ever added at the end, with a default: the store holds arrays of them.

    Attributes
    ----------
    network : str
        Such as "14-28x6-4"; empty where the data set that decides it cannot be read.
    parameters : int
    dataset, optimizer : str
    learning_rate : float
        As it began.
    batch_size : int or "all"
    seed, replicas, epochs : int
    iteration, total_iterations, iterations_per_epoch : int
        0 where it never began.
    seconds : float
        Of training.
    train_cost, train_accuracy, test_cost, test_accuracy : float or None
        Of the last epoch and the last test. Where y are values, accuracies are R2.
    task : {"classes", "answers", "values"}
    """

    network: str
    parameters: int
    dataset: str
    optimizer: str
    learning_rate: float
    batch_size: int | Literal["all"]
    seed: int
    replicas: int
    epochs: int
    iteration: int
    total_iterations: int
    iterations_per_epoch: int
    seconds: float
    train_cost: float | None
    train_accuracy: float | None
    test_cost: float | None
    test_accuracy: float | None
    task: Task = "classes"


class StoredRun(Struct, frozen=True):
    """A row of the store's list.

    Attributes
    ----------
    number : int
        What it is known by; no other run of this store ever has it.
    created, changed : float
        Seconds since 1970, UTC.
    state : RunState
        "interrupted" where the program that trained it ended without a word.
    message, name, note : str
    tags : tuple of str
    origin, origin_iteration : int or None
        The run that it goes on from, and where it parted.
    summary : Summary
    """

    number: int
    created: float
    changed: float
    state: RunState
    message: str
    name: str
    note: str
    tags: tuple[str, ...]
    origin: int | None
    origin_iteration: int | None
    summary: Summary

    @property
    def label(self) -> str:
        """Its name or network, and its number, such as ``14-100-40-4 #3``."""
        return f"{self.name or self.summary.network or 'network'} #{self.number}"

    @property
    def created_at(self) -> datetime:
        """When it was begun, in UTC."""
        return datetime.fromtimestamp(self.created, UTC)


#: The columns of the list, in the order of the struct's fields.
COLUMNS = StoredRun.__struct_fields__

_STATES = {state.value: state for state in RunState}
_SUMMARIES = msgspec.msgpack.Decoder(Summary)


def stored_run(row: tuple[Any, ...]) -> StoredRun:
    """Make a record of a row of ``COLUMNS``."""
    number, created, changed, state, message, name, note, tags, origin, origin_iteration, summary = row
    return StoredRun(
        number,
        created,
        changed,
        _STATES[state],
        message,
        name,
        note,
        _tags_in(tags),
        origin,
        origin_iteration,
        _SUMMARIES.decode(summary),
    )


@lru_cache(maxsize=4_096)  # the runs of a sweep all have the same
def _tags_in(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def tags_text(tags: Iterable[str]) -> str:
    """Write tags as the store keeps them."""
    return json.dumps(list(tags), ensure_ascii=False)


def fingerprint(experiment_yaml: str) -> str:
    """Give what tells one experiment from another."""
    return hashlib.sha256(experiment_yaml.encode()).hexdigest()


def summary_of(run: Run, iterations: int) -> bytes:
    """Give a run's summary as the store keeps it; the iterations are those that are written."""
    experiment = run.experiment
    return msgspec.msgpack.encode(
        Summary(
            network=run.architecture,
            parameters=run.parameter_count,
            dataset=str(experiment.dataset.__struct_config__.tag),
            optimizer=str(experiment.optimizer.__struct_config__.tag),
            learning_rate=experiment.optimizer.learning_rate,
            batch_size=experiment.batch_size,
            seed=experiment.seed,
            replicas=experiment.replicas,
            epochs=run.epochs,
            iteration=iterations,
            total_iterations=run.total_iterations,
            iterations_per_epoch=run.iterations_per_epoch,
            seconds=run.seconds,
            train_cost=run.train_cost,
            train_accuracy=run.train_accuracy,
            test_cost=run.test_cost,
            test_accuracy=run.test_accuracy,
            task=run.task,
        )
    )
