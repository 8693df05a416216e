"""Programs: prepared iterations, one for each size of a mini-batch."""

import gc
import weakref

import numpy as np

from joml import Layer, Network, SoftMaxCrossEntropyOutputLayer, Trainer
from joml.training.divergence import NEVER


def trainer_of(samples=50, batch_size=20):
    network = Network(4, seed=1).stack(Layer(3)).output(SoftMaxCrossEntropyOutputLayer(2))
    random = np.random.default_rng(3)
    x = random.normal(size=(4, samples))
    y = np.eye(2)[:, random.integers(0, 2, samples)]
    return Trainer(network, x, y, epochs=2, batch_size=batch_size)


def test_each_size_of_a_mini_batch_has_one_program_made_once():
    trainer = trainer_of()
    assert not trainer._programs
    for _ in trainer:
        pass
    assert sorted(trainer._programs) == [10, 20]
    assert trainer._programs[20] is trainer._programs[20]
    assert trainer._programs[20].step.x.shape == (4, 20)


def test_the_bound_of_a_program_follows_the_limit_of_costs():
    trainer = trainer_of()
    assert trainer._programs[20].healthy == NEVER  # before the first cost is known, each is measured
    next(trainer)
    bound = trainer._programs[20].healthy
    assert bound > 0
    trainer._ends.first_costs[:] *= 100
    trainer._programs.bound_anew()
    assert trainer._programs[20].healthy > bound


def test_a_trainer_that_is_not_used_any_more_is_freed_at_once():
    trainer = trainer_of()
    trainer.advance(3)
    freed = weakref.ref(trainer)
    gc.disable()
    try:
        del trainer
        assert freed() is None  # its buffers would wait for the next collection of garbage
    finally:
        gc.enable()
