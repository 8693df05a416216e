"""Question: the facts that a diagnosis needs beside a training's series."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml.compiled.evaluation import Part
from joml.statistics.baselines import majority
from joml.statistics.class_figures import balanced_accuracy_by_chance, balanced_accuracy_of
from joml.statistics.metrics import confusion
from joml_tui.experiment import Task
from joml_tui.inspect.confusion import part_of
from joml_tui.inspect.layer_record import LayerSeries
from joml_tui.inspect.training_context import Remains, TrainingContext

#: Most samples of a part that are predicted for the balanced accuracy.
_MOST_SAMPLES = 20_000


class Health(Struct, frozen=True, tag=True):
    """A request for the layers' record and the score of chance on these data."""


class BalancedScore(Struct, frozen=True):
    """The mean recall of the classes, beside what predictions reach that do not depend on the samples.

    Attributes
    ----------
    reached : float
        The balanced accuracy.
    by_chance : float
        The highest one that is consistent with chance.
    one_class : float
        That of predicting a single class: 1 / classes.
    """

    reached: float
    by_chance: float
    one_class: float

    @property
    def finds_classes(self) -> bool:
        """Return whether it is above chance."""
        return self.reached > self.by_chance


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
    balanced : BalancedScore or None
        The balanced accuracy of the present weights on the checked part, or on the training part if only that is above
        chance; None unless the experiment has class weights.
    """

    iteration: int
    task: Task
    majority: float | None
    checked_samples: int
    series: LayerSeries
    answers: int = 1
    target_middle: float | None = None
    target_spread: float | None = None
    balanced: BalancedScore | None = None


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
        _balanced_score(subject, checked),
    )


def answer_without_data(remains: Remains, series: LayerSeries) -> HealthReport:
    """Return the record without the score of chance, which needs the data."""
    preparation = remains.preparation
    samples = preparation.validation_size or preparation.test_size
    return HealthReport(remains.iteration, preparation.task, None, samples, series)


def balanced_score(counts: NDArray[np.int64]) -> BalancedScore | None:
    """Return the balanced accuracy of counts by true and predicted class, with that of chance; None without samples."""
    classes = int((counts.sum(axis=1) > 0).sum())
    if not classes:
        return None
    return BalancedScore(balanced_accuracy_of(counts), balanced_accuracy_by_chance(counts), 1 / classes)


def _balanced_score(subject: TrainingContext, checked: Part) -> BalancedScore | None:
    """Return the balanced accuracy on the checked part, or on the training part if only that is above chance.

    A small part may have too few samples of a rare class to tell.
    """
    if subject.data.task != "classes" or subject.experiment.class_weights == "none":
        return None
    score = _balanced_on(subject, checked)
    if score is None or not score.finds_classes:
        learnt = _balanced_on(subject, "train")
        return learnt if learnt is not None and learnt.finds_classes else score
    return score


def _balanced_on(subject: TrainingContext, part: Part) -> BalancedScore | None:
    """Return the balanced accuracy on samples of a part, spread evenly over a large one."""
    x, y = part_of(subject, part)
    chosen = slice(None, None, -(-y.shape[1] // _MOST_SAMPLES))
    with np.errstate(all="ignore"):
        return balanced_score(confusion("classes", subject.network.predict(x[:, chosen]), y[:, chosen]).counts[0])


def _target_scale(subject: TrainingContext) -> tuple[float, float]:
    y = np.asarray(subject.data.y_train, np.float64)
    middles, spreads = y.mean(axis=1), y.std(axis=1)
    farthest = int(np.argmax(np.abs(middles) + np.abs(np.log(np.maximum(spreads, 1e-300)))))
    return float(middles[farthest]), float(spreads[farthest])
