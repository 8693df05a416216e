"""Baselines: the scores on the same split without a hidden layer, and without using x at all.

A network's accuracy alone says little. Compare it with a constant prediction and with a linear model: only the gain
over both is due to hidden layers. Baselines learn from the training part and are judged on the test part, like
networks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from joml.activations import Sigmoid, SoftMax
from joml.array_types import Array
from joml.compiled.blas import ThreadLimit
from joml.compiled.evaluation import PART, logits
from joml.compiled.passes import run
from joml.cost import CrossEntropy
from joml.data.dataset import Dataset
from joml.initialisation import zeros
from joml.layer import OutputLayer
from joml.network import Network
from joml.rng import stream
from joml.statistics.intervals import Interval, accuracy_interval
from joml.statistics.metrics import Scoring, score
from joml.task import Task
from joml.validation import above_zero

#: L-BFGS: number of steps remembered, largest derivative (in nats) at which it stops, and largest number of steps.
_MEMORY = 20
_GRADIENT = 1e-8
_MOST_STEPS = 300

#: Limits of the sample that a linear model learns from: samples, numbers, and products of two features; and of its
#: multiplications, with a least number of steps.
_MOST_SAMPLES, _MOST_NUMBERS, _MOST_SQUARES = 100_000, 16_000_000, 5_000_000_000
_MOST_WORK, _LEAST_STEPS = 10_000_000_000, 40

#: Limit of the sample's outputs, such as 100,000 samples of 10 classes: each step takes their exponentials.
_MOST_OUTPUTS = 1_000_000
#: Samples at a time, to keep copies in double precision small: a multiple of those that a network predicts at a time.
_BLOCK = 32 * PART

#: The parts on which a baseline can be judged.
JudgedPart = Literal["test", "validation"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The cost and score of a simple model on one part.

    Attributes
    ----------
    name : str
        Such as "majority class"; says so if a linear model learnt from only a sample of the training part.
    cost : float
        Mean cross-entropy in nats, without l2; for values the mean squared error.
    accuracy : float
        The score of ``joml.statistics.metrics``: the share of correct classes or answers; for values R2, nan where that
        is not defined.
    interval : Interval or None
        Wilson's interval of the share at 95 %; None for R2.
    """

    name: str
    cost: float
    accuracy: float
    interval: Interval | None


def baselines(data: Dataset, part: JudgedPart = "test") -> tuple[Baseline, Baseline]:
    """Return the constant and the linear baseline that suit the data, judged on a part: the test part by default."""
    if data.task == "regression":
        return mean_predictor(data, part), least_squares(data, part)
    return majority(data, part), logistic_regression(data, part=part)


def majority(data: Dataset, part: JudgedPart = "test") -> Baseline:
    """Predict the training part's most frequent class, or most frequent answer to each question, for every x.

    Its probabilities are the shares in the training part, to which training a network's biases alone would lead. The
    cost is infinite if the part has a class that the training part lacks.

    Parameters
    ----------
    data : Dataset
        Data with the task classes or answers.
    part : {"test", "validation"}, default "test"
        The part on which it is judged.

    Returns
    -------
    Baseline
    """
    shares = data.y_train.mean(axis=1, dtype=np.float64, keepdims=True)
    y = _samples(data, part)[1]
    classes = data.task == "classes"
    costs, right = np.empty(y.shape[1]), 0
    for block in _blocks(y.shape[1]):
        true = y[:, block]
        given = np.where(true > 0, shares, 1 if classes else 1 - shares)
        with np.errstate(divide="ignore"):
            costs[block] = -np.log(given).sum(axis=0)
        predictions = true.shape[1] if classes else true.size
        right += round(score(data.task, np.broadcast_to(shares, true.shape), true) * predictions)
    cost = float(costs.mean())
    accuracy = right / (y.shape[1] if classes else y.size)
    name = "majority class" if classes else "majority answer"
    return Baseline(name, cost, accuracy, _interval(accuracy, data, y.shape[1]))


