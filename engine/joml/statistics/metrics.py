"""Scores of predictions; every accuracy, R2, mean absolute error and spread is computed here.

Each task has one score. For classes it is the accuracy, the share of samples whose largest output is at the place of
their largest y; y may be one-hot or shares of classes. For answers it is the share of correct answers over samples and
questions. For values it is R2, the share of the variance of y that is explained.

The score is nan, shown as a dash, in two cases: outputs that are not finite, as in a network that has diverged, and R2
without variance to explain, for one sample or for equal values. Neither depends on the unit of y.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.activations import Identity, Sigmoid, SoftMax
from joml.array_types import Array
from joml.cost import CrossEntropy
from joml.layer import OutputLayer
from joml.statistics.metric import declare_metric
from joml.task import SCORE_NAMES, Task, find_task, task_of

#: The reason why R2 is nan although every prediction is a number.
R2_NOT_DEFINED = "not defined: all values are equal"

#: Up to this many outputs, and from this many samples on, comparing outputs one by one is faster than ``argmax``.
_FEW_OUTPUTS, _MANY_SAMPLES = 16, 512
#: Samples at a time.
_BLOCK = 16_384


# --- the task ---------------------------------------------------------------------------------------------------------


def task_for(output: OutputLayer, y: Array) -> Task:
    """Return the task that an output layer is trained for if none is declared.

    Parameters
    ----------
    output : OutputLayer
        A softmax means classes, also if y are shares of classes. Linear outputs (``Identity``) mean a regression, even
        if all values are 0 or 1. For sigmoids y decides between answers and classes; for numbers other than 0 and 1
        they mean a regression, unless cross-entropy uses these as probabilities.
    y : (outputs, samples) array
        All y of the set; it decides for other functions: one-hot columns are classes, everything else is a regression.

    Returns
    -------
    {"classes", "multilabel", "regression"}
    """
    function = output.activation_function
    if isinstance(function, SoftMax):
        return "classes"
    if isinstance(function, Identity):
        return "regression"
    task = task_of(y)
    if isinstance(function, Sigmoid):
        return "multilabel" if task == "regression" and isinstance(output.cost_function, CrossEntropy) else task
    return "classes" if task == "classes" else "regression"


# --- the score of a task ----------------------------------------------------------------------------------------------


def score(task: Task, y_hat: ArrayLike, y: ArrayLike) -> float:
    """Return the score of a task: the accuracy, the share of correct answers, or R2.

    Parameters
    ----------
    task : {"classes", "multilabel", "regression"}
    y_hat, y : (outputs, samples) arrays
        Predictions and targets.

    Returns
    -------
    float
        nan where it is not defined.
    """
    return {"classes": accuracy, "multilabel": right_answers, "regression": r2}[find_task(task) or task](y_hat, y)


class Scoring:
    """The scores of single samples of one set, for outputs of one kind of network.

    Their mean over all samples of the set equals ``score``. The mean over a mini-batch is its contribution: R2 during
    training is relative to the variance of the whole training part.

    Parameters
    ----------
    output : OutputLayer
        The network's last layer.
    y : (outputs, samples) array
        All y of the set; the scores of values are relative to their variance.
    task : {"classes", "multilabel", "regression"}, optional
        The task; by default the result of ``task_for``.

    Attributes
    ----------
    task : {"classes", "multilabel", "regression"}

    Raises
    ------
    ValueError
        There is no such task.
    """

    def __init__(self, output: OutputLayer, y: Array, task: Task | None = None) -> None:
        named = find_task(task)
        if task is not None and named is None:
            raise ValueError(f"task must be one of {', '.join(SCORE_NAMES)}, got {task!r}")
        self._output = output
        self.task: Task = named or task_for(output, y)
        if self.task != "regression":  # classes of many samples take much memory in double precision
            return
        varies = _varies(y)
        # Deviations, not variances: the variance of values near 1e-27 would be 0 in float32, near 1e25 infinite.
        deviation = np.std(np.asarray(y, np.float64), axis=1, keepdims=True)
        self._deviation: Array = np.where(varies[:, np.newaxis], deviation, 1).astype(y.dtype)
        self._varying: NDArray[np.intp] | None = None if varies.all() else np.flatnonzero(varies)

    def per_sample(self, z: Array, y: Array) -> NDArray[Any]:
        """Return the score of every sample from the output layer's z, (..., outputs, samples) to (..., samples).

        For classes correct or not; for answers the share of correct outputs; for values 1 - (y_hat - y)^2 / variance,
        as the mean over the outputs that vary. nan where an output is not finite.
        """
        scores = self.per_finite_sample(z, y)
        missing = missing_outputs(z)
        return np.where(missing, np.nan, scores) if missing.any() else scores

    def per_finite_sample(self, z: Array, y: Array) -> NDArray[Any]:
        """Return the result of ``per_sample`` for z and y with a finite z, faster, for the training loop."""
        if self.task == "regression":
            errors = (self._output.predict(z) - y) / self._deviation
            if self._varying is not None:
                errors = errors[..., self._varying, :]
                if not len(self._varying):
                    return np.full(errors.shape[:-2] + errors.shape[-1:], np.nan, y.dtype)
            explained: Array = 1 - np.square(errors).mean(axis=-2)
            return explained
        if self.task == "classes":
            same: NDArray[np.bool_] = largest(z) == largest(y)
            return same
        yes = z > 0 if isinstance(self._output.activation_function, Sigmoid) else self._output.predict(z) > 0.5
        share: Array = (yes == (y > 0.5)).mean(axis=-2, dtype=y.dtype)
        return share


def predictions(task: Task, y_hat: Array) -> Array:
    """Return a task's predictions from y_hat, (outputs, samples): one-hot classes, answers of 0 or 1, or values.

    Classes and answers are nan where outputs are not finite.
    """
    if find_task(task) == "regression":
        return y_hat.copy()
    if task == "classes":
        predicted: Array = (largest(y_hat) == np.arange(len(y_hat))[:, np.newaxis]).astype(y_hat.dtype)
        predicted[:, missing_outputs(y_hat)] = np.nan
        return predicted
    return np.where(np.isfinite(y_hat), y_hat > 0.5, np.nan).astype(y_hat.dtype)


def missing_outputs(y_hat: Array) -> NDArray[np.bool_]:
    """Return which samples of y_hat have outputs that are not finite, and so no prediction and no score.

    From (..., outputs, samples) to (..., samples).
    """
    missing: NDArray[np.bool_] = np.logical_not(np.isfinite(y_hat).all(axis=-2))
    return missing


# --- classes ----------------------------------------------------------------------------------------------------------


def right(y_hat: Array, y: Array) -> NDArray[np.bool_]:
    """Return for every sample whether its largest output is at the place of its largest y.

    Parameters
    ----------
    y_hat : (..., classes, samples) array
        Probabilities or logits; in a tie the first class counts, as in predictions. Outputs that are not finite are
        never correct.
    y : (..., classes, samples) array
        One-hot classes, or shares of classes.

    Returns
    -------
    (..., samples) array of bool
    """
    same: NDArray[np.bool_] = largest(y_hat) == largest(y)
    return same & ~missing_outputs(y_hat)


def largest(values: Array) -> NDArray[Any]:
    """Return the place of each sample's largest output in values, which has no nan; the first of equal ones.

    From (..., outputs, samples) to (..., samples). ``argmax`` along the outputs handles the samples one by one; with
    few outputs, comparing all samples at once is faster. ``missing_outputs`` returns the samples without a largest
    output.
    """
    outputs = values.shape[-2]
    if outputs > _FEW_OUTPUTS or values.shape[-1] < _MANY_SAMPLES:
        place: NDArray[np.intp] = values.argmax(axis=-2)
        return place
    best, places = values[..., 0, :], np.zeros(values.shape[:-2] + values.shape[-1:], np.int8)
    for output in range(1, outputs):
        rival = values[..., output, :]
        np.maximum(places, (rival > best) * np.int8(output), out=places)  # a later place is a larger number
        best = np.maximum(best, rival)
    return places


@declare_metric("accuracy", "Share of samples classified correctly", "", "classes")
def accuracy(y_hat: ArrayLike, y: ArrayLike) -> float:
    """Return the share of samples whose largest y_hat is at the place of their largest y, both (classes, samples).

    nan where an output is not finite: a network that has diverged has no accuracy.
    """
    given, true = _alike(y_hat, y)
    return math.nan if missing_outputs(given).any() else float(np.mean(right(given, true)))


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionCounts:
    """Samples by their true and their predicted class.

    Attributes
    ----------
    counts : (tables, n, n) array of int
        True classes in rows, predicted ones in columns. Classes have one table with n = classes; answers have one table
        of no and yes per question.
    missing : int
        Samples that are in no table because they have outputs that are not finite.
    """

    counts: NDArray[np.int64]
    missing: int


def confusion(task: Task, y_hat: ArrayLike, y: ArrayLike) -> ConfusionCounts:
    """Count samples by true and predicted class, or by true and predicted answer to each question.

    Parameters
    ----------
    task : {"classes", "multilabel"}
    y_hat, y : (outputs, samples) arrays

    Returns
    -------
    ConfusionCounts
    """
    given, true = _alike(y_hat, y)
    counted = ~missing_outputs(given)
    given, true = given[:, counted], true[:, counted]
    if task == "classes":
        counts = _pairs(largest(true), largest(given), len(true))[np.newaxis]
    else:
        counts = np.stack([_pairs(row > 0.5, predicted > 0.5, 2) for row, predicted in zip(true, given, strict=True)])
    return ConfusionCounts(counts, int((~counted).sum()))


def _pairs(true: NDArray[Any], predicted: NDArray[Any], classes: int) -> NDArray[np.int64]:
    places = true.astype(np.int64) * classes + predicted
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


# --- answers ----------------------------------------------------------------------------------------------------------


@declare_metric("right-answers", "Share of correct answers", "", "multilabel")
def right_answers(y_hat: ArrayLike, y: ArrayLike) -> float:
    """Return the share of correct answers over questions and samples; y_hat and y above 0.5 mean yes.

    Both are (questions, samples); nan where an output is not finite.
    """
    given, true = _alike(y_hat, y)
    return math.nan if not np.isfinite(given).all() else float(np.mean((given > 0.5) == (true > 0.5)))


# --- values -----------------------------------------------------------------------------------------------------------


@declare_metric("mean-absolute-error", "Mean of the absolute errors", "mean |y_hat - y|", "regression", better="lower")
def mean_absolute_error(y_hat: ArrayLike, y: ArrayLike) -> float:
    """Return the mean of |y_hat - y| over outputs and samples, in units of y."""
    given, true = _alike(y_hat, y)
    return float(np.abs(given.astype(np.float64) - true).mean())


@declare_metric(
    "r2",
    "Share of the variance of y that is explained",
    "1 - sum (y_hat - y)^2 / sum (y - mean y)^2",
    "regression",
)
def r2(y_hat: ArrayLike, y: ArrayLike) -> float:
    """Return the coefficient of determination of a regression: the share of the variance of y that y_hat explains.

    1 - sum (y_hat - y)^2 / sum (y - mean y)^2 for each output, then the mean over the outputs. 1 is perfect, 0 equals
    predicting the mean of these y, and below 0 is worse than that. It has no unit.

    An output whose y are all equal, as for a single sample, has no variance to explain, and is left out of the mean. If
    all outputs are such, R2 is not defined.

    Parameters
    ----------
    y_hat, y : (outputs, samples) arrays
        Predictions and targets.

    Returns
    -------
    float
        At most 1; nan where it is not defined, or a prediction is not finite.
    """
    given, true = _alike(y_hat, y)
    varies = _varies(true)
    if not varies.any() or not np.isfinite(given).all():
        return math.nan
    exact = np.asarray(true[varies], np.float64)
    residual = np.square(given[varies] - exact).sum(axis=-1)
    around_mean = np.square(exact - exact.mean(axis=-1, keepdims=True)).sum(axis=-1)
    return float((1 - residual / around_mean).mean())


def _varies(y: Array) -> NDArray[np.bool_]:
    """Return which outputs of y have values that differ."""
    varies: NDArray[np.bool_] = y.max(axis=-1) > y.min(axis=-1)
    return varies


# --- means and spreads ------------------------------------------------------------------------------------------------


def mean_over_samples(values: ArrayLike, sizes: ArrayLike) -> float:
    """Return the mean over the samples of mini-batches from their means and sizes.

    A smaller last mini-batch has less weight. nan if a value is nan, or if there are none.

    Parameters
    ----------
    values : (batches,) array
    sizes : (batches,) array of int
        Samples in each.

    Returns
    -------
    float
    """
    weights = np.asarray(sizes, np.float64)
    if not weights.sum() > 0:
        return math.nan
    return float(np.asarray(values, np.float64) @ weights / weights.sum())


def spread(values: Sequence[float] | NDArray[Any]) -> float:
    """Return the sample standard deviation, with n - 1, called the spread of runs or seeds.

    nan if there are fewer than two values, or one is not finite.
    """
    array = np.asarray(values, np.float64)
    return float(array.std(ddof=1)) if len(array) > 1 and np.isfinite(array).all() else math.nan


def spread_of_rows(values: NDArray[Any]) -> NDArray[Any]:
    """Return the spread of values over their rows, (rows, columns) to (columns,), without nan.

    nan where fewer than two rows have a value.
    """
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    total = np.where(defined, values, 0).sum(axis=0, dtype=np.float64)
    off = np.where(defined, values - total / np.maximum(count, 1), 0)
    variance = np.square(off).sum(axis=0) / np.maximum(count - 1, 1)
    return np.where(count > 1, np.sqrt(variance), np.nan).astype(values.dtype)


# --- the article's ----------------------------------------------------------------------------------------------------


def entrywise_accuracy(y_hat: ArrayLike, y: ArrayLike) -> float:
    """Return the share of equal entries of the predicted and the true one-hot matrices: the article's accuracy.

    It is wrong as an accuracy, and exists only to recompute the article's table. A sample in the wrong class still
    agrees in all but two entries, so with C classes and the accuracy a it is 1 - 2 (1 - a) / C: for four classes (1 +
    a) / 2, which is one half even if every sample is wrong. A published p corresponds to a = 2 p - 1. Use ``accuracy``.

    Parameters
    ----------
    y_hat : (classes, samples) array
        Probabilities or logits.
    y : (classes, samples) array
        One-hot classes.

    Returns
    -------
    float
        From 0 to 1; nan where an output is not finite.
    """
    given, true = _alike(y_hat, y)
    equal = 0
    for some in _blocks(given.shape[1]):
        if missing_outputs(given[:, some]).any():
            return math.nan
        equal += int(np.count_nonzero(predictions("classes", given[:, some]) == (true[:, some] > 0)))
    return equal / given.size


def swapped_cost(y_hat: ArrayLike, y: ArrayLike) -> float:
    """Return the article's cost in nats: - mean over the samples of sum_k y_hat_k log(y_k + 1e-8).

    It is wrong as a cross-entropy, which has the logarithm of y_hat, not of y, and exists only to recompute the
    article's table. For one-hot y the logarithm has two values, 0 and log 1e-8 = -18.42, so the result is 18.42 times
    (1 - the mean probability of the true class). That is linear in the probability and bounded, while the cross-entropy
    grows without bound as the probability approaches 0. Training minimises ``CrossEntropy``.

    Parameters
    ----------
    y_hat : (classes, samples) array
        Probabilities, not logits.
    y : (classes, samples) array
        One-hot classes.

    Returns
    -------
    float
        In nats, from 0 to 18.42.
    """
    given, true = _alike(y_hat, y)
    costs = np.empty(given.shape[1])
    for some in _blocks(given.shape[1]):
        costs[some] = (given[:, some] * np.log(np.asarray(true[:, some], np.float64) + 1e-8)).sum(axis=0)
    return float(-costs.mean())


def _blocks(samples: int) -> Iterator[slice]:
    """Yield the samples in blocks of about equal sizes, so that copies in double precision stay small."""
    count = -(-samples // _BLOCK)
    for place in range(count):
        yield slice(place * samples // count, (place + 1) * samples // count)


def _alike(y_hat: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Return both as arrays of floats; raise ValueError unless they have the same shape and at least one sample."""
    given, true = map(_floats, (y_hat, y))
    if given.ndim != 2 or given.shape != true.shape or not given.size:
        raise ValueError(
            "y_hat and y have one shape, (outputs, samples), with at least one sample, "
            f"got {given.shape} and {true.shape}"
        )
    return given, true


def _floats(values: ArrayLike) -> Array:
    array = np.asarray(values)
    return array if array.dtype.kind == "f" else array.astype(np.float64)
