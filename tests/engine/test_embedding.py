"""Embeddings: a category's numbers in place of its indicators, their gradients, and clear refusals."""

import numpy as np
import pytest

from joml import Adam, Embedding, Layer, Network, Residual, SoftMaxCrossEntropyOutputLayer, Trainer
from joml.analysis.gradient_check import check_gradients
from joml.files import weights
from joml.layers.base_layer import ShapeError

#: Two numbers, a column of three categories, a number, a column of four categories.
COLUMNS = [(2, 3), (6, 4)]


def table(samples=60, seed=0):
    generator = np.random.default_rng(seed)
    first, second = generator.integers(0, 3, samples), generator.integers(0, 4, samples)
    numbers = generator.normal(size=(3, samples))
    x = np.concatenate([numbers[:2], np.eye(3)[first].T, numbers[2:], np.eye(4)[second].T])
    return x, np.eye(2)[(first + second) % 2].T, first, second


def network_of(*layers, dtype=np.float64):
    network = Network(10, dtype=dtype)
    for layer in layers:
        network.stack(layer)
    return network.output(SoftMaxCrossEntropyOutputLayer(2))


def test_each_category_becomes_its_numbers_after_the_other_features():
    x, _, first, second = table()
    network = network_of(Embedding(5, COLUMNS))
    (embedding,) = network.layers[:1]
    expected = np.concatenate([x[[0, 1, 5]], embedding.points(0)[:, first], embedding.points(1)[:, second]])
    assert network.shapes[1] == (13,)
    assert embedding.W.shape == (5, 7)
    np.testing.assert_allclose(network.forward_pass(x.shape[1]).activations_of(x)[0], expected, rtol=1e-15)


def test_gradients_are_those_of_the_cost():
    x, y, *_ = table()
    behind = network_of(Layer(10), Residual([Embedding(1, [(0, 1), (4, 1)])]))
    for network in (network_of(Embedding(4, COLUMNS), Layer(8)), behind):
        assert check_gradients(network, x, y).passed


def test_a_training_learns_what_the_categories_mean_and_keeps_it(tmp_path):
    x, y, *_ = table(400)
    network = network_of(Embedding(2, COLUMNS), Layer(16), dtype=np.float32)
    assert network.architecture == "10-e2(2:3,6:4)-16-2"
    trained = network.train(x, y, num_epochs=40, optimizer=Adam(0.02))
    assert trained.evaluate(x, y).accuracy > 0.97
    weights.save(trained, tmp_path / "w.npz")
    again = network_of(Embedding(2, COLUMNS), Layer(16), dtype=np.float32)
    weights.load(again, tmp_path / "w.npz")
    np.testing.assert_array_equal(again.predict(x), trained.predict(x))


def test_replicas_are_networks_trained_alone_bit_for_bit():
    x, y, *_ = table()
    networks = []
    for replicas in (1, 3):
        trainer = Trainer(network_of(Embedding(2, COLUMNS), Layer(4)), x, y, x, y, epochs=3, replicas=replicas, seed=4)
        trainer.advance(1_000)
        networks.append(trainer.networks[0])
    np.testing.assert_array_equal(networks[0].parameters.theta, networks[1].parameters.theta)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Embedding(0, COLUMNS), "size"),
        (lambda: Embedding(2, []), "columns"),
        (lambda: Embedding(2, [3]), "first, count"),
        (lambda: Embedding(2, [(2, 3), (4, 2)]), "each feature once"),
        (lambda: Embedding(2, [(6, 4), (2, 3)]), "in their order"),
        (lambda: Network(9).stack(Embedding(2, COLUMNS)), "needs 10 features or more"),
        (lambda: Network((1, 4, 4)).stack(Embedding(2, COLUMNS)), "1x4x4"),
    ],
)
def test_what_it_cannot_do_is_refused(make, message):
    with pytest.raises((ValueError, ShapeError), match=message):
        make()
