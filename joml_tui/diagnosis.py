"""Diagnosis: what goes wrong in a training, what it is likely to come from, and a way out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from joml.intervals import accuracy_interval
from joml.scoring import SCORE_NAMES
from joml.training import DIVERGED_FACTOR
from joml_tui.experiment import Experiment
from joml_tui.history import History
from joml_tui.inside.health import HealthNow
from joml_tui.inside.record import LayerSeries

Kind = Literal["diverged", "stalled", "overfits", "dead"]

#: A training is stuck at chance when so many tests and iterations have brought nothing.
_STALLED_TESTS, _STALLED_ITERATIONS = 3, 1_000
#: An R2 up to this explains nothing, nor one up to this over the samples, which a prediction without any relation
#: to y exceeds once in 20 times at its best scale.
_NOTHING_EXPLAINED, _BY_CHANCE = 0.01, 3.84
#: A cost that has fallen by this share is being learnt, whatever the accuracy says.
_LEARNING = 0.02
#: Fewer tests tell no trend from noise.
_TREND_TESTS = 6
#: A test cost has risen when it is above its best by this share, and by so many standard errors.
_RISEN, _ERRORS = 0.05, 4.0
#: In deep networks that learn well, up to four units in five give 0 for a whole mini-batch.
_DEAD, _WHOLLY_DEAD = 0.9, 0.99
#: Of the output layer's gradient: below, nothing arrives.
_VANISHED = 1e-3
#: From so many layers on plain ReLU networks may not learn at all.
_DEEP = 8
#: Measurements of the layers that count; single ones hang on their mini-batch.
_LATEST = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that goes wrong.

    Attributes
    ----------
    kind : {"diverged", "stalled", "overfits", "dead"}
    what : str
        What it is, as a sentence.
    why : str
        What it is likely to come from, and a way out.
    since : int
        The iteration from which it is so.
    """

    kind: Kind
    what: str
    why: str
    since: int

    @property
    def sentence(self) -> str:
        """All of it."""
        return f"{self.what} {self.why}"


def diagnose(
    experiment: Experiment, history: History, health: HealthNow | None = None, learning_rate: float | None = None
) -> list[Finding]:
    """Find what goes wrong in a training, the gravest first; nothing where it goes well or it is too early to tell.

    Parameters
    ----------
    experiment : Experiment
    history : History
        Of the training so far.
    health : HealthNow, optional
        What chance amounts to, and the layers' record; without it only the series are looked at.
    learning_rate : float, optional
        The one in force, under a schedule the base rate; the experiment's unless said.
    """
    rate = experiment.optimizer.learning_rate if learning_rate is None else learning_rate
    found = list(_diverged(history, rate))
    if not found and health is not None:
        found = list(_stalled(experiment, history, health))
    if found:  # what else there is comes from it
        return found
    return [*_overfits(history), *(_dead(health.series) if health is not None else ())]


def _diverged(history: History, rate: float) -> Iterator[Finding]:
    costs = history.train_cost
    if not len(costs):
        return
    last, first = float(costs[-1]), float(costs[0])
    if not last < DIVERGED_FACTOR * np.fmax(first, 1.0):
        why = f"The learning rate, {rate:g}, is too large: try a tenth of it, or clip the gradient."
        yield Finding("diverged", f"Diverged at iteration {len(costs):,}.", why, len(costs))


def _stalled(experiment: Experiment, history: History, health: HealthNow) -> Iterator[Finding]:
    """Look for tests, the latest ones, that are no better than naming the majority class, while the cost stands.

    Of values it is the mean that is named, whose R2 is 0.
    """
    iterations = history.test_iteration
    accuracy, cost = history.test_accuracy[: len(iterations)], history.test_cost[: len(iterations)]
    chance = _chance(health)
    better = np.flatnonzero(~(accuracy <= chance))
    first = int(better[-1]) + 1 if len(better) else 0
    since = int(iterations[first - 1]) if first else 0
    if len(accuracy) - first < _STALLED_TESTS or history.iterations - since < _STALLED_ITERATIONS:
        return
    if cost[-1] < (1 - _LEARNING) * cost[first]:
        return
    where = f"since iteration {since:,}" if since else "from the beginning"
    yield Finding("stalled", _stuck(where, float(accuracy[-1]), health), _cause(experiment, health.series), since)


