"""Question: what a diagnosis of a training needs besides its series."""

from __future__ import annotations

from msgspec import Struct

from joml.baselines import majority
from joml_tui.experiment import Task
from joml_tui.inside.record import LayerSeries
from joml_tui.inside.subject import Subject


class Health(Struct, frozen=True, tag=True):
    """Ask for the layers' record and what chance amounts to on these data."""


class HealthNow(Struct, frozen=True, tag=True):
    """What a diagnosis needs.

    Attributes
    ----------
    iteration : int
    task : {"classes", "answers", "values"}
    majority : float or None
        Accuracy of the majority class, or of the more frequent answers, on the test part; None for values.
    test_samples : int
    series : LayerSeries
    """

    iteration: int
    task: Task
    majority: float | None
    test_samples: int
    series: LayerSeries


def answer(question: Health, subject: Subject) -> HealthNow:
    """Take the record, and count the classes."""
    data = subject.data
    return HealthNow(
        subject.trainer.iteration,
        data.task,
        None if data.task == "values" else majority(data).accuracy,
        data.test_size,
        subject.record.series(),
    )
