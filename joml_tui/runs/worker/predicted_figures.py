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
    average_precisions_of_answers,
    balanced_accuracy_by_chance,
    balanced_accuracy_of,
    mean_average_precision,
    mean_where_defined,
    precisions,
    recalls,
)
from joml.statistics.metrics import confusion, largest
from joml.task import Task
from joml_tui.runs.run_record import AnswerResult, ClassResult, ValueResult

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
    answers : AnswerResult or None
        None unless the task is multilabel.
    values : ValueResult or None
        In the units of y; None unless y are several values.
    """

    root_mean_squared_error: float | None = None
    classes: ClassResult | None = None
    answers: AnswerResult | None = None
    values: ValueResult | None = None


def measure_predictions(networks: Sequence[Network], x: Array, y: Array, task: Task) -> PredictedFigures:
    """Return the figures of the networks' predictions of x, (features, samples), against y, (outputs, samples)."""
    with np.errstate(all="ignore"):
        if task == "regression":
            return _mean_of_values([_of_values(each, x, y) for each in networks])
        sorts = len(networks) * y.size <= _MOST_OUTPUTS
        if task == "classes":
            return PredictedFigures(classes=_mean_of([_of_classes(each, x, y, sorts) for each in networks]))
        return PredictedFigures(answers=_mean_of_answers([_of_answers(each, x, y, sorts) for each in networks]))


def _blocks(network: Network, x: Array, y: Array) -> Iterator[tuple[Array, Array, slice]]:
    """Yield predictions and targets of one block of samples after another, with its place."""
    for start in range(0, x.shape[1], _BLOCK):
        block = slice(start, min(start + _BLOCK, x.shape[1]))
        yield network.predict(x[:, block]), y[:, block], block


# --- values ---------------------------------------------------------------------------------------------------------


def _of_values(network: Network, x: Array, y: Array) -> tuple[float, ValueResult]:
    """Return a network's root mean squared error over all values, and the figures of each."""
    total, squares, distances = 0.0, np.zeros(len(y)), np.zeros(len(y))
    for y_hat, true, _ in _blocks(network, x, y):
        errors = np.subtract(y_hat, true, dtype=np.float64)
        distances += np.abs(errors).sum(axis=1)
        np.square(errors, out=errors)
        total += float(errors.sum())
        squares += errors.sum(axis=1)
    samples = y.shape[1]
    each = ValueResult(
        tuple(1 - square / variation for square, variation in zip(squares.tolist(), _variations(y), strict=True)),
        tuple(np.sqrt(squares / samples).tolist()),
        tuple((distances / samples).tolist()),
    )
    return math.sqrt(total / y.size), each


def _variations(y: Array) -> Iterator[float]:
    """Yield the sum of squares of each value around its mean; nan if it does not vary."""
    for row in y:
        exact = row.astype(np.float64)
        yield float(np.square(exact - exact.mean()).sum()) if (row != row[0]).any() else math.nan


def _mean_of_values(results: Sequence[tuple[float, ValueResult]]) -> PredictedFigures:
    values = [each for _, each in results]
    several = len(values[0].r2s) > 1
    of_all = ValueResult(
        _means([each.r2s for each in values]),
        _means([each.root_mean_squared_errors for each in values]),
        _means([each.mean_absolute_errors for each in values]),
    )
    error = float(np.mean([root_mean_squared_error for root_mean_squared_error, _ in results]))
    return PredictedFigures(error, values=of_all if several else None)


# --- answers --------------------------------------------------------------------------------------------------------


def _of_answers(network: Network, x: Array, y: Array, sorts: bool) -> AnswerResult:
    """Return a network's figures of the answers; ``sorts`` says whether average precision is measured."""
    questions = len(y)
    counts, missing = np.zeros((questions, 2, 2), np.int64), 0
    outputs: Array = np.empty((questions if sorts else 0, y.shape[1]), y.dtype)
    for y_hat, true, block in _blocks(network, x, y):
        counted = confusion("multilabel", y_hat, true)
        counts += counted.counts
        missing += counted.missing
        if sorts:
            outputs[:, block] = y_hat
    averages = average_precisions_of_answers(outputs, y).tolist() if sorts else []
    average = mean_where_defined(averages) if sorts else None
    if questions > _MOST_CLASSES:
        return AnswerResult(average)
    tables = np.full((questions, 2, 2), np.nan) if missing else counts
    return AnswerResult(
        average,
        tuple(averages),
        tuple(float(np.trace(table) / table.sum()) for table in tables),
        tuple(float(recalls(table)[1]) for table in tables),
        tuple(float(precisions(table)[1]) for table in tables),
    )


def _mean_of_answers(results: Sequence[AnswerResult]) -> AnswerResult:
    averages = [each.average_precision for each in results if each.average_precision is not None]
    return AnswerResult(
        float(np.mean(averages)) if averages else None,
        _means([each.average_precisions for each in results]),
        _means([each.rights for each in results]),
        _means([each.recalls for each in results]),
        _means([each.precisions for each in results]),
    )


def _means(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """Return the mean of each figure over several networks; nan where one of them has none."""
    return rows[0] if len(rows) == 1 else tuple(np.mean(rows, axis=0).tolist())


# --- classes --------------------------------------------------------------------------------------------------------


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
        _means([each.recalls for each in results]),
        _means([each.precisions for each in results]),
        float(np.mean([math.nan if each.by_chance is None else each.by_chance for each in results])),
    )
