"""Learning-rate schedules: the factor of the base learning rate at each iteration.

A schedule is a function of the number of iterations done before the update: 0 at the first. It knows nothing of a
trainer; where it needs their total, it is told (``epochs * ceil(samples / batch_size)``). ``ReduceOnPlateau`` follows
the test cost instead. Put one around an optimizer with ``Scheduled``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from joml.checks import at_least_one, integer, number


class Schedule(Protocol):
    """What gives the learning rate its course."""

    def factor(self, iteration: int) -> float:
        """Give the factor of the base learning rate, at least 0, when ``iteration`` iterations are done."""
        ...


@dataclass(frozen=True, slots=True)
class ConstantRate:
    """The base learning rate throughout."""

    def factor(self, iteration: int) -> float:
        """Give 1."""
        del iteration
        return 1.0


@dataclass(frozen=True, slots=True)
class StepDecay:
    """Multiply the rate by ``ratio`` after every ``every`` iterations.

    Parameters
    ----------
    every : int
        Iterations at one rate, at least 1.
    ratio : float, default 0.1
        Above 0 and at most 1.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.
    """

    every: int
    ratio: float = 0.1

    def __post_init__(self) -> None:
        at_least_one(self.every, "every")
        number(self.ratio, "ratio", 0, 1, above=True, below=False)

    def factor(self, iteration: int) -> float:
        """Give ratio^k after k full stretches."""
        return float(self.ratio ** (iteration // self.every))


@dataclass(frozen=True, slots=True)
class CosineDecay:
    """Fall from 1 to ``final`` along half a cosine, and stay there.

    Parameters
    ----------
    iterations : int
        After how many ``final`` is reached, at least 1; the total of the training, as a rule.
    final : float, default 0.0
        Factor at the end, from 0 to 1.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.

    References
    ----------
    Loshchilov, Hutter: SGDR: Stochastic Gradient Descent with Warm Restarts, 2017; without restarts.
    """

    iterations: int
    final: float = 0.0

    def __post_init__(self) -> None:
        at_least_one(self.iterations, "iterations")
        number(self.final, "final", 0, 1, below=False)

    def factor(self, iteration: int) -> float:
        """Give final + (1 - final) (1 + cos(pi iteration / iterations)) / 2."""
        return _cosine(1.0, self.final, min(iteration / self.iterations, 1.0))


@dataclass(frozen=True, slots=True)
class OneCycle:
    """Rise to the base learning rate along half a cosine, then fall far below where it began.

    The base learning rate is the peak; it may be several times what one would train with throughout.

    Parameters
    ----------
    iterations : int
        Total of the training, at least 1.
    rising : float, default 0.3
        Share of them until the peak, from 0 to 1: the peak is when ``rising * iterations - 1`` are done (as in torch),
        or at the first.
    start, final : float
        Factors at the first and at the last iteration, from 0 to 1; 1/25 and 1/250,000 unless said.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.

    References
    ----------
    Smith, Topin: Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates, 2018; with the
    defaults and the cosine of torch's OneCycleLR, and without its cycle of the momentum.
    """

    iterations: int
    rising: float = 0.3
    start: float = 1 / 25
    final: float = 1 / 250_000

    def __post_init__(self) -> None:
        at_least_one(self.iterations, "iterations")
        for name in ("rising", "start", "final"):
            number(getattr(self, name), name, 0, 1, below=False)

    def factor(self, iteration: int) -> float:
        """Give the factor on the way up, at the peak or on the way down; ``final`` from the last iteration on."""
        peak, last = max(self.rising * self.iterations - 1, 0.0), self.iterations - 1
        if iteration <= peak:
            return _cosine(self.start, 1.0, iteration / peak if peak else 1.0)
        return _cosine(1.0, self.final, 1.0 if iteration >= last else (iteration - peak) / (last - peak))


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Rise in a straight line from ``start`` to 1, then go on with another schedule.

    Parameters
    ----------
    iterations : int
        Until the factor is 1, at least 1.
    start : float, default 0.1
        Factor at the first iteration, from 0 to 1.
    then : Schedule
        What follows, its iterations counted from the end of the warm-up; the base learning rate unless said. To wait
        for a plateau after it, put ``Scheduled(..., ReduceOnPlateau())`` around the optimizer scheduled with this.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.
    """

    iterations: int
    start: float = 0.1
    then: Schedule = field(default_factory=ConstantRate)

    def __post_init__(self) -> None:
        at_least_one(self.iterations, "iterations")
        number(self.start, "start", 0, 1, below=False)
        if not callable(getattr(self.then, "factor", None)):
            raise ValueError(f"then must be a schedule of iterations such as CosineDecay(1000), got {self.then!r}")

    def factor(self, iteration: int) -> float:
        """Give the factor on the line, or the following schedule's."""
        if iteration >= self.iterations:
            return self.then.factor(iteration - self.iterations)
        share = iteration / self.iterations
        return self.start * (1 - share) + share


