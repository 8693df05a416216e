"""A run's settings and figures, as shown by lists, filters, comparisons and exports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from msgspec import Struct, structs

from joml.task import TARGETS, Task, find_task
from joml_tui.experiment.cost_scale import (
    SMOOTHED,
    STANDARDISED,
    CostScale,
    cost_mark_of,
    cost_name_of,
    error_name_of,
)
from joml_tui.names import figure_name, metric_title
from joml_tui.runs.figure_text import format_figure

Part = Literal["train", "validation", "test"]
#: The parts of a run's data, in the order of display.
PARTS: tuple[Part, ...] = ("train", "validation", "test")
#: The figures of each part.
QUANTITIES = ("cost", "accuracy")
#: States of runs whose training went as it should.
_TRAINED = ("finished", "stopped", "interrupted")
#: Metrics that are the score of a task, and so have its columns.
SCORE_METRICS = ("accuracy", "r2")

_LAYERS = re.compile(r"-(\d+)(?:x(\d+))?")


class ClassResult(Struct, frozen=True, array_like=True):
    """The results of each class on one part of a run's data; with replicas the means of those that count.

    A figure that is not defined is nan: ``joml.statistics.class_figures`` says when.

    Attributes
    ----------
    balanced_accuracy : float
    average_precision : float or None
        Of two classes the second's, else the mean over the classes. None if there are too many outputs to sort.
    recalls, precisions : tuple of float
        One per class, in the order of the classes; empty if there are many classes.
    by_chance : float or None
        The highest balanced accuracy that is consistent with chance; None for runs recorded by earlier versions.
    """

    balanced_accuracy: float
    average_precision: float | None = None
    recalls: tuple[float, ...] = ()
    precisions: tuple[float, ...] = ()
    by_chance: float | None = None


class AnswerResult(Struct, frozen=True, array_like=True):
    """The results of each of several yes-or-no answers on one part of a run's data, in their order.

    A figure that is not defined is nan, as in `ClassResult`; with replicas they are means.

    Attributes
    ----------
    average_precision : float or None
        The mean over the answers with a yes. None if there are too many outputs to sort.
    average_precisions : tuple of float
        One per answer; empty if there are too many.
    rights : tuple of float
        Shares of the samples with the right answer.
    recalls, precisions : tuple of float
        Of yes.
    """

    average_precision: float | None = None
    average_precisions: tuple[float, ...] = ()
    rights: tuple[float, ...] = ()
    recalls: tuple[float, ...] = ()
    precisions: tuple[float, ...] = ()


class ValueResult(Struct, frozen=True, array_like=True):
    """The results of each of several values on one part of a run's data, in their order and the data's units.

    With replicas they are means; nan where a prediction is not finite.

    Attributes
    ----------
    r2s : tuple of float
        nan for a value that is the same in all samples of the part.
    root_mean_squared_errors, mean_absolute_errors : tuple of float
    """

    r2s: tuple[float, ...] = ()
    root_mean_squared_errors: tuple[float, ...] = ()
    mean_absolute_errors: tuple[float, ...] = ()


class PartResult(Struct, frozen=True, array_like=True):
    """The results of a run's kept weights on one part of its data.

    Attributes
    ----------
    samples : int or None
        None for runs recorded by earlier versions.
    cost, accuracy : float
        Over all samples of the part; for values the accuracy is R2. With replicas, the mean of those that did not
        diverge, or of all if all did.
    mean_absolute_error : float or None
        For values, in the data's unit; None if several outputs were standardised, as each has its own unit.
    cost_spread, accuracy_spread : float or None
        Sample standard deviations (n - 1) over these replicas; None for a single one.
    metrics : dict of str to float
        Further metrics by name; nan if one could not be measured.
    root_mean_squared_error : float or None
        For values, as the mean absolute error; None for runs recorded by earlier versions.
    classes : ClassResult or None
        None unless the task is classes, and for runs recorded by earlier versions.
    by_chance : float or None
        The accuracy up to which nothing was learnt but the most frequent class, or R2 but the mean; None for the
        training part, and for runs recorded by earlier versions.
    answers : AnswerResult or None
        None unless the task is multilabel, and for runs recorded by earlier versions.
    values : ValueResult or None
        None unless there are several values to predict, and for runs recorded by earlier versions.
    """

    samples: int | None
    cost: float
    accuracy: float
    mean_absolute_error: float | None = None
    cost_spread: float | None = None
    accuracy_spread: float | None = None
    metrics: dict[str, float] = {}
    root_mean_squared_error: float | None = None
    classes: ClassResult | None = None
    by_chance: float | None = None
    answers: AnswerResult | None = None
    values: ValueResult | None = None

    @property
    def is_by_chance(self) -> bool:
        """Return whether neither the score nor the mean recall of the classes shows that anything was learnt."""
        if self.by_chance is None or not self.accuracy <= self.by_chance:
            return False
        classes = self.classes
        return classes is None or classes.by_chance is None or not classes.balanced_accuracy > classes.by_chance


class Results(Struct, frozen=True, array_like=True):
    """The results of a run: figures of the kept weights on each part, measured once at the end.

    Attributes
    ----------
    kept_iteration : int
        The iteration of the kept weights: the best one if early stopping restored it, else the last. With replicas, the
        first one's.
    stopped_early : bool
        Whether early stopping ended the run.
    train, validation, test : PartResult or None
        None if the data have no such part, or if it was not recorded.
    networks : int
        Number of networks averaged: replicas that did not diverge.
    metric_faults : dict of str to str
        The first reason why a metric could not be measured, by name.
    overfitted_since : int or None
        The iteration since when the run overfitted; None if it did not, if its best weights are kept, and for runs
        recorded by earlier versions.
    """

    kept_iteration: int
    stopped_early: bool
    train: PartResult | None = None
    validation: PartResult | None = None
    test: PartResult | None = None
    networks: int = 1
    metric_faults: dict[str, str] = {}
    overfitted_since: int | None = None

    def of(self, part: Part) -> PartResult | None:
        """Return the figures on a part."""
        result: PartResult | None = getattr(self, part)
        return result


class RunRecord(Struct, frozen=True, array_like=True):
    """A run's settings and results for lists.

    The store keeps arrays of these fields, so new fields are added at the end, with a default.

    Attributes
    ----------
    network : str
        Such as "14-28x6-4"; empty if the data set that decides it cannot be read.
    parameters : int
    dataset, optimizer : str
    learning_rate : float
        The initial learning rate.
    batch_size : int or "all"
    seed, replicas, epochs : int
    iteration, total_iterations, iterations_per_epoch : int
        0 if training never started.
    seconds : float
        Seconds of training.
    train_cost, train_accuracy, validation_cost, validation_accuracy, test_cost, test_accuracy : float or None
        Figures of the kept weights if there are `results`. Before the end, and for runs of versions without results:
        the mean over the mini-batches of the latest epoch, and the latest check. For values, accuracies are R2.
    task : {"classes", "multilabel", "regression"}
    results : Results or None
        Results of the kept weights; None before the end.
    cost_unit : str
        The unit of costs, such as "nats" or "squared error, standardised"; empty for runs recorded by earlier versions.
    metrics : dict of str to float
        Further metrics by names such as "test_macro_f1", of the same weights as the other figures.
    cost_scale : CostScale or None
        The conversion of costs to an error in the units of the data; None if there is no exact one, and for runs
        recorded by earlier versions.
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
    if TYPE_CHECKING:
        task: Task = "classes"
    else:
        task: Literal[*TARGETS, *TARGETS.values()] = "classes"
    validation_cost: float | None = None
    validation_accuracy: float | None = None
    results: Results | None = None
    cost_unit: str = ""
    metrics: dict[str, float] = {}
    cost_scale: CostScale | None = None

    def __post_init__(self) -> None:
        """Take the task by the name that it has now: earlier versions have recorded others."""
        structs.force_setattr(self, "task", find_task(self.task))

    @property
    def epoch(self) -> int:
        """The epoch of the last iteration, counted from 1; 0 before the first."""
        return -(-self.iteration // self.iterations_per_epoch) if self.iterations_per_epoch else 0

    @property
    def steps_per_second(self) -> float:
        """Iterations per second over the whole training; 0 before it."""
        return self.iteration / self.seconds if self.seconds > 0 else 0.0

    @property
    def hidden_layers(self) -> int | None:
        """Number of hidden layers; None if the network is unknown."""
        if not self.network:
            return None
        return sum(int(times or 1) for _, times in _LAYERS.findall(self.network)) - 1

    @property
    def kept_iteration(self) -> int | None:
        """The iteration of the kept weights; None before the end."""
        return None if self.results is None else self.results.kept_iteration

    @property
    def chance_note(self) -> str:
        """The phrase "at chance" or "at the mean" for a run whose kept weights have learnt nothing; else ""."""
        results = self.results
        part = None if results is None else results.test or results.validation
        if part is None or not part.is_by_chance:
            return ""
        return "at the mean" if self.task == "regression" else "at chance"

    @property
    def outcome_note(self) -> str:
        """The phrase "at chance", "at the mean" or "overfitted" where a run went wrong without diverging; else ""."""
        overfitted = self.results is not None and self.results.overfitted_since is not None
        return self.chance_note or ("overfitted" if overfitted else "")

    def figure(self, part: Part, quantity: str) -> float | None:
        """Return the cost or the accuracy on a part."""
        value: float | None = getattr(self, f"{part}_{quantity}")
        return value

    @property
    def error_name(self) -> str:
        """The short name of the error that its cost is in the units of the data, such as RMSE; empty without one."""
        return error_name_of(self.cost_scale)

    @property
    def cost_mark(self) -> str:
        """The mark of its costs in tables, such as RMSE; see `cost_mark_of`."""
        return cost_mark_of(self.cost_scale, self.cost_unit)

    @property
    def cost_name(self) -> str:
        """The name of the figure that is shown for costs: an error in the units of the data, or a cost."""
        return cost_name_of(self.cost_scale, self.cost_unit)

    def cost_in_units(self, part: Part) -> float | None:
        """Return the error on a part that its cost is in the units of the data; None where there is no conversion.

        Of ended replicas it is the mean of their root mean squared errors, as in their results.
        """
        cost, scale = self.figure(part, "cost"), self.cost_scale
        if cost is None or scale is None:
            return None
        of_networks: float | None = self.result(part, scale.figure) if self.replicas > 1 else None
        return scale.convert(cost) if of_networks is None else of_networks

    def spread(self, part: Part, quantity: str) -> float | None:
        """Return the standard deviation over replicas of a cost or an accuracy on a part."""
        value: float | None = self.result(part, f"{quantity}_spread")
        return value

    def class_result(self, part: Part, name: str) -> Any:
        """Return an attribute of a part's `ClassResult`; None if there is none."""
        classes = self.result(part, "classes")
        return None if classes is None else getattr(classes, name)

    def average_precision(self, part: Part) -> float | None:
        """Return the average precision of the classes or of the answers on a part; None if there is none."""
        named = "answers" if self.task == "multilabel" else "classes"
        result: ClassResult | AnswerResult | None = self.result(part, named)
        return None if result is None else result.average_precision

    def result(self, part: Part, name: str) -> Any:
        """Return an attribute of a part's `PartResult`; None if there is no result."""
        result = None if self.results is None else self.results.of(part)
        return None if result is None else getattr(result, name)


class Listed(Protocol):
    """A run of the lab or of the store in a list."""

    @property
    def number(self) -> int:
        """The run's number."""

    @property
    def name(self) -> str:
        """The user's name for the run, or ""."""

    @property
    def label(self) -> str:
        """The run's name or network, with its number."""

    @property
    def note(self) -> str:
        """The user's note on the run."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The run's tags."""

    @property
    def status(self) -> tuple[str, str]:
        """The run's state, and why it ended if there is a reason."""

    @property
    def record(self) -> RunRecord:
        """The run's settings and figures."""


def metrics_on(part: Part, measured: Mapping[str, float]) -> dict[str, float]:
    """Return metrics on a part by names such as ``test_macro_f1``, without those that are the score."""
    return {f"{part}_{figure_name(name)}": value for name, value in measured.items() if name not in SCORE_METRICS}


def metrics_of_results(results: Results) -> dict[str, float]:
    """Return the further metrics of all parts by names such as ``test_macro_f1``."""
    metrics: dict[str, float] = {}
    for part in PARTS:
        result = results.of(part)
        metrics |= {} if result is None else metrics_on(part, result.metrics)
    return metrics


def metric_lines(record: RunRecord) -> list[str]:
    """Return one line per further metric: ``macro F1: train 0.9312, test 0.9127``."""
    figures: dict[str, list[str]] = {}
    for name, value in record.metrics.items():
        part, _, metric = name.partition("_")
        figures.setdefault(metric, []).append(f"{part} {format_figure(value)}")
    return [f"{metric_title(metric)}: {', '.join(measured)}" for metric, measured in figures.items()]


def describe_state(state: str, record: RunRecord) -> str:
    """Return a run's state with what its end says of it, such as "finished", "finished, at chance" or "overfitted"."""
    note = record.outcome_note if state in _TRAINED else ""
    return f"{state}, {note}" if note else state


def describe_costs(record: RunRecord) -> str:
    """Return a phrase on the unit of costs."""
    unit = record.cost_unit
    if unit in ("nats", SMOOTHED):
        return f"costs are in {unit}"
    measured = ""
    if record.cost_scale is not None:  # errors in the units of the data stand in their place
        costs = ((part, record.figure(part, "cost")) for part in PARTS)
        measured = "".join(f", {part} {format_figure(cost)}" for part, cost in costs if cost is not None)
    if unit.endswith(STANDARDISED):
        kind = unit.removesuffix(STANDARDISED)
        return f"costs are those of the standardised values that the network learns: {kind}{measured}"
    return f"costs: {unit}, in the data's units{measured}"
