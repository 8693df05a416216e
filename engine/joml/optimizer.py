"""Optimizers: how a step goes from gradients to parameters.

An optimizer is a description; ``bind`` gives the rule that works on one network's flat vectors, with its own state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from joml.arrays import Array, Calls


class Rule(Protocol):
    """An optimizer bound to parameters: ``calls`` make one update; the learning rate may change between steps."""

    learning_rate: float
    calls: Calls


class Optimizer(Protocol):
    """What describes an update rule."""

    @property
    def learning_rate(self) -> float:
        """The step size eta."""
        ...

    def bind(self, theta: Array, gradient: Array) -> Rule:
        """Give the rule that updates theta in place by gradient, both flat and of equal length."""
        ...


@dataclass(frozen=True, slots=True)
class GradientDescent:
    """theta <- theta - eta gradient.

    Parameters
    ----------
    learning_rate : float
        eta, above 0.
    """

    learning_rate: float = 0.1

    def __post_init__(self) -> None:
        _require(self.learning_rate > 0, "learning_rate", "above 0", self.learning_rate)

    def bind(self, theta: Array, gradient: Array) -> _GradientDescentRule:
        """Give the rule for these vectors."""
        return _GradientDescentRule(self, theta, gradient)


class _GradientDescentRule:
    def __init__(self, settings: GradientDescent, theta: Array, gradient: Array) -> None:
        self.learning_rate = settings.learning_rate
        self._eta = np.array(self.learning_rate, theta.dtype)
        step = np.empty_like(theta)
        self.calls: Calls = (
            self._prepare,
            partial(np.multiply, gradient, self._eta, step),
            partial(np.subtract, theta, step, theta),
        )

    def _prepare(self) -> None:
        self._eta[()] = self.learning_rate


@dataclass(frozen=True, slots=True)
class Adam:
    """Adam: steps scaled by running means of the gradient and of its square.

    Parameters
    ----------
    learning_rate : float
        eta, above 0; 0.001 as published (the article trains with 0.002).
    beta1, beta2 : float
        Decay rates of the two means, from 0 to below 1.
    epsilon : float
        Keeps the quotient finite, above 0.

    References
    ----------
    Kingma, Ba: Adam: A Method for Stochastic Optimization, 2015.
    """

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _require(self.learning_rate > 0, "learning_rate", "above 0", self.learning_rate)
        _require(0 <= self.beta1 < 1, "beta1", "from 0 to below 1", self.beta1)
        _require(0 <= self.beta2 < 1, "beta2", "from 0 to below 1", self.beta2)
        _require(self.epsilon > 0, "epsilon", "above 0", self.epsilon)

    def bind(self, theta: Array, gradient: Array) -> _AdamRule:
        """Give the rule for these vectors."""
        return _AdamRule(self, theta, gradient)


class _AdamRule:
    """Adam in ten in-place calls.

    With m = (1 - beta1) u and v = (1 - beta2) w, where u and w are plain decaying sums, the published step

        eta m_hat / (sqrt(v_hat) + epsilon),   m_hat = m / (1 - beta1^t),   v_hat = v / (1 - beta2^t)

    is alpha u / (sqrt(w) + e) with two numbers a step, alpha and e, instead of four more passes over the vectors.
    """

    def __init__(self, settings: Adam, theta: Array, gradient: Array) -> None:
        self.learning_rate = settings.learning_rate
        self._settings = settings
        self.t = 0
        self.u: Array = np.zeros_like(theta)
        self.w: Array = np.zeros_like(theta)
        self._alpha = np.zeros((), theta.dtype)
        self._e = np.zeros((), theta.dtype)
        beta1, beta2 = np.array(settings.beta1, theta.dtype), np.array(settings.beta2, theta.dtype)
        step = np.empty_like(theta)
        self.calls: Calls = (
            self._prepare,
            partial(np.multiply, self.u, beta1, self.u),
            partial(np.add, self.u, gradient, self.u),
            partial(np.multiply, self.w, beta2, self.w),
            partial(np.multiply, gradient, gradient, step),
            partial(np.add, self.w, step, self.w),
            partial(np.sqrt, self.w, step),
            partial(np.add, step, self._e, step),
            partial(np.divide, self.u, step, step),
            partial(np.multiply, step, self._alpha, step),
            partial(np.subtract, theta, step, theta),
        )

    def _prepare(self) -> None:
        self.t += 1
        settings = self._settings
        # sqrt(v_hat) = scale sqrt(w)
        scale = math.sqrt((1 - settings.beta2) / (1 - settings.beta2**self.t))
        self._alpha[()] = self.learning_rate * (1 - settings.beta1) / (1 - settings.beta1**self.t) / scale
        self._e[()] = settings.epsilon / scale


def _require(condition: bool, name: str, expected: str, value: float) -> None:
    if not condition:
        raise ValueError(f"{name} must be {expected}, got {value!r}")
