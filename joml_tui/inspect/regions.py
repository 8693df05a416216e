"""Question: the network's predictions over the plane, and for the samples in it."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml.statistics.metrics import largest, predictions
from joml_tui.experiment import Task
from joml_tui.inspect.plane import Bounds, bounds_of, grid, require_finite_outputs, require_plane
from joml_tui.inspect.training_context import TrainingContext, all_y

#: Most samples of each part that are used.
_SAMPLES = 4_096


class Regions(Struct, frozen=True, tag=True):
    """A request for the network's outputs at ``rows`` x ``columns`` dots of the plane.

    Attributes
    ----------
    columns, rows : int
        Dots of the picture.
    points : int
        Number of training samples to return, with half as many test samples, and half as many more wrong ones.
    output : int
        The answer or value to show, counted from 0, modulo their number; for classes it is ignored.
    """

    columns: int
    rows: int
    points: int = 200
    output: int = 0


class Points(Struct, frozen=True):
    """Samples of one part.

    Attributes
    ----------
    x : (2, samples) array
    y : (samples,) array
        Numbers of the classes; 0 or 1 for answers; for a regression values in the data's units.
    wrong : (samples,) array
        Whether the network misclassifies them; never in a regression.
    counted, counted_wrong : int
        Numbers of samples used and of wrong ones among them.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    wrong: NDArray[np.bool_]
    counted: int
    counted_wrong: int


class RegionsNow(Struct, frozen=True, tag=True):
    """The network's predictions over the plane.

    Attributes
    ----------
    iteration : int
    task : {"classes", "multilabel", "regression"}
    names : tuple of str
        Names of the classes; "no" and "yes" for answers; the output's name for values.
    features : tuple of str
    bounds : Bounds
    classes : (rows, columns) array
        Number of the class predicted at each dot, from the top; 0 for values.
    strengths : (rows, columns) array
        The confidence of the prediction: 0 if all classes are equally probable, 1 at a probability of 1. For values
        y_hat in the data's units.
    low, high : float
        The range of y in a regression; otherwise 0 and 1.
    training, test : Points
    """

    iteration: int
    task: Task
    names: tuple[str, ...]
    features: tuple[str, ...]
    bounds: Bounds
    classes: NDArray[np.uint8]
    strengths: NDArray[np.float32]
    low: float
    high: float
    training: Points
    test: Points


def answer(question: Regions, subject: TrainingContext) -> RegionsNow:
    """Predict at the dots and for the samples.

    Raises
    ------
    ValueError
        The data do not have two features, or the network's outputs are not finite.
    """
    data, plain = subject.data, subject.data.plain
    require_plane(plain, "decision regions")
    bounds = bounds_of(plain, question.columns, question.rows)
    output = question.output % data.output_size
    y_hat = subject.network.predict(data.inputs_from(grid(bounds, question.columns, question.rows)))
    require_finite_outputs(y_hat)
    values = all_y(data)
    if data.task == "regression":
        y_hat, values = subject.in_data_units(y_hat), subject.in_data_units(values)
    classes, strengths = _taken_for(data.task, y_hat, output)
    names = {"classes": data.class_names, "multilabel": ("no", "yes"), "regression": (data.class_names[output],)}
    levels = values[output] if data.task == "regression" else np.array([0, 1])
    shape = (question.rows, question.columns)
    return RegionsNow(
        subject.iteration,
        data.task,
        names[data.task],
        plain.feature_names,
        bounds,
        classes.reshape(shape),
        strengths.reshape(shape),
        float(levels.min()),
        float(levels.max()),
        _points(subject, plain.x_train, data.y_train, question.points, output),
        _points(subject, plain.x_test, data.y_test, question.points // 2, output),
    )


def _taken_for(task: Task, y_hat: NDArray[np.floating], output: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the class of every column, and its confidence."""
    if task == "regression":
        return np.zeros(y_hat.shape[1], np.uint8), y_hat[output].astype(np.float32)
    if task == "multilabel":
        yes = y_hat[output]
        return (yes > 0.5).astype(np.uint8), np.clip(2 * np.abs(yes - 0.5), 0, 1).astype(np.float32)
    even = 1 / len(y_hat)
    strengths = (y_hat.max(axis=0) - even) / (1 - even)
    return largest(y_hat).astype(np.uint8), np.clip(strengths, 0, 1).astype(np.float32)


def _points(subject: TrainingContext, x: NDArray[np.float32], y: NDArray[np.float32], most: int, output: int) -> Points:
    """Return the first samples, with additional wrong ones."""
    x, y = x[:, :_SAMPLES], y[:, :_SAMPLES]
    task = subject.data.task
    predicted = predictions(task, subject.network.predict(subject.data.inputs_from(x)))
    wrong = np.zeros(x.shape[1], np.bool_)
    if task != "regression":
        rows = slice(None) if task == "classes" else slice(output, output + 1)
        wrong = (predicted[rows] != y[rows]).any(axis=0)
    most = max(most, 0)
    more = np.flatnonzero(wrong[most:])[: most // 2] + most
    taken = np.concatenate([np.arange(min(most, x.shape[1])), more])
    labels = largest(y) if task == "classes" else (subject.in_data_units(y) if task == "regression" else y)[output]
    return Points(x[:, taken], labels[taken].astype(np.float32), wrong[taken], x.shape[1], int(wrong.sum()))
