"""What goes around any optimizer: weight decay, gradient clipping, a learning-rate schedule.

Each is an optimizer itself, so they nest. The outermost comes first: ``Clipped(Decayed(Adam(), l2=1e-4), norm=1)``
clips the gradient of the cost and then adds the decay; ``Decayed(Clipped(...))`` clips their sum. A schedule around a
schedule multiplies the factors. The network's gradient vector stays as back-propagation left it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.arrays import Array, Call, Calls
from joml.checks import number, require_kind
from joml.optimizer import Optimizer, Rule, State, require_optimizer, require_same_layout
from joml.schedules import Course, ReduceOnPlateau, Schedule, course_of

#: Stands before the names of the inner rule's state.
_INNER = "optimizer."


@dataclass(frozen=True, slots=True)
class Decayed:
    """Add l1 sign(theta) + l2 theta to the gradient: the gradient of l1 |theta|_1 + l2/2 |theta|_2^2.

    All parameters decay, weights and biases, as in torch. The costs that are measured and displayed remain those of
    the samples alone. For Adam, ``AdamW`` decays beside the step.

    Parameters
    ----------
    optimizer : Optimizer
        What makes the step.
    l1, l2 : float
        At least 0; 0, the default, is no decay.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.

    References
    ----------
    Krogh, Hertz: A Simple Weight Decay Can Improve Generalization, 1991, for l2; Tibshirani: Regression Shrinkage and
    Selection via the Lasso, 1996, for l1.
    """

    optimizer: Optimizer
    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        require_optimizer(self.optimizer)
        number(self.l1, "l1", 0)
        number(self.l2, "l2", 0)

    @property
    def learning_rate(self) -> float:
        """The inner optimizer's."""
        return self.optimizer.learning_rate

    def bind(self, theta: Array, gradient: Array) -> Rule:
        """Give the rule for these vectors."""
        before: list[Call] = []
        if self.l2:
            scale, decayed = np.array(self.l2, theta.dtype), np.empty_like(theta)
            before += [partial(np.multiply, theta, scale, decayed), partial(np.add, gradient, decayed, decayed)]
            gradient = decayed
        if self.l1:
            scale, decayed = np.array(self.l1, theta.dtype), np.empty_like(theta)
            before += [
                partial(np.sign, theta, decayed),
                partial(np.multiply, decayed, scale, decayed),
                partial(np.add, gradient, decayed, decayed),
            ]
            gradient = decayed
        return _Preceded(tuple(before), self.optimizer.bind(theta, gradient))


@dataclass(frozen=True, slots=True)
class Clipped:
    """Scale a gradient longer than ``norm`` down to that length; the gradient of all parameters is one vector.

    Parameters
    ----------
    optimizer : Optimizer
        What makes the step.
    norm : float, default 1.0
        Greatest Euclidean norm, above 0.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.

    References
    ----------
    Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks, 2013.
    """

    optimizer: Optimizer
    norm: float = 1.0

    def __post_init__(self) -> None:
        require_optimizer(self.optimizer)
        number(self.norm, "norm", 0, above=True)

    @property
    def learning_rate(self) -> float:
        """The inner optimizer's."""
        return self.optimizer.learning_rate

    def bind(self, theta: Array, gradient: Array) -> Rule:
        """Give the rule for these vectors."""
        limits = np.finfo(theta.dtype)  # a norm beyond the type's range must not become 0 or inf
        norm = np.array(min(max(self.norm, float(limits.tiny)), float(limits.max)), theta.dtype)
        # Of stacked networks, each has a norm of its own.
        length, clipped = np.zeros(theta.shape[:-1], theta.dtype), np.empty_like(gradient)
        before = (
            partial(np.vecdot, gradient, gradient, length),
            partial(np.sqrt, length, length),
            # norm / max(length, norm) is 1 for a short gradient and never divides by zero; nan stays nan.
            partial(np.maximum, length, norm, out=length),
            partial(np.divide, norm, length, length),
            partial(np.multiply, gradient, length[..., np.newaxis], clipped),
        )
        return _Preceded(before, self.optimizer.bind(theta, clipped))


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Let the learning rate follow a schedule: at every iteration it is the base rate times the schedule's factor.

    The rule's ``learning_rate`` is the base rate; setting it keeps the schedule.

    Parameters
    ----------
    optimizer : Optimizer
        What makes the step; its learning rate is the base rate.
    schedule : Schedule or ReduceOnPlateau
        See ``schedules``.

    Raises
    ------
    ValueError
        One of them is not what it must be; names it.
    """

    optimizer: Optimizer
    schedule: Schedule | ReduceOnPlateau

    def __post_init__(self) -> None:
        require_optimizer(self.optimizer)
        right = isinstance(self.schedule, ReduceOnPlateau) or callable(getattr(self.schedule, "factor", None))
        require_kind(right, self.schedule, "schedule", "a schedule such as CosineDecay(1000)")

    @property
    def learning_rate(self) -> float:
        """The base rate: the inner optimizer's."""
        return self.optimizer.learning_rate

    def bind(self, theta: Array, gradient: Array) -> Rule:
        """Give the rule for these vectors."""
        return _ScheduledRule(course_of(self.schedule), self.optimizer.bind(theta, gradient))


class _Preceded:
    """A rule with calls before its own; all else is the rule's."""

    def __init__(self, before: Calls, rule: Rule) -> None:
        self._rule = rule
        self.calls: Calls = (*before, *rule.calls)

    @property
    def learning_rate(self) -> float:
        return self._rule.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._rule.learning_rate = value

    def observe(self, cost: float) -> None:
        self._rule.observe(cost)

    def state(self) -> State:
        return self._rule.state()

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        self._rule.restore(state)


class _ScheduledRule:
    """A rule whose learning rate is set before each of its steps."""

    def __init__(self, course: Course, rule: Rule) -> None:
        self.learning_rate = rule.learning_rate
        self._course, self._rule = course, rule
        self.calls: Calls = (self._prepare, *rule.calls)

    def _prepare(self) -> None:
        self._rule.learning_rate = self.learning_rate * self._course.next_factor()

    def observe(self, cost: float) -> None:
        self._course.observe(cost)
        self._rule.observe(cost)

    def state(self) -> State:
        inner = {_INNER + name: array for name, array in self._rule.state().items()}
        return {
            "learning_rate": np.array(float(self.learning_rate)),
            "schedule": self._course.memory.copy(),
            **inner,
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        require_same_layout(state, self.state())
        self.learning_rate = float(state["learning_rate"])
        self._course.memory[:] = state["schedule"]
        self._rule.restore({name.removeprefix(_INNER): state[name] for name in state if name.startswith(_INNER)})
