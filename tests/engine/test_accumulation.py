"""Accumulated gradients against larger mini-batches, and from any iteration on."""

import numpy as np
import pytest

from joml import Adam, GradientDescent, Momentum, Network, Trainer
from joml.analysis.five_steps import FiveSteps

X = np.random.default_rng(0).normal(size=(3, 50))
Y = np.eye(2)[(X[0] * X[1] > 0).astype(int)].T


def trainer(seed=0, dtype=np.float64, **settings):
    network = Network.from_architecture("3-5-2", seed=seed, dtype=dtype)
    return Trainer(network, X, Y, **{"optimizer": Momentum(0.05), "epochs": 3, "batch_size": 4, **settings})


def theta(of):
    return of.networks[0].parameters.theta


@pytest.mark.parametrize("optimizer", [GradientDescent(0.1), Adam(0.01)])
def test_small_mini_batches_with_accumulation_train_as_large_ones_do(optimizer):
    # 50 samples: 13 mini-batches of 4, and 4 of 16 in the same order; both end an epoch with the rest.
    small, large = trainer(optimizer=optimizer, accumulate=4), trainer(optimizer=optimizer, batch_size=16)
    small.advance(39)
    large.advance(12)
    assert small.finished and large.finished and small.updates_per_epoch == large.iterations_per_epoch == 4
    np.testing.assert_allclose(theta(small), theta(large), rtol=1e-12, atol=1e-14)


def test_nothing_moves_before_an_update_is_due():
    own = trainer(accumulate=4)
    before = theta(own).copy()
    own.advance(3)
    np.testing.assert_array_equal(theta(own), before)
    assert np.isnan(own.measure_layers(before).update).all()
    own.advance(1)
    assert (theta(own) != before).any()
    assert not np.isnan(own.measure_layers(before).update).any()


@pytest.mark.parametrize("at", [1, 4, 6, 13, 22])
def test_it_continues_from_any_iteration_bit_for_bit(at):
    whole, parts = trainer(dtype=np.float32, accumulate=4), trainer(dtype=np.float32, accumulate=4)
    whole.advance(100)
    for _ in range(at):
        next(parts)
    other = trainer(dtype=np.float32, accumulate=4)
    other.restore(parts.state())
    other.advance(100)
    np.testing.assert_array_equal(theta(other), theta(whole))


def test_replicas_equal_networks_trained_alone():
    together = trainer(accumulate=3, replicas=[0, 5])
    together.advance(100)
    for seed, replica in zip((0, 5), together.networks, strict=True):
        alone = trainer(seed, accumulate=3)
        alone.advance(100)
        np.testing.assert_allclose(replica.parameters.theta, theta(alone), rtol=1e-12, atol=1e-14)


def test_mini_batches_that_are_computed_in_parts_are_accumulated_too():
    x, y = np.tile(X, 200), np.tile(Y, 200)  # 10,000 samples
    small, large = (
        Trainer(Network.from_architecture("3-5-2", dtype=np.float64), x, y, epochs=2, **settings)
        for settings in ({"batch_size": 5_000, "accumulate": 2}, {"batch_size": "all"})
    )
    small.advance(4)
    large.advance(2)
    np.testing.assert_allclose(theta(small), theta(large), rtol=1e-12, atol=1e-14)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"accumulate is 14, and an epoch has 13 mini-batches"):
        trainer(accumulate=14)
    with pytest.raises(ValueError, match="accumulate must be"):
        trainer(accumulate=0)
    with pytest.raises(ValueError, match="belongs to another optimizer"):
        trainer().restore(trainer(accumulate=2).state())


def test_the_five_steps_gather_gradients_as_the_trainer_does():
    own = trainer(accumulate=4)
    own.advance(2)
    for place in (3, 4):
        before = theta(own).copy()
        steps = FiveSteps.of_next(own)
        for step in (steps.forward_propagation, steps.cost, steps.back_propagation):
            step()
        gradients, update = steps.gradients(), steps.update()
        own.advance(1)
        assert (update.gathered.place, update.gathered.of, update.gathered.samples) == (place, 4, 4 * (place - 1))
        np.testing.assert_array_equal(steps.network.parameters.theta, theta(own))
        assert np.array_equal(theta(own), before) == (not update.gathered.completes)
    np.testing.assert_array_equal(steps.network.parameters.gradient_blocks[0][:, :-1], update.mean_dW[0])
    assert not np.array_equal(gradients.dW[0], update.mean_dW[0])


def test_the_last_update_of_an_epoch_has_fewer_mini_batches():
    own = trainer(accumulate=4)
    own.advance(12)
    assert (own.gathered.place, own.gathered.of) == (1, 1)
    assert own.gathered.completes
    assert trainer().gathered is None
