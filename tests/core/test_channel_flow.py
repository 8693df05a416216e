"""The units of layers of all kinds for one sample: channels by their means, and the weights between them."""

import numpy as np
import pytest

from joml import (
    BatchNormalisation,
    Convolution2D,
    Embedding,
    Flatten,
    GlobalAveragePooling,
    Layer,
    MaxPooling2D,
    OwnLayer,
    Residual,
)
from joml_tui import inspect
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.inspect.channel_flow import channel_layers, links_of
from joml_tui.inspect.open_layers import open_layers
from joml_tui.inspect.sample_flow import SampleFlow, propagated
from joml_tui.runs.worker.builder import build_subject
from tests.core.layer_stacks import network_of

LAYERS = (
    "[{layer: convolution, channels: 6, kernel: 3}, batch-normalisation, {layer: max-pooling, kernel: 2}, {size: 5}]"
)


class Doubled(OwnLayer):
    def forward(self, x):
        return 2 * x


def test_the_activation_of_a_channel_is_the_mean_of_its_places():
    network = network_of([Convolution2D(3, 2), MaxPooling2D(2), Layer(4)])
    x = np.random.default_rng(0).normal(size=(2 * 7 * 6, 1))
    hidden = network.forward_pass(1).activations_of(x)
    layers = open_layers(network, propagated(network, x))
    inputs, convolution, pooling, dense, output = channel_layers(layers)
    np.testing.assert_allclose(inputs.a, x.reshape(2, -1).mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(convolution.a, hidden[0].reshape(3, -1).mean(axis=1), rtol=1e-5)
    assert [each.places for each in (inputs, convolution, pooling, dense, output)] == [42, 30, 6, 1, 1]
    assert [each.title for each in (inputs, convolution, pooling, dense, output)] == [
        *("in", "c3k2", "p2", "relu", "softmax")
    ]
    assert [each.passes for each in (convolution, pooling, dense)] == [False, True, False]


def test_links_are_mean_weights_and_ones_where_a_unit_is_passed_on():
    network = network_of([Convolution2D(3, 2), BatchNormalisation(), Flatten(), Embedding(2, [(1, 3)]), Layer(4)])
    convolution, normalised, flat, embedding, dense, _ = network.layers
    shapes = network.shapes
    np.testing.assert_allclose(links_of(convolution, *shapes[:2]), convolution.W.mean(axis=(2, 3)), rtol=1e-6)
    np.testing.assert_array_equal(links_of(normalised, *shapes[1:3]), np.eye(3))
    assert links_of(flat, *shapes[2:4]).argmax(axis=1).tolist() == [0] * 30 + [1] * 30 + [2] * 30
    x = np.random.default_rng(1).normal(size=(90, 1))
    np.testing.assert_allclose(embedding.matrix(90)[:87] @ x, np.delete(x, [1, 2, 3], axis=0))
    np.testing.assert_allclose(embedding.matrix(90)[87:] @ x, embedding.W @ x[1:4], rtol=1e-5)
    np.testing.assert_array_equal(links_of(dense, *shapes[4:6]), dense.W)


def test_layers_without_weights_between_units_have_no_links():
    pooled, own, block = GlobalAveragePooling(), Doubled(), Residual([Layer(4)])
    assert links_of(pooled, (3, 2, 2), (3,)).tolist() == np.eye(3).tolist()
    assert not links_of(own, (4,), (4,)).any()
    assert links_of(block, (4,), (4,)).tolist() == np.eye(4).tolist()


@pytest.fixture(scope="module")
def subject():
    text = f"version: 1\ndataset: {{name: digits}}\nlayers: {LAYERS}\nepochs: 1\n"
    return build_subject(parse_experiment(text))


def test_a_sample_goes_through_a_network_of_images(subject):
    now = inspect.answer(SampleFlow(rows=4, layer=2, unit=5), subject)
    assert [layer.title for layer in now.layers] == ["in", "c6k3", "bn", "p2", "relu", "softmax"]
    assert [layer.size for layer in now.layers] == [1, 6, 6, 6, 5, 10]
    assert not now.has_sums
    assert now.unit is None
    assert now.asked == (2, 5)
    assert now.sums == (False, True, False, False, True, True)
    units = [layer.units.tolist() for layer in now.layers[1:4]]
    assert units[0] == units[1] == units[2]  # a channel that is passed on is in one row
    assert 5 in units[0]
    assert len(units[0]) == 2
    assert now.layers[5].names == tuple(subject.data.class_names[unit] for unit in now.layers[5].units)
