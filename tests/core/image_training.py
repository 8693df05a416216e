"""A short training of a network with layers of many kinds on small images, for tests of what shows its inside."""

from __future__ import annotations

import numpy as np

from joml import (
    BatchNormalisation,
    Convolution2D,
    Dataset,
    Dropout,
    Layer,
    MaxPooling2D,
    Network,
    Residual,
    SoftMaxCrossEntropyOutputLayer,
    Trainer,
)
from joml_tui.experiment import Experiment, Xor
from joml_tui.inspect import TrainingContext
from joml_tui.inspect.layer_record import LayerRecord


def image_data(shape=(2, 6, 5), samples=40):
    """Return a data set of images, bright in their upper half for the first of two classes."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(*shape, samples))
    bright = np.arange(samples) % 2 == 0
    x[:, : shape[1] // 2] += 2 * bright
    x = x.reshape(-1, samples).astype(np.float32)
    y = np.stack([bright, ~bright]).astype(np.float32)
    half = samples // 2
    return Dataset(x[:, :half], y[:, :half], x[:, half:], y[:, half:], name="bright", image_shape=shape)


def mixed_layers():
    """Return layers of many kinds, of which the third has no parameters."""
    block = Residual([Convolution2D(3, 3, padding=1), BatchNormalisation()])
    return [Convolution2D(3, 2), BatchNormalisation(), MaxPooling2D(2), block, Layer(4), Dropout(0.1)]


def training(*layers, data=None, **settings):
    """Return the context of a training of these layers, after some measured iterations."""
    data = image_data() if data is None else data
    shape = data.input_size if data.image_shape is None else data.image_shape
    network = Network(input_size=shape, seed=1)
    for layer in layers or mixed_layers():
        network.stack(layer)
    network.output(SoftMaxCrossEntropyOutputLayer(data.output_size))
    trainer = Trainer(network, data.x_train, data.y_train, data.x_test, data.y_test, batch_size=5, epochs=9, **settings)
    record = LayerRecord(trainer)
    for _ in range(3):
        before = trainer.networks[0].parameters.theta.copy()
        trainer.advance(1)
        record.measure(before)
    return TrainingContext(Experiment(dataset=Xor()), data, trainer, record)
