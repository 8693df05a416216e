"""Optimizers: how a step goes from gradients to parameters.

An optimizer is a description; ``bind`` gives the rule that works on one network's flat vectors, with its own state.
Here are the rules with one step size for all parameters; ``adaptive`` has those with a step size for each, and
``composed`` what goes around any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from joml.arrays import Array, Calls
from joml.checks import number, require_kind

#: What a rule remembers, by name: enough to go on bit for bit.
State = dict[str, NDArray[Any]]


class Rule(Protocol):
    """An optimizer bound to parameters: ``calls`` make one update.

    Attributes
    ----------
    learning_rate : float
        eta; may be read and set between steps, and holds from the next one on. Under a schedule it is the base rate
        that the schedule's factor multiplies.
    calls : tuple of calls
        One update of theta, in place, by the gradient as it then is, which stays as it is.
    """

    learning_rate: float
    calls: Calls

    def observe(self, cost: float) -> None:
        """Hear a test's cost; only a schedule that waits for a plateau listens."""
        ...

    def state(self) -> State:
        """Give copies of all that the next steps depend on, but for theta: vectors, step count, learning rate."""
        ...

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what ``state`` gave, bit for bit.

        Raises
        ------
        ValueError
            It is the state of another optimizer or of a network of another size or type; nothing has changed then.
        """
        ...


class Optimizer(Protocol):
    """What describes an update rule."""

    @property
    def learning_rate(self) -> float:
        """The step size eta."""
        ...

    def bind(self, theta: Array, gradient: Array) -> Rule:
        """Give the rule that updates theta in place by gradient, both flat and of equal length."""
        ...


def require_optimizer(value: object, name: str = "optimizer") -> None:
    """Raise ValueError with this name, "optimizer" unless said, when value is no optimizer."""
    require_kind(callable(getattr(value, "bind", None)), value, name, "an optimizer such as Adam()")


class VectorRule:
    """A rule made of prepared calls upon vectors, the one below every optimizer of ``optimizer`` and ``adaptive``.

    Parameters
    ----------
    learning_rate : float
        eta at the start.
    vectors : dict of arrays
        What the calls remember from step to step, by name.
    prepare : callable
        Takes eta and the step's number, from 1, and puts what follows from them into the scalars that the calls read.
    calls : tuple of calls
        One update, after ``prepare``.
    """

    def __init__(
        self,
        learning_rate: float,
        vectors: dict[str, Array],
        prepare: Callable[[float, int], None],
        calls: Calls,
    ) -> None:
        self.learning_rate = learning_rate
        self.t = 0
        self._vectors = vectors
        self._prepare_scalars = prepare
        self.calls: Calls = (self._prepare, *calls)

    def _prepare(self) -> None:
        self.t += 1
        self._prepare_scalars(self.learning_rate, self.t)

    def observe(self, cost: float) -> None:
        """Do nothing: no cost changes these rules."""

    def state(self) -> State:
        """Give copies of the vectors, of the step count ``t`` and of the learning rate."""
        vectors = {name: vector.copy() for name, vector in self._vectors.items()}
        return {"t": np.array(self.t), "learning_rate": np.array(float(self.learning_rate)), **vectors}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what ``state`` gave."""
        require_same_layout(state, self.state())
        self.t, self.learning_rate = int(state["t"]), float(state["learning_rate"])
        for name, vector in self._vectors.items():
            vector[...] = state[name]


def require_same_layout(state: Mapping[str, NDArray[Any]], own: State) -> None:
    """Raise ValueError unless state has own's names, with arrays of the same shapes and types."""
    if set(state) != set(own):
        raise ValueError(
            f"this state belongs to another optimizer: it has {', '.join(sorted(state)) or 'nothing'}, "
            f"and this one needs {', '.join(sorted(own))}"
        )
    for name, array in own.items():
        given = np.asarray(state[name])
        if given.shape != array.shape or given.dtype != array.dtype:
            raise ValueError(
                f"{name} of this state is {given.dtype} of shape {given.shape}, and this optimizer's is {array.dtype} "
                f"of shape {array.shape}: restore it to a network of the architecture and dtype it was taken from"
            )


