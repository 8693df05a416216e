"""Scores by task: classes, answers and values, in training, evaluation and test."""

import pickle

import numpy as np
import pytest

from joml import (
    Adam,
    CrossEntropy,
    GradientDescent,
    Identity,
    Layer,
    MeanSquaredError,
    Network,
    OutputLayer,
    Sigmoid,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
)
from joml.statistics.metrics import r2

GENERATOR = np.random.default_rng(0)
X = GENERATOR.uniform(-1, 1, (2, 300))


def network_of(output, hidden=12, seed=0):
    network = Network(2, seed=seed)
    network.stack(Layer(hidden, Tanh()))
    network.output(output)
    return network


def trained(network, y, epochs=60, **settings):
    trainer = Trainer(
        network, X[:, :200], y[:, :200], X[:, 200:], y[:, 200:], optimizer=Adam(0.02), epochs=epochs, **settings
    )
    *_, last = trainer
    return last


def test_one_yes_or_no_output_counts_the_right_answers():
    y = (X[:1] > X[1:]).astype(float)
    network = network_of(OutputLayer(1, Sigmoid(), CrossEntropy()))
    last = trained(network, y)
    y_pred, y_hat, accuracy = network.test(X[:, 200:], y[:, 200:])
    assert accuracy == last.test.accuracy == np.mean((y_hat > 0.5) == (y[:, 200:] > 0.5)) > 0.95
    np.testing.assert_array_equal(y_pred, y_hat > 0.5)


def test_several_answers_count_each_for_itself():
    y = np.stack([X[0] > 0, X[1] > 0, X[0] + X[1] > 0.5]).astype(float)
    network = network_of(OutputLayer(3, Sigmoid(), CrossEntropy()))
    last = trained(network, y)
    y_hat = network.predict(X[:, 200:])
    assert last.test.accuracy == pytest.approx(np.mean((y_hat > 0.5) == (y[:, 200:] > 0.5)))
    assert last.test.accuracy > 0.93
    assert last.test.mean_absolute_error is None


def test_a_regression_on_values_of_0_and_1_is_a_regression():
    y = (X[:1] > 0).astype(float)
    network = network_of(OutputLayer(1, Identity(), MeanSquaredError()))
    evaluation = network.evaluate(X, y)
    assert evaluation.accuracy == pytest.approx(r2(network.predict(X), y), abs=1e-5)
    assert evaluation.mean_absolute_error == pytest.approx(np.abs(network.predict(X) - y).mean(), rel=1e-5)
    y_pred, y_hat, score = network.test(X, y)
    assert score == evaluation.accuracy
    np.testing.assert_array_equal(y_pred, y_hat)


def test_answers_that_are_declared_are_cut_at_a_half():
    y = (X[:1] > 0).astype(float)
    network = network_of(OutputLayer(1, Identity(), MeanSquaredError()))
    expected = pytest.approx(np.mean((network.predict(X) > 0.5) == (y > 0.5)))
    assert network.evaluate(X, y, "multilabel").accuracy == expected
    assert network.test(X, y, task="multilabel", warn=False)[2] == expected
    with pytest.raises(ValueError, match="task must be one of classes, multilabel, regression"):
        network.evaluate(X, y, "labels")


def test_shares_of_classes_on_a_softmax_are_judged_by_the_largest():
    one_hot = np.stack([X[0] > X[1], X[0] <= X[1]]).astype(float)
    y = 0.1 + 0.8 * one_hot
    network = network_of(SoftMaxCrossEntropyOutputLayer(2))
    last = trained(network, y)
    right = np.mean(network.predict(X[:, 200:]).argmax(axis=0) == one_hot[:, 200:].argmax(axis=0))
    y_pred, _, score = network.test(X[:, 200:], y[:, 200:])
    assert last.test.accuracy == score == network.evaluate(X[:, 200:], y[:, 200:]).accuracy == pytest.approx(right)
    assert score > 0.95
    np.testing.assert_array_equal(y_pred.sum(axis=0), 1)