def _chance(health: HealthNow) -> float:
    """Give the score up to which a network may know no more than what is most frequent, or the mean."""
    if health.majority is None:
        return max(_NOTHING_EXPLAINED, _BY_CHANCE / health.test_samples)
    return accuracy_interval(health.majority, health.test_samples).high


def _stuck(where: str, score: float, health: HealthNow) -> str:
    if health.majority is None:
        return f"Stuck at the mean {where}: test R2 {score:.3f}, predicting the mean alone 0."
    named = "majority class" if health.task == "classes" else "most frequent answers"
    return (
        f"Stuck at chance {where}: test {SCORE_NAMES[health.task]} {100 * score:.1f} %, the {named} alone "
        f"{100 * health.majority:.1f} %."
    )


def _cause(experiment: Experiment, series: LayerSeries) -> str:
    plain = [layer for layer in experiment.layers if not (layer.residual or layer.normalised)]
    dead, gradient = _latest(series.dead), _latest(series.gradient)
    if len(dead) and np.nanmax(dead, initial=0) >= _WHOLLY_DEAD:
        cause = f"Every unit of layer {int(np.nanargmax(dead)) + 1} is dead: no gradient gets through. "
    elif len(gradient) and gradient[0] <= _VANISHED * gradient[-1]:
        cause = "The gradient vanishes on its way to layer 1. "
    elif len(plain) >= _DEEP:
        cause = f"{len(plain)} plain layers are hard to learn through. "
    else:
        return "Try another learning rate (the range test suggests one), more units, or another seed."
    return cause + "Try residual or normalised layers, identity start, a lower rate."


def _overfits(history: History) -> Iterator[Finding]:
    """Look for a test cost that has risen from its best by more than noise, while the training cost went on falling."""
    iterations = history.test_iteration
    cost = np.asarray(history.test_cost[: len(iterations)], np.float64)
    if len(cost) < _TREND_TESTS or not np.isfinite(cost).all():
        return
    steady = np.median(np.lib.stride_tricks.sliding_window_view(cost, 3), axis=1)  # of each test and its neighbours
    best = int(steady.argmin()) + 1
    if len(cost) - 1 - best < 3:
        return
    # A trend cancels in second differences, whose variance is six times the tests'.
    noise = 1.4826 * float(np.median(np.abs(np.diff(cost, 2)))) / np.sqrt(6)
    lowest, latest = float(steady[best - 1]), cost[-3:]
    rise = float(np.median(latest)) - lowest
    if rise <= max(_RISEN * abs(lowest), _ERRORS * noise) or latest.min() <= lowest:
        return
    window = max(1, int(iterations[-1] - iterations[-2]))
    then, now = (_mean_before(history, int(iterations[place]), window) for place in (best, -1))
    if not now < then:
        return
    since, lowest_at = int(iterations[best]), int(iterations[cost.argmin()])
    epoch = -(-lowest_at // history.iterations_per_epoch)
    what = f"Overfits since iteration {since:,}: test cost {cost.min():.3g} at epoch {epoch}, now {cost[-1]:.3g}."
    why = "The training cost still falls. Stop there (early stopping), or try more data, dropout or weight decay."
    yield Finding("overfits", what, why, since)


def _mean_before(history: History, iteration: int, window: int) -> float:
    costs = history.train_cost[max(0, iteration - window) : iteration]
    return float(np.mean(costs, dtype=np.float64)) if len(costs) else float("nan")


def _dead(series: LayerSeries) -> Iterator[Finding]:
    shares = _latest(series.dead)
    places = [place for place, share in enumerate(shares) if share >= _DEAD]
    if not places:
        return
    said = ", ".join(f"layer {place + 1} {100 * shares[place]:.0f} %" for place in places[:4])
    more = f" and {len(places) - 4} more" if len(places) > 4 else ""
    what = f"Dead units: {said}{more} give 0 for every sample of a mini-batch."
    why = "A lower learning rate, leaky-relu or normalised layers keep them alive."
    alive = np.flatnonzero(series.dead[:, places[0]] < _DEAD)
    yield Finding("dead", what, why, int(series.iterations[alive[-1]]) if len(alive) else 0)


def _latest(measured: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give each layer's median of the latest measurements; nothing where there are fewer."""
    if len(measured) < _LATEST:
        return np.empty(0)
    return np.asarray(np.median(measured[-_LATEST:], axis=0), np.float64)
