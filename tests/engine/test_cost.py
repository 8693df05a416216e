"""Costs and softmax against exact values, and at logits where the naive forms give inf or nan."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from joml import (
    Adam,
    CrossEntropy,
    Huber,
    Layer,
    MeanAbsoluteError,
    MeanSquaredError,
    Network,
    OutputLayer,
    Sigmoid,
    SiLU,
    SoftMax,
    Trainer,
)


def test_cross_entropy_of_known_probabilities():
    y_hat = np.array([[0.5, 0.25], [0.5, 0.75]])
    y = np.array([[1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(CrossEntropy().per_sample(y_hat, y), [np.log(2), -np.log(0.75)])
    assert CrossEntropy().value(y_hat, y) == pytest.approx((np.log(2) - np.log(0.75)) / 2)


def test_mean_squared_error_is_a_mean_over_outputs_and_samples():
    y_hat, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 0.0], [0.0, 1.0]])
    assert MeanSquaredError().value(y_hat, y) == pytest.approx((1 + 4 + 9 + 9) / 4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [200.0, 700.0, 1e6, 1e30])
def test_cost_from_logits_is_right_where_probabilities_vanish(dtype, size):
    z = np.array([[size, -size], [-size, size]], dtype)
    wrong, correct = np.array([[0, 1], [1, 0]], dtype), np.array([[1, 0], [0, 1]], dtype)
    np.testing.assert_allclose(CrossEntropy.from_logits(z, wrong), [2 * size, 2 * size], rtol=1e-6)
    np.testing.assert_array_equal(CrossEntropy.from_logits(z, correct), [0, 0])


def test_cost_from_logits_equals_that_of_the_softmax():
    generator = np.random.default_rng(0)
    z = generator.normal(size=(5, 100)) * 5
    y = np.eye(5)[generator.integers(0, 5, 100)].T
    from_probabilities = CrossEntropy().per_sample(SoftMax().value(z), y)
    np.testing.assert_allclose(CrossEntropy.from_logits(z, y), from_probabilities, rtol=1e-12)


@pytest.mark.parametrize("size", [0.0, 88.0, 200.0, 1e30])
def test_softmax_never_overflows(size):
    probabilities = SoftMax().value(np.array([[size, 0], [0, size], [-size, 0]], np.float32))
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=0), 1, rtol=1e-6)


def test_a_network_with_logits_in_the_hundreds_has_a_finite_cost_and_right_gradients():
    network = Network.create_from_Ws_and_bs([np.diag([500.0, 500.0])], [np.zeros(2)])
    x, y = np.eye(2), np.eye(2)[::-1]
    assert network.cost(x, y) == pytest.approx(500)
    (dW,), _ = network.gradients(x, y)
    np.testing.assert_allclose(dW, [[0.5, -0.5], [-0.5, 0.5]], rtol=1e-6)


def test_the_prepared_softmax_is_the_same_function():
    z = np.random.default_rng(3).normal(size=(4, 11)) * 300
    a = np.empty_like(z)
    for call in SoftMax().forward_calls(z, a):
        call()
    np.testing.assert_allclose(a, SoftMax().value(z), rtol=1e-12, atol=1e-230)


def test_binary_cost_from_logits_equals_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    z, y = generator.normal(size=(3, 100)) * 4, generator.integers(0, 2, (3, 100))
    layer = OutputLayer(3, Sigmoid(), CrossEntropy())
    y_hat = layer.predict(z)
    expected = sum(log_loss(y[k], y_hat[k]) for k in range(3))
    assert layer.costs(z, y.astype(float)).mean() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [200.0, 700.0, 1e4, 1e30])
def test_binary_cost_from_logits_is_right_where_probabilities_vanish(dtype, size):
    z = np.array([[size, -size, size], [-size, -size, size]], dtype)
    y = np.array([[0, 1, 1], [1, 0, 0.5]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        costs = CrossEntropy.from_sigmoid_logits(z, y)
    np.testing.assert_allclose(costs, [2 * size, size, size / 2], rtol=1e-6)


def test_binary_cost_keeps_what_is_small():
    z = np.array([[20.0]], np.float32)
    np.testing.assert_allclose(CrossEntropy.from_sigmoid_logits(z, np.ones_like(z)), [np.exp(-20)], rtol=1e-6)


def test_a_sigmoid_network_with_logits_in_the_hundreds_has_a_finite_cost_and_right_gradients():
    network = Network(2)
    network.output(OutputLayer(2, Sigmoid(), CrossEntropy()))
    network.layers[0].W = np.diag([500.0, -500.0])
    x, y = np.eye(2), np.array([[0.0, 0.0], [1.0, 1.0]])
    assert network.cost(x, y) == pytest.approx((500 + np.log(2) + np.log(2) + 500) / 2)
    (dW,), (db,) = network.gradients(x, y)
    np.testing.assert_allclose(dW, [[0.5, 0.25], [-0.25, -0.5]], rtol=1e-6)
    np.testing.assert_allclose(db, [0.75, -0.75], rtol=1e-6)


def test_several_labels_at_once_are_learnt():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(2, 400))
    y = np.array([x[0] > 0, x[1] > 0, x[0] + x[1] > 0], float)
    network = Network(2)
    network.stack(Layer(8, SiLU()))
    network.output(OutputLayer(3, Sigmoid(), CrossEntropy()))
    network.train(x, y, num_epochs=30, optimizer=Adam(0.02))
    assert ((network.predict(x) > 0.5) == y).mean() > 0.97


def test_mean_absolute_error_is_a_mean_over_outputs_and_samples():
    y_hat, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 2.0], [0.0, 5.0]])
    assert MeanAbsoluteError().value(y_hat, y) == pytest.approx((1 + 0 + 3 + 1) / 4)
    np.testing.assert_array_equal(MeanAbsoluteError().gradient(y_hat, y), [[0.5, 0], [0.5, -0.5]])


def test_huber_is_quadratic_near_and_linear_far():
    y_hat, y = np.array([[0.5, -2.0, 10.0]]), np.zeros((1, 3))
    np.testing.assert_allclose(Huber().per_sample(y_hat, y), [0.125, 1.5, 9.5])
    np.testing.assert_allclose(Huber(4).per_sample(y_hat, y), [0.125, 2, 4 * (10 - 2)])
    np.testing.assert_allclose(Huber(4).gradient(y_hat, y), [[0.5, -2, 4]])


@pytest.mark.parametrize("cost", [MeanSquaredError(), MeanAbsoluteError(), Huber(), Huber(0.25)], ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_prepared_gradients_are_the_same_and_finite_for_errors_of_any_size(cost, dtype):
    generator = np.random.default_rng(4)
    y_hat, y = (generator.normal(size=(3, 20)).astype(dtype) for _ in range(2))
    y_hat[:, 0], y_hat[:, 1] = 1e4, y[:, 1]
    gradient = np.empty_like(y)
    for call in cost.gradient_calls(y_hat, y, gradient):
        call()
    np.testing.assert_allclose(gradient, cost.gradient(y_hat, y), rtol=1e-6)
    assert np.isfinite([*gradient, cost.per_sample(y_hat, y)]).all()
    assert gradient.dtype == cost.gradient(y_hat, y).dtype == dtype


@pytest.mark.parametrize("delta", [0, -1, np.nan, np.inf, "1", None])
def test_the_delta_of_huber_is_above_0(delta):
    with pytest.raises(ValueError, match=r"delta of Huber must be a (finite )?number above 0"):
        Huber(delta)


def test_smoothed_labels_spread_a_share_over_the_classes_in_cost_and_gradient():
    generator = np.random.default_rng(1)
    z, y = generator.normal(size=(4, 30)) * 3, np.eye(4)[generator.integers(0, 4, 30)].T
    log = z - np.log(np.exp(z).sum(axis=0))
    layer = OutputLayer(4, SoftMax(), CrossEntropy(smoothing=0.2))
    targets = np.where(y == 1, 0.85, 0.05)
    np.testing.assert_allclose(layer.costs(z, y), -(targets * log).sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(layer.cost_function.per_sample(np.exp(log), y), layer.costs(z, y), rtol=1e-12)
    y_hat, delta = np.empty_like(z), np.empty_like(z)
    for call in layer.delta_calls(z, y_hat, y, delta):
        call()
    np.testing.assert_allclose(delta, (np.exp(log) - targets) / 30, atol=1e-15)


def test_smoothed_answers_are_spread_over_yes_and_no():
    z, y = np.array([[0.3, -2.0]]), np.array([[1.0, 0.0]])
    targets, y_hat = np.array([[0.95, 0.05]]), 1 / (1 + np.exp(-z))
    expected = -(targets * np.log(y_hat) + (1 - targets) * np.log(1 - y_hat))[0]
    np.testing.assert_allclose(OutputLayer(1, Sigmoid(), CrossEntropy(0.1)).costs(z, y), expected, rtol=1e-12)


def test_a_trained_mini_batch_measures_the_smoothed_cost():
    generator = np.random.default_rng(2)
    x, y = generator.normal(size=(3, 8)), np.eye(2)[generator.integers(0, 2, 8)].T
    network = Network(3, dtype=np.float64).output(OutputLayer(2, SoftMax(), CrossEntropy(0.3)))
    cost = network.cost(x, y)
    assert Trainer(network, x, y).advance(1).costs[0] == pytest.approx(cost, rel=1e-12)


def test_smoothing_is_a_share_and_is_shown_where_there_is_one():
    with pytest.raises(ValueError, match="smoothing of CrossEntropy"):
        CrossEntropy(1.0)
    with pytest.raises(AttributeError, match="make another CrossEntropy"):
        CrossEntropy().smoothing = 0.1
    assert repr(CrossEntropy()) == "CrossEntropy()"
    assert repr(CrossEntropy(0.1)) == "CrossEntropy(smoothing=0.1)"
