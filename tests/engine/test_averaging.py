"""The average of weights against one computed from the weights of a training without it, and from any iteration on."""

import numpy as np
import pytest

from joml import Adam, EarlyStopping, Momentum, Network, Trainer
from joml.analysis.five_steps import FiveSteps

X = np.random.default_rng(0).normal(size=(3, 40))
Y = np.eye(2)[(X[0] * X[1] > 0).astype(int)].T


def trainer(seed=0, dtype=np.float64, **settings):
    network = Network.from_architecture("3-5-2", seed=seed, dtype=dtype)
    usual = {"optimizer": Momentum(0.05), "epochs": 3, "batch_size": 8}
    return Trainer(network, X, Y, X[:, ::3], Y[:, ::3], **{**usual, **settings})


def theta(of):
    return of.networks[0].parameters.theta


def expected(weights, decay):
    """The mean of the weights, the latest first, by powers of the decay."""
    shares = decay ** np.arange(len(weights))[::-1]
    return shares @ np.array(weights) / shares.sum()


def test_network_and_checks_have_the_average_of_the_weights_after_each_update():
    own, plain = trainer(average=0.9), trainer()
    weights = []
    for _ in range(15):
        assert next(own).cost == pytest.approx(next(plain).cost, rel=1e-12)  # of the weights that are trained
        weights.append(theta(plain).copy())
        np.testing.assert_allclose(theta(own), expected(weights, 0.9), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(own.moved_parameters, theta(plain), rtol=1e-12, atol=1e-14)
    plain.network.parameters.theta[...] = expected(weights, 0.9)
    assert own.test().cost == pytest.approx(plain.test().cost, rel=1e-12)


def test_an_average_of_accumulated_updates_has_one_share_for_each_update():
    own, plain = trainer(average=0.9, accumulate=5), trainer(accumulate=5)
    weights = []
    for _ in range(3):
        own.advance(5)
        plain.advance(5)
        weights.append(theta(plain).copy())
    np.testing.assert_allclose(theta(own), expected(weights, 0.9), rtol=1e-12, atol=1e-14)


def test_it_continues_and_forks_from_any_iteration_bit_for_bit():
    whole, part, other = (trainer(dtype=np.float32, average=0.95) for _ in range(3))
    whole.advance(100)
    part.advance(7)
    other.restore(part.state())
    fork = part.fork()
    for each in (other, fork):
        each.advance(100)
        np.testing.assert_array_equal(theta(each), theta(whole))
        np.testing.assert_array_equal(each.moved_parameters, whole.moved_parameters)


def test_replicas_equal_networks_trained_alone():
    together = trainer(average=0.8, replicas=[0, 5])
    together.advance(100)
    for seed, replica in zip((0, 5), together.networks, strict=True):
        alone = trainer(seed, average=0.8)
        alone.advance(100)
        np.testing.assert_allclose(replica.parameters.theta, theta(alone), rtol=1e-12, atol=1e-14)


def test_layers_are_measured_by_the_weights_that_updates_move():
    own, plain = trainer(average=0.99), trainer()
    measured = []
    for each in (own, plain):
        each.advance(3)
        before = each.moved_parameters.copy()
        each.advance(1)
        measured.append(each.measure_layers(before))
    np.testing.assert_allclose(measured[0].update, measured[1].update, rtol=1e-9)
    np.testing.assert_allclose(measured[0].weights, measured[1].weights, rtol=1e-9)


def test_early_stopping_keeps_the_best_average_and_trains_on_from_it():
    stopping = EarlyStopping(patience=2, least_improvement=1.0)
    own = trainer(average=0.9, epochs=9, early_stopping=stopping)
    own.advance(5)
    best = theta(own).copy()
    own.advance(100)
    assert own.stopped_early
    np.testing.assert_array_equal(theta(own), best)
    np.testing.assert_array_equal(own.moved_parameters, best)


def test_the_five_steps_are_of_the_weights_that_are_trained():
    own = trainer(average=0.9, optimizer=Adam(0.01))
    own.advance(3)
    steps = FiveSteps.of_next(own)
    steps.forward_propagation(), steps.cost(), steps.back_propagation(), steps.gradients(), steps.update()
    own.advance(1)
    np.testing.assert_array_equal(steps.network.parameters.theta, own.moved_parameters)


def test_what_cannot_be_is_refused():
    for decay in (1.0, -0.1, True):
        with pytest.raises(ValueError, match="average must be a number"):
            trainer(average=decay)
    with pytest.raises(ValueError, match=r"averaged\.from"):
        trainer().restore(trainer(average=0.5).state())
