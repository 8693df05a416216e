"""Optimizers: update rules from gradients to parameters.

An optimizer is a description; ``bind`` returns the rule for one network's flat vectors, with its own state. This module
has the rules with one step size for all parameters; ``adaptive`` has those with a step size for each, and
``transforms`` has decay, clipping and schedules for any of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial, wraps
from numbers import Real
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.array_types import Array, Calls
from joml.copy_refusal import refuses_copies
from joml.declaration import Setting, check_settings, declare
from joml.earlier_names import find_class
from joml.validation import numbers, require_kind

T = TypeVar("T")

#: Settings that several optimizers have.
LearningRate = Annotated[float, Setting("Size of a step", above=0)]
MomentumShare = Annotated[float, Setting("Share of the velocity that is kept", at_least=0, below=1)]
Epsilon = Annotated[float, Setting("Avoids division by zero", above=0)]

__all__ = [
    "BoundOptimizer",
    "GradientDescent",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "PreparedOptimizer",
    "State",
    "rate_scalar",
    "require_optimizer",
    "require_same_layout",
]

#: Names of settings in the original library and torch.
_SHORT_NAMES = {"lr": "learning_rate", "eps": "epsilon"}

#: The original library's positional arguments.
_ORIGINAL_ORDER = ("eps", "lr", "beta1", "beta2")

#: Limits that identify the original's positional arguments: an epsilon is below the first, a learning rate below the
#: second, and beta1 is never above 0 and below the third.
_LEAST_RATE, _MOST_RATE, _LEAST_BETA = 1e-6, 0.5, 0.1

_NAMED = "where epsilon came first, as in the original library, name them: lr=0.002, eps=1e-08"

#: Steps after which a rule clears its vectors' tiniest entries, and how many times the smallest normal number counts as
#: tiny: so many that a mean of gradients, which keeps 0.9 of itself at each step, stays normal until the next clearing.
_CLEARED_EVERY, _TINY = 64, 2.0**20

#: Entries that are cleared at a time, so that a large vector needs no copy of itself.
_CLEARED_AT_ONCE = 2**16

#: The state of a rule by name, from which it continues bit for bit.
State = dict[str, NDArray[Any]]


#: Advice for users who try to copy a rule.
BOUND = "its calls are bound to one network's parameters. Bind the optimizer again, and restore(rule.state())"


class BoundOptimizer(Protocol):
    """An optimizer bound to parameters: ``calls`` make one update.

    Attributes
    ----------
    learning_rate : float
        eta; may be set between steps. Under a schedule it is the base rate, which the schedule's factor multiplies.
    calls : tuple of calls
        One update of theta in place by the current gradient, which is not changed.
    """

    learning_rate: float
    calls: Calls

    def observe(self, cost: float) -> None:
        """Handle the cost of a check; only a schedule that waits for a plateau uses it."""
        ...

    def state(self) -> State:
        """Return copies of the state without theta: vectors, step count and learning rate."""
        ...

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a result of ``state``, bit for bit.

        Raises
        ------
        ValueError
            It is the state of another optimizer, or of a network of another size or type; the rule is not changed.
        """
        ...


