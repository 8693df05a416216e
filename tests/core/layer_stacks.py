"""Networks with layers of all kinds, for tests of what other programs make of them."""

from __future__ import annotations

import numpy as np

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
    "block inside a block": lambda: [Residual([Residual([Convolution2D(2, 3, padding=1)]), BatchNormalisation()])],
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


def random_stack(seed):
    """Return random layers of all kinds, for images of (1, 9, 9)."""
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
    return [*layers, Layer(6), Residual([Layer(6), BatchNormalisation()])]


class Doubled(OwnLayer):
    """A layer of one's own."""

    def forward(self, x):
        return 2 * x

    def backward(self, delta):
        return 2 * delta


class Narrow(MaxPooling2D):
    """A class derived from a built-in one, which may compute something else."""


#: Makers of layers that no other program has, alone and in a block.
OWN = [Doubled, lambda: Narrow(2), lambda: Residual([Doubled()])]
