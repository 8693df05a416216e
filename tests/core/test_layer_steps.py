"""The next mini-batch layer by layer: its numbers can be checked by hand, and asking changes nothing."""

import numpy as np
import pytest

from joml import (
    Activation,
    AveragePooling2D,
    BatchNormalisation,
    Convolution2D,
    GlobalAveragePooling,
    Layer,
    LayerNormalisation,
    Tanh,
)
from joml_tui.inspect import answer
from joml_tui.inspect.step_by_step import NextStep
from joml_tui.serialization import pack, unpack
from tests.core.image_training import image_data, training

LAYERS = (
    lambda: Convolution2D(3, (2, 3), stride=2, padding=1, activation_function=Tanh()),
    BatchNormalisation,
    lambda: AveragePooling2D(2, 1),
    lambda: Layer(5, normalised=True),
    LayerNormalisation,
    lambda: Activation(Tanh()),
)


@pytest.fixture(scope="module")
def subject():
    return training(*(make() for make in LAYERS))


@pytest.fixture(scope="module")
def taken(subject):
    return unpack(pack(answer(NextStep(), subject)), type(answer(NextStep(), subject)))


def test_kinds_shapes_and_sizes(taken):
    kinds = ["convolution", "batch-normalisation", "average-pooling", "fully-connected", "layer-normalisation"]
    assert [layer.kind for layer in taken.layers] == [*kinds, "activation", "fully-connected"]
    assert (taken.iteration, taken.samples) == (4, 5)
    assert taken.layers[0].after.shape == (3, 4, 3, 4)
    assert taken.layers[3].before.shape == (18, 1, 1, 4)


def test_each_layer_begins_with_what_the_one_before_has_made(taken):
    for layer, following in zip(taken.layers, taken.layers[1:], strict=False):
        samples = layer.after.shape[-1]
        np.testing.assert_array_equal(layer.after.reshape(-1, samples), following.before.reshape(-1, samples))


def test_a_window_of_a_convolution(taken):
    layer = taken.layers[0]
    padded = np.pad(layer.before, ((0, 0), (1, 1), (1, 1), (0, 0)))
    window = padded[:, 2:4, 4:7, 3]
    z = float((layer.W.before[2] * window).sum() + layer.b.before[2])
    assert layer.z[2, 1, 2, 3] == pytest.approx(z, abs=1e-5)
    assert layer.after[2, 1, 2, 3] == pytest.approx(np.tanh(z), abs=1e-5)


def test_a_batch_normalisation_over_the_mini_batch(subject, taken):
    layer = taken.layers[1]
    h = (layer.before[1] - layer.mean[1]) / layer.deviation[1]
    np.testing.assert_allclose(layer.after[1], layer.gamma.before[1, 0, 0] * h + layer.beta.before[1, 0, 0], atol=1e-5)
    np.testing.assert_allclose(layer.running[1], 0.9 * layer.running[0] + 0.1 * layer.mean, atol=1e-6)
    np.testing.assert_array_equal(layer.running[0], subject.network.layers[1].running_mean)


def test_a_layer_normalisation_over_the_features(taken):
    layer = taken.layers[4]
    h = (layer.before - layer.mean) / layer.deviation
    gamma, beta = (each.before[..., np.newaxis] for each in (layer.gamma, layer.beta))
    np.testing.assert_allclose(layer.after, gamma * h + beta, atol=1e-5)


def test_a_layer_normalisation_of_images_has_its_scales_at_every_place():
    subject = training(Convolution2D(3, 2), LayerNormalisation(), Layer(4))
    layer, engine = answer(NextStep(), subject).layers[1], subject.network.layers[1]
    assert layer.gamma.before.shape == layer.shape_after
    np.testing.assert_array_equal(layer.gamma.before.ravel(), engine.gamma)
    h = (layer.before - layer.mean) / layer.deviation
    gamma, beta = (each.before[..., np.newaxis] for each in (layer.gamma, layer.beta))
    np.testing.assert_allclose(layer.after, gamma * h + beta, atol=1e-5)
    assert len(np.unique(layer.gamma.gradient)) > 3


def test_updates_are_those_of_the_next_iteration():
    subject = training(*(make() for make in LAYERS))
    taken = answer(NextStep(), subject)
    names = [(layer, own, name) for layer, own in zip(taken.layers, subject.network.layers, strict=True)
             for name in own.weight_names]  # fmt: skip
    for layer, own, name in names:
        np.testing.assert_array_equal(getattr(layer, name).before.ravel(), getattr(own, name).ravel())
    subject.trainer.advance(1)
    for layer, own, name in names:
        np.testing.assert_array_equal(getattr(layer, name).after.ravel(), getattr(own, name).ravel())
    gradients = subject.network.parameters.gradient_views[0]["block"]
    np.testing.assert_array_equal(taken.layers[0].W.gradient.reshape(3, -1), gradients[:, :-1])


def test_large_layers_are_cut():
    taken = answer(NextStep(), training(Convolution2D(40, 2), GlobalAveragePooling()))
    assert taken.layers[0].W.before.shape == (32, 2, 2, 2)
    assert taken.layers[0].after.shape == (32, 5, 4, 4)


def test_replicas_are_refused():
    with pytest.raises(ValueError, match="replicas"):
        answer(NextStep(), training(replicas=2))


def test_of_large_images_fewer_channels_are_sent_with_the_weights_that_meet_them():
    taken = answer(NextStep(), training(Convolution2D(8, 3), data=image_data((4, 150, 150), samples=10)))
    layer = taken.layers[0]
    assert layer.before.shape == (2, 150, 150, 4)
    assert layer.W.before.shape == (8, 2, 3, 3)
    assert layer.after.shape == (2, 148, 148, 4)
