"""Scores: how good predictions are, as a number for each sample whose mean is told.

The score of classes and of answers is the share that is right: the accuracy. That of values is R2, as the mean over
the samples of 1 - (squared error / variance), so that it can be told of a mini-batch as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.arrays import Array
from joml.functions import Sigmoid
from joml.layer import OutputLayer
from joml.metrics import largest, right
from joml.task import Task, task_of

#: What the mean score of a task is called.
SCORE_NAMES: dict[Task, str] = {"classes": "accuracy", "answers": "right answers", "values": "R2"}


class Scoring:
    """Scores the outputs of one kind of network on samples of one set.

    Parameters
    ----------
    output : OutputLayer
        The network's last layer.
    y : (outputs, samples) array
        All y of the set: they tell the variance that values are measured against.
    task : {"classes", "answers", "values"}, optional
        What is scored; what these y look like unless said, which a few of many may not tell.

    Attributes
    ----------
    task : {"classes", "answers", "values"}
    """

    def __init__(self, output: OutputLayer, y: Array, task: Task | None = None) -> None:
        self._output = output
        self.task: Task = task or task_of(y)
        variance = np.var(y, axis=1, dtype=np.float64, keepdims=True)
        # Outputs without variance cannot be explained: any error counts as itself.
        self._variance: Array = np.where(variance > 0, variance, 1).astype(y.dtype)

    def per_sample(self, z: Array, y: Array) -> NDArray[Any]:
        """Give the score of every sample from the output layer's z, (..., outputs, samples) to (..., samples).

        Right or wrong for classes; the share of right outputs for answers; for values 1 - (y_hat - y)^2 / variance,
        as the mean over the outputs.
        """
        if self.task == "classes":
            return right(z, y)
        if self.task == "answers":
            yes = z > 0 if isinstance(self._output.activation_function, Sigmoid) else self._output.predict(z) > 0.5
            share: Array = (yes == (y > 0.5)).mean(axis=-2, dtype=y.dtype)
            return share
        squares = np.square(self._output.predict(z) - y) / self._variance
        score: Array = 1 - squares.mean(axis=-2)
        return score


def predictions(task: Task, y_hat: Array) -> Array:
    """Give what y_hat, (outputs, samples), amounts to in a task: one-hot classes, answers of 0 or 1, or values."""
    if task == "values":
        return y_hat.copy()
    chosen = largest(y_hat) == np.arange(len(y_hat))[:, np.newaxis] if task == "classes" else y_hat > 0.5
    predicted: Array = chosen.astype(y_hat.dtype)
    return predicted
