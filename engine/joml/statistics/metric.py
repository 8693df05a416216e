"""Metrics: further figures of predictions beside the cost and the score, built in or custom."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np

from joml.array_types import Array
from joml.declaration import declare, parts_of
from joml.task import Task
from joml.validation import require_kind

#: Whether higher or lower values of a metric are better.
Better = Literal["higher", "lower"]
#: A function of the (outputs, samples) arrays ``y_hat`` and ``y``, passed by these names.
MetricFunction = Callable[..., Any]

F = TypeVar("F", bound=MetricFunction)


@dataclass(frozen=True, slots=True)
class MetricTraits:
    """The tasks that a metric is defined for, and whether higher or lower values are better."""

    tasks: tuple[Task, ...]
    better: Better = "higher"


def declare_metric(name: str, title: str, formula: str, *tasks: Task, better: Better = "higher") -> Callable[[F], F]:
    """Declare a function of ``y_hat`` and ``y`` as a metric of some tasks; a decorator.

    Parameters
    ----------
    name, title, formula : str
        As for ``joml.declaration.declare``.
    *tasks : {"classes", "multilabel", "regression"}
    better : {"higher", "lower"}, default "higher"

    Returns
    -------
    callable
        Takes the function and returns it unchanged.
    """
    return declare("metric", name, title, formula, traits=MetricTraits(tasks, better))


@dataclass(frozen=True, slots=True)
class Metric:
    """A named function of predictions and targets.

    Parameters
    ----------
    name : str
    function : callable
        Takes the (outputs, samples) arrays ``y_hat`` and ``y`` by these names, must not change them, and returns a
        number.
    better : {"higher", "lower"}, default "higher"
        Whether higher or lower values are better, for early stopping.

    Raises
    ------
    ValueError
        ``better`` is neither.
    """

    name: str
    function: MetricFunction
    better: Better = "higher"

    def __post_init__(self) -> None:
        if self.better not in ("higher", "lower"):
            raise ValueError(f"better must be higher or lower, got {self.better!r}")

    @classmethod
    def of(cls, given: Metric | str | MetricFunction) -> Metric:
        """Return ``given`` as a metric: the name of a built-in one, or a function, whose name it takes.

        Raises
        ------
        ValueError
            There is no metric of this name.
        """
        if isinstance(given, Metric):
            return given
        if isinstance(given, str):
            parts = parts_of("metric")
            if given not in parts:
                raise ValueError(f"there is no metric {given!r}; there are {', '.join(parts)}")
            return cls(given, parts[given].make, parts[given].traits.better)
        require_kind(callable(given), given, "a metric", "a name, a Metric, or a function of y_hat and y")
        return cls(getattr(given, "__name__", type(given).__name__), given)


@dataclass(slots=True)
class MetricSet:
    """Several metrics of the same predictions, with a record of those that could not be measured.

    Attributes
    ----------
    metrics : tuple of Metric
    faults : dict of str to str
        The first reason why a metric could not be measured, by its name.
    """

    metrics: tuple[Metric, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Sequence[Metric | str | MetricFunction]) -> MetricSet:
        """Return the given metrics as a set.

        Raises
        ------
        ValueError
            There is no such metric, two have the same name, or a name alone is given in place of a list.
        """
        if isinstance(given, str):
            raise ValueError(f"metrics must be a list of metrics, such as [{given!r}], got {given!r}")
        metrics = tuple(map(Metric.of, given))
        names = [metric.name for metric in metrics]
        twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
        if twice is not None:
            raise ValueError(f"two metrics are called {twice!r}: give one of them another name, by Metric(name, ...)")
        return cls(metrics)

    def named(self, name: str) -> Metric | None:
        """Return the metric with this name; None if there is none."""
        return next((metric for metric in self.metrics if metric.name == name), None)

    def measure(self, y_hat: Array, y: Array) -> Mapping[str, float]:
        """Return each metric's value for y_hat and y; nan where it could not be measured or y_hat is not finite."""
        if not self.metrics:
            return {}
        if not np.isfinite(y_hat).all():
            return {metric.name: math.nan for metric in self.metrics}
        y_hat, y = _read_only(y_hat), _read_only(y)
        return {metric.name: self._measure_one(metric, y_hat, y) for metric in self.metrics}

    def _measure_one(self, metric: Metric, y_hat: Array, y: Array) -> float:
        try:
            value = metric.function(y_hat=y_hat, y=y)
        except (Exception, SystemExit) as error:  # a custom function may raise anything; it must not end the run
            self.faults.setdefault(metric.name, f"{type(error).__name__}: {error}".removesuffix(": "))
            return math.nan
        number = np.asarray(value)
        if number.ndim or number.dtype.kind not in "iuf" or not np.isfinite(number):
            self.faults.setdefault(metric.name, f"it returned {repr(value)[:60]}, which is not a finite number")
            return math.nan
        return float(number)


def _read_only(values: Array) -> Array:
    view = values.view()
    view.flags.writeable = False
    return view
