"""The notation for stacks of layers of all kinds: what is printed reads back, and what cannot be read is named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml import (
    Activation,
    ArchitectureError,
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
    ReLu,
    Residual,
    Sigmoid,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
)
from joml.activations import Identity, LeakyReLu
from joml.layers.layer_stack import LayerStack, has_other_layers, parse_layers

FUNCTIONS = st.sampled_from([ReLu, Tanh, Sigmoid, Identity, LeakyReLu])
SHARES = st.floats(0, 0.999, allow_nan=False)
OF_IMAGES = st.one_of(
    st.builds(
        lambda channels, kernel, stride, border, function: Convolution2D(channels, kernel, stride, border, function()),
        st.integers(1, 4),
        st.sampled_from([1, 2, 3, (2, 3)]),
        st.integers(1, 2),
        st.integers(0, 2),
        FUNCTIONS,
    ),
    st.builds(MaxPooling2D, st.sampled_from([1, 2, (1, 2)]), st.sampled_from([None, 1, 2])),
    st.builds(AveragePooling2D, st.sampled_from([1, 2]), st.sampled_from([None, 1, 2])),
)
OF_ALL = st.one_of(
    st.builds(BatchNormalisation),
    st.builds(LayerNormalisation),
    st.builds(Dropout, SHARES),
    st.builds(lambda function: Activation(function()), FUNCTIONS),
    st.builds(lambda: Residual([BatchNormalisation(), Activation(Tanh())])),
    st.builds(lambda: Residual([Residual([LayerNormalisation()]), BatchNormalisation()])),
)
OF_FEATURES = st.builds(lambda size, function: Layer(size, function()), st.integers(1, 9), FUNCTIONS)


@st.composite
def stacks(draw):
    images = draw(st.lists(st.one_of(OF_IMAGES, OF_ALL), max_size=3))
    between = draw(st.sampled_from([[], [Flatten()], [GlobalAveragePooling()]]))
    features = draw(st.lists(st.one_of(OF_FEATURES, OF_ALL), max_size=3))
    return LayerStack((2, 24, 25), (*images, *between, *features), draw(st.integers(1, 5)))


@settings(max_examples=100, deadline=None)
@given(stacks())
def test_what_is_printed_reads_back(stack):
    again = parse_layers(str(stack))
    assert str(again) == str(stack)
    assert list(map(repr, again.layers)) == list(map(repr, stack.layers))
    assert again.shapes == stack.shapes
    network = Network.from_architecture(again)
    assert network.architecture == str(stack)
    assert network.shapes == stack.shapes
    assert network.parameter_count == stack.parameter_count


def test_a_text_is_the_network_that_is_stacked_by_hand():
    text = "1@8x8-c4k3-p2-r(c4k3b1(identity)-bn)-relu-16x2(tanh)-d0.25-3"
    by_hand = Network((1, 8, 8), seed=3)
    for layer in (
        Convolution2D(4, 3),
        MaxPooling2D(2),
        Residual([Convolution2D(4, 3, padding=1, activation_function=Identity()), BatchNormalisation()]),
        Activation(ReLu()),
        Layer(16, Tanh()),
        Layer(16, Tanh()),
        Dropout(0.25),
    ):
        by_hand.stack(layer)
    by_hand.output(SoftMaxCrossEntropyOutputLayer(3))
    read = Network.from_architecture(text, seed=3)
    np.testing.assert_array_equal(read.parameters.theta, by_hand.parameters.theta)
    assert read.architecture == by_hand.architecture == text.replace("16x2(tanh)", "16(tanh)-16(tanh)")


def test_a_stack_makes_several_networks():
    stack = parse_layers("10-e2(2:3,6:4)-8-2")
    one, other = Network.from_architecture(stack), Network.from_architecture(stack, seed=1)
    assert one.layers[0] is not other.layers[0] is not stack.layers[0]
    assert stack.layers[0].columns == Embedding(2, [(2, 3), (6, 4)]).columns


@pytest.mark.parametrize("text", ["14-28x6-4", "14-4", " 14 - 28 X 6 - 4 ", "14-28×6-4"])
def test_texts_of_sizes_are_read_as_before(text):
    assert not has_other_layers(text)
    assert set(map(type, Network.from_architecture(text).layers[:-1])) <= {Layer}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1@8x8-c4k9-10", "part 2: .*kernel|part 2: Convolution2D"),
        ("64-c4k3-10", "part 2: c4k3 needs images"),
        ("1@8x8-c4-10", "part 2 'c4' is no layer: write a size such as 28"),
        ("1@8x8-c4k3(sine)-10", "'sine' is no activation function; there are relu"),
        ("1@8x8-c0k3-10", "part 2: a number from 1 to 65,536 was expected, got 0"),
        ("1@8x8-c4k" + "9" * 400 + "-10", "a number from 1"),
        ("8x8-c4k3-10", "part 1 '8x8' is no input: .* 1@28x28"),
        ("1@8x8", "inputs and an output size are needed"),
        ("1@8x8-", "it ends with ''"),
        ("1@8x8-p2-bn", "it ends with 'bn'"),
        ("1@8x8--10", "part 2 is empty"),
        ("1@8x8-r(c4k3-10", r"a \( without its \)"),
        ("1@8x8-p2)-10", r"a \) without its \("),
        ("1@8x8-r(p2)-10", "adds its inputs to its outputs"),
        ("1@8x8-r()-10", "is empty"),
        ("1@8x8-" + "r(" * 99 + "bn" + ")" * 99 + "-10", "more than 8 blocks"),
        ("1@8x8-d1.5-10", "no layer"),
        ("9-e2(3:4,1:1)-2", "each feature once"),
        ("9-e2(3:9)-2", "part 2: .*needs 12 features"),
        ("14-tanh-28x2000-4", "from 1 to 1,000"),
        ("14-tanh-28x600-28x600-4", "more than 1,000 layers"),
    ],
)
def test_what_cannot_be_read_is_named(text, message):
    with pytest.raises(ArchitectureError, match=message):
        Network.from_architecture(text)
