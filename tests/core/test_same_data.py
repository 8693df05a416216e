"""The state of a training in a network without its data."""

import numpy as np
import pytest

from joml import Trainer
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.worker.builder import build_trainer
from joml_tui.runs.worker.same_data import fill_network, network_of_sizes, rebuild_network
from joml_tui.serialization import pack_state
from tests.core.layer_stacks import STACKS, network_of


def test_a_network_gets_the_running_means_of_the_first_replica():
    network = network_of(STACKS["batch normalisation of units"]())
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(84, 40)), np.eye(3)[generator.integers(3, size=40)].T
    trainer = Trainer(network, x, y, x, y, replicas=2, epochs=1)
    trainer.advance(10)
    again = network_of(STACKS["batch normalisation of units"]())
    fill_network(again, trainer.state())
    np.testing.assert_array_equal(again.layers[1].running_mean, trainer.networks[0].layers[1].running_mean)
    np.testing.assert_array_equal(again.predict(x), trainer.networks[0].predict(x))


def test_the_state_of_another_network_is_refused():
    narrow, wide = network_of(STACKS["flatten"]()), network_of(STACKS["convolution"]())
    with pytest.raises(ValueError, match=r"2@7x6-f-3 has .* parameters, and the run's state"):
        fill_network(narrow, {"theta": wide.parameters.theta})


def test_a_network_of_images_is_rebuilt_without_its_data(monkeypatch):
    layers = "[{layer: convolution, channels: 2, kernel: 3}, batch-normalisation, {layer: max-pooling, kernel: 2}]"
    experiment = parse_experiment(f"version: 1\ndataset: {{name: digits}}\nlayers: {layers}\nepochs: 1\n")
    trainer = build_trainer(experiment)
    trainer.advance(3)
    monkeypatch.setattr("joml_tui.experiment.experiment.shape_of", lambda dataset: pytest.fail("data are read"))
    again = rebuild_network(experiment, (1, 8, 8), 10, pack_state(trainer.state()))
    x = np.random.default_rng(0).random((64, 5), np.float32)
    np.testing.assert_array_equal(again.predict(x), trainer.network.predict(x))


def test_features_are_an_image_only_for_layers_that_ask_for_one():
    experiment = parse_experiment("version: 1\ndataset: {name: digits}\nlayers: [batch-normalisation]\n")
    assert network_of_sizes(experiment, (1, 8, 8), 10).architecture == "64-bn-10"
