"""The scores that predictions reach by chance: a run without a better one has learnt nothing from its samples."""

from __future__ import annotations

from joml.statistics.intervals import accuracy_interval
from joml_tui.experiment import Task

#: An R2 up to this value, or up to this value divided by the number of samples, explains nothing; a prediction
#: unrelated to y exceeds the latter once in 20 times at its best scale.
_NOTHING_EXPLAINED, _BY_CHANCE = 0.01, 3.84
#: A score that exceeds that of the constant answer by more is no sign that nothing was learnt, however few samples are
#: scored.
_LITTLE = 0.02


def score_by_chance(task: Task, majority: float | None, samples: int, answers: int = 1) -> float:
    """Return the highest score that is consistent with predicting the most frequent class, or the mean.

    Parameters
    ----------
    task : {"classes", "multilabel", "regression"}
    majority : float or None
        The accuracy of the majority class, or of the most frequent answers; None for values.
    samples : int
        Number of samples that are scored.
    answers : int, default 1
        Number of answers per sample.

    Returns
    -------
    float
    """
    if task == "regression" or majority is None:
        return max(_NOTHING_EXPLAINED, _BY_CHANCE / max(samples, 1))
    return accuracy_interval(majority, samples, answers=answers).high


def score_of_nothing_learnt(task: Task, majority: float | None, samples: int, answers: int = 1) -> float:
    """Return the score up to which a run has learnt nothing; parameters as in `score_by_chance`.

    On few samples that of chance is high, and does not tell a run that has learnt something from one that has not.
    """
    constant = 0.0 if task == "regression" or majority is None else majority
    return min(score_by_chance(task, majority, samples, answers), constant + _LITTLE)
