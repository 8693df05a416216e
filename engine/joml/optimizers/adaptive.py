"""Optimizers with a step size for each parameter, based on its squared gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import numpy as np

from joml.array_types import Array, Calls
from joml.declaration import Setting, check_settings, declare
from joml.optimizers.base import (
    BoundOptimizer,
    Epsilon,
    LearningRate,
    PreparedOptimizer,
    Stepping,
    accepts_short_names,
    heeds_original_order,
    rate_scalar,
)
from joml.validation import in_dtype

MeanDecay = Annotated[float, Setting("Decay rate of the gradient's mean", at_least=0, below=1)]
SquareDecay = Annotated[float, Setting("Decay rate of the squared gradient's mean", at_least=0, below=1)]
WeightDecay = Annotated[float, Setting("Decay of all parameters per unit of learning rate", at_least=0)]


@declare(
    "optimizer",
    "adagrad",
    "Per-weight step from accumulated squared gradients",
    "w <- w + g^2;  theta <- theta - eta g / (sqrt(w) + epsilon)",
)
@accepts_short_names
@dataclass(frozen=True, slots=True)
class AdaGrad(Stepping):
    """AdaGrad: theta <- theta - eta gradient / (sqrt(w) + epsilon), where w sums the squares of all gradients.

    Parameters
    ----------
    learning_rate : float, default 0.01
        eta, above 0.
    epsilon : float, default 1e-10
        Keeps the quotient finite, above 0.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Duchi, Hazan, Singer: Adaptive Subgradient Methods for Online Learning and Stochastic Optimization, 2011.
    """

    learning_rate: LearningRate = 0.01
    epsilon: Epsilon = 1e-10

    def __post_init__(self) -> None:
        check_settings(self)

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        eta, prepare = rate_scalar(theta)
        epsilon = in_dtype(self.epsilon, "epsilon", theta.dtype)
        w, step = np.zeros_like(theta), np.empty_like(theta)
        calls = (
            partial(np.multiply, gradient, gradient, step),
            partial(np.add, w, step, w),
            partial(np.sqrt, w, step),
            partial(np.add, step, epsilon, step),
            partial(np.divide, gradient, step, step),
            partial(np.multiply, step, eta, step),
            partial(np.subtract, theta, step, theta),
        )
        return PreparedOptimizer(self.learning_rate, {"w": w}, prepare, calls)


@declare(
    "optimizer",
    "rmsprop",
    "Per-weight step from recent squared gradients",
    "v <- beta v + (1 - beta) g^2;  theta <- theta - eta g / (sqrt(v) + epsilon)",
)
@accepts_short_names
@dataclass(frozen=True, slots=True)
class RMSProp(Stepping):
    """RMSProp: theta <- theta - eta gradient / (sqrt(v) + epsilon), v a running mean of the gradient's square.

    Parameters
    ----------
    learning_rate : float, default 0.001
        eta, above 0.
    beta : float, default 0.99
        Decay rate of the mean, from 0 to below 1.
    epsilon : float, default 1e-8
        Keeps the quotient finite, above 0.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Tieleman, Hinton: Lecture 6.5, Neural Networks for Machine Learning, 2012; beta and epsilon are torch's.
    """

    learning_rate: LearningRate = 0.001
    beta: SquareDecay = 0.99
    epsilon: Epsilon = 1e-8

    def __post_init__(self) -> None:
        check_settings(self)

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        # As in Adam: v = (1 - beta) w, w a plain decaying sum, so that sqrt(v) = scale sqrt(w) costs no pass.
        scale = math.sqrt(1 - self.beta)
        alpha: Array = np.zeros((), theta.dtype)
        in_dtype(self.epsilon, "epsilon", theta.dtype)
        beta, e = np.array(self.beta, theta.dtype), np.array(self.epsilon / scale, theta.dtype)
        w, step = np.zeros_like(theta), np.empty_like(theta)

        def prepare(learning_rate: float, _t: int) -> None:
            alpha[()] = learning_rate / scale

        calls = (
            partial(np.multiply, w, beta, w),
            partial(np.multiply, gradient, gradient, step),
            partial(np.add, w, step, w),
            partial(np.sqrt, w, step),
            partial(np.add, step, e, step),
            partial(np.divide, gradient, step, step),
            partial(np.multiply, step, alpha, step),
            partial(np.subtract, theta, step, theta),
        )
        return PreparedOptimizer(self.learning_rate, {"w": w}, prepare, calls)


@declare(
    "optimizer",
    "adam",
    "Momentum with a per-weight step",
    "m <- beta1 m + (1 - beta1) g,  m_hat = m / (1 - beta1^t);  "
    "v <- beta2 v + (1 - beta2) g^2,  v_hat = v / (1 - beta2^t);  "
    "theta <- theta - eta m_hat / (sqrt(v_hat) + epsilon)",
)
@heeds_original_order
@accepts_short_names
@dataclass(frozen=True, slots=True)
class Adam(Stepping):
    """Adam: steps scaled by running means of the gradient and of its square.

    Parameters
    ----------
    learning_rate : float, default 0.001
        eta, above 0; the default is the published one (the article trains with 0.002).
    beta1, beta2 : float
        Decay rates of the means of the gradient and of its square, from 0 to below 1; default 0.9 and 0.999.
    epsilon : float, default 1e-8
        Keeps the quotient finite, above 0.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Kingma, Ba: Adam: A Method for Stochastic Optimization, 2015.
    """

    learning_rate: LearningRate = 0.001
    beta1: MeanDecay = 0.9
    beta2: SquareDecay = 0.999
    epsilon: Epsilon = 1e-8

    def __post_init__(self) -> None:
        check_settings(self)

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        return PreparedOptimizer(self.learning_rate, *_adam(self, theta, gradient))


@declare(
    "optimizer",
    "adamw",
    "Adam with decoupled weight decay",
    "m <- beta1 m + (1 - beta1) g,  m_hat = m / (1 - beta1^t);  "
    "v <- beta2 v + (1 - beta2) g^2,  v_hat = v / (1 - beta2^t);  "
    "theta <- theta - eta lambda theta - eta m_hat / (sqrt(v_hat) + epsilon)",
)
@accepts_short_names
@dataclass(frozen=True, slots=True)
class AdamW(Stepping):
    """Adam with decoupled weight decay: theta <- (1 - eta weight_decay) theta, then Adam's step.

    Adam would rescale a decay that is added to the gradient (``WithWeightDecay``); this one is not rescaled.

    Parameters
    ----------
    learning_rate : float, default 0.001
        eta, above 0.
    beta1, beta2 : float
        Decay rates of the means of the gradient and of its square, from 0 to below 1; default 0.9 and 0.999.
    epsilon : float, default 1e-8
        Keeps the quotient finite, above 0.
    weight_decay : float, default 0.01
        Share by which a step reduces every weight and bias, per unit of eta; at least 0.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Loshchilov, Hutter: Decoupled Weight Decay Regularization, 2019; the decay multiplied by eta, as torch has it.
    """

    learning_rate: LearningRate = 0.001
    beta1: MeanDecay = 0.9
    beta2: SquareDecay = 0.999
    epsilon: Epsilon = 1e-8
    weight_decay: WeightDecay = 0.01

    def __post_init__(self) -> None:
        check_settings(self)

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        vectors, prepare_adam, calls = _adam(self, theta, gradient)
        kept: Array = np.ones((), theta.dtype)

        def prepare(learning_rate: float, t: int) -> None:
            kept[()] = 1 - learning_rate * self.weight_decay
            prepare_adam(learning_rate, t)

        return PreparedOptimizer(
            self.learning_rate, vectors, prepare, (partial(np.multiply, theta, kept, theta), *calls)
        )


@declare(
    "optimizer",
    "amsgrad",
    "Adam whose steps never grow back",
    "m <- beta1 m + (1 - beta1) g,  m_hat = m / (1 - beta1^t);  "
    "v <- beta2 v + (1 - beta2) g^2;  v_max <- max(v_max, v),  v_hat = v_max / (1 - beta2^t);  "
    "theta <- theta - eta m_hat / (sqrt(v_hat) + epsilon)",
    label="AMSGrad",
)
@accepts_short_names
@dataclass(frozen=True, slots=True)
class AMSGrad(Stepping):
    """AMSGrad: Adam with the largest mean of the gradient's square so far in place of the present one.

    Adam forgets a rare large gradient, and its steps grow again, so that it may not converge; these steps do not.

    Parameters
    ----------
    learning_rate : float, default 0.001
        eta, above 0.
    beta1, beta2 : float
        Decay rates of the means of the gradient and of its square, from 0 to below 1; default 0.9 and 0.999.
    epsilon : float, default 1e-8
        Keeps the quotient finite, above 0.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Reddi, Kale, Kumar: On the Convergence of Adam and Beyond, 2018; with Adam's corrections for the start, as torch has
    it.
    """

    learning_rate: LearningRate = 0.001
    beta1: MeanDecay = 0.9
    beta2: SquareDecay = 0.999
    epsilon: Epsilon = 1e-8

    def __post_init__(self) -> None:
        check_settings(self)

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        return PreparedOptimizer(self.learning_rate, *_adam(self, theta, gradient, keeps_largest=True))


@declare(
    "optimizer",
    "lion",
    "Steps of one length, by the sign of the momentum",
    "c <- beta1 m + (1 - beta1) g;  m <- beta2 m + (1 - beta2) g;  theta <- theta - eta (sign(c) + lambda theta)",
    label="Lion",
)
@accepts_short_names
@dataclass(frozen=True, slots=True)
class Lion(Stepping):
    """Lion: every parameter moves by eta, in the direction of a running mean of the gradient.

    A good learning rate is three to ten times smaller than Adam's.

    Parameters
    ----------
    learning_rate : float, default 0.0001
        eta, above 0.
    beta1 : float, default 0.9
        Share of the mean in the direction, from 0 to below 1; the rest is the gradient's.
    beta2 : float, default 0.99
        Decay rate of the mean, from 0 to below 1.
    weight_decay : float, default 0
        Share by which a step reduces every weight and bias, per unit of eta; at least 0.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Chen et al.: Symbolic Discovery of Optimization Algorithms, 2023.
    """

    learning_rate: LearningRate = 0.0001
    beta1: Annotated[float, Setting("Share of the mean in the direction", at_least=0, below=1)] = 0.9
    beta2: MeanDecay = 0.99
    weight_decay: WeightDecay = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule for these vectors."""
        # With m = (1 - beta2) u, the sign of beta1 m + (1 - beta1) g is that of share u + g.
        u, step = np.zeros_like(theta), np.empty_like(theta)
        share = np.array(self.beta1 * (1 - self.beta2) / (1 - self.beta1), theta.dtype)
        beta2 = np.array(self.beta2, theta.dtype)
        eta, kept = np.zeros((), theta.dtype), np.ones((), theta.dtype)

        def prepare(learning_rate: float, _t: int) -> None:
            eta[()] = learning_rate
            kept[()] = 1 - learning_rate * self.weight_decay

        decay = (partial(np.multiply, theta, kept, theta),) if self.weight_decay else ()
        calls = (
            partial(np.multiply, u, share, step),
            partial(np.add, step, gradient, step),
            partial(np.sign, step, step),
            partial(np.multiply, step, eta, step),
            *decay,
            partial(np.subtract, theta, step, theta),
            partial(np.multiply, u, beta2, u),
            partial(np.add, u, gradient, u),
        )
        return PreparedOptimizer(self.learning_rate, {"u": u}, prepare, calls)


