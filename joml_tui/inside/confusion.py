"""Question: which classes are taken for which, or how far predicted values are from the true ones."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import metrics
from joml.dataset import FloatArray
from joml_tui.inside.subject import Subject

Part = Literal["test", "train"]


class Confusion(Struct, frozen=True, tag=True):
    """Ask how the network as it is now predicts all samples of one part.

    Attributes
    ----------
    part : {"test", "train"}
    bins : int
        For values: of the density of predicted against true values, along each of its sides.
    """

    part: Part = "test"
    bins: int = 24


class ConfusionNow(Struct, frozen=True, tag=True):
    """How classes or answers are predicted.

    Attributes
    ----------
    iteration : int
    part : {"test", "train"}
    classes : tuple of str
        Names of the classes, or of the questions that are answered by yes or no.
    counts : (tables, n, n) array
        Samples by true class (rows) and predicted class (columns). Classes make one table of n = classes; answers one
        for each question, of no and yes.
    samples : int
    """

    iteration: int
    part: Part
    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    samples: int


class ValuesNow(Struct, frozen=True, tag=True):
    """How values are predicted.

    Attributes
    ----------
    iteration : int
    part : {"test", "train"}
    outputs : tuple of str
    r2, mean_absolute_error : float
        Over all outputs, nan where a prediction is not finite.
    edges : (outputs, bins + 1) array
        From the least to the greatest of an output's true and predicted values, for both sides of its density.
    density : (outputs, bins, bins) array
        Samples by predicted value (rows) and true value (columns).
    samples : int
    """

    iteration: int
    part: Part
    outputs: tuple[str, ...]
    r2: float
    mean_absolute_error: float
    edges: NDArray[np.float64]
    density: NDArray[np.int64]
    samples: int


def answer(question: Confusion, subject: Subject) -> ConfusionNow | ValuesNow:
    """Predict all samples of the part and count."""
    data, iteration = subject.data, subject.trainer.iteration
    x, y = part_of(subject, question.part)
    with np.errstate(all="ignore"):
        y_hat = subject.network.predict(x)
    if data.task == "values":
        return _values(question, y_hat, y, data.class_names, iteration)
    if data.task == "classes":
        counts = _counts(metrics.largest(y), metrics.largest(y_hat), len(y))[np.newaxis]
    else:
        counts = np.stack([_counts(true > 0.5, said > 0.5, 2) for true, said in zip(y, y_hat, strict=True)])
    return ConfusionNow(iteration, question.part, data.class_names, counts, y.shape[1])


def part_of(subject: Subject, part: Part) -> tuple[FloatArray, FloatArray]:
    """Give x and y of one part of the data."""
    data = subject.data
    return (data.x_test, data.y_test) if part == "test" else (data.x_train, data.y_train)


def _counts(true: NDArray[np.integer], predicted: NDArray[np.integer], classes: int) -> NDArray[np.int64]:
    places = true.astype(np.int64) * classes + predicted
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def _values(
    question: Confusion, y_hat: FloatArray, y: FloatArray, outputs: tuple[str, ...], iteration: int
) -> ValuesNow:
    bins = question.bins
    edges, density = np.zeros((len(y), bins + 1)), np.zeros((len(y), bins, bins), np.int64)
    for place, (said, true) in enumerate(zip(y_hat, y, strict=True)):
        finite = np.isfinite(said)
        both = np.concatenate([said[finite], true]).astype(np.float64)
        edges[place] = np.histogram_bin_edges(both, bins)
        density[place] = np.histogram2d(said[finite], true[finite], (edges[place], edges[place]))[0]
    with np.errstate(invalid="ignore", over="ignore"):
        r2, distance = metrics.r2(y_hat, y), metrics.mean_absolute_error(y_hat, y)
    return ValuesNow(iteration, question.part, outputs, r2, distance, edges, density, y.shape[1])
