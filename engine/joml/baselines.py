"""Baselines: what is reached on the same split without a hidden layer, and without looking at x at all.

A network's accuracy says little alone. Beside it belong that of the constant prediction and that of the linear model:
what a hidden layer adds is what lies above both. Baselines learn from the training part and are told on the test part,
as networks are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from joml.arrays import Array
from joml.blas import threads_for
from joml.checks import above_zero
from joml.cost import CrossEntropy
from joml.dataset import Dataset
from joml.functions import Sigmoid, SoftMax
from joml.initialisation import zeros
from joml.intervals import Interval, accuracy_interval
from joml.layer import OutputLayer
from joml.metrics import r2, right
from joml.network import Network
from joml.passes import run

#: L-BFGS remembers this many steps, and stops where no derivative is larger than this, in nats, or after so many steps.
_MEMORY = 20
_GRADIENT = 1e-8
_MOST_STEPS = 300


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a simple model reaches on the test part.

    Attributes
    ----------
    name : str
        Such as "majority class".
    cost : float
        Mean cross-entropy in nats, without l2; of values the mean squared error.
    accuracy : float
        Share of the test samples classified or answered right; of values R2, as ``joml.metrics.r2`` gives it.
    interval : Interval or None
        Wilson's interval of the share, at 95 %; None for R2.
    """

    name: str
    cost: float
    accuracy: float
    interval: Interval | None


def baselines(data: Dataset) -> tuple[Baseline, Baseline]:
    """Give the constant and the linear baseline that suit the data: of classes, of answers or of values."""
    if data.task == "values":
        return mean_predictor(data), least_squares(data)
    return majority(data), logistic_regression(data)


def majority(data: Dataset) -> Baseline:
    """Predict the most frequent class of the training part, or of every answer the more frequent, whatever x is.

    Its probabilities are the shares in the training part, which is where training a network's biases alone would end;
    the cost is infinite where the test part has a class that the training part has not.

    Parameters
    ----------
    data : Dataset
        Of classes or answers.

    Returns
    -------
    Baseline
    """
    shares = np.asarray(data.y_train, np.float64).mean(axis=1, keepdims=True)
    y = np.asarray(data.y_test)
    classes = data.task == "classes"
    given = np.where(y > 0, shares, 1 if classes else 1 - shares)
    with np.errstate(divide="ignore"):
        cost = float(-np.log(given).sum(axis=0).mean())
    hits = right(np.broadcast_to(shares, y.shape), y) if classes else ((shares > 0.5) == (y > 0)).mean(axis=0)
    accuracy, samples = float(hits.mean()), y.shape[1]
    name = "majority class" if classes else "majority answer"
    return Baseline(name, cost, accuracy, accuracy_interval(accuracy, samples))


def logistic_regression(data: Dataset, l2: float = 1e-4) -> Baseline:
    """Train the network of one softmax layer until nothing moves: multinomial logistic regression.

    Where y are answers of yes or no, the layer is a sigmoid: a logistic regression for each.

    The cost of the training part is minimised with L-BFGS in float64, from weights of 0, on features that are
    standardised by its means and spreads: there is one minimum and no chance in it.

    Parameters
    ----------
    data : Dataset
        Of classes or answers.
    l2 : float
        Added to the mean cost is l2 / 2 times the sum of the squared weights, biases left out. Above 0, as separable
        classes would otherwise draw the weights to infinity; 0.0001 unless said, which changes little where they are
        not. It is scikit-learn's ``LogisticRegression`` with C = 1 / (l2 samples); twice that for two classes, where
        scikit-learn has one vector of weights instead of two.

    Returns
    -------
    Baseline

    Raises
    ------
    ValueError
        l2 is no number above 0.

    References
    ----------
    Bishop: Pattern Recognition and Machine Learning, 2006, section 4.3.4; Liu, Nocedal: On the Limited Memory BFGS
    Method for Large Scale Optimization, 1989.
    """
    l2 = above_zero(l2, "l2")
    network = Network(len(data.x_train), "logistic regression", dtype=np.float64)
    activation = SoftMax() if data.task == "classes" else Sigmoid()
    network.output(OutputLayer(len(data.y_train), activation, CrossEntropy(), zeros))
    x_train, x_test = _standardised(data.x_train, data.x_test)
    step = network.training_pass(x_train.shape[1])
    step.x[...] = x_train
    step.y[...] = data.y_train
    parameters, layer = network.parameters, network.output_layer

    def cost_and_gradient(theta: Array) -> tuple[float, Array]:
        parameters.theta[...] = theta
        run(step.calls)
        gradient = parameters.gradient.copy()
        gradient.reshape(layer.block.shape)[:, :-1] += l2 * layer.W
        return float(layer.costs(step.z, step.y).mean() + l2 / 2 * np.square(layer.W).sum()), gradient

    with threads_for(1):  # several gain little here, and lose much beside another process
        parameters.theta[...] = _minimum(cost_and_gradient, parameters.theta.copy())
        evaluation = network.evaluate(x_test, data.y_test)
    interval = accuracy_interval(evaluation.accuracy, x_test.shape[1])
    return Baseline(network.name, evaluation.cost, evaluation.accuracy, interval)


