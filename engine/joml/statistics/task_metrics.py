"""Metrics that an experiment may add to the score, for classes, answers and values.

All take y_hat and y, (outputs, samples), and return a number. The predicted class has the largest output; an answer is
yes above 0.5. A division by 0, as in the precision of a class that is never predicted, counts as 0.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array
from joml.declaration import Setting
from joml.statistics.class_figures import (
    average_precisions,
    average_precisions_of_answers,
    balanced_accuracy_of,
    mean_average_precision,
    mean_where_defined,
)
from joml.statistics.metric import declare_metric
from joml.statistics.metrics import confusion, largest

Counts = NDArray[np.float64]


# --- classes ----------------------------------------------------------------------------------------------------------


@declare_metric(
    "balanced-accuracy", "Mean recall of the classes", "mean over classes of right_c / samples_c", "classes"
)
def balanced_accuracy(y_hat: Array, y: Array) -> float:
    """Return the mean recall of y_hat over the classes that occur in y."""
    return balanced_accuracy_of(_class_counts(y_hat, y))


@declare_metric(
    "average-precision",
    "Average precision of each class against the others",
    "sum over thresholds n of (R_n - R_n-1) P_n",
    "classes",
)
def average_precision(y_hat: Array, y: Array) -> float:
    """Return the average precision of y_hat and y: of two classes the second's, else the mean over the classes.

    It depends on the order of the samples by each output alone, not on a threshold, and so suits rare classes.
    """
    return mean_average_precision(average_precisions(y_hat, y))


@declare_metric("macro-f1", "Mean F1 of the classes", "mean over classes of 2 P_c R_c / (P_c + R_c)", "classes")
def macro_f1(y_hat: Array, y: Array) -> float:
    """Return the mean over the classes of y_hat's F1, the harmonic mean of precision P and recall R.

    Classes that are neither in y nor predicted do not count.
    """
    counts = _class_counts(y_hat, y)
    return _mean_f1(np.diag(counts), counts.sum(axis=0), counts.sum(axis=1))


@declare_metric(
    "macro-precision", "Mean precision of the classes", "mean over classes of right_c / predicted_c", "classes"
)
def macro_precision(y_hat: Array, y: Array) -> float:
    """Return the mean precision over the classes that occur in y or y_hat."""
    counts = _class_counts(y_hat, y)
    predicted, occurring = counts.sum(axis=0), counts.sum(axis=0) + counts.sum(axis=1) > 0
    return float((np.diag(counts) / np.maximum(predicted, 1))[occurring].mean())


@declare_metric(
    "matthews", "Matthews correlation of predicted and true classes", "cov(y_hat, y) / sqrt(var y_hat var y)", "classes"
)
def matthews(y_hat: Array, y: Array) -> float:
    """Return the Matthews correlation of the classes of y_hat and y; 0 if either has a single class.

    References
    ----------
    Gorodkin: Comparing two K-category assignments by a K-category correlation coefficient, 2004.
    """
    counts = _class_counts(y_hat, y)
    true, predicted, samples = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    covariance = np.trace(counts) * samples - true @ predicted
    variances = (samples**2 - predicted @ predicted) * (samples**2 - true @ true)
    return float(covariance / np.sqrt(variances)) if variances else 0.0


@declare_metric("top-k-accuracy", "Share of samples whose class is among the k largest outputs", "", "classes")
def top_k_accuracy(
    y_hat: Array, y: Array, k: Annotated[int, Setting("Number of largest outputs", at_least=1, at_most=1_000)] = 2
) -> float:
    """Return the share of samples whose class in y is among the k largest of y_hat; in ties the first count."""
    ranked = np.argsort(-y_hat, axis=0, kind="stable")[:k]
    return float((ranked == largest(y)).any(axis=0).mean())


# --- answers ----------------------------------------------------------------------------------------------------------


@declare_metric(
    "answers-f1", "Mean F1 of yes over the questions", "mean over questions of 2 P_k R_k / (P_k + R_k)", "multilabel"
)
def answers_f1(y_hat: Array, y: Array) -> float:
    """Return the mean F1 of yes over the questions with a yes in y or y_hat."""
    tables = confusion("multilabel", y_hat, y).counts.astype(np.float64)
    return _mean_f1(tables[:, 1, 1], tables[:, :, 1].sum(axis=1), tables[:, 1].sum(axis=1))


@declare_metric(
    "answers-average-precision",
    "Mean average precision of yes over the questions",
    "mean over questions of sum over thresholds n of (R_n - R_n-1) P_n",
    "multilabel",
)
def answers_average_precision(y_hat: Array, y: Array) -> float:
    """Return the mean average precision of yes over the questions with a yes in y, from the outputs y_hat."""
    return mean_where_defined(average_precisions_of_answers(y_hat, y))


@declare_metric("exact-match", "Share of samples with all answers correct", "", "multilabel")
def exact_match(y_hat: Array, y: Array) -> float:
    """Return the share of samples for which all answers in y_hat are as in y."""
    return float(((y_hat > 0.5) == (y > 0.5)).all(axis=0).mean())


# --- values -----------------------------------------------------------------------------------------------------------


@declare_metric(
    "root-mean-squared-error",
    "Root of the mean squared error",
    "sqrt(mean (y_hat - y)^2)",
    "regression",
    better="lower",
)
def root_mean_squared_error(y_hat: Array, y: Array) -> float:
    """Return the root of the mean of (y_hat - y)^2 over outputs and samples, in units of y."""
    return float(np.sqrt(np.square(_errors(y_hat, y)).mean()))


@declare_metric(
    "median-absolute-error", "Median of the absolute errors", "median |y_hat - y|", "regression", better="lower"
)
def median_absolute_error(y_hat: Array, y: Array) -> float:
    """Return the median over the samples of |y_hat - y|, the mean over the outputs, in units of y."""
    return float(np.median(np.abs(_errors(y_hat, y)), axis=1).mean())


@declare_metric("largest-error", "Largest absolute error", "max |y_hat - y|", "regression", better="lower")
def largest_error(y_hat: Array, y: Array) -> float:
    """Return the largest |y_hat - y| of any output and sample, in units of y."""
    return float(np.abs(_errors(y_hat, y)).max())


def _errors(y_hat: Array, y: Array) -> NDArray[np.float64]:
    errors: NDArray[np.float64] = np.subtract(y_hat, y, dtype=np.float64)
    return errors


def _class_counts(y_hat: Array, y: Array) -> Counts:
    """Return the counts of samples by true class, in rows, and predicted class, in columns."""
    counts: Counts = confusion("classes", y_hat, y).counts[0].astype(np.float64)
    return counts


def _mean_f1(right: Counts, predicted: Counts, true: Counts) -> float:
    both = predicted + true
    return float((2 * right[both > 0] / both[both > 0]).mean()) if both.any() else 0.0
