"""The state of a training in a network without its data."""

import numpy as np
import pytest

from joml import Trainer
from joml_tui.runs.worker.same_data import fill_network
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
