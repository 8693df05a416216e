"""Listeners: what is heard of a training, and what is a logger."""

import numpy as np
import pytest
from ear import Ear

from joml import (
    BenchmarkLogger,
    Network,
    SilentLogger,
    StdoutLogger,
    Trainer,
)
from joml.data.generators.spin_glass import spin_glass_14
from joml.listeners import as_listener, follow, require_logger

#: Samples in each mini-batch of an epoch of ``data``.
SIZES = [32] * 19 + [22]


@pytest.fixture(scope="module")
def data():
    """A part of the article's: 20 mini-batches an epoch, the last one smaller."""
    whole = spin_glass_14()
    return whole.x_train[:, :630], whole.y_train[:, :630], whole.x_test[:, :200], whole.y_test[:, :200]


@pytest.fixture
def network():
    return Network.from_architecture("14-10-4", name="small net", seed=3)


def test_a_logger_hears_all_iterations_in_few_blocks(data, network):
    ear = Ear()
    network.with_logger(ear).train(*data[:2], num_epochs=5)
    total, *blocks, last = ear.heard
    assert (total, last) == (100, "end")
    assert [i for block in blocks for i in range(block.first_iteration, block.first_iteration + len(block))] == list(
        range(1, 101)
    )
    assert len(blocks) <= 3 * 5


def test_a_benchmark_is_heard_by_the_networks_logger_too(data, network):
    ear = Ear()
    logger = network.with_logger(ear).benchmark(*data, num_epochs=1)
    assert sum(len(block) for block in ear.heard[1:-1]) == len(logger.results(every_iteration=True)["n_iter"])


def test_a_class_is_no_logger(network):
    with pytest.raises(TypeError, match=r"StdoutLogger\(\)"):
        network.with_logger(StdoutLogger)


def test_a_network_is_silent_unless_told(data, network, capsys):
    network.train(*data[:2], num_epochs=1)
    network.with_logger(StdoutLogger()).with_logger(SilentLogger()).benchmark(*data, num_epochs=1)
    network.with_logger(StdoutLogger()).copy().train(*data[:2], num_epochs=1)
    assert capsys.readouterr().out == ""


class EpochEar:
    """A logger of the original library's kind."""

    def __init__(self):
        self.heard = []

    def log_cost_accuracy(self, n_epoch, cost, accuracy):
        self.heard.append((n_epoch, cost, accuracy))


def test_a_logger_with_one_method_hears_the_means_of_each_epoch(data, network):
    ear, series = EpochEar(), BenchmarkLogger()
    trainer = Trainer(network, *data[:2], epochs=2, seed=0)
    follow(trainer, ear, series)
    costs = series.results()["train_cost"].reshape(2, 20)
    assert [epoch for epoch, *_ in ear.heard] == [1, 2]
    np.testing.assert_allclose([cost for _, cost, _ in ear.heard], np.average(costs, axis=1, weights=SIZES), rtol=1e-6)


def test_who_hears_blocks_is_taken_as_it_is_and_others_are_adapted():
    ear, epoch_ear = Ear(), EpochEar()
    assert as_listener(ear) is ear
    assert as_listener(epoch_ear) is not epoch_ear
    with pytest.raises(RuntimeError, match=r"has not seen a training yet: call begin\(trainer\)"):
        as_listener(epoch_ear).hear(None)


def test_what_hears_nothing_is_refused():
    with pytest.raises(TypeError, match=r"a logger such as StdoutLogger\(\) is needed"):
        require_logger(print)
