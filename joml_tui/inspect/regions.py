"""Question: what the network says about every point of the plane, and about the samples in it."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml.statistics.metrics import largest, predictions
from joml_tui.experiment import Task
from joml_tui.inspect.plane import Bounds, bounds_of, grid, require_finite_outputs, require_plane
from joml_tui.inspect.training_context import TrainingContext, all_y

#: Samples of each part that are looked at.
_SAMPLES = 4_096


class Regions(Struct, frozen=True, tag=True):
    """Ask what the network gives at ``rows`` x ``columns`` dots of the plane.

    Attributes
    ----------
    columns, rows : int
        Dots of the picture.
    points : int
        Training samples that come with it, and half as many test samples; of the wrong ones half as many more.
    output : int
        Which answer or value, counted from 0 and around; of classes the network gives one among all.
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
        Numbers of the classes; 0 or 1 for answers; the values of a regression, in the data's unit.
    wrong : (samples,) array
        Whether the network takes them for something else; never in a regression.
    counted, counted_wrong : int
        How many samples of the part were looked at, and how many of them are wrong.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    wrong: NDArray[np.bool_]
    counted: int
    counted_wrong: int


class RegionsNow(Struct, frozen=True, tag=True):
    """What the network makes of the plane.

    Attributes
    ----------
    iteration : int
    task : {"classes", "answers", "values"}
    names : tuple of str
        Of the classes; "no" and "yes" for answers; of the output for values.
    features : tuple of str
    bounds : Bounds
    classes : (rows, columns) array
        Number of the class that each dot is taken for, from the top; 0 for values.
    strengths : (rows, columns) array
        How sure that is: 0 where all classes are equally probable, 1 at a probability of 1. For values y_hat itself,
        in the data's unit.
    low, high : float
        The range of y in a regression; 0 and 1 else.
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
    """Propagate the dots and the samples.

    Raises
    ------
    ValueError
        The data do not have two features, or the network gives no finite numbers.
    """
    data = subject.data
    require_plane(data, "decision regions")
    bounds = bounds_of(data, question.columns, question.rows)
    output = question.output % data.output_size
    y_hat = subject.network.predict(grid(bounds, question.columns, question.rows))
    require_finite_outputs(y_hat)
    values = all_y(data)
    if data.task == "values":
        y_hat, values = subject.in_data_units(y_hat), subject.in_data_units(values)
    classes, strengths = _taken_for(data.task, y_hat, output)
    names = {"classes": data.class_names, "answers": ("no", "yes"), "values": (data.class_names[output],)}
    levels = values[output] if data.task == "values" else np.array([0, 1])
    shape = (question.rows, question.columns)
    return RegionsNow(
        subject.trainer.iteration,
        data.task,
        names[data.task],
        data.feature_names,
        bounds,
        classes.reshape(shape),
        strengths.reshape(shape),
        float(levels.min()),
        float(levels.max()),
        _points(subject, data.x_train, data.y_train, question.points, output),
        _points(subject, data.x_test, data.y_test, question.points // 2, output),
    )


def _taken_for(task: Task, y_hat: NDArray[np.floating], output: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the class of every column and how sure it is."""
    if task == "values":
        return np.zeros(y_hat.shape[1], np.uint8), y_hat[output].astype(np.float32)
    if task == "answers":
        yes = y_hat[output]
        return (yes > 0.5).astype(np.uint8), np.clip(2 * np.abs(yes - 0.5), 0, 1).astype(np.float32)
    even = 1 / len(y_hat)
    strengths = (y_hat.max(axis=0) - even) / (1 - even)
    return largest(y_hat).astype(np.uint8), np.clip(strengths, 0, 1).astype(np.float32)


def _points(subject: TrainingContext, x: NDArray[np.float32], y: NDArray[np.float32], most: int, output: int) -> Points:
    """Take the first samples, and more of the wrong ones."""
    x, y = x[:, :_SAMPLES], y[:, :_SAMPLES]
    task = subject.data.task
    said = predictions(task, subject.network.predict(x))
    wrong = np.zeros(x.shape[1], np.bool_)
    if task != "values":
        rows = slice(None) if task == "classes" else slice(output, output + 1)
        wrong = (said[rows] != y[rows]).any(axis=0)
    most = max(most, 0)
    more = np.flatnonzero(wrong[most:])[: most // 2] + most
    taken = np.concatenate([np.arange(min(most, x.shape[1])), more])
    labels = largest(y) if task == "classes" else (subject.in_data_units(y) if task == "values" else y)[output]
    return Points(x[:, taken], labels[taken].astype(np.float32), wrong[taken], x.shape[1], int(wrong.sum()))
