"""A layer of one's own: two methods on plain arrays, checked when it is stacked."""

import numpy as np
import pytest

from joml import Convolution2D, Identity, Layer, Network, OwnLayer, SoftMaxCrossEntropyOutputLayer, Tanh, Trainer
from joml.analysis.gradient_check import check_gradients


class Affine(OwnLayer):
    """A fully connected layer without an activation function, by hand."""

    def __init__(self, size):
        self.size_of_mine = size

    def output_shape(self, input_shape):
        return (self.size_of_mine,)

    def first_values(self, input_shape, generator):
        return {
            "W": generator.normal(size=(self.size_of_mine, *input_shape)) / input_shape[0],
            "b": np.zeros(self.size_of_mine),
        }

    def forward(self, x):
        self.x = x
        return self.parameters["W"] @ x + self.parameters["b"][:, np.newaxis]

    def backward(self, delta):
        self.gradients["W"] = delta @ self.x.T  # put into place as well as `[...] =`
        self.gradients["b"][...] = delta.sum(axis=1)
        return self.parameters["W"].T @ delta


class Differences(Affine):
    backward = OwnLayer.backward


class Halves(OwnLayer):
    def output_shape(self, input_shape):
        return (input_shape[0], input_shape[1], input_shape[2] // 2)

    def forward(self, x):
        return x[:, :, : x.shape[2] // 2]

    def backward(self, delta):
        return np.concatenate([delta, np.zeros_like(delta)], axis=2)


def data(features):
    generator = np.random.default_rng(4)
    return generator.normal(size=(features, 20)), np.eye(2)[generator.integers(0, 2, 20)].T


@pytest.mark.parametrize("kind", [Affine, Differences])
def test_it_trains_as_the_same_layer_of_the_library(kind):
    x, y = data(3)
    own, library = (
        Network(3, dtype=np.float64).stack(Layer(3, Tanh())).stack(layer).output(SoftMaxCrossEntropyOutputLayer(2))
        for layer in (kind(4), Layer(4, Identity()))
    )
    assert check_gradients(own, x, y).passed
    for ours, theirs in zip(library.layers, own.layers, strict=True):
        weights = dict(theirs.named_weights())
        ours.W, ours.b = weights["W"], weights["b"]
    for network in (own, library):
        network.train(x, y, 5, batch_size=8)
    np.testing.assert_allclose(own.predict(x), library.predict(x), atol=1e-7)


def test_of_images_and_in_replicas():
    x, y = data(2 * 4 * 4)
    network = Network((2, 4, 4)).stack(Halves()).stack(Convolution2D(2, 2)).output(SoftMaxCrossEntropyOutputLayer(2))
    assert network.shapes[1] == (2, 4, 2) and network.architecture == "2@4x4-halves-c2k2-2"
    trainer = Trainer(network, x, y, replicas=2, epochs=1)
    trainer.advance(1)
    alone = network.replica(1).train(x, y, 1, optimizer=trainer._optimizer, seed=1)
    np.testing.assert_array_equal(trainer.networks[1].predict(x), alone.predict(x))


class Noisy(OwnLayer):
    def forward(self, x):
        return x if self.generator is None else x + self.generator.normal(size=x.shape)

    def backward(self, delta):
        return delta


def test_random_numbers_are_drawn_in_training_alone_and_repeat():
    x, y = data(3)
    one, other = (Network(3).stack(Noisy()).output(SoftMaxCrossEntropyOutputLayer(2)) for _ in range(2))
    plain = Network(3).output(SoftMaxCrossEntropyOutputLayer(2))
    np.testing.assert_array_equal(one.predict(x), plain.predict(x))
    for network in (one, other, plain):
        network.train(x, y, 2)
    np.testing.assert_array_equal(one.predict(x), other.predict(x))
    assert not np.array_equal(one.predict(x), plain.predict(x))


def own(forward=None, backward=None):
    methods = {"forward": forward or (lambda self, x: x), "backward": backward or (lambda self, delta: delta)}
    return type("Mine", (OwnLayer,), methods)()


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (own(lambda self, x: 3 * x), r"Mine.backward\(delta\) is not the gradient .* along number \d+ of x"),
        (own(lambda self, x: x[:1]), r"Mine.forward\(x\) must return an array of shape \(2, 3\).*got \(1, 3\)"),
        (own(backward=lambda self, delta: delta[:1]), r"Mine.backward\(delta\) must return an array of shape \(2, 3\)"),
        (own(backward=lambda self, delta: None), r"Mine.backward\(delta\) must be an array of real numbers, got None"),
    ],
    ids=["gradient", "shape", "shape back", "nothing"],
)
def test_mistakes_are_reported_when_it_is_stacked(layer, message):
    with pytest.raises(ValueError, match=message):
        Network(2).stack(layer)


def test_a_fully_connected_layer_with_methods_that_nobody_calls_is_pointed_out():
    kind = type("Shifted", (Layer,), {"forward_propagate": lambda self, inputs, persist=True: inputs})
    with pytest.warns(UserWarning, match="forward_propagate of Shifted will not be called .* OwnLayer"):
        Network(2).stack(kind(2))


def test_without_forward_it_is_refused():
    with pytest.raises(TypeError, match=r"Empty defines no forward\(x\)"):
        Network(2).stack(type("Empty", (OwnLayer,), {})())
