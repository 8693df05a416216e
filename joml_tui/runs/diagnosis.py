"""Diagnosis: problems of a training, their likely causes, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from joml.statistics.intervals import Interval
from joml.task import SCORE_NAMES
from joml.training.divergence import diverged as has_diverged
from joml.wording import counted, list_some
from joml_tui.experiment import CostScale, Experiment, LayerSpec, cost_name_of, cost_unit_of
from joml_tui.inspect.health_report import BalancedScore, HealthReport
from joml_tui.inspect.layer_record import LayerSeries
from joml_tui.names import metric_title
from joml_tui.runs.chance import score_by_chance
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.history import History
from joml_tui.runs.overfitting import find_overfitting
from joml_tui.runs.run import Run

Kind = Literal["diverged", "scale", "short", "stalled", "overfits", "dead", "metric"]

#: After this many spans of a moving average, 1 / (1 - average) updates each, it is close to what it follows.
_SPANS = 10

#: A training is stuck at chance after this many checks and iterations without progress.
_STALLED_CHECKS, _STALLED_ITERATIONS = 3, 1_000
#: If the cost has fallen by this share, the network is learning, whatever the accuracy.
_LEARNING = 0.02
#: A network's outputs start within a few units of 0: values with a mean farther away, or a spread outside these bounds,
#: must be scaled to be learnt quickly.
_FAR, _NARROW, _WIDE = 3.0, 0.05, 10.0
#: From halfway between chance and the perfect score on, a network has learnt its training samples.
_LEARNT = 0.5
#: From this share of the way on, a network learns something of its training samples, even if nothing of others.
_LEARNS = 0.15
#: A majority class with at least this share leaves few samples of the others to learn from.
_NEARLY_ALL = 0.9
#: In deep networks that learn well, up to four units in five have output 0 for a whole mini-batch.
_DEAD, _WHOLLY_DEAD = 0.9, 0.99
#: Share of the output layer's gradient below which a gradient has vanished.
_VANISHED = 1e-3
#: From this number of layers on, plain ReLU networks may not learn at all.
_DEEP = 8
#: Number of latest measurements of the layers that are used; single ones depend on their mini-batch.
_LATEST = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of a training.

    Attributes
    ----------
    kind : {"diverged", "scale", "short", "stalled", "overfits", "dead", "metric"}
    what : str
        The problem, as a sentence.
    why : str
        The likely cause, and what to do.
    since : int
        The iteration since when the problem exists.
    """

    kind: Kind
    what: str
    why: str
    since: int

    @property
    def sentence(self) -> str:
        """Problem, cause and advice together."""
        return f"{self.what} {self.why}"


def diagnose(
    experiment: Experiment,
    history: History,
    health: HealthReport | None = None,
    learning_rate: float | None = None,
    *,
    ended: bool = False,
    metric_faults: Mapping[str, str] | None = None,
    cost_scale: CostScale | None = None,
) -> list[Finding]:
    """Return the problems of a training, the most serious first; empty if there are none or it is too early to tell.

    Parameters
    ----------
    experiment : Experiment
    history : History
        The series so far.
    health : HealthReport, optional
        The score of chance, and the layers' record; without it only the series are examined.
    learning_rate : float, optional
        The present learning rate, under a schedule the base rate; by default the experiment's.
    ended : bool, default False
        Whether the training is over, so that too few iterations are a problem.
    metric_faults : mapping of str to str, optional
        Why metrics could not be measured, by name; available at the end.
    cost_scale : CostScale, optional
        The conversion of costs to an error in the units of the data, which sentences then name.
    """
    rate = experiment.optimizer.learning_rate if learning_rate is None else learning_rate
    findings = list(_diverged(history, rate))
    if not findings and health is not None:  # that training samples are learnt rules out what is below
        findings = list(_learnt_by_heart(experiment, history, health, ended=ended))
    if health is not None and (not findings or findings[0].kind == "diverged"):
        findings = list(_unscaled(experiment, history, health, diverged=bool(findings))) or findings
    if not findings and health is not None:
        findings = list(_stalled(experiment, history, health))
    if not findings and health is not None and ended:
        findings = list(_short(experiment, history, health, rate))
    if not findings:  # further findings would be consequences of it
        findings = [*_overfits(experiment, history, cost_scale), *(_dead(health.series) if health is not None else ())]
    return [*findings, *_unmeasured(history, metric_faults or {})]


