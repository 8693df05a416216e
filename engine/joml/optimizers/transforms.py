"""What goes around any optimizer: weight decay, gradient clipping, a learning-rate schedule.

Each is an optimizer itself, so they nest. The outermost comes first:
``WithGradientClipping(WithWeightDecay(Adam(), l2=1e-4), norm=1)`` clips the gradient of the cost and then adds the
decay; ``WithWeightDecay(WithGradientClipping(...))`` clips their sum. A schedule around a schedule multiplies the
factors. The network's gradient vector stays as back-propagation left it.

Decay and clipping are transforms of the gradient. Those around the trainer's optimizer act on the gradient of all
parameters, before it is divided among the layers: a layer's own optimizer takes its share of what they make of it.
Transforms around a layer's own optimizer act after them, on that layer's share alone. A schedule is no transform: it
belongs to the optimizer within.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, Call, Calls
from joml.copy_refusal import refuses_copies
from joml.declaration import Setting, check_settings, declare
from joml.earlier_names import find_class
from joml.optimizers.base import (
    BOUND,
    BoundOptimizer,
    Optimizer,
    State,
    copied,
    require_optimizer,
    require_same_layout,
    views_of,
)
from joml.optimizers.schedules import Course, ReduceOnPlateau, Schedule, course_of
from joml.validation import require_kind

#: Stands before the names of the inner rule's state.
_INNER = "optimizer."


class Transformed(NamedTuple):
    """The calls by which a transform changes a gradient.

    Attributes
    ----------
    calls : tuple of calls
        What computes it, before each step.
    gradient : (..., parameters) array
        Where it is then.
    """

    calls: Calls
    gradient: Array


def preceded(calls: Calls, rule: BoundOptimizer) -> BoundOptimizer:
    """Return rule with these calls before each of its steps."""
    return _Preceded(calls, rule) if calls else rule


def taken_apart(optimizer: Optimizer) -> tuple[tuple[WithWeightDecay | WithGradientClipping, ...], Optimizer]:
    """Return the transforms around an optimizer, the outermost first, and the optimizer without them.

    Schedules stay around it. What goes around an optimizer and is of one's own is not looked into.
    """
    if isinstance(optimizer, WithWeightDecay | WithGradientClipping):
        transforms, rest = taken_apart(optimizer.optimizer)
        return (optimizer, *transforms), rest
    if isinstance(optimizer, Scheduled):
        transforms, rest = taken_apart(optimizer.optimizer)
        return transforms, replace(optimizer, optimizer=rest) if transforms else optimizer
    return (), optimizer


@declare("transform", "decay", "Weight decay in the gradient", "g <- g + l1 sign(theta) + l2 theta")
@dataclass(frozen=True, slots=True)
class WithWeightDecay:
    """Add l1 sign(theta) + l2 theta to the gradient: the gradient of l1 |theta|_1 + l2/2 |theta|_2^2.

    All parameters decay, weights and biases, as in torch, and those of layers with optimizers of their own too. The
    costs that are measured and displayed remain those of the samples alone. For Adam, ``AdamW`` decays beside the step.

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
    l1: Annotated[float, Setting("Factor of sign(theta) added to the gradient", at_least=0, title="L1")] = 0.0
    l2: Annotated[float, Setting("Factor of theta added to the gradient", at_least=0, title="L2")] = 0.0

    def __post_init__(self) -> None:
        require_optimizer(self.optimizer)
        check_settings(self)

    @property
    def learning_rate(self) -> float:
        """The inner optimizer's."""
        return self.optimizer.learning_rate

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        calls, gradient = self.transform(theta, gradient)
        return preceded(calls, self.optimizer.bind(theta, gradient))

    def transform(self, theta: Array, gradient: Array) -> Transformed:
        """Return the calls that add the decay of theta to gradient, and where the sum is then."""
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
        return Transformed(tuple(before), gradient)


@declare("transform", "clip", "Gradient clipping by its length", "g <- g min(1, norm / |g|)")
@dataclass(frozen=True, slots=True)
class WithGradientClipping:
    """Scale a gradient longer than ``norm`` down to that length; the gradient of all parameters is one vector.

    That of layers with optimizers of their own is part of it. Around a layer's own optimizer it is that layer's alone.

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
    norm: Annotated[float, Setting("Greatest length of the gradient", above=0, title="Clip norm")] = 1.0

    def __post_init__(self) -> None:
        require_optimizer(self.optimizer)
        check_settings(self)

    @property
    def learning_rate(self) -> float:
        """The inner optimizer's."""
        return self.optimizer.learning_rate

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        calls, gradient = self.transform(theta, gradient)
        return preceded(calls, self.optimizer.bind(theta, gradient))

    def transform(self, theta: Array, gradient: Array) -> Transformed:
        """Return the calls that clip gradient, and where it is then; of theta only the type counts."""
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
        return Transformed(before, clipped)


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

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        return _ScheduledRule(course_of(self.schedule), self.optimizer.bind(theta, gradient))


@refuses_copies(BOUND)
class _Preceded:
    """A rule with calls before its own; all else is the rule's."""

    def __init__(self, before: Calls, rule: BoundOptimizer) -> None:
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

    def views(self) -> State:
        return views_of(self._rule)

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        self._rule.restore(state)


@refuses_copies(BOUND)
class _ScheduledRule:
    """A rule whose learning rate is set before each of its steps."""

    def __init__(self, course: Course, rule: BoundOptimizer) -> None:
        self.learning_rate = rule.learning_rate
        self._course, self._rule = course, rule
        self.calls: Calls = (self._prepare, *rule.calls)

    def _prepare(self) -> None:
        self._rule.learning_rate = self.learning_rate * self._course.next_factor()

    def observe(self, cost: float) -> None:
        self._course.observe(cost)
        self._rule.observe(cost)

    def state(self) -> State:
        return copied(self.views())

    def views(self) -> State:
        inner = {_INNER + name: array for name, array in views_of(self._rule).items()}
        return {"learning_rate": np.array(float(self.learning_rate)), "schedule": self._course.memory, **inner}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        require_same_layout(state, self.views())
        self.learning_rate = float(state["learning_rate"])
        self._course.memory[:] = state["schedule"]
        self._rule.restore({name.removeprefix(_INNER): state[name] for name in state if name.startswith(_INNER)})


if not TYPE_CHECKING:
    __getattr__ = partial(find_class, __name__)
