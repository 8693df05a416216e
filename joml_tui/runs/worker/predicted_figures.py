"""Figures of networks' predictions of a part of the data beside cost and score, measured block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml import Network
from joml.array_types import Array
from joml.statistics.class_figures import (
    average_precision_of,
    balanced_accuracy_by_chance,
    balanced_accuracy_of,
    mean_average_precision,
    precisions,
    recalls,
)
from joml.statistics.metrics import confusion, largest
from joml.task import Task
from joml_tui.runs.run_record import ClassResult

#: Samples that are predicted at a time, so that the outputs of a large part do not have to fit into memory.
_BLOCK = 1 << 14
#: Most outputs that are kept and sorted for average precision: a second's work, and 16 MB.
_MOST_OUTPUTS = 1 << 22
#: Most classes whose figures are recorded one by one.
_MOST_CLASSES = 100


class PredictedFigures(NamedTuple):
    """Figures of the predictions of a part; with replicas the means over the networks.

    Attributes
    ----------
    root_mean_squared_error : float or None
        In the units of y; None unless y are values.
    classes : ClassResult or None
        None unless the task is classes.
    """

    root_mean_squared_error: float | None = None
    classes: ClassResult | None = None


def measure_predictions(networks: Sequence[Network], x: Array, y: Array, task: Task) -> PredictedFigures:
    """Return the figures of the networks' predictions of x, (features, samples), against y, (outputs, samples)."""
    with np.errstate(all="ignore"):
        if task == "regression":
            return PredictedFigures(float(np.mean([_root_mean_squared_error(each, x, y) for each in networks])))
        if task == "classes":
            sorts = len(networks) * y.size <= _MOST_OUTPUTS
            return PredictedFigures(classes=_mean_of([_of_classes(each, x, y, sorts) for each in networks]))
    return PredictedFigures()


def _blocks(network: Network, x: Array, y: Array) -> Iterator[tuple[Array, Array, slice]]:
    """Yield predictions and targets of one block of samples after another, with its place."""
    for start in range(0, x.shape[1], _BLOCK):
        block = slice(start, min(start + _BLOCK, x.shape[1]))
        yield network.predict(x[:, block]), y[:, block], block


def _root_mean_squared_error(network: Network, x: Array, y: Array) -> float:
    total = 0.0
    for y_hat, true, _ in _blocks(network, x, y):
        total += float(np.square(np.subtract(y_hat, true, dtype=np.float64)).sum())
    return math.sqrt(total / y.size)


def _of_classes(network: Network, x: Array, y: Array, sorts: bool) -> ClassResult:
    """Return a network's figures of the classes; ``sorts`` says whether average precision is measured."""
    classes = len(y)
    counts, missing = np.zeros((classes, classes), np.int64), 0
    # Of two classes the average precision is the second's, which needs its outputs alone.
    first = 1 if classes == 2 else 0
    outputs: Array = np.empty((classes - first if sorts else 0, y.shape[1]), y.dtype)
    for y_hat, true, block in _blocks(network, x, y):
        counted = confusion("classes", y_hat, true)
        counts += counted.counts[0]
        missing += counted.missing
        if sorts:
            outputs[:, block] = y_hat[first:]
    recall, precision = (recalls(counts), precisions(counts)) if not missing else (np.full(classes, np.nan),) * 2
    listed = slice(0 if classes > _MOST_CLASSES else None)
    return ClassResult(
        math.nan if missing else balanced_accuracy_of(counts),
        _average_precision(outputs, largest(y), first) if sorts else None,
        tuple(recall[listed].tolist()),
        tuple(precision[listed].tolist()),
        math.nan if missing else balanced_accuracy_by_chance(counts),
    )


def _average_precision(outputs: Array, true: NDArray[np.intp], first: int) -> float:
    """Return the average precision from the outputs of the classes from ``first`` on."""
    each = [average_precision_of(row, true == first + place) for place, row in enumerate(outputs)]
    return mean_average_precision([math.nan] * first + each)


def _mean_of(results: Sequence[ClassResult]) -> ClassResult:
    """Return the means of the figures of several networks; nan where one of them has none."""
    if len(results) == 1:
        return results[0]
    averages = [each.average_precision for each in results if each.average_precision is not None]
    return ClassResult(
        float(np.mean([each.balanced_accuracy for each in results])),
        float(np.mean(averages)) if averages else None,
        tuple(np.mean([each.recalls for each in results], axis=0).tolist()),
        tuple(np.mean([each.precisions for each in results], axis=0).tolist()),
        float(np.mean([math.nan if each.by_chance is None else each.by_chance for each in results])),
    )
