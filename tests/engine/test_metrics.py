"""Metrics against scikit-learn's and against what is known of the article's."""

import numpy as np
import pytest
from sklearn import metrics as peer

from joml.metrics import accuracy, entrywise_accuracy, mean_absolute_error, r2, swapped_cost


@pytest.fixture
def regression():
    generator = np.random.default_rng(0)
    y = generator.normal(size=(3, 200)) * [[1], [10], [0.1]] + 5
    return y + generator.normal(size=y.shape) * [[0.5], [1], [0.3]], y


def test_regression_metrics_are_those_of_scikit_learn(regression):
    y_hat, y = regression
    assert r2(y_hat, y) == pytest.approx(peer.r2_score(y.T, y_hat.T))
    assert r2(y_hat[:1], y[:1]) == pytest.approx(peer.r2_score(y[0], y_hat[0]))
    assert mean_absolute_error(y_hat, y) == pytest.approx(peer.mean_absolute_error(y.T, y_hat.T))
    single = np.float32(y_hat), np.float32(y)
    assert r2(*single) == pytest.approx(r2(y_hat, y), rel=1e-5)


def test_r2_of_the_mean_is_0_and_of_the_truth_1(regression):
    _, y = regression
    assert r2(y, y) == 1
    assert r2(np.broadcast_to(y.mean(axis=1, keepdims=True), y.shape), y) == pytest.approx(0, abs=1e-12)
    assert r2(-y, y) < 0


@pytest.mark.parametrize(("guess", "expected"), [(0.1, 1), (0.2, 0)])
def test_r2_where_nothing_varies(guess, expected):
    y = np.full((1, 10), 0.1)
    assert r2(np.full_like(y, guess), y) == expected == peer.r2_score(y[0], np.full(10, guess))


@pytest.mark.parametrize("classes", [2, 4, 10])
def test_entrywise_accuracy_flatters_by_a_known_amount(classes):
    generator = np.random.default_rng(1)
    y_hat = generator.dirichlet(np.ones(classes), 500).T
    y = np.eye(classes)[generator.integers(0, classes, 500)].T
    predicted = np.eye(classes)[y_hat.argmax(axis=0)].T
    assert entrywise_accuracy(y_hat, y) == (predicted == y).mean()
    assert entrywise_accuracy(y_hat, y) == pytest.approx(1 - 2 * (1 - accuracy(y_hat, y)) / classes)


def test_among_four_classes_nothing_right_scores_one_half():
    y = np.eye(4)
    assert entrywise_accuracy(np.roll(y, 1, axis=0), y) == 0.5
    assert entrywise_accuracy(y, y) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_swapped_cost_is_linear_in_the_probability_of_the_true_class(dtype):
    generator = np.random.default_rng(2)
    y_hat = generator.dirichlet(np.ones(4), 500).T.astype(dtype)
    y = np.eye(4, dtype=dtype)[generator.integers(0, 4, 500)].T
    given = (y_hat * y).sum(axis=0).mean()
    assert swapped_cost(y_hat, y) == pytest.approx(-np.log(1e-8) * (1 - given), rel=1e-5)
    assert swapped_cost(y, y) == pytest.approx(0, abs=1e-7)
