"""Weight decay, gradient clipping and learning-rate schedules, which wrap any optimizer.

Each is an optimizer itself, so they nest. The outermost acts first:
``WithGradientClipping(WithWeightDecay(Adam(), l2=1e-4), norm=1)`` clips the gradient of the cost and then adds the
decay; ``WithWeightDecay(WithGradientClipping(...))`` clips their sum. A schedule around a schedule multiplies the
factors. The network's gradient vector itself is not changed.

Decay and clipping are transforms of the gradient. Those around the trainer's optimizer act on the gradient of all
parameters; a layer's own optimizer receives its part of the result. Transforms around a layer's own optimizer act
afterwards, on that layer's part alone. A schedule is not a transform: it belongs to the optimizer that it wraps.
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

#: Prefix of the names of the inner rule's state.
_INNER = "optimizer."


class Transformed(NamedTuple):
    """A transformed gradient, with the calls that compute it.

    Attributes
    ----------
    calls : tuple of calls
        They compute it before each step.
    gradient : (..., parameters) array
        The buffer of the result.
    """

    calls: Calls
    gradient: Array


def preceded(calls: Calls, rule: BoundOptimizer) -> BoundOptimizer:
    """Return the rule with these calls before each step."""
    return _Preceded(calls, rule) if calls else rule


def taken_apart(optimizer: Optimizer) -> tuple[tuple[WithWeightDecay | WithGradientClipping, ...], Optimizer]:
    """Return the transforms around an optimizer, the outermost first, and the optimizer without them.

    Schedules stay around it. Custom wrappers of optimizers are not taken apart.
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

    All weights and biases decay, as in torch, also those of layers with their own optimizers. Measured and displayed
    costs do not include the decay. For Adam, ``AdamW`` decouples the decay from the step.

    Parameters
    ----------
    optimizer : Optimizer
        The wrapped optimizer.
    l1, l2 : float
        At least 0; the default 0 means no decay.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

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
        """The wrapped optimizer's learning rate."""
        return self.optimizer.learning_rate

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        calls, gradient = self.transform(theta, gradient)
        return preceded(calls, self.optimizer.bind(theta, gradient))

    def transform(self, theta: Array, gradient: Array) -> Transformed:
        """Return the calls that add the decay of theta to gradient, with the buffer of the sum."""
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


@declare("transform", "clip", "Gradient clipping by norm", "g <- g min(1, norm / |g|)")
@dataclass(frozen=True, slots=True)
class WithGradientClipping:
    """An optimizer whose gradient, as one vector of all parameters, is scaled down to ``norm`` if it is longer.

    It includes the gradients of layers with their own optimizers. Around a layer's own optimizer it is that layer's
    gradient alone.

    Parameters
    ----------
    optimizer : Optimizer
        The wrapped optimizer.
    norm : float, default 1.0
        Greatest Euclidean norm, above 0.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

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
        """The wrapped optimizer's learning rate."""
        return self.optimizer.learning_rate

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        calls, gradient = self.transform(theta, gradient)
        return preceded(calls, self.optimizer.bind(theta, gradient))

    def transform(self, theta: Array, gradient: Array) -> Transformed:
        """Return the calls that clip gradient, with the buffer of the result; only theta's type is used."""
        limits = np.finfo(theta.dtype)  # a norm outside the type's range must not become 0 or inf
        norm = np.array(min(max(self.norm, float(limits.tiny)), float(limits.max)), theta.dtype)
        # Each of the stacked networks has its own norm.
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
    """An optimizer with a schedule: its learning rate is the base rate times the schedule's factor.

    The rule's ``learning_rate`` is the base rate; it can be set without changing the schedule.

    Parameters
    ----------
    optimizer : Optimizer
        The wrapped optimizer; its learning rate is the base rate.
    schedule : Schedule or ReduceOnPlateau
        See ``schedules``.

    Raises
    ------
    ValueError
        An argument has the wrong type; the message names it.
    """

    optimizer: Optimizer
    schedule: Schedule | ReduceOnPlateau

    def __post_init__(self) -> None:
        require_optimizer(self.optimizer)
        right = isinstance(self.schedule, ReduceOnPlateau) or callable(getattr(self.schedule, "factor", None))
        require_kind(right, self.schedule, "schedule", "a schedule such as CosineDecay(1000)")

    @property
    def learning_rate(self) -> float:
        """The base rate: the wrapped optimizer's learning rate."""
        return self.optimizer.learning_rate

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        return _ScheduledRule(course_of(self.schedule), self.optimizer.bind(theta, gradient))


@refuses_copies(BOUND)
class _Preceded:
    """A rule with additional calls before its own."""

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
    """A rule whose learning rate is set before each step."""

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
