"""The gradient check itself: it passes what is right, and finds what is wrong."""

import numpy as np
import pytest

from joml import ActivationFunction, Layer, Network, ReLu, SoftMaxCrossEntropyOutputLayer
from joml.analysis.gradient_check import check_gradients
from joml.data.generators.spin_glass import spin_glass_14


@pytest.fixture(scope="module")
def samples():
    data = spin_glass_14()
    return data.x_train[:, :16], data.y_train[:, :16]


class Wrong(ActivationFunction):
    """A square whose derivative was forgotten to be doubled."""

    def value(self, z):
        return z**2

    def der(self, z):
        return z


def with_function(function):
    network = Network(14)
    network.stack(Layer(5))
    network.stack(Layer(6, function))
    network.output(SoftMaxCrossEntropyOutputLayer(4))
    return network


@pytest.mark.parametrize("architecture", ["14-100-40-4", "14-28x6-4", "14-4"])
def test_right_gradients_pass_and_the_network_stays_as_it_is(architecture, samples):
    network = Network.from_architecture(architecture)
    before = network.parameters.theta.copy()
    gradients = check_gradients(network, *samples, most_per_layer=60)
    assert gradients.passed
    assert gradients.relative_error < 1e-6
    assert [layer.checked + layer.skipped for layer in gradients.layers] == [
        min(60, layer.block.size) for layer in network.layers
    ]
    np.testing.assert_array_equal(network.parameters.theta, before)


def test_a_wrong_derivative_is_found_in_the_layers_that_it_spoils(samples):
    gradients = check_gradients(with_function(Wrong()), *samples)
    assert not gradients.passed
    errors = [layer.relative_error for layer in gradients.layers]
    assert errors[0] > 0.1
    assert errors[1] > 0.1
    assert errors[2] < 1e-6


def test_parameters_at_a_kink_are_skipped_not_failed():
    network = Network(1, dtype=np.float64)
    network.stack(Layer(2, ReLu()))
    network.output(SoftMaxCrossEntropyOutputLayer(2))
    network.layers[0].W = [[1.0], [1.0]]
    network.layers[0].b = [-1.0, 5.0]  # the first unit's z is 0 for the first sample
    gradients = check_gradients(network, [[1.0, 2.0]], np.eye(2))
    assert gradients.passed
    assert gradients.layers[0].skipped == 2


def test_a_network_that_has_stopped_learning_passes(samples):
    network = Network.from_architecture("14-14x8-4")
    network.parameters.theta[...] *= 1e-3
    assert check_gradients(network, *samples, most_per_layer=40).passed
