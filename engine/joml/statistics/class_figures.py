"""Figures of each class or answer: recall, precision and average precision; balanced accuracy over the classes.

Each is defined here alone. A figure without samples to count is not defined, and nan: the recall and the average
precision of a class that does not occur in y, the precision of one that is never predicted.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.array_types import Array
from joml.statistics.metrics import largest

FloatVector = NDArray[np.float64]

#: The quantile of the normal distribution that a bound of chance is computed for: 95 % on both sides.
_SURE = 1.959964


def recalls(counts: ArrayLike) -> FloatVector:
    """Return for each class the share of its samples that are predicted correctly.

    Parameters
    ----------
    counts : (classes, classes) array
        Samples by true class, in rows, and predicted class, in columns, as ``metrics.confusion`` counts them.

    Returns
    -------
    (classes,) array of float64
        nan for a class without samples.
    """
    table = np.asarray(counts, np.float64)
    return _shares(np.diag(table), table.sum(axis=1))


def precisions(counts: ArrayLike) -> FloatVector:
    """Return for each class the share of the samples predicted as it that belong to it.

    Parameters
    ----------
    counts : (classes, classes) array
        As for ``recalls``.

    Returns
    -------
    (classes,) array of float64
        nan for a class that is never predicted.
    """
    table = np.asarray(counts, np.float64)
    return _shares(np.diag(table), table.sum(axis=0))


def balanced_accuracy_of(counts: ArrayLike) -> float:
    """Return the mean recall of the classes that have samples.

    Parameters
    ----------
    counts : (classes, classes) array
        As for ``recalls``.

    Returns
    -------
    float
        From 0 to 1; nan if there are no samples.
    """
    recall = recalls(counts)
    defined = recall[~np.isnan(recall)]
    return float(defined.mean()) if len(defined) else math.nan


def balanced_accuracy_by_chance(counts: ArrayLike) -> float:
    """Return the highest balanced accuracy that predictions independent of the true class may have.

    Such predictions give every class the recall of its share of all predictions; on average these are 1 / classes. The
    bound is exceeded by chance about once in 40 times.

    Parameters
    ----------
    counts : (classes, classes) array
        As for ``recalls``.

    Returns
    -------
    float
        1 / classes if a single class is predicted; nan if there are no samples.
    """
    table = np.asarray(counts, np.float64)
    samples = table.sum(axis=1)
    occurring = samples > 0
    if not occurring.any():
        return math.nan
    predicted = table.sum(axis=0)[occurring] / samples.sum()
    variance = (predicted * (1 - predicted) / samples[occurring]).sum() / occurring.sum() ** 2
    return float(predicted.mean() + _SURE * math.sqrt(variance))


def average_precisions(y_hat: Array, y: Array) -> FloatVector:
    """Return for each class the average precision of its outputs against all other classes.

    The samples are ordered by the class's output, the largest first. It is the sum over all thresholds n of
    (R_n - R_n-1) P_n, where R_n and P_n are recall and precision of the samples at or above the threshold. Equal
    outputs share a threshold. The average of random outputs is the class's share of the samples.

    Parameters
    ----------
    y_hat, y : (classes, samples) arrays
        Outputs, and classes one-hot or as shares.

    Returns
    -------
    (classes,) array of float64
        nan for a class that does not occur in y, and for outputs that are not finite.
    """
    true = largest(y)
    return np.array([average_precision_of(outputs, true == place) for place, outputs in enumerate(y_hat)])


def average_precisions_of_answers(y_hat: Array, y: Array) -> FloatVector:
    """Return for each yes-or-no question the average precision of its outputs, with yes as the class to find.

    Parameters
    ----------
    y_hat, y : (questions, samples) arrays
        Outputs, and answers, of which those above 0.5 are yes.

    Returns
    -------
    (questions,) array of float64
        As in ``average_precisions``; nan for a question without a yes in y.
    """
    pairs = zip(y_hat, y, strict=True)
    return np.array([average_precision_of(outputs, answers > 0.5) for outputs, answers in pairs])


def average_precision_of(outputs: NDArray[Any], positive: NDArray[np.bool_]) -> float:
    """Return the average precision of one class, from its output and whether it is the class of each sample.

    Parameters
    ----------
    outputs : (samples,) array
    positive : (samples,) array of bool

    Returns
    -------
    float
        As in ``average_precisions``.
    """
    if not positive.any() or not np.isfinite(outputs).all():
        return math.nan
    order = np.argsort(outputs)[::-1]
    ordered = outputs[order]
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    hits = np.cumsum(positive[order])[ends]
    return float(np.diff(hits / hits[-1], prepend=0.0) @ (hits / (ends + 1)))


def mean_average_precision(each: ArrayLike) -> float:
    """Return one average precision from those of the classes.

    Parameters
    ----------
    each : (classes,) array
        As ``average_precisions`` returns them.

    Returns
    -------
    float
        Of two classes that of the second, which is the positive one of 0 and 1 or no and yes; else the mean over the
        classes where it is defined. nan if it is defined nowhere.
    """
    values = np.asarray(each, np.float64)
    return float(values[1]) if len(values) == 2 else mean_where_defined(values)


def mean_where_defined(each: ArrayLike) -> float:
    """Return the mean of the figures that are defined, as of the answers; nan if none is.

    Parameters
    ----------
    each : (figures,) array

    Returns
    -------
    float
    """
    values = np.asarray(each, np.float64)
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else math.nan


def _shares(some: FloatVector, all_: FloatVector) -> FloatVector:
    shares: FloatVector = np.full(len(all_), np.nan)
    np.divide(some, all_, out=shares, where=all_ > 0)
    return shares
