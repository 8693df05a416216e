"""Layers of all kinds in ONNX files: onnxruntime predicts what the network does; a layer of one's own is refused."""

from __future__ import annotations

import numpy as np
import pytest

from joml import (
    GELU,
    Activation,
    AveragePooling2D,
    BatchNormalisation,
    Convolution2D,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling,
    Layer,
    LayerNormalisation,
    MaxPooling2D,
    Network,
    OwnLayer,
    Residual,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
)
from joml_tui.export import ExportError
from joml_tui.export.onnx_file import onnx_model

IMAGE = (2, 7, 6)
STACKS = {
    "convolution": lambda: [Convolution2D(3, (3, 2), stride=2, padding=1, activation_function=Tanh())],
    "max pooling": lambda: [MaxPooling2D(3, stride=2)],
    "average pooling": lambda: [AveragePooling2D((2, 3))],
    "global average pooling": lambda: [GlobalAveragePooling()],
    "flatten": lambda: [Flatten()],
    "batch normalisation of images": lambda: [BatchNormalisation()],
    "batch normalisation of units": lambda: [Layer(5), BatchNormalisation(epsilon=0.01)],
    "layer normalisation of images": lambda: [LayerNormalisation()],
    "layer normalisation of units": lambda: [Layer(5), LayerNormalisation()],
    "activation": lambda: [Activation(GELU())],
    "residual block": lambda: [Residual([Convolution2D(2, 3, padding=1), BatchNormalisation(), Dropout(0.3)])],
    "residual block of earlier networks": lambda: [MaxPooling2D(2), Layer(6), Layer(6), Layer(6, residual=2)],
    "embedding": lambda: [Flatten(), Embedding(2, [(3, 4), (9, 5)])],
}


def network_of(layers, shape=IMAGE):
    """Return a network with weights and running means that differ everywhere, none of them small."""
    network = Network(input_size=shape, seed=3)
    for layer in layers:
        network.stack(layer)
    network.output(SoftMaxCrossEntropyOutputLayer(3))
    network.parameters.theta[:] += np.random.default_rng(4).normal(0, 0.2, network.parameters.theta.shape)
    for layer in network.layers:
        for each in (*getattr(layer, "layers", ()), layer):
            for name in each.state_names:
                getattr(each, name)[:] = np.random.default_rng(5).uniform(0.5, 2, getattr(each, name).shape)
    return network


def largest_difference(network):
    """Return how far onnxruntime is from the network on some samples."""
    pytest.importorskip("onnx", reason="ONNX files need onnx")
    onnxruntime = pytest.importorskip("onnxruntime", reason="another program that predicts with ONNX files")
    x = np.random.default_rng(6).normal(size=(network.input_size, 5)).astype(np.float32)
    session = onnxruntime.InferenceSession(onnx_model(network).SerializeToString())
    (y_hat,) = session.run(None, {"x": x.T})
    return np.abs(y_hat.T - network.predict(x)).max()


@pytest.mark.parametrize("kind", STACKS)
def test_a_layer_predicts_the_same_in_onnx(kind):
    assert largest_difference(network_of(STACKS[kind]())) < 1e-5


@pytest.mark.parametrize("seed", range(4))
def test_random_stacks_predict_the_same_in_onnx(seed):
    generator = np.random.default_rng(seed)
    of_images = [
        lambda: Convolution2D(int(generator.integers(1, 5)), int(generator.integers(1, 4)), padding=1),
        BatchNormalisation,
        LayerNormalisation,
        lambda: Activation(Tanh()),
        lambda: Residual([LayerNormalisation(), Activation(Tanh())]),
        lambda: MaxPooling2D(2, 1),
        lambda: AveragePooling2D(2, 1),
    ]
    layers = [of_images[place]() for place in generator.integers(len(of_images), size=5)]
    layers += [Layer(6), Residual([Layer(6), BatchNormalisation()])]
    assert largest_difference(network_of(layers, (1, 9, 9))) < 1e-5


class Doubled(OwnLayer):
    """A layer of one's own."""

    def forward(self, x):
        return 2 * x

    def backward(self, delta):
        return 2 * delta


class Narrow(MaxPooling2D):
    """A class derived from a built-in one, which may compute something else."""


@pytest.mark.parametrize("layer", [Doubled, lambda: Narrow(2), lambda: Residual([Doubled()])])
def test_a_layer_of_ones_own_is_refused_by_name(layer):
    pytest.importorskip("onnx", reason="ONNX files need onnx")
    with pytest.raises(ExportError, match=r"(Doubled|Narrow)\(.*\) is a layer of your own, which ONNX"):
        onnx_model(network_of([layer()]))