def diagnose_run(run: Run, health: HealthReport | None = None) -> list[Finding]:
    """Return the problems of a run; see `diagnose`.

    Parameters
    ----------
    run : Run
    health : HealthReport, optional
        The score of chance and the layers' record; without it only the series are examined.

    Returns
    -------
    list of Finding
    """
    if run.history is None or not run.iteration:
        return []
    return diagnose(
        run.experiment,
        run.history,
        health,
        run.learning_rate,
        ended=run.state.ended,
        metric_faults=run.metric_faults,
        cost_scale=run.cost_scale,
    )


class Compared(Protocol):
    """A baseline with its score on the same samples."""

    @property
    def name(self) -> str:
        """Such as "majority class"."""

    @property
    def accuracy(self) -> float:
        """Its accuracy, or R2."""


def judge(
    score: float, interval: Interval | None, baselines: Sequence[Compared], balanced: BalancedScore | None = None
) -> str:
    """Return a sentence on whether a network beats the baselines.

    Parameters
    ----------
    score : float
        The test accuracy, or R2.
    interval : Interval or None
        The interval of the score, where there is one.
    baselines : sequence of Compared
        At least one, on the same split.
    balanced : BalancedScore or None
        The balanced accuracy of a run with class weights, which is judged by it if it finds its classes: where one is
        rare, the majority class has a higher accuracy, and finds none.

    Returns
    -------
    str
    """
    best = max(baselines, key=lambda baseline: baseline.accuracy)
    if interval is not None and interval.low > best.accuracy:
        return f"Clearly better than {_in_sentence(best.name)}."
    if interval is None and score > best.accuracy:
        return f"Better than {_in_sentence(best.name)}."
    if score > best.accuracy:
        return f"Not clearly better than {_in_sentence(best.name)}: it may be chance."
    if balanced is not None and balanced.finds_classes:
        return (
            f"Balanced accuracy {format_figure(balanced.reached)}, the majority class alone "
            f"{format_figure(balanced.one_class)}: "
            "with class weights, rare classes are found at the expense of accuracy."
        )
    return f"No better than {_in_sentence(best.name)}: the network has learnt nothing that needs it."


def _in_sentence(baseline: str) -> str:
    """Return a baseline's name in a sentence: "the majority class", but "least squares"."""
    return baseline if baseline.startswith(("least squares", "logistic regression")) else f"the {baseline}"


def _diverged(history: History, rate: float) -> Iterator[Finding]:
    costs = history.train_cost
    if not len(costs):
        return
    if has_diverged(costs[-1:], costs[:1].astype(np.float64)).any():
        why = f"The learning rate, {rate:g}, is too large: try a tenth of it, or clip the gradient."
        yield Finding("diverged", f"Diverged at iteration {len(costs):,}.", why, len(costs))