def _adam(
    settings: Adam | AdamW | AMSGrad, theta: Array, gradient: Array, *, keeps_largest: bool = False
) -> tuple[dict[str, Array], Callable[[float, int], None], Calls]:
    """Return Adam's arguments of a PreparedOptimizer: vectors, the function that prepares a step, and ten calls.

    With ``keeps_largest`` the largest w so far stands in place of w, as in AMSGrad.

    With m = (1 - beta1) u and v = (1 - beta2) w, where u and w are plain decaying sums, the published step

        eta m_hat / (sqrt(v_hat) + epsilon),   m_hat = m / (1 - beta1^t),   v_hat = v / (1 - beta2^t)

    is alpha u / (sqrt(w) + e) with two numbers per step, alpha and e, instead of four more passes over the vectors.
    """
    in_dtype(settings.epsilon, "epsilon", theta.dtype)
    u, w, step = np.zeros_like(theta), np.zeros_like(theta), np.empty_like(theta)
    alpha, e = np.zeros((), theta.dtype), np.zeros((), theta.dtype)
    beta1, beta2 = np.array(settings.beta1, theta.dtype), np.array(settings.beta2, theta.dtype)

    def prepare(learning_rate: float, t: int) -> None:
        # sqrt(v_hat) = scale sqrt(w)
        scale = math.sqrt((1 - settings.beta2) / (1 - settings.beta2**t))
        alpha[()] = learning_rate * (1 - settings.beta1) / (1 - settings.beta1**t) / scale
        e[()] = settings.epsilon / scale

    vectors = {"u": u, "w": w}
    if keeps_largest:
        vectors["largest"] = np.zeros_like(theta)
    squares = vectors.get("largest", w)
    calls = (
        partial(np.multiply, u, beta1, u),
        partial(np.add, u, gradient, u),
        partial(np.multiply, w, beta2, w),
        partial(np.multiply, gradient, gradient, step),
        partial(np.add, w, step, w),
        *((partial(np.maximum, squares, w, out=squares),) if keeps_largest else ()),
        partial(np.sqrt, squares, step),
        partial(np.add, step, e, step),
        partial(np.divide, u, step, step),
        partial(np.multiply, step, alpha, step),
        partial(np.subtract, theta, step, theta),
    )
    return vectors, prepare, calls
