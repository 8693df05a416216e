"""Question: the confusion of classes, or predicted against true values."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml.compiled.evaluation import Part
from joml.data.dataset import FloatArray
from joml.statistics import metrics
from joml_tui.inspect.training_context import TrainingContext


class Confusion(Struct, frozen=True, tag=True):
    """A request for the present network's predictions of one part.

    Attributes
    ----------
    part : {"test", "validation", "train"}
    bins : int
        For values: number of bins along each side of the density of predicted against true values.
    """

    part: Part = "test"
    bins: int = 24


class ConfusionNow(Struct, frozen=True, tag=True):
    """The confusion of classes or answers.

    Attributes
    ----------
    iteration : int
    part : {"test", "validation", "train"}
    classes : tuple of str
        Names of the classes, or of the yes-or-no questions.
    counts : (tables, n, n) array
        Samples by true class (rows) and predicted class (columns). Classes have one table with n = classes; answers
        have one table of no and yes per question.
    samples : int
        Number of samples in the part.
    missing : int
        Number of samples in no table, because their outputs are not finite.
    score : float
        The accuracy, or the share of correct answers; nan if samples are missing.
    parts : tuple of str
        The existing parts.
    """

    iteration: int
    part: Part
    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    samples: int
    missing: int
    score: float
    parts: tuple[Part, ...] = ("train", "test")


class ValuesNow(Struct, frozen=True, tag=True):
    """Predicted against true values, in the data's units.

    Attributes
    ----------
    iteration : int
    part : {"test", "validation", "train"}
    outputs : tuple of str
    r2 : float
        Over all outputs; nan if a prediction is not finite or if it is not defined. It has no unit.
    mean_absolute_errors : (outputs,) array
        Of each output; nan if a prediction is not finite.
    edges : (outputs, bins + 1) array
        Bin edges from the smallest to the largest true or predicted value of an output, for both sides of its density.
    density : (outputs, bins, bins) array
        Samples by predicted value (rows) and true value (columns).
    samples : int
    standardised : bool
        Whether the network learns standardised values, to which its costs refer.
    parts : tuple of str
        The existing parts.
    """

    iteration: int
    part: Part
    outputs: tuple[str, ...]
    r2: float
    mean_absolute_errors: NDArray[np.float64]
    edges: NDArray[np.float64]
    density: NDArray[np.int64]
    samples: int
    standardised: bool = False
    parts: tuple[Part, ...] = ("train", "test")


def answer(question: Confusion, subject: TrainingContext) -> ConfusionNow | ValuesNow:
    """Predict all samples of the part, and return the counts."""
    data, iteration = subject.data, subject.iteration
    x, y = part_of(subject, question.part)
    with np.errstate(all="ignore"):
        y_hat = subject.network.predict(x)
    if data.task == "regression":
        return _values(question, subject, subject.in_data_units(y_hat), subject.in_data_units(y))
    counted, score = metrics.confusion(data.task, y_hat, y), metrics.score(data.task, y_hat, y)
    return ConfusionNow(
        iteration,
        question.part,
        data.class_names,
        counted.counts,
        y.shape[1],
        counted.missing,
        score,
        subject.trainer.parts,
    )


def part_of(subject: TrainingContext, part: Part) -> tuple[FloatArray, FloatArray]:
    """Return x and y of one part of the data: the network's inputs and its targets.

    Raises
    ------
    ValueError
        There is no such part.
    """
    data = subject.data
    if part == "validation":
        if not data.validation_size:
            raise ValueError("these data have no validation part: split: {validation: 0.1} takes one")
        return data.x_validation, data.y_validation
    return (data.x_test, data.y_test) if part == "test" else (data.x_train, data.y_train)


def features_of(subject: TrainingContext, part: Part) -> FloatArray:
    """Return the features of one part of the data, scaled but without terms of them, (features, samples).

    Raises
    ------
    ValueError
        There is no such part.
    """
    inputs, _ = part_of(subject, part)
    if subject.data.before_terms is None:
        return inputs
    plain = subject.data.plain
    return {"validation": plain.x_validation, "test": plain.x_test}.get(part, plain.x_train)


def _values(question: Confusion, subject: TrainingContext, y_hat: NDArray[Any], y: NDArray[Any]) -> ValuesNow:
    bins = question.bins
    edges, density = np.zeros((len(y), bins + 1)), np.zeros((len(y), bins, bins), np.int64)
    for place, (predicted, true) in enumerate(zip(y_hat, y, strict=True)):
        finite = np.isfinite(predicted)
        both = np.concatenate([predicted[finite], true]).astype(np.float64)
        edges[place] = np.histogram_bin_edges(both, bins)
        density[place] = np.histogram2d(predicted[finite], true[finite], (edges[place], edges[place]))[0]
    with np.errstate(invalid="ignore", over="ignore"):
        r2 = metrics.r2(y_hat, y)
        errors = [
            metrics.mean_absolute_error(row[np.newaxis], true[np.newaxis]) for row, true in zip(y_hat, y, strict=True)
        ]
    distances = np.where(np.isfinite(errors), errors, np.nan)
    return ValuesNow(
        subject.iteration,
        question.part,
        subject.data.class_names,
        r2,
        distances,
        edges,
        density,
        y.shape[1],
        subject.standardised,
        subject.trainer.parts,
    )