def _unscaled(experiment: Experiment, history: History, health: HealthReport, *, diverged: bool) -> Iterator[Finding]:
    """Yield a finding if the values have another scale than the outputs and the latest check explains nothing.

    One check is enough: such values are learnt late, but with ``standardize_y`` at once.
    """
    middle, spread = health.target_middle, health.target_spread
    if middle is None or spread is None or not spread:
        return
    scores = history.check_accuracy[: len(history.check_iteration)]
    # An undefined R2, of one sample or of equal values, says nothing about learning.
    if not diverged and (not len(scores) or not scores[-1] <= _chance(health)):
        return
    if abs(middle) <= _FAR and _NARROW <= spread <= _WIDE:
        return
    if diverged:
        reached = f"Diverged at iteration {history.iterations:,}"
    else:
        reached = (
            f"Nothing is learnt: {history.checked_part} R2 {format_figure(scores[-1])}, predicting the mean alone 0"
        )
    what = f"{reached}. The values to predict are {middle:.3g} ± {spread:.3g}, the outputs begin near 0."
    if hasattr(experiment.dataset, "standardize_y"):
        why = "Set standardize_y: true in the data set: results stay in the data's units."
    else:
        why = "Scale the values to mean 0 and spread 1."
    yield Finding("scale", what, why, history.iterations if diverged else 0)


def _learnt_by_heart(
    experiment: Experiment, history: History, health: HealthReport, *, ended: bool
) -> Iterator[Finding]:
    """Yield a finding if the training samples are learnt, and no check of other samples is better than chance."""
    if health.majority is None and health.task != "regression":  # without the data, the score of chance is unknown
        return
    scores = history.check_accuracy[: len(history.check_iteration)]
    if _finds_classes(health) or not len(scores) or (len(scores) < _STALLED_CHECKS and not ended):
        return
    learnt = _training_score(history)
    if not _are_chance(scores, health) or not learnt >= _beyond(health, _LEARNT):
        return
    reached = _beside_training(history, health, learnt)
    if _average_lags(experiment, history):
        yield _slow_average(experiment, reached)
        return
    samples = counted(health.checked_samples, "sample")
    why = f"Try more data, fewer units, dropout or weight decay; a score of {samples} may also be low by chance."
    yield Finding("overfits", f"Overfits: the training samples are learnt by heart: {reached}.", why, 0)


def _average_lags(experiment: Experiment, history: History) -> bool:
    """Return whether checks are of an average of weights that may differ much from those of the mini-batches."""
    updates = history.iterations / experiment.accumulate
    return experiment.average > 0 and updates * (1 - experiment.average) < _SPANS


def _slow_average(experiment: Experiment, reached: str) -> Finding:
    """Return the finding that the average of the weights has not followed those that have learnt."""
    what = f"The moving average of the weights follows slowly: {reached}."
    why = (
        "Mini-batches are measured with the weights that are trained, and checks with their average, which keeps "
        f"{experiment.average:g} of itself at an update: train more epochs, or with a smaller average."
    )
    return Finding("short", what, why, 0)


def _training_score(history: History) -> float:
    """Return the mean score of the latest epoch's mini-batches."""
    return history.mean_before("train_accuracy", history.iterations, history.iterations_per_epoch)


def _beyond(health: HealthReport, share: float) -> float:
    """Return the score at a share of the way from the majority class, or the mean, to the perfect score."""
    constant = 0.0 if health.majority is None else health.majority
    return constant + share * (1 - constant)


def _beside_training(history: History, health: HealthReport, learnt: float) -> str:
    """Return a phrase with the score of the training samples, the latest one of the checked samples, and chance."""
    score, last = SCORE_NAMES[health.task], float(history.check_accuracy[len(history.check_iteration) - 1])
    name = f"{history.checked_part} {score}"
    if health.majority is None:
        beside = f"{name} {format_figure(last)}, the mean alone 0"
    else:
        beside = _beside_chance(name, last, health, health.majority)
    return f"training {score} {format_figure(learnt)}, {beside}"


