"""Layers of all kinds in scripts for PyTorch: torch predicts what the network does; a layer of one's own is refused."""

from __future__ import annotations

import numpy as np
import pytest

from joml.files import weights
from joml_tui.experiment import Experiment, Xor
from joml_tui.export import ExportError
from joml_tui.export.network_source import torch_script
from joml_tui.export.networks import Trained
from joml_tui.export.scaling import DataUnits
from tests.core.layer_stacks import OWN, STACKS, network_of, random_stack


def script(network):
    """Return the script of a network."""
    return torch_script(Trained(network, Experiment(dataset=Xor()), 7, DataUnits("the features")), "net.npz")


def largest_difference(network, folder, suffix):
    """Return how far torch is from the network on some samples, with weights from a file of this kind."""
    pytest.importorskip("torch", reason="the script for PyTorch needs torch to run")
    weights.save(network, folder / f"net{suffix}")
    names = {"__file__": str(folder / "net.py"), "__name__": "net"}
    exec(script(network), names)
    x = np.random.default_rng(6).normal(size=(network.input_size, 5)).astype(np.float32)
    y_hat = names["predict"](names["load"](folder / f"net{suffix}"), x.T)
    return np.abs(y_hat.T - network.predict(x)).max()


@pytest.mark.slow  # it imports torch
@pytest.mark.parametrize("kind", STACKS)
def test_a_layer_predicts_the_same_in_torch(kind, tmp_path):
    assert largest_difference(network_of(STACKS[kind]()), tmp_path, ".npz") < 1e-5


@pytest.mark.slow
def test_a_stack_of_many_layers_predicts_the_same_from_safetensors(tmp_path):
    pytest.importorskip("safetensors", reason="the weights are in its format")
    assert largest_difference(network_of(random_stack(1), (1, 9, 9)), tmp_path, ".safetensors") < 1e-5


def test_parts_are_numbered_as_the_layers_are():
    text = script(network_of(STACKS["residual block"]()))
    assert "self.layer1_1 = nn.Conv2d(2, 2, (3, 3), stride=1, padding=1)" in text
    assert "self.norm1_2 = nn.BatchNorm2d(2, eps=1e-05, momentum=0.1)" in text
    assert "a1 = x + self.dropout1_3(a1_2)" in text


@pytest.mark.parametrize("layer", OWN)
def test_a_layer_of_ones_own_is_refused_by_name(layer):
    with pytest.raises(ExportError, match=r"(Doubled|Narrow)\(.*\) is a layer of your own, which PyTorch"):
        script(network_of([layer()]))
