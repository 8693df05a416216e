"""The ends of networks: what has diverged or was stopped, and the parameters that ended replicas keep."""

import numpy as np
from numpy.testing import assert_array_equal

from joml import Layer, Network, SoftMaxCrossEntropyOutputLayer
from joml.compiled.parameters import Parameters
from joml.training.divergence import DIVERGED_FACTOR
from joml.training.ends import Ends


def parameters_of(count):
    network = Network(2, seed=1).stack(Layer(3)).output(SoftMaxCrossEntropyOutputLayer(2))
    return Parameters(network.layers, network.input_shape, network.dtype, count)


def ends_of(count=3):
    parameters = parameters_of(count)
    return Ends(parameters, count, replicated=True), parameters


def test_the_limit_of_costs_is_that_of_the_network_with_the_least_first_cost():
    ends, _ = ends_of()
    assert ends.cost_limit() is None
    assert ends.end_diverged(np.array([3.0, 2.0, 0.5]), 1)
    assert ends.cost_limit() == DIVERGED_FACTOR  # a first cost below 1 counts as 1
    assert not ends.end_diverged(np.array([3.0, 2.0, 0.5]), 2)
    assert ends.end_diverged(np.array([3.0, 2.0, np.nan]), 3)
    assert ends.cost_limit() == 2 * DIVERGED_FACTOR
    assert_array_equal(ends.at, [0, 0, 3])
    assert_array_equal(ends.running, [True, True, False])
    assert_array_equal(ends.diverged, [False, False, True])
    assert ends.any and not ends.all


def test_all_have_ended_when_the_last_has():
    ends, _ = ends_of()
    ends.end_diverged(np.ones(3), 1)
    ends.end(np.array([True, False, True]), 5)
    ends.end_diverged(np.array([np.inf, np.inf, np.inf]), 6)
    assert_array_equal(ends.at, [5, 6, 5])  # those that were stopped stay so
    assert_array_equal(ends.diverged, [False, True, False])
    assert ends.all and ends.cost_limit() is None


def test_values_after_an_end_are_not_numbers_and_its_parameters_come_back():
    ends, parameters = ends_of()
    parameters.theta[...] = 1.0
    ends.end(np.array([False, True, False]), 4)
    parameters.theta[...] = 2.0
    values = ends.without_ended(np.ones((3, 4)), 3)
    assert_array_equal(values, [[1, 1, 1, 1], [1, 1, np.nan, np.nan], [1, 1, 1, 1]])
    assert (parameters.theta[1] == 1.0).all() and (parameters.theta[[0, 2]] == 2.0).all()


def test_a_state_brings_back_the_ends_with_the_present_parameters():
    ends, _ = ends_of()
    ends.end_diverged(np.ones(3), 1)
    ends.end(np.array([False, True, False]), 4)
    state = {name: array.copy() for name, array in ends.views().items()}
    again, others = ends_of()
    others.theta[...] = 5.0
    again.restore(state)
    others.theta[...] = 6.0
    again.without_ended(np.ones((3, 1)), 5)
    assert_array_equal(again.at, [0, 4, 0])
    assert (others.theta[1] == 5.0).all() and (others.theta[0] == 6.0).all()


def test_cleared_ends_let_every_network_continue():
    ends, parameters = ends_of()
    parameters.theta[...] = 1.0
    ends.end_diverged(np.array([1.0, 1.0, np.nan]), 1)
    ends.clear()
    parameters.theta[...] = 2.0
    assert_array_equal(ends.without_ended(np.ones((3, 1)), 2), np.ones((3, 1)))
    assert not ends.any and not ends.diverged.any() and (parameters.theta == 2.0).all()
