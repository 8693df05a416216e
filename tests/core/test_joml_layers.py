"""Layers of all kinds in scripts for joml: the script's network predicts the same; a part of one's own is refused."""

from __future__ import annotations

import numpy as np
import pytest

from joml import ActivationFunction, Adam, Convolution2D, CostFunction, Identity, Layer, Network, OutputLayer
from joml.files import weights
from joml_tui.experiment import Experiment, Xor
from joml_tui.export import ExportError
from joml_tui.export.network_source import joml_script
from joml_tui.export.networks import Trained
from joml_tui.export.scaling import DataUnits
from tests.core.layer_stacks import OWN, STACKS, network_of, random_stack


def trained(network):
    """Return a network as exports get it from a run."""
    return Trained(network, Experiment(dataset=Xor()), 7, DataUnits("the features"))


def rebuilt(network, folder, with_file):
    """Return the network that the script makes, with its weights in a file or in the script."""
    if with_file:
        weights.save(network, folder / "net.weights.npz")
    names = {"__file__": str(folder / "net.py"), "__name__": "net"}
    exec(joml_script(trained(network), "net.weights.npz" if with_file else None), names)
    return names["network"]


@pytest.mark.parametrize("with_file", [True, False], ids=["file", "inline"])
@pytest.mark.parametrize("kind", STACKS)
def test_a_script_makes_the_same_layer(kind, with_file, tmp_path):
    network = network_of(STACKS[kind]())
    again = rebuilt(network, tmp_path, with_file)
    x = np.random.default_rng(6).normal(size=(network.input_size, 5))
    np.testing.assert_array_equal(again.predict(x), network.predict(x))
    assert again.architecture == network.architecture


def test_a_script_makes_a_stack_of_many_layers(tmp_path):
    network = network_of(random_stack(0), (1, 9, 9))
    x = np.random.default_rng(6).normal(size=(81, 5))
    np.testing.assert_array_equal(rebuilt(network, tmp_path, True).predict(x), network.predict(x))


def test_names_and_optimizers_of_layers_are_no_code(tmp_path):
    named = Convolution2D(2, 3, name="exit(1)", optimizer=Adam())
    again = rebuilt(network_of([named]), tmp_path, True)
    assert (again.layers[0].name, again.layers[0].optimizer) == ("", None)
    assert again.architecture == "2@7x6-c2k3-3"


@pytest.mark.parametrize("layer", OWN)
def test_a_layer_of_ones_own_is_refused_by_name(layer):
    with pytest.raises(ExportError, match=r"(Doubled|Narrow)\(.*\) is a layer of your own, .*: write .* NPZ"):
        joml_script(trained(network_of([layer()])), None)


class Steep(ActivationFunction):
    """An activation function of one's own."""

    def value(self, z):
        return 2 * z

    def der(self, z):
        return 2 + 0 * z


class Fourth(CostFunction):
    """A cost of one's own."""

    def per_sample(self, y_hat, y):
        return ((y_hat - y) ** 4).sum(axis=-2)

    def gradient(self, y_hat, y):
        return 4 * (y_hat - y) ** 3


def test_a_function_of_ones_own_is_refused_by_name():
    steep = Network(2).stack(Layer(3, Steep())).output(OutputLayer(1, Identity(), Fourth()))
    fourth = Network(2).stack(Layer(3)).output(OutputLayer(1, Identity(), Fourth()))
    with pytest.raises(ExportError, match=r"Steep\(\) is an activation function of your own"):
        joml_script(trained(steep), None)
    with pytest.raises(ExportError, match=r"Fourth\(\) is a cost of your own"):
        joml_script(trained(fourth), None)
