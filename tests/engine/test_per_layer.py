"""Layers with optimizers of their own: what is global acts on the whole gradient, what is a layer's on its own."""

import numpy as np
import pytest

from joml import (
    Adam,
    CosineDecay,
    GradientDescent,
    Layer,
    Momentum,
    Network,
    ReduceOnPlateau,
    Scheduled,
    SoftMaxCrossEntropyOutputLayer,
    Trainer,
    WithGradientClipping,
    WithWeightDecay,
)
from joml.optimizers.per_layer import bind_layers


def network(*own, seed=1):
    """Two hidden layers and an output layer with these optimizers of their own, in float64."""
    made = Network(3, seed=seed, dtype=np.float64)
    made.stack(Layer(4, optimizer=own[0]))
    made.stack(Layer(5, optimizer=own[1]))
    made.output(SoftMaxCrossEntropyOutputLayer(2, optimizer=own[2]))
    return made


def step_of(optimizer, *own):
    """One step from a made-up gradient: where it began, the gradient, how far it went, and each layer's part."""
    made = network(*own)
    parameters = made.parameters
    generator = np.random.default_rng(5)
    parameters.theta[:] = generator.normal(size=parameters.theta.size)
    parameters.gradient[:] = generator.normal(size=parameters.theta.size)
    theta, gradient = parameters.theta.copy(), parameters.gradient.copy()
    for call in bind_layers(optimizer, made.layers, parameters).calls:
        call()
    assert np.array_equal(parameters.gradient, gradient)
    return theta, gradient, parameters.theta - theta, parameters.slices


def clip(gradient, norm):
    return gradient * min(1.0, norm / np.linalg.norm(gradient))


def test_a_norm_is_that_of_the_whole_gradient():
    _, gradient, moved, (_, second, _) = step_of(
        WithGradientClipping(GradientDescent(1.0), 0.05), None, GradientDescent(0.5), None
    )
    rates = np.ones_like(gradient)
    rates[second] = 0.5
    np.testing.assert_allclose(moved, -rates * clip(gradient, 0.05), rtol=1e-12)
    moved[second] *= 2
    assert np.linalg.norm(moved) == pytest.approx(0.05)


def test_decay_reaches_layers_with_their_own_optimizers():
    theta, gradient, moved, _ = step_of(WithWeightDecay(GradientDescent(1.0), l2=0.3), GradientDescent(1.0), None, None)
    np.testing.assert_allclose(moved, -(gradient + 0.3 * theta), rtol=1e-12)


def test_transforms_act_in_their_order_through_a_schedule():
    optimizer = WithGradientClipping(
        Scheduled(WithWeightDecay(GradientDescent(1.0), l2=0.3), CosineDecay(10, final=0.5)), 0.2
    )
    theta, gradient, moved, (first, _, _) = step_of(optimizer, GradientDescent(2.0), None, None)
    wanted = clip(gradient, 0.2) + 0.3 * theta
    wanted[first] *= 2
    np.testing.assert_allclose(moved, -wanted, rtol=1e-12)


def test_a_layers_own_transforms_act_on_its_share_afterwards():
    own = WithGradientClipping(GradientDescent(1.0), 0.01)
    _, gradient, moved, (first, second, third) = step_of(
        WithGradientClipping(GradientDescent(1.0), 0.5), None, own, own
    )
    whole = clip(gradient, 0.5)
    np.testing.assert_allclose(moved[first], -whole[first], rtol=1e-12)
    for layer in (second, third):  # neighbours with equal optimizers, and a norm each
        np.testing.assert_allclose(moved[layer], -clip(whole[layer], 0.01), rtol=1e-12)


def test_without_layers_of_their_own_nothing_is_divided():
    theta, gradient, moved, _ = step_of(
        WithGradientClipping(WithWeightDecay(Momentum(0.1), l1=0.2), 0.4), None, None, None
    )
    np.testing.assert_allclose(moved, -0.1 * (clip(gradient, 0.4) + 0.2 * np.sign(theta)), rtol=1e-12)


# --- in a training --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data():
    x = np.random.default_rng(0).normal(size=(3, 40))
    return x, np.eye(2)[:, (x[0] > 0).astype(int)]


OPTIMIZERS = {
    "clipped": WithGradientClipping(Adam(0.01), 0.05),
    "scheduled": Scheduled(WithGradientClipping(WithWeightDecay(Adam(0.01), l2=0.1), 0.05), CosineDecay(20)),
    "listening": WithGradientClipping(Scheduled(Adam(0.01), ReduceOnPlateau(patience=0)), 0.05),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_replicas_have_norms_of_their_own_and_a_state_goes_on_bit_for_bit(optimizer, data):
    def training(made, **settings):
        return Trainer(made, *data, *data, optimizer=optimizer, epochs=4, batch_size=8, **settings)

    own = (None, WithGradientClipping(GradientDescent(0.1), 0.02), None)
    stacked = training(network(*own), replicas=[4, 9])
    stacked.advance(7)
    again = training(network(*own), replicas=[4, 9])
    again.restore(stacked.state())
    stacked.advance(100), again.advance(100)
    for place, seed in enumerate(stacked.seeds):
        alone = training(network(*own, seed=seed))
        alone.advance(100)
        assert np.array_equal(stacked.networks[place].parameters.theta, again.networks[place].parameters.theta)
        np.testing.assert_allclose(
            stacked.networks[place].parameters.theta, alone.network.parameters.theta, rtol=1e-9, atol=1e-12
        )
