"""Question: the facts that a diagnosis needs beside a training's series."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from joml.statistics.baselines import majority
from joml_tui.experiment import Task
from joml_tui.inspect.layer_record import LayerSeries
from joml_tui.inspect.training_context import Remains, TrainingContext


class Health(Struct, frozen=True, tag=True):
    """A request for the layers' record and the score of chance on these data."""


class HealthReport(Struct, frozen=True, tag=True):
    """The facts for a diagnosis.

    Attributes
    ----------
    iteration : int
    task : {"classes", "multilabel", "regression"}
    majority : float or None
        Accuracy of the majority class, or of the more frequent answers, on the checked part; None for values, or if the
        data no longer exist.
    checked_samples : int
        Number of samples in that part.
    series : LayerSeries
    answers : int, default 1
        Number of answers per sample.
    target_middle, target_spread : float or None
        Mean and standard deviation of the values to learn over the training samples, for the output farthest from mean
        0 and deviation 1. None for other tasks.
    """

    iteration: int
    task: Task
    majority: float | None
    checked_samples: int
    series: LayerSeries
    answers: int = 1
    target_middle: float | None = None
    target_spread: float | None = None


def answer(question: Health, subject: TrainingContext) -> HealthReport:
    """Return the record, and the counts of the classes."""
    data, checked = subject.data, subject.trainer.checked_part or "test"
    middle, spread = _target_scale(subject) if data.task == "regression" else (None, None)
    return HealthReport(
        subject.trainer.iteration,
        data.task,
        None if data.task == "regression" else majority(data, checked).accuracy,
        data.test_size if checked == "test" else data.validation_size,
        subject.record.series(),
        data.output_size if data.task == "multilabel" else 1,
        middle,
        spread,
    )


def answer_without_data(remains: Remains, series: LayerSeries) -> HealthReport:
    """Return the record without the score of chance, which needs the data."""
    preparation = remains.preparation
    samples = preparation.validation_size or preparation.test_size
    return HealthReport(remains.iteration, preparation.task, None, samples, series)


def _target_scale(subject: TrainingContext) -> tuple[float, float]:
    y = np.asarray(subject.data.y_train, np.float64)
    middles, spreads = y.mean(axis=1), y.std(axis=1)
    farthest = int(np.argmax(np.abs(middles) + np.abs(np.log(np.maximum(spreads, 1e-300)))))
    return float(middles[farthest]), float(spreads[farthest])
