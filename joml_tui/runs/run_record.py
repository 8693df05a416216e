"""RunRecord: a run's settings and figures as lists, filters, comparisons and exports show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isnan
from typing import Any, Literal, Protocol

from msgspec import Struct

from joml_tui.experiment import STANDARDISED, Task, figure_name

Part = Literal["train", "validation", "test"]
#: The parts of a run's data, in the order in which their figures are shown.
PARTS: tuple[Part, ...] = ("train", "validation", "test")
#: What is measured on each part.
QUANTITIES = ("cost", "accuracy")
#: Metrics that are the score of a task, and have its columns.
SCORE_METRICS = ("accuracy", "r2")

_LAYERS = re.compile(r"-(\d+)(?:x(\d+))?")


class PartResult(Struct, frozen=True, array_like=True):
    """What the weights that a run keeps score on one part of its data.

    Attributes
    ----------
    samples : int or None
        None where it is not known, of runs that an earlier version recorded.
    cost, accuracy : float
        Over all samples of the part; where y are values, the accuracy is R2. Of replicas the mean of those that did
        not diverge, or of all where all did.
    mean_absolute_error : float or None
        Of values, in the data's unit; None where several outputs were standardised, as each has a unit of its own.
    cost_spread, accuracy_spread : float or None
        Sample standard deviations (n - 1) over these replicas; None of a single one.
    metrics : dict of str to float
        What was measured besides, by name; nan where it could not be.
    """

    samples: int | None
    cost: float
    accuracy: float
    mean_absolute_error: float | None = None
    cost_spread: float | None = None
    accuracy_spread: float | None = None
    metrics: dict[str, float] = {}


class Results(Struct, frozen=True, array_like=True):
    """What a run has reached: figures of the weights that it keeps, each part of its data measured once at its end.

    Attributes
    ----------
    kept_iteration : int
        The iteration after which the kept weights are: the best one's where early stopping has put them back, else
        the last. Of replicas the first one's.
    stopped_early : bool
        Whether early stopping ended it.
    train, validation, test : PartResult or None
        None where the data have no such part, or where it is not known.
    networks : int
        How many networks the figures are the mean of: replicas that did not diverge.
    metric_faults : dict of str to str
        Why a metric could not be measured, the first time that it could not, by its name.
    """

    kept_iteration: int
    stopped_early: bool
    train: PartResult | None = None
    validation: PartResult | None = None
    test: PartResult | None = None
    networks: int = 1
    metric_faults: dict[str, str] = {}

    def of(self, part: Part) -> PartResult | None:
        """Return the figures on a part."""
        result: PartResult | None = getattr(self, part)
        return result


class RunRecord(Struct, frozen=True, array_like=True):
    """A run's settings and what it has reached, as a list shows them.

    The store holds arrays of these fields: new ones are added at the end, with a default.

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
    train_cost, train_accuracy, validation_cost, validation_accuracy, test_cost, test_accuracy : float or None
        Of the kept weights where there are `results`. Before its end, or where it was recorded by a version without
        them: the mean over the mini-batches of the latest epoch, and the latest measurement on the way. Where y are
        values, accuracies are R2.
    task : {"classes", "answers", "values"}
    results : Results or None
        What the kept weights score; None before the end.
    cost_unit : str
        What the costs are in, such as "nats" or "squared error, standardised"; nothing where it is not known, of runs
        that an earlier version recorded.
    metrics : dict of str to float
        What is measured beside cost and score, by names such as "test_macro_f1"; of the weights that the other
        figures are of.
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
    validation_cost: float | None = None
    validation_accuracy: float | None = None
    results: Results | None = None
    cost_unit: str = ""
    metrics: dict[str, float] = {}

    @property
    def epoch(self) -> int:
        """The epoch of the last iteration, counted from 1; 0 before the first."""
        return -(-self.iteration // self.iterations_per_epoch) if self.iterations_per_epoch else 0

    @property
    def steps_per_second(self) -> float:
        """Iterations a second over the whole training; 0 before it."""
        return self.iteration / self.seconds if self.seconds > 0 else 0.0

    @property
    def hidden_layers(self) -> int | None:
        """Number of hidden layers; None where the network is not known."""
        if not self.network:
            return None
        return sum(int(times or 1) for _, times in _LAYERS.findall(self.network)) - 1

    @property
    def kept_iteration(self) -> int | None:
        """The iteration after which the kept weights are; None before the end."""
        return None if self.results is None else self.results.kept_iteration

    def figure(self, part: Part, quantity: str) -> float | None:
        """Return the cost or the accuracy on a part."""
        value: float | None = getattr(self, f"{part}_{quantity}")
        return value

    def spread(self, part: Part, quantity: str) -> float | None:
        """Return the standard deviation over replicas of a cost or an accuracy on a part."""
        value: float | None = self.result(part, f"{quantity}_spread")
        return value

    def result(self, part: Part, name: str) -> Any:
        """Return an attribute of the `PartResult` of a part; None where there is no result."""
        result = None if self.results is None else self.results.of(part)
        return None if result is None else getattr(result, name)


class Listed(Protocol):
    """A run as a list shows it: of the lab, or of the store."""

    @property
    def number(self) -> int:
        """What it is called by."""

    @property
    def name(self) -> str:
        """What the user called it, or nothing."""

    @property
    def label(self) -> str:
        """Its name or network, with its number."""

    @property
    def note(self) -> str:
        """What the user wrote about it."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find it by."""

    @property
    def status(self) -> tuple[str, str]:
        """Its state, and why it ended where there is something to say."""

    @property
    def record(self) -> RunRecord:
        """Its settings and figures."""


def metrics_on(part: Part, measured: Mapping[str, float]) -> dict[str, float]:
    """Return metrics on a part by names such as ``test_macro_f1``; those that are the score are left out."""
    return {f"{part}_{figure_name(name)}": value for name, value in measured.items() if name not in SCORE_METRICS}


def metrics_of_results(results: Results) -> dict[str, float]:
    """Return what was measured beside cost and score on all parts, by names such as ``test_macro_f1``."""
    found: dict[str, float] = {}
    for part in PARTS:
        result = results.of(part)
        found |= {} if result is None else metrics_on(part, result.metrics)
    return found


def metric_lines(record: RunRecord) -> list[str]:
    """Write what was measured beside cost and score, a line each: ``macro_f1: train 0.9312, test 0.9127``."""
    figures: dict[str, list[str]] = {}
    for name, value in record.metrics.items():
        part, _, metric = name.partition("_")
        figures.setdefault(metric, []).append(f"{part} {'-' if isnan(value) else f'{value:.4f}'}")
    return [f"{metric}: {', '.join(measured)}" for metric, measured in figures.items()]


def describe_costs(unit: str) -> str:
    """Say what costs are in."""
    if unit.endswith(STANDARDISED):
        kind = unit.removesuffix(STANDARDISED)
        return f"costs are those of the standardised values that the network learns: {kind}"
    return f"costs are in {unit}" if unit == "nats" else f"costs: {unit}, in the data's units"
