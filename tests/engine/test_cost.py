"""Costs and softmax against exact values, and at logits where the naive forms give inf or nan."""

import numpy as np
import pytest

from joml import CrossEntropy, MeanSquaredError, Network, SoftMax


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
    np.testing.assert_allclose(a, SoftMax().value(z), rtol=1e-12)