def mean_predictor(data: Dataset) -> Baseline:
    """Predict the mean y of the training part, whatever x is; of data whose y are values."""
    means = np.asarray(data.y_train, np.float64).mean(axis=1, keepdims=True)
    return _of_values("mean", np.broadcast_to(means, data.y_test.shape), data.y_test)


def least_squares(data: Dataset) -> Baseline:
    """Predict W x + b, with the W and b whose squared errors on the training part of the data are least.

    Where several have, as with more features than samples, those of the least norm.
    """
    x_train, x_test = (np.vstack([x, np.ones(x.shape[1])]) for x in _standardised(data.x_train, data.x_test))
    solution = np.linalg.lstsq(x_train.T, np.asarray(data.y_train, np.float64).T, rcond=None)[0]
    return _of_values("least squares", solution.T @ x_test, data.y_test)


def _of_values(name: str, y_hat: Array, y: Array) -> Baseline:
    return Baseline(name, float(np.square(y_hat - y).mean()), r2(y_hat, y), None)


def _standardised(x_train: Array, x_test: Array) -> tuple[Array, Array]:
    """Give both parts in float64, each feature minus its mean and over its spread in the training part."""
    train, test = np.asarray(x_train, np.float64), np.asarray(x_test, np.float64)
    mean, spread = train.mean(axis=1, keepdims=True), train.std(axis=1, keepdims=True)
    # What varies by rounding alone is a constant.
    spread[spread <= 1e-9 * np.abs(mean)] = 1
    spread[spread == 0] = 1
    return (train - mean) / spread, (test - mean) / spread


def _minimum(cost_and_gradient: Callable[[Array], tuple[float, Array]], theta: Array) -> Array:
    """Give where a strictly convex cost is least, by L-BFGS with halved steps."""
    cost, gradient = cost_and_gradient(theta)
    pairs: deque[tuple[Array, Array, float]] = deque(maxlen=_MEMORY)
    for _ in range(_MOST_STEPS):
        if np.abs(gradient).max() <= _GRADIENT:
            break
        direction = -_times_inverse_hessian(gradient, pairs)
        if not pairs:
            direction /= max(1.0, float(np.linalg.norm(direction)))
        slope, share = float(direction @ gradient), 1.0
        new_cost, new_gradient = cost_and_gradient(theta + direction)
        while not new_cost <= cost + 1e-4 * share * slope and share > 1e-10:
            share /= 2
            new_cost, new_gradient = cost_and_gradient(theta + share * direction)
        if not new_cost < cost:
            break  # as low as the rounding of the cost can tell
        s, y = share * direction, new_gradient - gradient
        if (sy := float(s @ y)) > 0:  # as it is, but for rounding
            pairs.append((s, y, sy))
        theta, cost, gradient = theta + s, new_cost, new_gradient
    return theta


def _times_inverse_hessian(gradient: Array, pairs: deque[tuple[Array, Array, float]]) -> Array:
    """Give the product with the inverse Hessian that steps s and their changes of the gradient y tell (two loops)."""
    q = gradient.copy()
    alphas = []
    for s, y, sy in reversed(pairs):
        alphas.append(float(s @ q) / sy)
        q -= alphas[-1] * y
    if pairs:
        _, y, sy = pairs[-1]
        q *= sy / float(y @ y)
    for (s, y, sy), alpha in zip(pairs, reversed(alphas), strict=True):
        q += (alpha - float(y @ q) / sy) * s
    return q
