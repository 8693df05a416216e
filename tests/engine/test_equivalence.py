"""Collapsing a stack of linear layers into one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml import Identity, Layer, MeanSquaredError, Network, OutputLayer, ReLu, SoftMaxCrossEntropyOutputLayer
from joml.analysis.equivalence import NotLinearError, collapse


def linear(sizes, output=None, dtype=np.float64):
    network = Network(sizes[0], "deep", dtype=dtype)
    for size in sizes[1:-1]:
        network.stack(Layer(size, Identity()))
    network.output(output or OutputLayer(sizes[-1], Identity(), MeanSquaredError()))
    for layer in network.layers:
        layer.b = np.random.default_rng(layer.size).normal(size=layer.size)
    return network


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=7))
def test_the_one_layer_gives_what_the_stack_gives(sizes):
    network = linear(sizes)
    collapsed = collapse(network)
    assert collapsed.largest_difference < 1e-12
    assert collapsed.network.architecture == f"{sizes[0]}-{sizes[-1]}"
    x = np.random.default_rng(1).normal(size=(sizes[0], 7)) * 10
    np.testing.assert_allclose(collapsed.network.predict(x), network.predict(x), rtol=1e-9, atol=1e-9)


def test_the_article_s_formula():
    network = linear((2, 3, 2))
    (W1, W2), (b1, b2) = network.get_Ws_bs()
    single = collapse(network).network
    np.testing.assert_allclose(single.layers[0].W, W2 @ W1)
    np.testing.assert_allclose(single.layers[0].b, W2 @ b1 + b2)


def test_a_softmax_on_top_stays():
    network = linear((4, 5, 5, 3), SoftMaxCrossEntropyOutputLayer(3), np.float32)
    before = network.parameters.theta.copy()
    collapsed = collapse(network)
    assert collapsed.largest_difference < 1e-5
    assert isinstance(collapsed.network.output_layer, SoftMaxCrossEntropyOutputLayer)
    np.testing.assert_array_equal(network.parameters.theta, before)


def test_a_layer_that_is_not_linear_is_named():
    network = Network(2)
    network.stack(Layer(3, Identity()))
    network.stack(Layer(3, ReLu()))
    network.output(SoftMaxCrossEntropyOutputLayer(2))
    with pytest.raises(NotLinearError, match=r"layer 2 of .* ReLu"):
        collapse(network)
