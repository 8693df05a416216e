"""How the layers of a training fare: norms, dead and saturated units."""

import numpy as np
import pytest

from joml import (
    ELU,
    Activation,
    BatchNormalisation,
    Convolution2D,
    GradientDescent,
    Identity,
    Layer,
    Network,
    Sigmoid,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
)

GENERATOR = np.random.default_rng(5)
X = GENERATOR.standard_normal((3, 40))
Y = np.eye(2)[np.arange(40) % 2].T
ETA = 0.1


def network_of(*layers):
    network = Network(3, dtype=np.float64)
    for layer in layers:
        network.stack(layer)
    network.output(SoftMaxCrossEntropyOutputLayer(2))
    return network


def after_one_step(network, **settings):
    trainer = Trainer(network, X, Y, optimizer=GradientDescent(ETA), batch_size="all", **settings)
    before = trainer.networks[0].parameters.theta.copy()
    trainer.advance(1)
    return trainer.measure_layers(before)


def test_norms_are_those_of_gradients_weights_and_updates():
    network = network_of(Layer(5), Layer(4, Tanh(), normalised=True))
    dWs, dbs = network.copy().gradients(X, Y)
    statistics = after_one_step(network)
    for place, (dW, db, layer) in enumerate(zip(dWs, dbs, network.layers, strict=True)):
        if not layer.normalised:
            norm = np.sqrt((dW**2).sum() + (db**2).sum())
            assert statistics.gradient[place] == pytest.approx(norm)
            assert statistics.weights[place] == pytest.approx(np.sqrt((layer.W**2).sum() + (layer.b**2).sum()))
    np.testing.assert_allclose(statistics.update, ETA * statistics.gradient)


def test_the_update_is_unknown_without_what_was_before():
    trainer = Trainer(network_of(Layer(5)), X, Y)
    with pytest.raises(RuntimeError, match="measure the layers after one"):
        trainer.measure_layers()
    trainer.advance(1)
    assert np.isnan(trainer.measure_layers().update).all()


def test_dead_units_give_0_for_every_sample():
    network = network_of(Layer(8), Layer(4), Layer(4, Tanh()))
    network.layers[0].b = [-100] * 2 + [100] * 6  # whatever the sample
    assert after_one_step(network).dead[0] == 0.25
    assert np.isnan(after_one_step(network).dead[2])
    network.layers[1].W, network.layers[1].b = 0, -1
    assert after_one_step(network).dead[1] == 1


def test_a_unit_that_is_dropped_is_not_dead():
    network = network_of(Layer(8, dropout=0.9))
    network.layers[0].b = 100
    assert after_one_step(network).dead[0] == 0


@pytest.mark.parametrize(
    ("function", "steepest"), [(Sigmoid(), 0.25), (Tanh(), 1.0), (ELU(), 1.0), (ELU(0.5), 1.0)], ids=repr
)
def test_saturated_is_where_the_slope_is_below_a_tenth_of_the_steepest(function, steepest):
    network = network_of(Layer(30, function))
    network.layers[0].W = network.layers[0].W * 6
    z = network.layers[0].W @ X + network.layers[0].b[:, np.newaxis]
    expected = (function.der(z) < 0.1 * steepest).mean()
    assert 0.05 < expected < 0.95
    assert after_one_step(network).saturated[0] == pytest.approx(expected)
    assert np.isnan(after_one_step(network_of(Layer(3, Identity()))).saturated[0])


def test_of_replicas_the_first_is_measured():
    single, stacked = (after_one_step(network_of(Layer(6), Layer(5, Tanh())), replicas=r) for r in (None, 3))
    for name in ("gradient", "weights", "update", "dead", "saturated"):
        np.testing.assert_allclose(getattr(stacked, name), getattr(single, name), rtol=1e-9)


@pytest.mark.parametrize("function", [None, Tanh()], ids=["dead", "saturated"])
def test_a_batch_that_is_computed_in_parts_is_measured_whole(function, monkeypatch):
    # One sample alone wakes the first unit, another one the second; the third is dead.
    x = np.linspace(-1, 1, 40).reshape(1, 40)
    y = np.eye(2)[np.arange(40) % 2].T
    monkeypatch.setattr("joml.training.trainer._PART", 16)

    def measured(whole, watched=True):
        monkeypatch.setattr("joml.training.trainer._WHOLE", whole)
        network = Network(1, dtype=np.float64)
        network.stack(Layer(3) if function is None else Layer(3, function))
        network.output(SoftMaxCrossEntropyOutputLayer(2))
        network.layers[0].W, network.layers[0].b = np.array([[-30.0], [30.0], [0.0]]), [-29, -29, -1]
        trainer = Trainer(network, x, y, optimizer=GradientDescent(ETA), batch_size="all")
        trainer.watch_units(watched)
        trainer.advance(1)
        return trainer.measure_layers()

    whole, parts = measured(100), measured(8)
    np.testing.assert_allclose(parts.dead, whole.dead)
    np.testing.assert_allclose(parts.saturated, whole.saturated)
    assert np.isfinite(parts.dead[0] if function is None else parts.saturated[0])
    if function is None:
        assert parts.dead[0] == pytest.approx(1 / 3)
    # Nobody has looked: unknown, and not those of the last part.
    unwatched = measured(8, watched=False)
    assert np.isnan(unwatched.dead).all()
    assert np.isnan(unwatched.saturated).all()
    np.testing.assert_allclose(unwatched.weights, parts.weights)


def test_layers_of_all_kinds_are_measured():
    network = Network(input_size=(1, 3, 3), dtype=np.float64, seed=1)
    network.stack(Convolution2D(3, 2)).stack(BatchNormalisation()).stack(Activation(Tanh())).stack(Layer(4))
    network.output(SoftMaxCrossEntropyOutputLayer(2))
    network.layers[0].W, network.layers[0].b = np.ones((3, 1, 2, 2)), [-1e3, 0, 1e3]
    network.layers[1].beta = [0, 0, 1e3]
    x = np.random.default_rng(2).standard_normal((9, 40))
    trainer = Trainer(network, x, Y, optimizer=GradientDescent(ETA), batch_size="all")
    before = network.parameters.theta.copy()
    trainer.advance(1)
    statistics = trainer.measure_layers(before)
    for place, views in enumerate(network.parameters.gradient_views):
        norm = np.linalg.norm([np.linalg.norm(gradient) for gradient in views.values()]) if views else np.nan
        assert statistics.gradient[place] == pytest.approx(norm, nan_ok=True)
    np.testing.assert_allclose(statistics.update, ETA * statistics.gradient)
    assert statistics.dead[0] == pytest.approx(1 / 3)  # the first channel is 0 at every place
    assert np.isnan(statistics.dead[[1, 2]]).all()
    assert statistics.saturated[2] > 1 / 3
    assert np.isnan(statistics.saturated[[0, 1, 3]]).all()


def test_replicas_are_measured_by_the_first():
    network = Network(input_size=(1, 3, 3), seed=1).stack(Convolution2D(2, 2)).output(SoftMaxCrossEntropyOutputLayer(2))
    x = np.random.default_rng(2).standard_normal((9, 40))
    alone, replicas = (Trainer(network.copy(), x, Y, replicas=count) for count in (1, 3))
    for trainer in (alone, replicas):
        trainer.advance(5)
    for name in ("gradient", "weights", "dead"):
        np.testing.assert_array_equal(getattr(alone.measure_layers(), name), getattr(replicas.measure_layers(), name))