class Optimizer(Protocol):
    """A description of an update rule.

    A subclass may define ``optimize(param, grad)`` alone, as in the original library, for training loops written by
    hand. Its constructor takes eps and lr (default 1e-8 and 0.01) and sets ``_eps`` and ``_lr``.
    """

    def __init__(self, eps: float = 1e-8, lr: float = 0.01) -> None:
        vars(self).update(_eps=eps, _lr=lr)  # optional attributes of an optimizer

    @property
    def learning_rate(self) -> float:
        """The step size eta."""
        rate: float = vars(self)["_lr"]
        return rate

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule that updates theta in place by gradient, both flat and of equal length.

        Raises
        ------
        TypeError
            A subclass has not defined it.
        """
        raise TypeError(
            f"{type(self).__name__} defines no bind(theta, gradient), which gives a training its rule; optimize(param, "
            "grad) alone serves loops by hand"
        )


def require_optimizer(value: object, name: str = "optimizer") -> None:
    """Raise ValueError with this name, default "optimizer", if value is not an optimizer."""
    require_kind(callable(getattr(value, "bind", None)), value, name, "an optimizer such as Adam()")


@refuses_copies(BOUND)
class PreparedOptimizer:
    """A rule made of prepared calls on vectors; the rule of every optimizer in ``base`` and ``adaptive``.

    Every 64 steps, entries of the vectors below 2^20 times the type's smallest normal number are set to 0. The mean of
    the gradients of a dead unit would otherwise shrink to a subnormal number and stay one, as rounding ends its decay,
    and processors are some hundred times slower with those.

    Parameters
    ----------
    learning_rate : float
        eta at the start.
    vectors : dict of arrays
        The state of the calls by name.
    prepare : callable
        Takes eta and the step's number, from 1, and computes the scalars that the calls read.
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
        if not self.t % _CLEARED_EVERY:
            for vector in self._vectors.values():
                _clear_tiny(vector)
        self._prepare_scalars(self.learning_rate, self.t)

    def observe(self, cost: float) -> None:
        """Do nothing: these rules do not depend on the cost."""

    def state(self) -> State:
        """Return copies of the vectors, of the step count ``t`` and of the learning rate."""
        return copied(self.views())

    def views(self) -> State:
        """Return the state without copying the vectors."""
        return {"t": np.array(self.t), "learning_rate": np.array(float(self.learning_rate)), **self._vectors}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a result of ``state``."""
        require_same_layout(state, self.views())
        self.t, self.learning_rate = int(state["t"]), float(state["learning_rate"])
        for name, vector in self._vectors.items():
            vector[...] = state[name]


def _clear_tiny(vector: Array) -> None:
    """Set the entries of a vector that are next to 0 to 0, in place."""
    least = np.finfo(vector.dtype).tiny * _TINY
    entries = vector.reshape(-1)
    for start in range(0, entries.size, _CLEARED_AT_ONCE):
        part = entries[start : start + _CLEARED_AT_ONCE]
        part[np.abs(part) < least] = 0


def views_of(rule: BoundOptimizer) -> State:
    """Return a rule's state, read-only, and without copies where the rule supports that."""
    views: Callable[[], State] = getattr(rule, "views", rule.state)
    return views()


def copied(state: Mapping[str, NDArray[Any]]) -> State:
    """Return a state with copies of its arrays."""
    return {name: array.copy() for name, array in state.items()}


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


def accepts_short_names(optimizer: type[T]) -> type[T]:
    """Make a dataclass accept ``lr`` for ``learning_rate`` and ``eps`` for ``epsilon``; a class decorator.

    An optimizer without an epsilon ignores ``eps``. The optimizer's class is changed and returned.

    Raises
    ------
    TypeError
        When an optimizer is made: a setting is given under both names.
    """
    make: Callable[..., None] = optimizer.__init__
    names = [field.name for field in fields(optimizer)]  # type: ignore[arg-type]

    @wraps(make)
    def init(self: T, *values: Any, **settings: Any) -> None:
        for short, name in _SHORT_NAMES.items():
            if short not in settings:
                continue
            value = settings.pop(short)
            if name in settings or name in names[: len(values)]:
                raise TypeError(f"{optimizer.__name__} got both {short} and {name}: they are one setting")
            if name in names:
                settings[name] = value
        make(self, *values, **settings)

    optimizer.__init__ = init  # type: ignore[assignment,method-assign]
    return optimizer