def _short(experiment: Experiment, history: History, health: HealthReport, rate: float) -> Iterator[Finding]:
    """Yield a finding if a training has ended before it learnt anything: too early, unless it no longer got better."""
    if _finds_classes(health):
        return
    if health.majority is None and health.task != "regression":  # without the data, the score of chance is unknown
        return
    scores = history.check_accuracy[: len(history.check_iteration)]
    if history.iterations >= _STALLED_ITERATIONS or not len(scores) or not _are_chance(scores, health):
        return
    if find_overfitting(history) is not None:  # more epochs would only overfit more
        return
    name = f"{history.checked_part} {SCORE_NAMES[health.task]}"
    cost, half = history.check_cost[: len(scores)], len(scores) // 2
    if half >= _STALLED_CHECKS and cost[half:].min() >= cost[:half].min():
        yield _without_progress(experiment, history, health, 0)
        return
    many = f"{history.iterations:,} iterations are" if history.iterations > 1 else "1 iteration is"
    if health.majority is None:
        reached = f"{name} {format_figure(scores[-1])}, predicting the mean alone 0"
    else:
        reached = _beside_chance(name, float(scores[-1]), health, health.majority)
    why = f"Train more epochs, or with a larger learning rate than {rate:g}."
    yield Finding("short", f"{many} too few to learn: {reached}.", why, 0)


def _stalled(experiment: Experiment, history: History, health: HealthReport) -> Iterator[Finding]:
    """Yield a finding if the latest checks do not beat the majority class, while the cost is constant.

    For values the comparison is with the mean, whose R2 is 0.
    """
    if health.majority is None and health.task != "regression":  # the data no longer exist
        return
    if _finds_classes(health):
        return
    iterations = history.check_iteration
    accuracy, cost = history.check_accuracy[: len(iterations)], history.check_cost[: len(iterations)]
    chance = _chance(health)
    better = np.flatnonzero(~(accuracy <= chance))
    first = int(better[-1]) + 1 if len(better) else 0
    since = int(iterations[first - 1]) if first else 0
    if len(accuracy) - first < _STALLED_CHECKS or history.iterations - since < _STALLED_ITERATIONS:
        return
    if cost[-1] < (1 - _LEARNING) * cost[first]:
        return
    yield _without_progress(experiment, history, health, since)


def _without_progress(experiment: Experiment, history: History, health: HealthReport, since: int) -> Finding:
    """Return the finding on a network that is no better than chance: only training samples are learnt, or nothing."""
    learnt = _training_score(history)
    if learnt >= _beyond(health, _LEARNS):
        if _average_lags(experiment, history):
            return _slow_average(experiment, _beside_training(history, health, learnt))
        what = f"Overfits: only the training samples are learnt: {_beside_training(history, health, learnt)}."
        why = "The features may say little of the target. Try more data, fewer units, dropout or weight decay."
        return Finding("overfits", what, why, since)
    where = f"since iteration {since:,}" if since else "from the beginning"
    last = float(history.check_accuracy[len(history.check_iteration) - 1])
    stuck = _stuck(where, f"{history.checked_part} {SCORE_NAMES[health.task]}", last, health)
    return Finding("stalled", stuck, _cause(experiment, health), since)


def _finds_classes(health: HealthReport) -> bool:
    """Return whether a run with class weights has a balanced accuracy above chance; its accuracy does not show it."""
    return health.balanced is not None and health.balanced.finds_classes


def _chance(health: HealthReport) -> float:
    """Return the highest score that is consistent with predicting the most frequent class, or the mean."""
    return score_by_chance(health.task, health.majority, health.checked_samples, health.answers)


def _are_chance(scores: NDArray[np.floating], health: HealthReport) -> bool:
    """Return whether all scores are consistent with chance, and none of them is high, as one of few samples may be."""
    return bool(((scores <= _chance(health)) & (scores < _beyond(health, _LEARNT))).all())


def _stuck(where: str, name: str, score: float, health: HealthReport) -> str:
    if health.majority is None:
        return f"Stuck at the mean {where}: {name} {format_figure(score)}, predicting the mean alone 0."
    return f"Stuck at chance {where}: {_beside_chance(name, score, health, health.majority)}."


def _beside_chance(name: str, score: float, health: HealthReport, majority: float) -> str:
    """Return a phrase with a score and that of chance; of a run with class weights these are balanced accuracies."""
    named = "majority class" if health.task == "classes" else "most frequent answers"
    if health.balanced is not None:
        name = f"{name.removesuffix('accuracy')}balanced accuracy"
        score, majority = health.balanced.reached, health.balanced.one_class
    return f"{name} {format_figure(score)}, the {named} alone {format_figure(majority)}"


