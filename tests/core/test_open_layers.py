"""Layers with their numbers for a sample: those inside blocks come before the sum, which adds what has entered."""

from itertools import pairwise

import numpy as np
import pytest

from joml import BatchNormalisation, Convolution2D, Flatten, Layer, LayerNormalisation, Residual, Tanh
from joml_tui.inspect.channel_flow import channel_layers
from joml_tui.inspect.open_layers import open_layers
from joml_tui.inspect.sample_flow import propagated
from tests.core.layer_stacks import network_of


@pytest.fixture(scope="module")
def network():
    return network_of(
        [
            Convolution2D(3, 2),
            Residual([Convolution2D(3, 3, padding=1), BatchNormalisation(), Residual([LayerNormalisation()])]),
            Flatten(),
            Layer(5, Tanh()),
            Layer(5, Tanh(), normalised=True, residual=1),
        ]
    )


@pytest.fixture(scope="module")
def forward(network):
    return propagated(network, np.random.default_rng(2).normal(size=(2 * 7 * 6, 1)))


def test_a_block_is_opened_into_its_layers_and_its_sum(network, forward):
    layers = open_layers(network, forward)
    assert [each.number for each in layers] == ["1", "2.1", "2.2", "2.3.1", "2.3", "2", "3", "4", "5", "6"]
    assert [each.added for each in layers] == [-1, -1, -1, -1, 3, 1, -1, -1, 8, -1]
    for layer, following in pairwise(layers):
        np.testing.assert_array_equal(layer.outputs, following.inputs)
        assert layer.shapes[1] == following.shapes[0]
    for each in (layers[4], layers[5]):
        np.testing.assert_allclose(each.outputs, each.inputs + layers[each.added - 1].outputs, rtol=1e-5)
    np.testing.assert_allclose(layers[7].z, network.layers[3].W @ layers[7].inputs + network.layers[3].b, rtol=1e-4)
    np.testing.assert_allclose(layers[8].outputs, np.tanh(layers[8].n) + layers[7].outputs, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(layers[-1].outputs.sum(), 1, rtol=1e-5)


def test_a_closed_block_is_one_layer(network, forward):
    layers = open_layers(network, forward, opened=False)
    assert [each.layer for each in layers] == list(network.layers)
    np.testing.assert_array_equal(layers[1].outputs, open_layers(network, forward)[5].outputs)
    assert layers[4].added == 4


def test_the_units_of_a_sum_are_linked_to_the_last_layer_of_the_block(network, forward):
    channels = channel_layers(open_layers(network, forward))
    block = channels[6]
    assert (block.title, block.number, block.added, block.passes) == ("sum", "2", 1, True)
    np.testing.assert_array_equal(block.links, np.eye(3))
    np.testing.assert_allclose(block.a, channels[5].a + block.entered, rtol=1e-5)
