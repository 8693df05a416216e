"""Networks beside scikit-learn's: the same weights give the same cost, gradients and training; the same scores."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor

from joml import (
    Adam,
    CrossEntropy,
    GradientDescent,
    Identity,
    Layer,
    MeanSquaredError,
    Nesterov,
    Network,
    OutputLayer,
    ReLu,
    Sigmoid,
    SoftMax,
    Tanh,
    Trainer,
)
from joml.analysis.five_steps import FiveSteps
from joml.statistics import metrics

GENERATOR = np.random.default_rng(1)
X = GENERATOR.standard_normal((5, 60))
CLASSES = GENERATOR.integers(0, 3, 60)
VALUES = np.stack([np.sin(X[0]) + X[1], X[2] * X[3]])
FUNCTIONS = {"relu": ReLu, "tanh": Tanh, "logistic": Sigmoid, "identity": Identity}


def peer_of(kind, network, y, function="tanh", solver="sgd", **settings):
    """Make scikit-learn's network with the same parameters, ready to train on all samples at once."""
    sizes = network.sizes[1:-1]
    settings = {"activation": function, "solver": solver, "alpha": 0.0, "batch_size": 60, "shuffle": False} | settings
    peer = kind(hidden_layer_sizes=sizes, max_iter=1, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        peer.fit(X.T, y)
    if solver == "sgd":
        peer._optimizer.velocities = [np.zeros_like(v) for v in peer._optimizer.velocities]
    Ws, bs = network.get_Ws_bs()
    for ours, theirs in zip(Ws, peer.coefs_, strict=True):
        theirs[...] = ours.T
    for ours, theirs in zip(bs, peer.intercepts_, strict=True):
        theirs[...] = ours
    return peer


def classifier(function="tanh"):
    network = Network(5, seed=3, dtype=np.float64)
    for size in (7, 6):
        network.stack(Layer(size, FUNCTIONS[function]()))
    network.output(OutputLayer(3, SoftMax(), CrossEntropy()))
    return network


@pytest.mark.parametrize("function", FUNCTIONS)
def test_probabilities_classes_and_accuracy(function):
    network = classifier(function)
    peer = peer_of(MLPClassifier, network, CLASSES, function)
    y = np.eye(3)[CLASSES].T
    y_pred, y_hat, accuracy = network.test(X, y)
    np.testing.assert_allclose(y_hat, peer.predict_proba(X.T).T, rtol=1e-9)
    np.testing.assert_array_equal(y_pred.argmax(axis=0), peer.predict(X.T))
    assert accuracy == pytest.approx(accuracy_score(CLASSES, peer.predict(X.T)))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_thirty_steps_of_gradient_descent(momentum):
    network = classifier()
    peer = peer_of(
        MLPClassifier, network, CLASSES, learning_rate_init=0.1, momentum=momentum, nesterovs_momentum=momentum > 0
    )
    optimizer = Nesterov(0.1, momentum) if momentum else GradientDescent(0.1)
    for step in Trainer(network, X, np.eye(3)[CLASSES].T, optimizer=optimizer, batch_size="all", epochs=30):
        peer.partial_fit(X.T, CLASSES)
        assert step.cost == pytest.approx(peer.loss_, rel=1e-6)
    for layer, W, b in zip(network.layers, peer.coefs_, peer.intercepts_, strict=True):
        np.testing.assert_allclose(layer.W, W.T, atol=1e-6)
        np.testing.assert_allclose(layer.b, b, atol=1e-6)


def test_a_regression_with_its_score():
    network = Network(5, seed=3, dtype=np.float64)
    network.stack(Layer(8, Tanh()))
    network.output(OutputLayer(2, Identity(), MeanSquaredError()))
    peer = peer_of(MLPRegressor, network, VALUES.T, learning_rate_init=0.05, momentum=0.0, nesterovs_momentum=False)
    # Its cost is half the mean of the squares, its gradient that of half their sum over the outputs: two in both.
    for step in Trainer(network, X, VALUES, optimizer=GradientDescent(0.05), batch_size="all", epochs=30):
        peer.partial_fit(X.T, VALUES.T)
        assert step.cost == pytest.approx(2 * peer.loss_, rel=1e-6)
    predicted = peer.predict(X.T)
    np.testing.assert_allclose(network.predict(X), predicted.T, atol=1e-6)
    assert network.evaluate(X, VALUES).accuracy == pytest.approx(r2_score(VALUES.T, predicted), abs=1e-6)


def test_adam_reaches_what_its_adam_reaches():
    network = classifier("relu")
    y = np.eye(3)[CLASSES].T
    peer = MLPClassifier((7, 6), alpha=0.0, learning_rate_init=0.01, batch_size=20, max_iter=60, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        peer.fit(X.T, CLASSES)
    network.train(X, y, num_epochs=60, batch_size=20, optimizer=Adam(0.01))
    assert network.cost(X, y) < 1.5 * peer.loss_ + 0.1


PLAIN = {"learning_rate_init": 0.1, "momentum": 0.0, "nesterovs_momentum": False}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_epochs_of_mini_batches(function):
    """Scikit-learn is given the samples in the order that the five steps tell before each iteration."""
    network = classifier(function)
    peer = peer_of(MLPClassifier, network, CLASSES, function, batch_size=16, **PLAIN)
    trainer = Trainer(network, X, np.eye(3)[CLASSES].T, optimizer=GradientDescent(0.1), batch_size=16, epochs=10)
    while not trainer.finished:
        batches = []
        for _ in range(trainer.iterations_per_epoch):  # 16, 16, 16 and 12 samples
            steps = FiveSteps.of_next(trainer)
            batches.append((steps.forward_propagation().a0, steps.cost().y))
            trainer.advance(1)
        x, y = (np.concatenate(parts, axis=1) for parts in zip(*batches, strict=True))
        np.testing.assert_array_equal(np.sort(x), np.sort(X))  # every sample once
        peer.partial_fit(x.T, y.argmax(axis=0))
    for layer, W, b in zip(network.layers, peer.coefs_, peer.intercepts_, strict=True):
        np.testing.assert_allclose(layer.W, W.T, rtol=0, atol=1e-9)
        np.testing.assert_allclose(layer.b, b, rtol=0, atol=1e-9)


def test_answers_of_one_output():
    answers = (X[0] * X[1] > 0).astype(int)
    network = Network(5, seed=3, dtype=np.float64)
    network.stack(Layer(8, Tanh()))
    network.output(OutputLayer(1, Sigmoid(), CrossEntropy()))
    peer = peer_of(MLPClassifier, network, answers, **PLAIN)
    for step in Trainer(network, X, answers[None], optimizer=GradientDescent(0.1), batch_size="all", epochs=30):
        peer.partial_fit(X.T, answers)
        assert step.cost == pytest.approx(peer.loss_, rel=1e-6)
    probabilities = peer.predict_proba(X.T)[:, 1]
    np.testing.assert_allclose(network.predict(X)[0], probabilities, atol=1e-9)
    evaluation = network.evaluate(X, answers[None])
    assert evaluation.cost == pytest.approx(log_loss(answers, probabilities))
    assert evaluation.accuracy == pytest.approx(accuracy_score(answers, probabilities > 0.5))


def test_metrics_of_values():
    generator = np.random.default_rng(2)
    y, constant = generator.standard_normal((2, 30)), np.full((1, 30), 2.0)
    for near in (y + 0.3 * generator.standard_normal((2, 30)), y, -y):
        assert metrics.r2(near, y) == pytest.approx(r2_score(y.T, near.T))
        assert metrics.mean_absolute_error(near, y) == pytest.approx(mean_absolute_error(y.T, near.T))
    for near in (constant, constant + 1):
        assert np.isnan(metrics.r2(near, constant))  # where scikit-learn has 1 or 0, and of one sample nan too
