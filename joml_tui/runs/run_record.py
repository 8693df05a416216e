"""RunRecord: a run's settings and figures as lists, filters, comparisons and exports show them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, Protocol

from msgspec import Struct, structs

from joml_tui.experiment import STANDARDISED, Experiment, Task
from joml_tui.runs.run_filter import Facts
from joml_tui.runs.setting_paths import setting_values

Part = Literal["train", "validation", "test"]
#: The parts of a run's data, in the order in which their figures are shown.
PARTS: tuple[Part, ...] = ("train", "validation", "test")
#: What is measured on each part.
QUANTITIES = ("cost", "accuracy")

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
    """

    samples: int | None
    cost: float
    accuracy: float
    mean_absolute_error: float | None = None
    cost_spread: float | None = None
    accuracy_spread: float | None = None


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
    """

    kept_iteration: int
    stopped_early: bool
    train: PartResult | None = None
    validation: PartResult | None = None
    test: PartResult | None = None
    networks: int = 1

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
        value: float | None = _measured(self.results, part, f"{quantity}_spread")
        return value


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


def describe_costs(unit: str) -> str:
    """Say what costs are in."""
    if unit.endswith(STANDARDISED):
        kind = unit.removesuffix(STANDARDISED)
        return f"costs are those of the standardised values that the network learns: {kind}"
    return f"costs are in {unit}" if unit == "nats" else f"costs: {unit}, in the data's units"


def scores_of(record: RunRecord) -> dict[str, float | None]:
    """Return costs, accuracies and R2 by their names, such as ``test_cost``; a run has accuracies or R2, not both."""
    values = record.task == "values"
    found: dict[str, float | None] = {}
    for part in PARTS:
        score = record.figure(part, "accuracy")
        found[f"{part}_cost"] = record.figure(part, "cost")
        found[f"{part}_accuracy"] = None if values else score
        found[f"{part}_r2"] = score if values else None
    return found


def spreads_of(record: RunRecord) -> dict[str, float | None]:
    """Return the standard deviations over replicas by their names, such as ``test_cost_spread``."""
    return {f"{part}_{quantity}_spread": record.spread(part, quantity) for part in PARTS for quantity in QUANTITIES}


def fields_of(run: Listed) -> dict[str, Any]:
    """Return a run's settings and figures by the names that JSON, tables and filters use; None where it has none."""
    record = run.record
    state, message = run.status
    results = record.results
    plain = {
        name: value
        for name, value in structs.asdict(record).items()
        if name != "results" and name.rsplit("_", 1)[-1] not in QUANTITIES
    }
    return {
        "run": run.number,
        "name": run.name,
        "state": state,
        "message": message,
        **plain,
        "epoch": record.epoch,
        "layers": record.hidden_layers,
        **scores_of(record),
        **spreads_of(record),
        "kept_iteration": record.kept_iteration,
        "stopped_early": None if results is None else results.stopped_early,
        **{f"{part}_samples": _measured(results, part, "samples") for part in PARTS},
        "mean_absolute_error": _measured(results, "test", "mean_absolute_error"),
        "steps_per_second": record.steps_per_second,
        "tags": run.tags,
        "note": run.note,
    }


def facts_of(run: Listed, experiment: Callable[[], Experiment | None]) -> Facts:
    """Return what a filter can ask about a run, in the lab, among earlier runs and on the command line.

    Parameters
    ----------
    run : Listed
    experiment : callable
        Returns the run's experiment, None where it cannot be read; called once, where a filter asks for a setting.
    """
    fields: Mapping[str, Any] = fields_of(run)
    return Facts(
        texts={
            "name": f"{run.label} {run.name}",
            "network": fields["network"],
            "optimizer": fields["optimizer"],
            "dataset": fields["dataset"],
            "state": f"{fields['state']} {fields['message']}",
            "tags": " ".join(run.tags),
            "note": run.note,
        },
        numbers={
            "number": run.number,
            **{name: value for name, value in fields.items() if _is_number(value)},
        },
        settings=cache(lambda: _settings(experiment())),
    )


def _settings(experiment: Experiment | None) -> Mapping[str, Any]:
    return {} if experiment is None else setting_values(experiment)


def _measured(results: Results | None, part: Part, name: str) -> Any:
    result = None if results is None else results.of(part)
    return None if result is None else getattr(result, name)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