@dataclass(frozen=True, slots=True)
class GradientDescent:
    """theta <- theta - eta gradient.

    Parameters
    ----------
    learning_rate : float, default 0.1
        eta, above 0.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.

    References
    ----------
    Cauchy: Méthode générale pour la résolution des systèmes d'équations simultanées, 1847; on mini-batches after
    Robbins, Monro: A Stochastic Approximation Method, 1951.
    """

    learning_rate: float = 0.1

    def __post_init__(self) -> None:
        number(self.learning_rate, "learning_rate", 0, above=True)

    def bind(self, theta: Array, gradient: Array) -> Rule:
        """Give the rule for these vectors."""
        eta, prepare = rate_scalar(theta)
        step = np.empty_like(theta)
        calls = (partial(np.multiply, gradient, eta, step), partial(np.subtract, theta, step, theta))
        return VectorRule(self.learning_rate, {}, prepare, calls)


@dataclass(frozen=True, slots=True)
class Momentum:
    """Gradient descent with a velocity: v <- momentum v + gradient, theta <- theta - eta v.

    Along a direction where the gradient stays, steps grow to 1 / (1 - momentum) times those of gradient descent.

    Parameters
    ----------
    learning_rate : float, default 0.01
        eta, above 0.
    momentum : float, default 0.9
        The share of the velocity that stays, from 0 to below 1.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.

    References
    ----------
    Polyak: Some methods of speeding up the convergence of iteration methods, 1964; with eta outside the velocity, as
    torch has it, so that a change of eta holds at once.
    """

    learning_rate: float = 0.01
    momentum: float = 0.9

    def __post_init__(self) -> None:
        number(self.learning_rate, "learning_rate", 0, above=True)
        number(self.momentum, "momentum", 0, 1)

    def bind(self, theta: Array, gradient: Array) -> Rule:
        """Give the rule for these vectors."""
        eta, prepare = rate_scalar(theta)
        momentum = np.array(self.momentum, theta.dtype)
        v, step = np.zeros_like(theta), np.empty_like(theta)
        calls = (
            partial(np.multiply, v, momentum, v),
            partial(np.add, v, gradient, v),
            partial(np.multiply, v, eta, step),
            partial(np.subtract, theta, step, theta),
        )
        return VectorRule(self.learning_rate, {"v": v}, prepare, calls)


@dataclass(frozen=True, slots=True)
class Nesterov:
    """Momentum that looks ahead: v <- momentum v + gradient, theta <- theta - eta (gradient + momentum v).

    theta is the point looked ahead to, where the gradient is taken.

    Parameters
    ----------
    learning_rate : float, default 0.01
        eta, above 0.
    momentum : float, default 0.9
        The share of the velocity that stays, from 0 to below 1.

    Raises
    ------
    ValueError
        A setting is out of its range; names it.

    References
    ----------
    Nesterov: A method of solving a convex programming problem with convergence rate O(1/k^2), 1983; in the form of
    Sutskever, Martens, Dahl, Hinton: On the importance of initialization and momentum in deep learning, 2013, as torch
    has it.
    """

    learning_rate: float = 0.01
    momentum: float = 0.9

    def __post_init__(self) -> None:
        number(self.learning_rate, "learning_rate", 0, above=True)
        number(self.momentum, "momentum", 0, 1)

    def bind(self, theta: Array, gradient: Array) -> Rule:
        """Give the rule for these vectors."""
        eta, prepare = rate_scalar(theta)
        momentum = np.array(self.momentum, theta.dtype)
        v, step = np.zeros_like(theta), np.empty_like(theta)
        calls = (
            partial(np.multiply, v, momentum, v),
            partial(np.add, v, gradient, v),
            partial(np.multiply, v, momentum, step),
            partial(np.add, step, gradient, step),
            partial(np.multiply, step, eta, step),
            partial(np.subtract, theta, step, theta),
        )
        return VectorRule(self.learning_rate, {"v": v}, prepare, calls)


def rate_scalar(theta: Array) -> tuple[Array, Callable[[float, int], None]]:
    """Give eta as an array of no dimension and theta's type, and the ``prepare`` that does no more than set it."""
    eta: Array = np.zeros((), theta.dtype)

    def prepare(learning_rate: float, _t: int) -> None:
        eta[()] = learning_rate

    return eta, prepare
