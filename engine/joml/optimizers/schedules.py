"""Learning-rate schedules: the factor of the base learning rate at each iteration.

A schedule is a function of the number of iterations done before the update: 0 at the first. If it needs the total
number, that is an argument (``epochs * ceil(samples / batch_size)``). ``ReduceOnPlateau`` depends on the checked cost
instead. ``Scheduled`` adds a schedule to an optimizer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Protocol

import numpy as np
from numpy.typing import NDArray

from joml.declaration import Setting, check_settings, declare
from joml.wording import counted

AllIterations = Annotated[int, Setting("Length of the run", at_least=1, unit="all iterations")]


class Schedule(Protocol):
    """The factor of the learning rate as a function of the iteration."""

    def factor(self, iteration: int) -> float:
        """Return the factor of the base learning rate, at least 0, after ``iteration`` iterations."""
        ...


@declare("schedule", "constant", "The same learning rate throughout")
@dataclass(frozen=True, slots=True)
class ConstantRate:
    """A constant learning rate."""

    def factor(self, iteration: int) -> float:
        """Return 1."""
        del iteration
        return 1.0


@declare("schedule", "step", "A tenth of the rate after each third of the run")
@dataclass(frozen=True, slots=True)
class StepDecay:
    """A rate that is multiplied by ``ratio`` after every ``every`` iterations.

    Parameters
    ----------
    every : int
        Number of iterations at one rate, at least 1.
    ratio : float, default 0.1
        Above 0 and at most 1.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.
    """

    every: Annotated[int, Setting("Length of one step", at_least=1, unit="iterations")]
    ratio: Annotated[float, Setting("Factor of each step", above=0, at_most=1)] = 0.1

    def __post_init__(self) -> None:
        check_settings(self)

    def factor(self, iteration: int) -> float:
        """Return ratio^k after k times ``every`` iterations."""
        return float(self.ratio ** (iteration // self.every))


@declare("schedule", "cosine", "Falls to zero along half a cosine")
@dataclass(frozen=True, slots=True)
class CosineDecay:
    """A factor that falls from 1 to ``final`` along half a cosine, and then is constant.

    Parameters
    ----------
    iterations : int
        Iterations until ``final``, at least 1; usually the total of the training.
    final : float, default 0.0
        Factor at the end, from 0 to 1.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Loshchilov, Hutter: SGDR: Stochastic Gradient Descent with Warm Restarts, 2017; without restarts.
    """

    iterations: AllIterations
    final: Annotated[float, Setting("Factor at the end", at_least=0, at_most=1)] = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def factor(self, iteration: int) -> float:
        """Return final + (1 - final) (1 + cos(pi iteration / iterations)) / 2."""
        return _cosine(1.0, self.final, min(iteration / self.iterations, 1.0))


@declare("schedule", "one-cycle", "Rises for a third of the run, then falls far below")
@dataclass(frozen=True, slots=True)
class OneCycle:
    """A rate that rises to the base learning rate along half a cosine, then falls far below its start.

    The base learning rate is the peak; it may be several times a good constant rate.

    Parameters
    ----------
    iterations : int
        Total number of iterations, at least 1.
    rising : float, default 0.3
        Share of the iterations until the peak, from 0 to 1: the peak is after ``rising * iterations - 1`` iterations
        (as in torch), or at the first.
    start, final : float
        Factors at the first and at the last iteration, from 0 to 1; default 1/25 and 1/250,000.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Smith, Topin: Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates, 2018; with the
    defaults and the cosine of torch's OneCycleLR, and without its cycle of the momentum.
    """

    iterations: AllIterations
    rising: Annotated[float, Setting("Share of the run until the peak", at_least=0, at_most=1)] = 0.3
    start: Annotated[float, Setting("Factor at the beginning", at_least=0, at_most=1)] = 1 / 25
    final: Annotated[float, Setting("Factor at the end", at_least=0, at_most=1)] = 1 / 250_000

    def __post_init__(self) -> None:
        check_settings(self)

    def factor(self, iteration: int) -> float:
        """Return the factor during the rise, at the peak or during the fall; ``final`` from the last iteration on."""
        peak, last = max(self.rising * self.iterations - 1, 0.0), self.iterations - 1
        if iteration <= peak:
            return _cosine(self.start, 1.0, iteration / peak if peak else 1.0)
        return _cosine(1.0, self.final, 1.0 if iteration >= last else (iteration - peak) / (last - peak))


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A factor that rises in a straight line from ``start`` to 1, then follows another schedule.

    Parameters
    ----------
    iterations : int
        Iterations until the factor is 1, at least 1.
    start : float, default 0.1
        Factor at the first iteration, from 0 to 1.
    then : Schedule
        The following schedule, whose iterations count from the end of the warm-up; default a constant rate. To wait for
        a plateau afterwards, put ``Scheduled(..., ReduceOnPlateau())`` around the optimizer with this schedule.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.
    """

    iterations: Annotated[int, Setting("Length of the rise", at_least=1, unit="iterations")]
    start: Annotated[float, Setting("Factor at the beginning", at_least=0, at_most=1)] = 0.1
    then: Schedule = field(default_factory=ConstantRate)

    def __post_init__(self) -> None:
        check_settings(self)
        if not callable(getattr(self.then, "factor", None)):
            raise ValueError(f"then must be a schedule of iterations such as CosineDecay(1000), got {self.then!r}")

    def factor(self, iteration: int) -> float:
        """Return the factor during the warm-up, or the following schedule's."""
        if iteration >= self.iterations:
            return self.then.factor(iteration - self.iterations)
        share = iteration / self.iterations
        return self.start * (1 - share) + share