def logistic_regression(data: Dataset, l2: float = 1e-4, part: JudgedPart = "test") -> Baseline:
    """Train a network of one softmax layer to convergence: multinomial logistic regression.

    If y are yes-or-no answers, the layer is a sigmoid: one logistic regression for each.

    The cost of the training part is minimised with L-BFGS in float64, from weights of 0, on features standardised by
    the training part's means and deviations. The minimum is unique and the result deterministic. To take at most a few
    seconds, it uses a fixed sample of a large training part, which the baseline's name says, and a limited number of
    steps.

    Parameters
    ----------
    data : Dataset
        Data with the task classes or answers.
    l2 : float
        l2 / 2 times the sum of the squared weights, without biases, is added to the mean cost. It must be above 0,
        because separable classes would otherwise drive the weights to infinity; the default 0.0001 changes little in
        other cases. It equals scikit-learn's ``LogisticRegression`` with C = 1 / (l2 samples), or twice that for two
        classes, where scikit-learn has one vector of weights instead of two.
    part : {"test", "validation"}, default "test"
        The part on which it is judged.

    Returns
    -------
    Baseline

    Raises
    ------
    ValueError
        l2 is not a number above 0.

    References
    ----------
    Bishop: Pattern Recognition and Machine Learning, 2006, section 4.3.4; Liu, Nocedal: On the Limited Memory BFGS
    Method for Large Scale Optimization, 1989.
    """
    l2 = above_zero(l2, "l2")
    chosen = _sample(data, min(_MOST_NUMBERS // data.input_size, _MOST_OUTPUTS // data.output_size))
    network = Network(data.input_size, _named("logistic regression", chosen, data), dtype=np.float64)
    activation = SoftMax() if data.task == "classes" else Sigmoid()
    network.output(OutputLayer(len(data.y_train), activation, CrossEntropy(), zeros))
    x, y = _samples(data, part)
    scale = _Standardisation(data.x_train[:, chosen])
    x_train = scale.apply(data.x_train[:, chosen])
    step = network.training_pass(x_train.shape[1])
    step.x[...] = x_train
    step.y[...] = data.y_train[:, chosen]
    steps = max(_LEAST_STEPS, min(_MOST_STEPS, _MOST_WORK // (x_train.size * data.output_size)))
    del x_train
    parameters, layer = network.parameters, network.output_layer

    def cost_and_gradient(theta: Array) -> tuple[float, Array]:
        parameters.theta[...] = theta
        run(step.calls)
        gradient = parameters.gradient.copy()
        gradient.reshape(layer.block.shape)[:, :-1] += l2 * layer.W
        return float(layer.costs(step.z, step.y).mean() + l2 / 2 * np.square(layer.W).sum()), gradient

    with ThreadLimit():  # several threads gain little here, and are slow when another process is busy
        parameters.theta[...] = _minimum(cost_and_gradient, parameters.theta.copy(), steps)
        cost, accuracy = _judged(network, (scale.apply(x[:, block]) for block in _blocks(x.shape[1])), y, data.task)
    return Baseline(network.name, cost, accuracy, _interval(accuracy, data, y.shape[1]))


def _judged(network: Network, blocks: Iterable[Array], y: Array, task: Task) -> tuple[float, float]:
    """Return the mean cost and the score that ``network.evaluate`` has for x in blocks, without its copies of all."""
    cost = right = 0.0
    output, first = network.output_layer, 0
    scoring = Scoring(output, y, task)
    for x in blocks:
        with np.errstate(all="ignore"):
            for z, part in logits(network.forward_pass, x):
                true = y[:, first + part.start : first + part.stop].astype(z.dtype)
                cost += float(output.costs(z, true).sum(dtype=np.float64))
                right += float(scoring.per_sample(z, true).sum(dtype=np.float64))
        first += x.shape[1]
    return cost / first, right / first


def mean_predictor(data: Dataset, part: JudgedPart = "test") -> Baseline:
    """Predict the training part's mean y for every x of data with the task values; judged on a part (default test)."""
    means = np.asarray(data.y_train, np.float64).mean(axis=1, keepdims=True)
    _, y = _samples(data, part)
    return _of_values("mean", np.broadcast_to(means, y.shape), y)


def least_squares(data: Dataset, part: JudgedPart = "test") -> Baseline:
    """Predict W x + b, with W and b from least squares on the training part of the data.

    If they are not unique, as with more features than samples, those with the smallest norm are used. A large training
    part is sampled as for ``logistic_regression``. Judged on a part, by default test.
    """
    features = data.input_size
    chosen = _sample(data, min(_MOST_NUMBERS // features, max(2 * features, _MOST_SQUARES // features**2)))
    x, y = _samples(data, part)
    scale = _Standardisation(data.x_train[:, chosen])
    x_train, x = (np.vstack([scale.apply(each), np.ones(each.shape[1])]) for each in (data.x_train[:, chosen], x))
    with ThreadLimit():
        solution = np.linalg.lstsq(x_train.T, np.asarray(data.y_train[:, chosen], np.float64).T, rcond=None)[0]
    return _of_values(_named("least squares", chosen, data), solution.T @ x, y)


def _sample(data: Dataset, most: int) -> slice | NDArray[np.intp]:
    """Return the training samples that a linear model learns from: all, or a random sample of them."""
    most = max(1, min(most, _MOST_SAMPLES))
    if data.train_size <= most:
        return slice(None)
    return np.sort(stream(0, "split").permutation(data.train_size)[:most])


def _named(model: str, chosen: slice | NDArray[np.intp], data: Dataset) -> str:
    """Return a model's name, with the number of training samples it learnt from if these are not all."""
    return model if isinstance(chosen, slice) else f"{model} (on {len(chosen):,} of {data.train_size:,} samples)"


def _samples(data: Dataset, part: JudgedPart) -> tuple[Array, Array]:
    """Return x and y of a part, or raise ValueError if it has no samples."""
    x, y = (data.x_test, data.y_test) if part == "test" else (data.x_validation, data.y_validation)
    if not y.shape[1]:
        raise ValueError(f"a baseline is judged on the {part} part, and this data set has no samples there")
    return x, y


def _of_values(name: str, y_hat: Array, y: Array) -> Baseline:
    return Baseline(name, float(np.square(y_hat - y).mean()), score("regression", y_hat, y), None)


def _interval(accuracy: float, data: Dataset, samples: int) -> Interval:
    answers = data.output_size if data.task == "multilabel" else 1
    return accuracy_interval(accuracy, samples, answers=answers)


class _Standardisation:
    """A standardisation by the means and deviations of the training part's x, in float64."""

    def __init__(self, x_train: Array) -> None:
        train = np.asarray(x_train, np.float64)
        self._mean, spread = train.mean(axis=1, keepdims=True), train.std(axis=1, keepdims=True)
        # A feature that varies by rounding alone is constant.
        spread[spread <= 1e-9 * np.abs(self._mean)] = 1
        spread[spread == 0] = 1
        self._spread = spread

    def apply(self, x: Array) -> Array:
        scaled = np.array(x, np.float64)
        scaled -= self._mean
        scaled /= self._spread
        return scaled


def _blocks(samples: int) -> Iterator[slice]:
    """Yield the samples in blocks, so that copies in double precision stay small."""
    for first in range(0, samples, _BLOCK):
        yield slice(first, min(first + _BLOCK, samples))


def _minimum(cost_and_gradient: Callable[[Array], tuple[float, Array]], theta: Array, steps: int) -> Array:
    """Return the minimum of a strictly convex cost, by at most ``steps`` steps of L-BFGS, halved if needed."""
    cost, gradient = cost_and_gradient(theta)
    pairs: deque[tuple[Array, Array, float]] = deque(maxlen=_MEMORY)
    for _ in range(steps):
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
            break  # the rest is below the rounding of the cost
        s, y = share * direction, new_gradient - gradient
        if (sy := float(s @ y)) > 0:  # equal up to rounding
            pairs.append((s, y, sy))
        theta, cost, gradient = theta + s, new_cost, new_gradient
    return theta


def _times_inverse_hessian(gradient: Array, pairs: deque[tuple[Array, Array, float]]) -> Array:
    """Return the product with the inverse Hessian that L-BFGS estimates from steps s and gradient changes y."""
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