def _cosine(first: float, last: float, share: float) -> float:
    """Give what lies between first and last after this share of half a cosine; both ends exactly."""
    weight = (1 + math.cos(math.pi * share)) / 2
    return first * weight + last * (1 - weight)


@dataclass(frozen=True, slots=True)
class ReduceOnPlateau:
    """Multiply the rate by ``ratio`` when the test cost has not improved for more than ``patience`` tests.

    Without test samples it never hears a cost, and the rate stays. The test samples then take part in the training,
    however little: an honest verdict needs samples it has not seen.

    Parameters
    ----------
    ratio : float, default 0.1
        Above 0 and below 1.
    patience : int, default 10
        Tests without improvement that are let pass, at least 0.
    threshold : float, default 1e-4
        An improvement is a cost below (1 - threshold) times the best so far; from 0 to below 1.
    cooldown : int, default 0
        Tests after a reduction that are not counted, at least 0.
    least : float, default 0.0
        The factor falls no further, from 0 to 1.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.

    References
    ----------
    torch's ReduceLROnPlateau, with a relative threshold.
    """

    ratio: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    cooldown: int = 0
    least: float = 0.0

    def __post_init__(self) -> None:
        number(self.ratio, "ratio", 0, 1, above=True)
        integer(self.patience, "patience", 0)
        number(self.threshold, "threshold", 0, 1)
        integer(self.cooldown, "cooldown", 0)
        number(self.least, "least", 0, 1, below=False)


class Course(Protocol):
    """A schedule under way.

    Attributes
    ----------
    memory : (numbers,) float64 array
        All it remembers; whoever puts an earlier copy back continues from there.
    """

    memory: NDArray[np.float64]

    def next_factor(self) -> float:
        """Give the factor of the next iteration; every call is one iteration."""
        ...

    def observe(self, cost: float) -> None:
        """Hear a test's cost."""
        ...


def course_of(schedule: Schedule | ReduceOnPlateau) -> Course:
    """Give the schedule's course from its beginning."""
    return _Plateau(schedule) if isinstance(schedule, ReduceOnPlateau) else _Timetable(schedule)


class _Timetable:
    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self.memory = np.zeros(1)  # iterations done

    def next_factor(self) -> float:
        iteration = int(self.memory[0])
        self.memory[0] = iteration + 1
        return self._schedule.factor(iteration)

    def observe(self, cost: float) -> None:
        """Do nothing: the iterations alone decide."""


class _Plateau:
    def __init__(self, settings: ReduceOnPlateau) -> None:
        self._settings = settings
        # factor, best cost, tests without improvement, tests not to be counted
        self.memory = np.array([1.0, math.inf, 0.0, 0.0])

    def next_factor(self) -> float:
        return float(self.memory[0])

    def observe(self, cost: float) -> None:
        settings = self._settings
        factor, best, waited, cooling = self.memory.tolist()
        if cost < best * (1 - settings.threshold):
            best, waited = cost, 0
        else:
            waited += 1
        if cooling > 0:
            cooling, waited = cooling - 1, 0
        if waited > settings.patience:
            factor, waited, cooling = max(factor * settings.ratio, settings.least), 0, settings.cooldown
        self.memory[:] = factor, best, waited, cooling