@dataclass(frozen=True, slots=True)
class ScheduleOfShare:
    """A schedule that a function of the share of the run gives.

    Parameters
    ----------
    function : callable
        Returns the factor of the base learning rate, at least 0, for the share of the run that is done: 0 at the first
        iteration, towards 1 at the last, and 1 in all later ones.
    iterations : int
        Total number of iterations, at least 1.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.
    """

    function: Callable[[float], float]
    iterations: AllIterations

    def __post_init__(self) -> None:
        check_settings(self)

    def factor(self, iteration: int) -> float:
        """Return the function of iteration / iterations, at most of 1."""
        return self.function(min(iteration / self.iterations, 1.0))


def _cosine(first: float, last: float, share: float) -> float:
    """Return the value after this share of half a cosine from first to last; both ends are exact."""
    weight = (1 + math.cos(math.pi * share)) / 2
    return first * weight + last * (1 - weight)


@declare("schedule", "reduce-on-plateau", "Reduced when the cost stops falling")
@dataclass(frozen=True, slots=True)
class ReduceOnPlateau:
    """A rate that is multiplied by ``ratio`` when the cost has not improved for more than ``patience`` checks.

    The checks are on the validation samples. If there are none, they are on the test samples, which then influence
    training, so that their figures are too optimistic. Without either there are no checks, and the rate is constant.

    Parameters
    ----------
    ratio : float, default 0.1
        Above 0 and below 1.
    patience : int, default 10
        Checks without improvement that are allowed, at least 0.
    threshold : float, default 1e-4
        An improvement is a cost below (1 - threshold) times the best so far; from 0 to below 1.
    cooldown : int, default 0
        Checks after a reduction that are not counted, at least 0.
    least : float, default 0.0
        The smallest factor, from 0 to 1.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    torch's ReduceLROnPlateau, with a relative threshold.
    """

    ratio: Annotated[float, Setting("Factor of each reduction", above=0, below=1)] = 0.1
    patience: Annotated[int, Setting("Checks without improvement before a reduction", at_least=0)] = 10
    threshold: Annotated[float, Setting("Least relative improvement that counts", at_least=0, below=1)] = 1e-4
    cooldown: Annotated[int, Setting("Checks after a reduction that do not count", at_least=0)] = 0
    least: Annotated[float, Setting("Smallest factor", at_least=0, at_most=1)] = 0.0

    def __post_init__(self) -> None:
        check_settings(self)


class Course(Protocol):
    """A running schedule.

    Attributes
    ----------
    memory : (numbers,) float64 array
        Its state; restoring an earlier copy continues from there.
    """

    memory: NDArray[np.float64]

    def next_factor(self) -> float:
        """Return the factor of the next iteration; each call counts as one iteration."""
        ...

    def observe(self, cost: float) -> None:
        """Handle the cost of a check."""
        ...


def course_of(schedule: Schedule | ReduceOnPlateau) -> Course:
    """Return a new course of the schedule, at its beginning."""
    return _Plateau(schedule) if isinstance(schedule, ReduceOnPlateau) else _Timetable(schedule)


class _Timetable:
    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self.memory = np.zeros(1)  # iterations done

    def next_factor(self) -> float:
        iteration = int(self.memory[0])
        self.memory[0] = iteration + 1
        factor = self._schedule.factor(iteration)
        try:
            if 0 <= factor < math.inf:
                return factor
        except (TypeError, ValueError):  # not a number: an array, None, a text
            pass
        raise ValueError(
            f"the schedule of the learning rate gave the factor {factor!r} after {counted(iteration, 'update')}: "
            "it must be a finite number of at least 0"
        )

    def observe(self, cost: float) -> None:
        """Do nothing: the factor depends on the iteration alone."""


class _Plateau:
    def __init__(self, settings: ReduceOnPlateau) -> None:
        self._settings = settings
        # factor, best cost, checks without improvement, checks not to count
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
