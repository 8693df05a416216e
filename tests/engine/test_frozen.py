"""Frozen layers: their parameters stay, and the others are trained as without them."""

import numpy as np
import pytest

from joml import (
    Adam,
    Layer,
    Network,
    ReduceOnPlateau,
    Scheduled,
    SoftMaxCrossEntropyOutputLayer,
    Trainer,
    WithGradientClipping,
    WithWeightDecay,
)
from joml.layers.normalisation import BatchNormalisation
from joml.layers.residual import Residual
from joml.optimizers.frozen import Frozen

X = np.random.default_rng(0).normal(size=(3, 40))
Y = np.eye(2)[(X[0] * X[1] > 0).astype(int)].T


def network_of(*layers, output=False):
    network = Network(3, dtype=np.float64)
    for layer in layers:
        network.stack(layer)
    return network.output(SoftMaxCrossEntropyOutputLayer(2, frozen=output))


def trained(network, optimizer, **settings):
    trainer = Trainer(network, X, Y, X, Y, optimizer=optimizer, epochs=2, batch_size=8, **settings)
    trainer.advance(10)
    return trainer


def rows(network, place):
    return network.parameters.theta[network.parameters.slices[place]]


@pytest.mark.parametrize(
    "optimizer",
    [Adam(0.01), WithWeightDecay(Adam(0.01), 0.1, 0.1), Scheduled(Adam(0.01), ReduceOnPlateau(patience=0))],
)
@pytest.mark.parametrize("frozen", [0, 1, 2])
def test_the_parameters_of_a_frozen_layer_stay_and_the_others_move(optimizer, frozen):
    network = network_of(Layer(4, frozen=frozen == 0), Layer(3, frozen=frozen == 1), output=frozen == 2)
    before = [rows(network, place).copy() for place in range(3)]
    trained(network, optimizer)
    assert [(rows(network, place) == before[place]).all() for place in range(3)] == [
        each == frozen for each in range(3)
    ]


def test_the_others_are_trained_as_if_the_frozen_layer_were_a_part_of_the_data():
    whole = network_of(Layer(4, frozen=True), Layer(3))
    inner = Network(4, dtype=np.float64).stack(Layer(3)).output(SoftMaxCrossEntropyOutputLayer(2))
    for place in (1, 2):
        inner.layers[place - 1].W, inner.layers[place - 1].b = whole.layers[place].W, whole.layers[place].b
    features = np.maximum(whole.layers[0].W @ X + whole.layers[0].b[:, np.newaxis], 0)
    # The norm of the gradient, and the decay in it, are those of the layers that are trained.
    optimizer = WithGradientClipping(WithWeightDecay(Adam(0.01), 0.0, 0.5), 0.1)
    trained(whole, optimizer)
    Trainer(inner, features, Y, optimizer=optimizer, epochs=2, batch_size=8, seed=0).advance(10)
    np.testing.assert_allclose(np.concatenate([rows(whole, 1), rows(whole, 2)]), inner.parameters.theta, rtol=1e-9)


def test_a_training_continues_and_replicas_keep_their_own_frozen_weights():
    parts = trained(network_of(Layer(4, frozen=True), Layer(3)), Adam(0.01))
    fork = parts.fork(epochs=3)
    parts.epochs = 3
    parts.advance(5)
    fork.advance(5)
    np.testing.assert_array_equal(fork.network.parameters.theta, parts.network.parameters.theta)
    parts.learning_rate = 0.5
    assert parts.learning_rate == 0.5
    replicas = trained(network_of(Layer(4, frozen=True)), Adam(0.01), replicas=[0, 1]).networks
    for seed, replica in enumerate(replicas):
        np.testing.assert_array_equal(rows(replica, 0), rows(replica.replica(seed), 0))


def test_a_layer_of_another_kind_is_frozen_and_keeps_its_running_means():
    layer = BatchNormalisation(frozen=True)
    network = network_of(Layer(4), layer)
    trained(network, Adam(0.01))
    assert (rows(network, 1) == np.repeat([1.0, 0.0], 4)).all()
    assert network.layers[1].running_mean.any()


def test_by_hand_it_stays_too():
    layer = Layer(2, frozen=True)
    layer.initialise(3)
    before = layer.W.copy()
    layer.forward_propagate(X, persist=True)
    layer.back_propagate(np.ones((2, 40)))
    layer.optimize()
    np.testing.assert_array_equal(layer.W, before)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="every layer is frozen"):
        Trainer(network_of(Layer(4, frozen=True), output=True), X, Y)
    with pytest.raises(ValueError, match="freeze the whole block"):
        Residual([Layer(3, frozen=True)])
    with pytest.raises(ValueError, match="a layer's frozen must be True or False"):
        Layer(3, frozen=1)
    with pytest.raises(ValueError, match="belongs to another optimizer"):
        Frozen().bind(X, X).restore({"t": X})
    assert repr(Layer(3, frozen=True)).endswith("frozen=True)")