def heeds_original_order(optimizer: type[T]) -> type[T]:
    """Make an optimizer accept the original library's positional arguments, (eps, lr, beta1, beta2).

    They are recognised if the first is below 1e-6, which is too small for a learning rate, and the second is a learning
    rate. A class decorator: the optimizer's class is changed and returned.

    Raises
    ------
    TypeError
        When an optimizer is made: there are more arguments than settings.
    ValueError
        When an optimizer is made: the first argument is an epsilon, and the others are not the original's.

    Warns
    -----
    UserWarning
        When an optimizer is made: an argument has a usual value of the original library's argument at that position.
    """
    make: Callable[..., None] = optimizer.__init__
    names = [field.name for field in fields(optimizer)]  # type: ignore[arg-type]

    @wraps(make)
    def init(self: T, *values: Any, **settings: Any) -> None:
        written = f"{optimizer.__name__}({', '.join(map(repr, values))})"
        first, second = (*values, None, None)[:2]
        if _within(first, 0, _LEAST_RATE):
            if _within(second, _LEAST_RATE, _MOST_RATE) and len(values) <= len(_ORIGINAL_ORDER):
                values, settings = (), _in_original_order(written, values, settings)
            elif len(values) > 1:
                raise ValueError(f"{written}: {first!r} is too little for a learning rate, which comes first; {_NAMED}")
            elif not {"lr", "learning_rate"}.isdisjoint(settings):
                values, settings = (), _in_original_order(written, values, settings)
            else:
                warnings.warn(
                    f"{written} has a learning rate of {first!r}: name it, as learning_rate={first!r}, or as "
                    f"eps={first!r} where epsilon was meant, which came first in the original library",
                    UserWarning,
                    stacklevel=2,
                )
        elif len(values) > len(names):
            raise TypeError(f"{written}: {optimizer.__name__} takes {', '.join(names)}; {_NAMED}")
        elif names[1:2] == ["beta1"] and _within(second, 0, _LEAST_BETA):
            warnings.warn(f"{written} has a beta1 of {second!r}; {_NAMED}", UserWarning, stacklevel=2)
        make(self, *values, **settings)

    optimizer.__init__ = init  # type: ignore[assignment,method-assign]
    return optimizer


def _within(value: object, low: float, high: float) -> bool:
    """Return whether value is a number above low and below high."""
    return low < float(value) < high if isinstance(value, Real) else False


