"""A unit's sum in networks with layers of all kinds: its terms, with their names, give its z."""

import numpy as np
import pytest

from joml import (
    BatchNormalisation,
    Convolution2D,
    Embedding,
    Flatten,
    Layer,
    MaxPooling2D,
    Network,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
)
from joml_tui.inspect.open_layers import open_layers
from joml_tui.inspect.sample_flow import propagated
from joml_tui.inspect.unit_sums import has_sum, unit_sum


def network_of(shape, *layers):
    network = Network(input_size=shape, seed=2, dtype="float64")
    for layer in layers:
        network.stack(layer)
    network.output(SoftMaxCrossEntropyOutputLayer(3))
    return network


def sums_of(network, x, features=()):
    """Return a function of layer and unit that returns the unit's sum, and the values of every layer."""
    forward = propagated(network, x)
    values = [forward.x[:, 0], *(a[:, 0] for a in forward.activations), network.predict(x)[:, 0]]
    layers = open_layers(network, forward, opened=False)
    return (lambda *chosen: unit_sum(layers, features, chosen)), values


def total(unit):
    return float(unit.weights.astype(float) @ unit.inputs) + unit.bias


@pytest.fixture(scope="module")
def images():
    network = network_of(
        (2, 5, 6),
        *(
            Convolution2D(3, 3, stride=2, padding=1, activation_function=Tanh()),
            BatchNormalisation(),
            MaxPooling2D(2, 1),
        ),
        *(Flatten(), Layer(4, Tanh()), Layer(4, Tanh(), residual=1)),
    )
    return sums_of(network, np.random.default_rng(0).normal(size=(60, 1)))


def test_of_a_channel_the_window_with_its_largest_output_is_summed(images):
    sum_of, values = images
    outputs = values[1].reshape(3, 3, 3)
    unit = sum_of(1, 1)
    row, column = np.unravel_index(outputs[1].argmax(), (3, 3))
    assert unit.where == f"row {row + 1}, column {column + 1}"
    assert unit.a == outputs[1, row, column]
    assert unit.a == pytest.approx(np.tanh(unit.z))
    assert total(unit) == pytest.approx(unit.z, abs=1e-6)
    assert unit.terms < 18 or (row, column) == (1, 1)  # a window at the border has fewer terms
    image = values[0].reshape(2, 5, 6)
    for name, value in zip(unit.sources, unit.inputs, strict=True):
        channel, at_row, at_column = (int(each) - 1 for each in name[1:-1].replace("(", ",").split(","))
        assert name.startswith("x")
        assert image[channel, at_row, at_column] == pytest.approx(value)


def test_fully_connected_layers_after_others_have_their_sums(images):
    sum_of, values = images
    first, second, output = sum_of(5, 2), sum_of(6, 3), sum_of(7, 0)
    for unit in (first, second, output):
        assert total(unit) == pytest.approx(unit.z, abs=1e-6)
    assert first.a == pytest.approx(np.tanh(first.z))
    assert second.added == values[5][3]
    assert second.sources[0].startswith("a")
    assert sum_of(2, 0) is None
    assert sum_of(3, 0) is None


def test_numbers_of_images_are_named_by_channel_row_and_column():
    sum_of, values = sums_of(network_of((2, 3, 3), MaxPooling2D(2, 1), Layer(2)), np.arange(18.0)[:, np.newaxis])
    unit = sum_of(2, 0)
    by_name = dict(zip(unit.sources, unit.inputs, strict=True))
    assert by_name["a2(2,1)"] == values[1].reshape(2, 2, 2)[1, 1, 0]


def test_a_number_of_a_category_is_picked_by_its_indicator():
    network = network_of((5,), Embedding(2, [(1, 3)]), Layer(2))
    x = np.array([0.5, 0, 1, 0, -2.0])[:, np.newaxis]
    sum_of, _ = sums_of(network, x, ["age", "red", "green", "blue", "size"])
    unit = sum_of(1, 3)
    assert unit.sources[0] == "green"
    assert unit.a == network.layers[0].points(0)[1, 1]
    assert sum_of(1, 0) is None  # another feature, which is copied
    assert [has_sum(layer) for layer in network.layers] == [True, True, True]
