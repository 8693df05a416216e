"""Analytic gradients against central differences of the displayed cost, in float64, for every activation and cost."""

from functools import partial

import numpy as np
import pytest

from joml import (
    ELU,
    GELU,
    ActivationFunction,
    CrossEntropy,
    Huber,
    Identity,
    Layer,
    LeakyReLu,
    MeanAbsoluteError,
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
from joml.compiled.passes import run, run_quietly


class SoftPlus(ActivationFunction):
    """A function of a user's own: nothing but value and derivative."""

    def value(self, z):
        return np.logaddexp(0, z)

    def der(self, z):
        return 1 / (1 + np.exp(-z))


FUNCTIONS = [
    ReLu(),
    LeakyReLu(),
    LeakyReLu(0.3),
    ELU(),
    ELU(0.4),
    GELU(),
    SiLU(),
    Sigmoid(),
    Tanh(),
    Identity(),
    SoftMax(),
    SoftPlus(),
]
PROBABILITIES = [(SoftMax(), CrossEntropy()), (Sigmoid(), CrossEntropy())]
DISTANCES = [MeanSquaredError(), MeanAbsoluteError(), Huber(), Huber(0.3)]
OUTPUTS = [*PROBABILITIES, *((function, cost) for function in FUNCTIONS for cost in DISTANCES)]


def network_of(hidden, output, cost, sizes=(5, 7, 7, 6, 3)):
    network = Network(sizes[0], dtype=np.float64, seed=4)
    for size in sizes[1:-1]:
        network.stack(Layer(size, hidden))
    network.output(OutputLayer(sizes[-1], output, cost))
    generator = np.random.default_rng(1)
    for layer in network.layers:
        layer.b = generator.normal(size=layer.size) * 0.5
    return network


def samples(network, count=9):
    generator = np.random.default_rng(2)
    x = generator.normal(size=(network.input_size, count))
    y = np.eye(network.sizes[-1])[generator.integers(0, network.sizes[-1], count)].T
    return x, y


def central_differences(network, x, y, h=1e-5):
    """Five-point differences of network.cost with respect to every parameter."""
    theta = network.parameters.theta
    gradient = np.empty_like(theta)
    for i, value in enumerate(theta.copy()):
        costs = []
        for step in (-2, -1, 1, 2):
            theta[i] = value + step * h
            costs.append(network.cost(x, y))
        theta[i] = value
        gradient[i] = (costs[0] - 8 * costs[1] + 8 * costs[2] - costs[3]) / (12 * h)
    return gradient


def assert_agree(network, x, y):
    dWs, dbs = network.gradients(x, y)
    analytic = np.concatenate([np.column_stack([dW, db]).ravel() for dW, db in zip(dWs, dbs, strict=True)])
    numeric = central_differences(network, x, y)
    assert np.linalg.norm(analytic) > 1e-4
    assert np.linalg.norm(analytic - numeric) <= 1e-7 * np.linalg.norm(numeric)


@pytest.mark.parametrize("hidden", FUNCTIONS, ids=repr)
@pytest.mark.parametrize(("output", "cost"), [*PROBABILITIES, (Identity(), MeanSquaredError())], ids=repr)
def test_gradients_through_hidden_layers_are_those_of_the_displayed_cost(hidden, output, cost):
    network = network_of(hidden, output, cost)
    assert_agree(network, *samples(network))


@pytest.mark.parametrize(("output", "cost"), OUTPUTS, ids=repr)
def test_gradients_at_the_output_are_those_of_the_displayed_cost(output, cost):
    network = network_of(GELU(), output, cost, sizes=(4, 5, 3))
    assert_agree(network, *samples(network))


@pytest.mark.parametrize("size", [1, 3])
def test_yes_or_no_for_every_output(size):
    """Columns with any number of ones, and targets between no and yes."""
    network = network_of(Tanh(), Sigmoid(), CrossEntropy(), sizes=(4, 6, size))
    x, _ = samples(network)
    generator = np.random.default_rng(3)
    assert_agree(network, x, generator.integers(0, 2, (size, x.shape[1])).astype(float))
    assert_agree(network, x, generator.random((size, x.shape[1])))


@pytest.mark.parametrize("cost", DISTANCES, ids=repr)
def test_targets_of_any_size(cost):
    network = network_of(SiLU(), Identity(), cost, sizes=(4, 6, 2))
    x, _ = samples(network)
    assert_agree(network, x, np.random.default_rng(3).normal(size=(2, x.shape[1])) * 3)


def test_layers_of_different_functions_and_sizes():
    network = Network(4, dtype=np.float64)
    functions = (Tanh(), ReLu(), ReLu(), GELU(), GELU(), SoftPlus(), SoftPlus(), Sigmoid(), LeakyReLu(), LeakyReLu(0.2))
    for size, function in zip((6, 6, 6, 6, 6, 5, 5, 5, 5, 4), functions, strict=True):
        network.stack(Layer(size, function))
    network.output(SoftMaxCrossEntropyOutputLayer(3))
    assert_agree(network, *samples(network))


def test_without_hidden_layers():
    network = network_of(ReLu(), SoftMax(), CrossEntropy(), sizes=(5, 3))
    assert_agree(network, *samples(network))


def test_one_sample_and_one_unit():
    network = network_of(Tanh(), SoftMax(), CrossEntropy(), sizes=(3, 1, 1, 2))
    assert_agree(network, *samples(network, count=1))


def test_shapes_and_order_of_what_is_returned():
    network = Network.from_architecture("5-7-6-3")
    dWs, dbs = network.gradients(*samples(network))
    assert [dW.shape for dW in dWs] == [(7, 5), (6, 7), (3, 6)]
    assert [db.shape for db in dbs] == [(7,), (6,), (3,)]


def test_gradients_are_means_over_the_samples():
    network = network_of(Tanh(), SoftMax(), CrossEntropy())
    x, y = samples(network)
    whole = network.gradients(x, y)[0][0]
    parts = [network.gradients(x[:, i : i + 1], y[:, i : i + 1])[0][0] for i in range(x.shape[1])]
    np.testing.assert_allclose(whole, np.mean(parts, axis=0), rtol=1e-12)


def test_gradients_returned_stay_as_they_are():
    network = network_of(Tanh(), SoftMax(), CrossEntropy())
    x, y = samples(network)
    first = network.gradients(x, y)[0][0]
    kept = first.copy()
    network.gradients(x + 1, y)
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("function", [Tanh(), Identity(), ReLu(), GELU()], ids=repr)
def test_cross_entropy_wants_probabilities(function):
    with pytest.raises(ValueError, match=r"SoftMax\(\).*Sigmoid\(\)"):
        OutputLayer(3, function, CrossEntropy())


def test_no_warning_of_numpy_reaches_who_asks_for_a_prediction():
    infinite = np.array([np.inf])
    call = partial(np.subtract, infinite, infinite)
    with pytest.warns(RuntimeWarning):
        run([call])
    run_quietly([call])