def _in_original_order(written: str, values: Sequence[Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings by name from values in the original library's order."""
    named = dict(zip(_ORIGINAL_ORDER, values, strict=False))
    doubled = [name for name in named if name in settings or _SHORT_NAMES.get(name, name) in settings]
    if doubled:
        raise TypeError(f"{written} got {', '.join(doubled)} twice; {_NAMED}")
    return {**named, **settings}


class Stepping:
    """The method ``optimize`` of the original library: steps on one array."""

    __slots__ = ("_steps",)

    _steps: _Steps

    def optimize(self, param: ArrayLike, grad: ArrayLike) -> Array:
        """Return parameters after one step by their gradient, as the original library's optimizers do.

        The state of these steps belongs to this object, not to its copies or to a training: use one optimizer for each
        array, as the original's layers do.

        Parameters
        ----------
        param, grad : arrays of one shape
            The parameters, which are not changed, and their gradient.

        Returns
        -------
        array
            Of the same shape; float32 if the parameters are, else float64.

        Raises
        ------
        ValueError
            The shapes differ, or this optimizer has moved an array of another shape or type before.
        """
        given = np.asarray(param)
        theta = numbers(param, "param", given.dtype if given.dtype == np.float32 else np.float64)
        gradient = numbers(grad, "grad", theta.dtype)
        if gradient.shape != theta.shape:
            raise ValueError(f"grad has the shape of param, {theta.shape}, got {gradient.shape}")
        steps: _Steps | None = getattr(self, "_steps", None)
        if steps is None:
            steps = _Steps(cast(Optimizer, self), theta)
            object.__setattr__(self, "_steps", steps)  # the description is frozen, and this is not part of it
        return steps.moved(theta, gradient)


class _Steps:
    """A rule with its own vectors, for parameters of one shape and type."""

    def __init__(self, optimizer: Optimizer, like: Array) -> None:
        self._optimizer = optimizer
        self._theta, self._gradient = np.zeros_like(like, order="C"), np.zeros_like(like, order="C")
        self._rule = optimizer.bind(self._theta.reshape(-1), self._gradient.reshape(-1))

    def moved(self, theta: Array, gradient: Array) -> Array:
        if theta.shape != self._theta.shape or theta.dtype != self._theta.dtype:
            raise ValueError(
                f"this {type(self._optimizer).__name__} has moved {self._theta.dtype} parameters of shape "
                f"{self._theta.shape}, got {theta.dtype} of {theta.shape}: take an optimizer for each array"
            )
        self._theta[...], self._gradient[...] = theta, gradient
        with np.errstate(all="ignore"):
            for call in self._rule.calls:
                call()
        return self._theta.copy()


@declare("optimizer", "gradient-descent", "Gradient descent", "theta <- theta - eta g", label="Gradient descent")
@heeds_original_order
@accepts_short_names
@dataclass(frozen=True, slots=True)
class GradientDescent(Stepping):
    """theta <- theta - eta gradient.

    Parameters
    ----------
    learning_rate : float, default 0.1
        eta, above 0.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Cauchy: Méthode générale pour la résolution des systèmes d'équations simultanées, 1847; on mini-batches after
    Robbins, Monro: A Stochastic Approximation Method, 1951.
    """

    learning_rate: LearningRate = 0.1

    def __post_init__(self) -> None:
        check_settings(self)

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        eta, prepare = rate_scalar(theta)
        step = np.empty_like(theta)
        calls = (partial(np.multiply, gradient, eta, step), partial(np.subtract, theta, step, theta))
        return PreparedOptimizer(self.learning_rate, {}, prepare, calls)


@declare("optimizer", "momentum", "SGD with momentum", "v <- mu v + g;  theta <- theta - eta v")
@accepts_short_names
@dataclass(frozen=True, slots=True)
class Momentum(Stepping):
    """Gradient descent with a velocity: v <- momentum v + gradient, theta <- theta - eta v.

    Along a direction of constant gradient, steps grow to 1 / (1 - momentum) times those of gradient descent.

    Parameters
    ----------
    learning_rate : float, default 0.01
        eta, above 0.
    momentum : float, default 0.9
        The share of the velocity that is kept, from 0 to below 1.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Polyak: Some methods of speeding up the convergence of iteration methods, 1964; with eta outside the velocity, as in
    torch, so that a change of eta takes effect at once.
    """

    learning_rate: LearningRate = 0.01
    momentum: MomentumShare = 0.9

    def __post_init__(self) -> None:
        check_settings(self)

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        eta, prepare = rate_scalar(theta)
        momentum = np.array(self.momentum, theta.dtype)
        v, step = np.zeros_like(theta), np.empty_like(theta)
        calls = (
            partial(np.multiply, v, momentum, v),
            partial(np.add, v, gradient, v),
            partial(np.multiply, v, eta, step),
            partial(np.subtract, theta, step, theta),
        )
        return PreparedOptimizer(self.learning_rate, {"v": v}, prepare, calls)


@declare("optimizer", "nesterov", "SGD with Nesterov momentum", "v <- mu v + g;  theta <- theta - eta (g + mu v)")
@accepts_short_names
@dataclass(frozen=True, slots=True)
class Nesterov(Stepping):
    """Momentum that looks ahead: v <- momentum v + gradient, theta <- theta - eta (gradient + momentum v).

    theta is the point ahead, at which the gradient is computed.

    Parameters
    ----------
    learning_rate : float, default 0.01
        eta, above 0.
    momentum : float, default 0.9
        The share of the velocity that is kept, from 0 to below 1.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Nesterov: A method of solving a convex programming problem with convergence rate O(1/k^2), 1983; in the form of
    Sutskever, Martens, Dahl, Hinton: On the importance of initialization and momentum in deep learning, 2013, as in
    torch.
    """

    learning_rate: LearningRate = 0.01
    momentum: MomentumShare = 0.9

    def __post_init__(self) -> None:
        check_settings(self)

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
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
        return PreparedOptimizer(self.learning_rate, {"v": v}, prepare, calls)


def rate_scalar(theta: Array) -> tuple[Array, Callable[[float, int], None]]:
    """Return eta as a scalar array of theta's type, and a ``prepare`` that sets it."""
    eta: Array = np.zeros((), theta.dtype)

    def prepare(learning_rate: float, _t: int) -> None:
        eta[()] = learning_rate

    return eta, prepare


if not TYPE_CHECKING:
    __getattr__ = partial(find_class, __name__)
