"""Cost and score of a network on many samples, computed part by part in buffers that are allocated once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from joml.array_types import Array
from joml.compiled.blas import ThreadLimit
from joml.compiled.passes import ForwardPass, run_quietly
from joml.layer import OutputLayer
from joml.statistics.metric import MetricSet
from joml.statistics.metrics import Scoring
from joml.task import Task

#: The parts of a data set: samples to train on, to check during training, and to test on afterwards.
Part = Literal["train", "validation", "test"]

PARTS: tuple[Part, ...] = ("train", "validation", "test")

#: Samples at a time: enough to make the products efficient, few enough to stay in the processor's cache.
PART = 512


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The cost and the score of a network on some samples.

    Attributes
    ----------
    cost : float
        The mean cost.
    accuracy : float
        The score of the task: the share of correct classes or answers, or R2 of values; nan where it is not defined
        (see ``joml.statistics.metrics``).
    mean_absolute_error : float or None
        The mean of |y_hat - y| in units of y; None unless y are values.
    metrics : mapping of str to float
        Further metrics by name; nan where a metric could not be measured.
    """

    cost: float
    accuracy: float
    mean_absolute_error: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict, hash=False)


class Evaluator:
    """An evaluation of one network that can be repeated on the same samples.

    Parameters
    ----------
    forward_pass : callable
        Returns the network's forward pass for a number of samples.
    output : OutputLayer
        The network's last layer.
    x : (features, samples) array
    y : (outputs, samples) array
    task : {"classes", "multilabel", "regression"}, optional
        As in ``Scoring``.
    metrics : MetricSet, optional
        Further metrics to measure.
    """

    def __init__(
        self,
        forward_pass: Callable[[int], ForwardPass],
        output: OutputLayer,
        x: Array,
        y: Array,
        task: Task | None = None,
        metrics: MetricSet | None = None,
    ) -> None:
        self._forward_pass, self._output, self.x, self.y = forward_pass, output, x, y
        self._scoring = Scoring(output, y, task)
        self._metrics = metrics or MetricSet()

    def evaluate(self) -> Evaluation:
        """Return the mean cost and the score with the current parameters."""
        cost = score = distance = 0.0
        values, measured = self._scoring.task == "regression", bool(self._metrics.metrics)
        y_hat: Array = np.empty(self.y.shape if measured else 0, self.y.dtype)
        with ThreadLimit(), np.errstate(all="ignore"):
            for z, part in logits(self._forward_pass, self.x):
                y = self.y[:, part]
                cost += float(self._output.costs(z, y).sum(dtype=np.float64))
                score += float(self._scoring.per_sample(z, y).sum(dtype=np.float64))
                if values:
                    distance += float(np.abs(self._output.predict(z) - y).sum(dtype=np.float64))
                if measured:
                    y_hat[:, part] = self._output.predict(z)
            metrics = self._metrics.measure(y_hat, self.y)
        samples = self.x.shape[1]
        return Evaluation(cost / samples, score / samples, distance / self.y.size if values else None, metrics)


def logits(forward_pass: Callable[[int], ForwardPass], x: Array) -> Iterator[tuple[Array, slice]]:
    """Return the output layer's z for all samples, part by part, each with the slice of the samples it belongs to.

    Parameters
    ----------
    forward_pass : callable
        Returns the network's forward pass for a number of samples.
    x : (features, samples) array

    Yields
    ------
    z : (outputs, samples of the part) array
        A buffer that the next part overwrites.
    part : slice
    """
    samples = x.shape[1]
    for start in range(0, samples, PART):
        part = slice(start, min(start + PART, samples))
        forward = forward_pass(part.stop - part.start)
        np.copyto(forward.x, x[:, part], casting="same_kind")
        run_quietly(forward.forward)
        yield forward.z, part
