"""What the store says of a run without opening it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from msgspec import Struct

from joml_tui import __version__
from joml_tui.experiment_yaml import dump_experiment
from joml_tui.runner import Run, RunState


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
    network, dataset, optimizer : str
    parameters, seed, replicas, epochs : int
    learning_rate : float
        As it began.
    batch_size : str
        A number, or "all".
    iteration, total_iterations, iterations_per_epoch : int
    seconds : float
        Of training.
    train_cost, train_accuracy, test_cost, test_accuracy : float or None
        Of the last epoch and the last test. Where y are values, accuracies are R2.
    origin, origin_iteration : int or None
        The run that it goes on from, and where it parted.
    """

    number: int
    created: float
    changed: float
    state: RunState
    message: str
    name: str
    note: str
    tags: tuple[str, ...]
    network: str
    parameters: int
    dataset: str
    optimizer: str
    learning_rate: float
    batch_size: str
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
    origin: int | None
    origin_iteration: int | None

    @property
    def label(self) -> str:
        """Its name or network, and its number, such as ``14-100-40-4 #3``."""
        return f"{self.name or self.network or 'network'} #{self.number}"

    @property
    def created_at(self) -> datetime:
        """When it was begun, in UTC."""
        return datetime.fromtimestamp(self.created, UTC)


#: The columns of the list, in the order of the struct's fields.
COLUMNS = StoredRun.__struct_fields__


def stored_run(row: tuple[object, ...]) -> StoredRun:
    """Make a record of a row of ``COLUMNS``."""
    number, created, changed, state, message, name, note, tags, *rest = row
    told = tuple(json.loads(tags)) if tags != "[]" else ()  # type: ignore[arg-type]
    return StoredRun(number, created, changed, RunState(state), message, name, note, told, *rest)  # type: ignore[arg-type]


def tags_text(tags: Iterable[str]) -> str:
    """Write tags as the store keeps them."""
    return json.dumps(list(tags), ensure_ascii=False)


def fingerprint(experiment_yaml: str) -> str:
    """Give what tells one experiment from another."""
    return hashlib.sha256(experiment_yaml.encode()).hexdigest()


def fixed_columns(run: Run) -> dict[str, object]:
    """Give what stays of a run as it was begun."""
    experiment = run.experiment
    return {
        "network": run.architecture,
        "parameters": run.parameter_count,
        "dataset": experiment.dataset.__struct_config__.tag,
        "optimizer": experiment.optimizer.__struct_config__.tag,
        "learning_rate": experiment.optimizer.learning_rate,
        "batch_size": str(experiment.batch_size),
        "seed": experiment.seed,
        "replicas": experiment.replicas,
        "fingerprint": fingerprint(dump_experiment(experiment)),
    }


def moving_columns(run: Run, iterations: int) -> dict[str, object]:
    """Give what changes of a run while it trains; the figures are of now, the iterations of what is written."""
    history = run.history
    return {
        "state": run.state.value,
        "message": run.message,
        "epochs": run.epochs,
        "iteration": iterations,
        "total_iterations": run.total_iterations,
        "iterations_per_epoch": run.iterations_per_epoch,
        "samples_per_iteration": history.batch_size if history is not None else 0,
        "train_size": history.train_size if history is not None else 0,
        "seconds": run.seconds,
        "train_cost": run.train_cost,
        "train_accuracy": run.train_accuracy,
        "test_cost": run.test_cost,
        "test_accuracy": run.test_accuracy,
    }


@cache
def versions() -> str:
    """Tell what trains: the versions of joml, NumPy and Python."""
    try:
        numpy = version("numpy")
    except PackageNotFoundError:  # frozen into a program
        numpy = "?"
    return json.dumps({"joml": __version__, "numpy": numpy, "python": platform.python_version()})
