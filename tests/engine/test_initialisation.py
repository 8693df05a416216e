"""Initial weights: their distributions, and which layer takes which."""

from functools import partial

import numpy as np
import pytest

from joml import (
    ELU,
    GELU,
    ActivationFunction,
    CrossEntropy,
    Identity,
    Layer,
    LeakyReLu,
    MeanSquaredError,
    Network,
    OutputLayer,
    ReLu,
    Sigmoid,
    SiLU,
    SoftMax,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
)
from joml.initialisation import glorot, he, identity, lecun, normal, orthogonal, zeros
from joml.rng import stream


@pytest.mark.parametrize(
    ("initialisation", "variance"),
    [(he, 2 / 300), (glorot, 2 / 700), (lecun, 1 / 300), (normal, 1e-4), (partial(normal, deviation=0.5), 0.25)],
)
def test_weights_have_the_variance_that_is_said(initialisation, variance):
    weights = initialisation(400, 300, np.random.default_rng(0))
    assert weights.shape == (400, 300)
    assert weights.var() == pytest.approx(variance, rel=0.02)
    assert abs(weights.mean()) < 4 * np.sqrt(variance / weights.size)


@pytest.mark.parametrize(("size", "previous"), [(7, 7), (5, 9), (9, 5), (1, 6), (6, 1), (1, 1)])
@pytest.mark.parametrize("gain", [1.0, np.sqrt(2)])
def test_orthogonal_rows_or_columns(size, previous, gain):
    weights = orthogonal(size, previous, np.random.default_rng(0), gain)
    assert weights.shape == (size, previous)
    gram = weights @ weights.T if size <= previous else weights.T @ weights
    np.testing.assert_allclose(gram, gain**2 * np.eye(min(size, previous)), atol=1e-12)


def test_orthogonal_prefers_no_direction():
    generator = np.random.default_rng(0)
    drawn = np.array([orthogonal(3, 3, generator) for _ in range(4_000)])
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(np.square(drawn).mean(axis=0), 1 / 3, atol=0.03)


def test_zeros_draws_nothing():
    generator = np.random.default_rng(0)
    assert not zeros(3, 4, generator).any()
    assert generator.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize(("size", "previous"), [(4, 4), (3, 5), (5, 3)])
def test_identity_passes_on_what_fits_and_draws_nothing(size, previous):
    generator = np.random.default_rng(0)
    x = np.arange(1.0, previous + 1)
    passed = identity(size, previous, generator) @ x
    np.testing.assert_array_equal(passed, [*x[:size], *[0.0] * (size - previous)])
    assert generator.random() == np.random.default_rng(0).random()


def test_layers_of_identity_hand_on_the_positive_inputs_through_any_depth():
    network = Network(14)
    for _ in range(28):
        network.stack(Layer(14, initialisation=identity))
    network.output(OutputLayer(14, Identity(), MeanSquaredError(), identity))
    x = np.random.default_rng(0).choice([-1.0, 1.0], size=(14, 9)).astype(np.float32)
    np.testing.assert_array_equal(network.predict(x), np.maximum(x, 0))


class Cube(ActivationFunction):
    def value(self, z):
        return z**3


@pytest.mark.parametrize(
    ("function", "usual"),
    [(kind(), he) for kind in (ReLu, LeakyReLu, ELU, GELU, SiLU, SoftMax, Cube)]
    + [(kind(), glorot) for kind in (Tanh, Sigmoid, Identity)],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_a_layer_takes_what_is_usual_for_its_function(function, usual):
    assert Layer(3, function).initialisation is usual
    assert Layer(3, function, lecun).initialisation is lecun
    assert OutputLayer(3, function, MeanSquaredError()).initialisation is usual


def test_relu_and_softmax_networks_start_with_the_very_numbers_of_he():
    """Recorded results rest on them: bit for bit."""
    network = Network.from_architecture("14-9x3-4", seed=5)
    generator = stream(5, "initialisation")
    for layer, (size, previous) in zip(network.layers, [(9, 14), (9, 9), (9, 9), (4, 9)], strict=True):
        expected = generator.standard_normal((size, previous)) * np.sqrt(2 / previous)
        np.testing.assert_array_equal(layer.W, expected.astype(np.float32))
        assert not layer.b.any()


def test_layers_of_a_network_start_as_each_is_told():
    network = Network(60, dtype=np.float64)
    network.stack(Layer(100, Tanh()))
    network.stack(Layer(80, initialisation=orthogonal))
    network.stack(Layer(60, initialisation=lambda size, previous, generator: np.full((size, previous), 0.25)))
    network.output(SoftMaxCrossEntropyOutputLayer(4, zeros))
    first, second, third, last = network.layers
    assert first.W.std() == pytest.approx(np.sqrt(2 / 160), rel=0.05)
    np.testing.assert_allclose(second.W @ second.W.T, np.eye(80), atol=1e-12)
    assert (third.W == 0.25).all()
    assert not last.W.any()


def test_weights_of_a_wrong_shape_say_which_is_right():
    network = Network(5)
    network.stack(Layer(3, initialisation=lambda size, previous, generator: np.ones((previous, size))))
    with pytest.raises(ValueError, match=r"Layer\(size=3.* \(3, 5\), got \(5, 3\)"):
        network.output(OutputLayer(2, Sigmoid(), CrossEntropy()))
