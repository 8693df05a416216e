"""Collapsing a stack of linear layers into one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml import (
    Convolution2D,
    Identity,
    Layer,
    MeanSquaredError,
    Network,
    OutputLayer,
    ReLu,
    SoftMaxCrossEntropyOutputLayer,
)
from joml.analysis.equivalence import NotLinearError, collapse, fully_connected_end
from joml.compiled.passes import ForwardPass


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


def mixed(*layers):
    network = Network((1, 3, 3), "mixed", dtype=np.float64)
    for layer in layers:
        network.stack(layer)
    network.output(SoftMaxCrossEntropyOutputLayer(2))
    for layer in network.layers:
        layer.b = np.random.default_rng(4).normal(size=layer.b.shape)
    return network


def test_the_fully_connected_end_of_a_network_is_one_layer_too():
    network = mixed(Convolution2D(2, 2), Layer(4, Identity()), Layer(4, Identity(), residual=1))
    end = fully_connected_end(network)
    assert end.architecture == "8-4x2-2"
    collapsed = collapse(end)
    assert collapsed.largest_difference < 1e-12
    x = np.random.default_rng(5).normal(size=(9, 6))
    before = ForwardPass(network.layers, network.parameters, 9, 6).activations_of(x)[0]
    np.testing.assert_allclose(collapsed.network.predict(before), network.predict(x), rtol=1e-12)


def test_an_end_that_is_not_linear_or_has_one_layer_is_refused():
    with pytest.raises(NotLinearError, match=r"layer 3 of mixed is not linear, its activation function is ReLu"):
        fully_connected_end(mixed(Convolution2D(2, 2), Layer(4, Identity()), Layer(4, ReLu())))
    with pytest.raises(NotLinearError, match=r"one fully connected layer after c2k2, its output layer"):
        fully_connected_end(mixed(Convolution2D(2, 2)))
