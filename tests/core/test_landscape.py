"""Costs on a plane of weights, against a forward pass in plain NumPy; the training stays as it is."""

import numpy as np
import plain_numpy
import pytest

from joml_tui import inspect
from joml_tui.experiment import Experiment, LayerSpec, Xor
from joml_tui.inspect.landscape import (
    Landscape,
    Weights,
    WeightsNow,
    plane_of_path,
    random_directions,
)
from joml_tui.runs.worker.builder import build_subject
from joml_tui.serialization import pack, unpack

XOR = Experiment(dataset=Xor(samples=60), layers=(LayerSpec(5, "tanh"),), batch_size=16, epochs=9)


@pytest.fixture
def subject():
    built = build_subject(XOR)
    built.trainer.advance(3)
    return built


def cost_at(subject, theta):
    """Return the cost of the training samples with these weights."""
    network = subject.network.copy("float64")
    network.parameters.theta[...] = theta
    weights = {f"layers.{place}.{name}": getattr(layer, name) for place, layer in enumerate(network.layers)
               for name in "Wb"}  # fmt: skip
    y_hat = plain_numpy.outputs(weights, ["tanh", "softmax"], subject.data.x_train)
    return plain_numpy.cost("cross-entropy", "softmax", y_hat, subject.data.y_train)


def test_the_cost_of_each_point_is_that_of_its_weights(subject):
    theta = subject.network.parameters.theta.copy()
    directions = np.random.default_rng(3).normal(size=(2, theta.size)).astype(np.float32)
    across, up = np.array([0.0, 1.0, -0.5]), np.array([0.0, 0.25, 2.0])
    now = inspect.answer(Landscape(theta, directions, across, up), subject)
    expected = [
        cost_at(subject, theta + x * directions[0] + y * directions[1]) for x, y in zip(across, up, strict=True)
    ]
    np.testing.assert_allclose(now.costs, expected, rtol=1e-4)
    assert (now.samples, now.of, now.cost) == (48, 48, "cross-entropy")
    np.testing.assert_array_equal(subject.network.parameters.theta, theta)


def test_fewer_samples_are_spread_over_the_training_part(subject):
    theta = subject.network.parameters.theta.copy()
    question = Landscape(theta, np.zeros((2, theta.size), np.float32), np.zeros(1), np.zeros(1), samples=7)
    now = inspect.answer(question, subject)
    assert (now.samples, now.of) == (7, 48)


def test_random_directions_have_the_lengths_of_each_units_weights(subject):
    network = subject.network
    directions = random_directions(network)
    twin = network.copy("float64")
    for direction in directions:
        twin.parameters.theta[...] = direction
        for layer, own in zip(twin.layers, network.layers, strict=True):
            np.testing.assert_allclose(np.linalg.norm(layer.W, axis=1), np.linalg.norm(own.W, axis=1), rtol=1e-5)
            assert not layer.b.any()
    assert abs(np.dot(*directions)) < np.linalg.norm(directions[0]) * np.linalg.norm(directions[1]) * 0.9
    np.testing.assert_array_equal(directions, random_directions(network))


def test_without_directions_they_are_random_ones_around_the_origin(subject):
    theta = subject.network.parameters.theta.copy()
    origin = theta * 2
    nothing = np.zeros((0, theta.size), np.float32)
    now = inspect.answer(Landscape(origin, nothing, np.array([0.0, 1.0]), np.array([0.0, -1.0])), subject)
    doubled = subject.network.copy()
    doubled.parameters.theta[...] = origin
    first, second = random_directions(doubled)
    np.testing.assert_allclose(
        now.costs, [cost_at(subject, origin), cost_at(subject, origin + first - second)], rtol=1e-4
    )


def test_weights_are_the_networks_own_and_only_sent_if_they_are_wanted(subject):
    now = inspect.answer(Weights(), subject)
    np.testing.assert_array_equal(now.theta, subject.network.parameters.theta)
    assert (now.iteration, now.size) == (subject.trainer.iteration, 27)
    few = inspect.answer(Weights(whole=False), subject)
    assert (len(few.theta), few.size) == (0, 27)
    np.testing.assert_array_equal(unpack(pack(now), WeightsNow).theta, now.theta)


def test_weights_of_another_network_are_refused(subject):
    with pytest.raises(ValueError, match="these are 3 weights, and the network has 27"):
        inspect.answer(Landscape(np.zeros(3), np.zeros((2, 3)), np.zeros(1), np.zeros(1)), subject)


def test_a_path_in_a_plane_lies_in_it_with_its_distances():
    generator = np.random.default_rng(4)
    basis = np.linalg.qr(generator.normal(size=(40, 2)))[0].T
    places = np.array([[3.0, 1], [2, 2], [1, 0.5], [0, 0]])
    thetas = [(generator.normal(size=40) * 0 + 5 + place @ basis).astype(np.float32) for place in places]
    plane = plane_of_path(thetas)
    assert plane.share == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(np.linalg.norm(plane.points, axis=1), np.linalg.norm(places, axis=1), atol=1e-4)
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-5)
    np.testing.assert_allclose(plane.points @ plane.directions + thetas[-1], thetas, atol=1e-4)


def test_the_plane_is_that_of_the_largest_singular_values():
    thetas = list(np.random.default_rng(5).normal(size=(9, 12)).astype(np.float32))
    path = np.array(thetas, np.float64) - thetas[-1]
    s = np.linalg.svd(path, compute_uv=False)
    assert plane_of_path(thetas).share == pytest.approx((s[:2] ** 2).sum() / (s**2).sum(), rel=1e-5)


@pytest.mark.parametrize(
    "thetas", [[np.ones(4)], [np.zeros(4), np.ones(4)], [np.ones(4)] * 5, [np.full(4, np.nan)] * 4]
)
def test_a_path_without_two_directions_has_random_ones(thetas):
    plane = plane_of_path(thetas)
    assert plane.directions.shape == (0, 4)
    np.testing.assert_array_equal(plane.points, [[0, 0]])
    assert np.isnan(plane.share)
