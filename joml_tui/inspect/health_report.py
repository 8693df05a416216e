"""Question: what a diagnosis of a training needs besides its series."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from joml.statistics.baselines import majority
from joml_tui.experiment import Task
from joml_tui.inspect.layer_record import LayerSeries
from joml_tui.inspect.training_context import Remains, TrainingContext


class Health(Struct, frozen=True, tag=True):
    """Ask for the layers' record and what chance amounts to on these data."""


class HealthReport(Struct, frozen=True, tag=True):
    """What a diagnosis needs.

    Attributes
    ----------
    iteration : int
    task : {"classes", "answers", "values"}
    majority : float or None
        Accuracy of the majority class, or of the more frequent answers, on the part that is looked at on the way; None
        for values, and where the data are gone.
    checked_samples : int
        Of that part.
    series : LayerSeries
    answers : int, default 1
        Of each sample, where it has several.
    target_middle, target_spread : float or None
        Mean and standard deviation of the values that the network learns, over the training samples: of the output
        that is farthest from 0 and 1. None where they are no values.
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
    """Take the record, and count the classes."""
    data, checked = subject.data, subject.trainer.checked_part or "test"
    middle, spread = _target_scale(subject) if data.task == "values" else (None, None)
    return HealthReport(
        subject.trainer.iteration,
        data.task,
        None if data.task == "values" else majority(data, checked).accuracy,
        data.test_size if checked == "test" else data.validation_size,
        subject.record.series(),
        data.output_size if data.task == "answers" else 1,
        middle,
        spread,
    )


def answer_without_data(remains: Remains, series: LayerSeries) -> HealthReport:
    """Take the record; what chance amounts to is not known without the data."""
    preparation = remains.preparation
    samples = preparation.validation_size or preparation.test_size
    return HealthReport(remains.iteration, preparation.task, None, samples, series)


def _target_scale(subject: TrainingContext) -> tuple[float, float]:
    y = np.asarray(subject.data.y_train, np.float64)
    middles, spreads = y.mean(axis=1), y.std(axis=1)
    farthest = int(np.argmax(np.abs(middles) + np.abs(np.log(np.maximum(spreads, 1e-300)))))
    return float(middles[farthest]), float(spreads[farthest])