def test_a_network_is_scored_as_what_it_was_trained_for():
    y = np.stack([X[0] > 0, X[1] > 0]).astype(float)
    network = network_of(OutputLayer(2, Sigmoid(), CrossEntropy()))
    assert network.task is None
    trained(network, y, epochs=5)
    assert network.task == network.copy().task == pickle.loads(pickle.dumps(network)).task == "multilabel"
    one_yes = np.flatnonzero(y.sum(axis=0) == 1)[:20]  # as classes these would be right or wrong as a whole
    expected = np.mean((network.predict(X[:, one_yes]) > 0.5) == (y[:, one_yes] > 0.5))
    assert network.evaluate(X[:, one_yes], y[:, one_yes]).accuracy == pytest.approx(expected)


def test_a_network_without_numbers_has_no_score():
    y = np.stack([X[0] > X[1], X[0] <= X[1]]).astype(float)
    for output in (SoftMaxCrossEntropyOutputLayer(2), OutputLayer(2, Sigmoid(), CrossEntropy())):
        network = network_of(output)
        network.parameters.theta[...] = np.nan
        with np.errstate(all="ignore"):
            y_pred, _, score = network.test(X, y)
        assert np.isnan(score)
        assert np.isnan(network.evaluate(X, y).accuracy)
        assert np.isnan(y_pred).all()


def test_values_have_r2_and_the_mean_absolute_error():
    y = np.stack([np.sin(3 * X[0]), 5 * X[0] * X[1] + 100])
    network = network_of(OutputLayer(2, Identity(), MeanSquaredError()), 24)
    network.layers[-1].b = y.mean(axis=1)
    last = trained(network, y, 200)
    y_pred, y_hat, score = network.test(X[:, 200:], y[:, 200:])
    exact = y[:, 200:].astype(np.float32)
    assert score == last.test.accuracy == pytest.approx(r2(y_hat, exact), abs=1e-4)
    assert last.test.mean_absolute_error == pytest.approx(np.abs(y_hat - exact).mean(), rel=1e-5)
    assert score > 0.9
    np.testing.assert_array_equal(y_pred, y_hat)


def test_the_mean_score_of_all_mini_batches_of_one_size_is_r2():
    y = np.stack([np.sin(3 * X[0]), X[1]])
    network = network_of(OutputLayer(2, Identity(), MeanSquaredError()))
    frozen = Trainer(network, X, y, optimizer=Adam(learning_rate=1e-30), batch_size=50, epochs=1)
    scores = [step.accuracy for step in frozen]
    assert np.mean(scores) == pytest.approx(r2(network.predict(X), y), abs=1e-5)


@pytest.mark.parametrize(
    ("y_train", "y_test", "output", "score", "distance"),
    [
        # Of two answers, one test sample has just one yes: as a class it would be right or wrong as a whole.
        (np.stack([X[0] > 0, X[1] > 0]), [[1], [0]], OutputLayer(2, Sigmoid(), CrossEntropy()), 0.5, None),
        # A value of 1 looks like an answer; predicted as 0.9 it would be right.
        (X[:1] * 2, [[1, 2]], OutputLayer(1, Identity(), MeanSquaredError()), 1 - (0.01 + 1.21) / 0.5, 0.6),
    ],
    ids=["multilabel", "regression"],
)
@pytest.mark.parametrize("replicas", [None, 2])
def test_few_test_samples_are_scored_as_those_trained_on(y_train, y_test, output, score, distance, replicas):
    network = Network(2, dtype=np.float64)
    network.output(output.unbound())
    x_test = np.zeros((2, len(y_test[0])))
    trainer = Trainer(network, X, y_train, x_test, np.array(y_test, float), replicas=replicas)
    for each in trainer.networks:
        each.layers[0].W, each.layers[0].b = 0, 1 if distance is None else 0.9
    evaluation = trainer.test()
    assert evaluation.accuracy == pytest.approx(score)
    assert evaluation.mean_absolute_error == (None if distance is None else pytest.approx(distance))


@pytest.mark.parametrize("replicas", [None, 2])
def test_an_iteration_at_which_the_network_has_no_numbers_has_no_score(replicas):
    y = np.stack([X[0] > X[1], X[0] <= X[1]]).astype(float)
    network = network_of(SoftMaxCrossEntropyOutputLayer(2))
    trainer = Trainer(network, X, y, X, y, optimizer=GradientDescent(1e38), epochs=3, replicas=replicas)
    while not trainer.finished:
        steps = trainer.advance(100)
    assert trainer.diverged_at is not None
    assert np.isnan(steps.accuracies[-1])
    assert np.isnan(steps.test.accuracy)