def _cause(experiment: Experiment, health: HealthReport) -> str:
    if (health.majority or 0.0) >= _NEARLY_ALL and health.task == "classes" and experiment.class_weights == "none":
        return "Nearly all samples are of one class: class_weights: balanced makes the others count as much."
    series = health.series
    plain = [
        layer
        for layer in experiment.layers
        if isinstance(layer, LayerSpec) and not (layer.residual or layer.normalised)
    ]
    dead, gradient = _latest(series.dead), _latest(series.gradient)
    gradient = gradient[~np.isnan(gradient)]  # without the layers that have no parameters
    if len(dead) and np.nanmax(dead, initial=0) >= _WHOLLY_DEAD:
        cause = f"Every unit of layer {int(np.nanargmax(dead)) + 1} is dead: no gradient gets through. "
    elif len(gradient) and gradient[0] <= _VANISHED * gradient[-1]:
        cause = "The gradient vanishes on its way to layer 1. "
    elif len(plain) >= _DEEP:
        cause = f"{len(plain)} plain layers are hard to learn through. "
    else:
        return "Try another learning rate (the range test suggests one), more units, or another seed."
    return cause + "Try residual or normalised layers, identity start, a lower rate."


def _overfits(experiment: Experiment, history: History, scale: CostScale | None) -> Iterator[Finding]:
    """Yield a finding if the checked cost has risen by more than noise, while the training cost kept falling."""
    overfitting = find_overfitting(history)
    if overfitting is None:
        return
    epoch = -(-overfitting.lowest_at // history.iterations_per_epoch)
    cost = cost_name_of(scale, cost_unit_of(experiment))
    lowest, latest = overfitting.lowest, overfitting.latest
    if scale is not None:
        lowest, latest = scale.convert(lowest), scale.convert(latest)
    costs = f"{history.checked_part} {cost} {lowest:.3g} at epoch {epoch}, now {latest:.3g}"
    what = f"Overfits since iteration {overfitting.since:,}: {costs}."
    why = "The training cost still falls. Stop there (early stopping), or try more data, dropout or weight decay."
    yield Finding("overfits", what, why, overfitting.since)


def _dead(series: LayerSeries) -> Iterator[Finding]:
    shares = _latest(series.dead)
    places = [place for place, share in enumerate(shares) if share >= _DEAD]
    if not places:
        return
    layers = list_some((f"layer {place + 1} {100 * shares[place]:.0f} %" for place in places), 4)
    what = f"Dead units: {layers} give 0 for every sample of a mini-batch."
    why = "A lower learning rate, leaky-relu or normalised layers keep them alive."
    alive = np.flatnonzero(series.dead[:, places[0]] < _DEAD)
    yield Finding("dead", what, why, int(series.iterations[alive[-1]]) if len(alive) else 0)


def _unmeasured(history: History, faults: Mapping[str, str]) -> Iterator[Finding]:
    """Yield findings for metrics that could not be measured."""
    for name, fault in faults.items():
        values = history.metric(name) if name in history.metrics else history.check_cost[:0]
        missing = history.check_iteration[: len(values)][np.isnan(values)]
        since = f" after iteration {missing[0]:,}" if len(missing) else ""
        what = f"The metric {metric_title(name)} could not be measured{since}."
        why = f"{fault[:1].upper()}{fault[1:]}: mend its function; all else was trained and measured without it."
        yield Finding("metric", what, why, int(missing[0]) if len(missing) else history.iterations)


def _latest(measured: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return each layer's median of the latest measurements; empty if there are too few."""
    if len(measured) < _LATEST:
        return np.empty(0)
    return np.asarray(np.median(measured[-_LATEST:], axis=0), np.float64)
