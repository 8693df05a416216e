"""Network: composing, parameters, predictions, and what wrong use is told."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from joml import (
    Adam,
    Identity,
    Layer,
    MeanSquaredError,
    Network,
    OutputLayer,
    ReLu,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
)
from joml.data.generators.spin_glass import spin_glass_14


def reference_forward(Ws, bs, x):
    a = x
    for W, b in zip(Ws[:-1], bs[:-1], strict=True):
        a = np.maximum(W @ a + b[:, None], 0)
    z = Ws[-1] @ a + bs[-1][:, None]
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def test_the_articles_networks_have_its_parameter_counts():
    counts = {
        text: Network.from_architecture(text).parameter_count for text in ("14-100-40-4", "14-28x6-4", "14-14x28-4")
    }
    assert counts == {"14-100-40-4": 5704, "14-28x6-4": 4596, "14-14x28-4": 5940}


@pytest.mark.parametrize("text", ["14-100-40-4", "14-28x6-4", "14-14x28-4", "3-2", "5-1x2-7"])
def test_architecture_is_the_inverse_of_from_architecture(text):
    assert Network.from_architecture(text).architecture == text


def test_predictions_equal_a_plain_reference():
    network = Network.from_architecture("14-28x6-4", dtype=np.float64)
    Ws, bs = network.get_Ws_bs()
    x = np.random.default_rng(0).normal(size=(14, 1_300))
    np.testing.assert_allclose(network.predict(x), reference_forward(Ws, bs, x), rtol=1e-10)


def test_weights_start_as_he_says_and_biases_at_zero():
    network = Network.from_architecture("300-400-5")
    layer = network.layers[0]
    assert layer.W.std() == pytest.approx(np.sqrt(2 / 300), rel=0.02)
    assert abs(layer.W.mean()) < 0.001
    assert not layer.b.any()


def test_the_seed_decides_the_weights():
    one, same, other = (Network.from_architecture("4-5-3", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.parameters.theta, same.parameters.theta)
    assert (one.parameters.theta != other.parameters.theta).any()


def test_create_from_Ws_and_bs_copies_what_it_is_given():
    Ws, bs = [np.ones((3, 2)), np.ones((2, 3))], [np.zeros(3), np.zeros((2, 1))]
    network = Network.create_from_Ws_and_bs(Ws, bs)
    network.layers[0].W = 7.0
    network.train(np.eye(2), np.eye(2), num_epochs=2, batch_size="all")
    assert len(Ws) == len(bs) == 2
    assert (Ws[0] == 1).all()
    assert (bs[0] == 0).all()
    assert network.architecture == "2-3-2"


def test_get_Ws_bs_gives_copies_that_make_an_equal_network():
    network = Network.from_architecture("6-5-4-3", seed=9)
    Ws, bs = network.get_Ws_bs()
    twin = Network.create_from_Ws_and_bs(Ws, bs)
    Ws[0][...] = 0
    x = np.random.default_rng(0).normal(size=(6, 10))
    np.testing.assert_array_equal(network.predict(x), twin.predict(x))


def test_W_and_b_are_views_to_assign_into():
    network = Network.from_architecture("2-3-2")
    network.layers[0].W[0, 0] = 5
    network.layers[0].b = [1, 2, 3]
    Ws, bs = network.get_Ws_bs()
    assert Ws[0][0, 0] == 5
    assert bs[0].tolist() == [1, 2, 3]


@pytest.mark.slow
def test_the_article_s_code_runs_as_printed():
    program = """
import numpy as np
from joml.network import Network
from joml.layer import Layer, SoftMaxCrossEntropyOutputLayer
from joml.data.generators.spin_glass import spin_glass_14
data = spin_glass_14()
x_train, y_train, x_test, y_test = data.x_train, data.y_train, data.x_test, data.y_test
n1 = Network(input_size=14, name="14-100-40-4 net")
n1.stack(Layer(size=100))
n1.stack(Layer(size=40))
n1.output(SoftMaxCrossEntropyOutputLayer(size=4))
n1.train(x_train, y_train)
y_pred, y_hat, acc = n1.test(x_test, y_test)
assert y_pred.shape == y_hat.shape == (4, 3277)
assert set(np.unique(y_pred)) == {0, 1} and (y_pred.sum(axis=0) == 1).all()
assert np.allclose(y_hat.sum(axis=0), 1, atol=1e-5)
assert acc == (y_pred.argmax(axis=0) == y_test.argmax(axis=0)).mean()
assert 0.92 < acc < 0.975, acc
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.slow
def test_importing_the_engine_imports_nothing_above_it():
    program = (
        "from joml import *; import sys; "
        "above = {'textual', 'yaml', 'msgspec', 'plotext', 'matplotlib', 'click', 'joml_tui'} & set(sys.modules); "
        "assert not above, above"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_layers_without_a_network_say_when_they_get_parameters():
    layer = Layer(3)
    with pytest.raises(RuntimeError, match=r"network\.output"):
        _ = layer.W


@pytest.mark.parametrize("size", [0, -1, 2.5, "3", True, None])
def test_a_layer_has_a_size_of_at_least_one(size):
    with pytest.raises(ValueError, match="integer of at least 1"):
        Layer(size)


def test_nothing_follows_the_output_and_no_layer_is_used_twice():
    network = Network(2)
    layer = Layer(3)
    network.stack(layer)
    with pytest.raises(ValueError, match="belongs to a network already"):
        network.stack(layer)
    with pytest.raises(TypeError, match="output layer"):
        network.stack(SoftMaxCrossEntropyOutputLayer(2))
    with pytest.raises(TypeError, match="not an output layer"):
        network.output(Layer(2))
    with pytest.raises(RuntimeError, match=r"network\.output"):
        network.predict(np.zeros((2, 1)))
    network.output(SoftMaxCrossEntropyOutputLayer(2))
    with pytest.raises(RuntimeError, match="no layer can follow"):
        network.stack(Layer(2))
    with pytest.raises(ValueError, match="belongs to a network already"):
        Network(2).stack(layer)


def test_wrong_shapes_say_which_is_right():
    network = Network.from_architecture("14-5-4")
    with pytest.raises(ValueError, match=r"\(14, samples\).*transpose"):
        network.predict(np.zeros((100, 14)))
    with pytest.raises(ValueError, match=r"x has 3 samples and y has 4"):
        network.cost(np.zeros((14, 3)), np.zeros((4, 4)))
    with pytest.raises(ValueError, match="no samples"):
        network.cost(np.zeros((14, 0)), np.zeros((4, 0)))


def test_parameters_that_are_no_chain_say_which_layer():
    with pytest.raises(ValueError, match=r"layer 2: W .* does not follow"):
        Network.create_from_Ws_and_bs([np.ones((3, 2)), np.ones((2, 4))], [np.zeros(3), np.zeros(2)])
    with pytest.raises(ValueError, match=r"layer 1: .* goes with a b of 3"):
        Network.create_from_Ws_and_bs([np.ones((3, 2))], [np.zeros(2)])


def test_no_hidden_state_between_batches_of_different_sizes():
    """More batch sizes than a network keeps compiled passes for, in turn."""
    network = Network.from_architecture("4-6-3", dtype=np.float64)
    Ws, bs = network.get_Ws_bs()
    generator = np.random.default_rng(0)
    for count in (1, 9, 3, 600, 17, 1, 5, 1030):
        x = generator.normal(size=(4, count))
        np.testing.assert_allclose(network.predict(x), reference_forward(Ws, bs, x), rtol=1e-10)


def test_an_output_layer_of_ones_own():
    data = spin_glass_14()
    network = Network(14)
    network.stack(Layer(30, Tanh()))
    network.output(OutputLayer(4, Identity(), MeanSquaredError()))
    before = network.cost(data.x_test, data.y_test)
    network.train(data.x_train, data.y_train, num_epochs=3, optimizer=Adam(0.002))
    assert network.cost(data.x_test, data.y_test) < 0.7 * before


def test_repr_tells_architecture_and_name():
    assert repr(Network.from_architecture("3-2", name="tiny")) == "Network('3-2', name='tiny')"
    assert repr(Layer(3, ReLu())) == "Layer(size=3, activation_function=ReLu())"


def test_print_lays_the_network_out_layer_by_layer():
    lines = str(Network.from_architecture("14-100-40-4", name="n1")).splitlines()
    assert lines[0] == "n1"
    assert [line.split() for line in lines[2:]] == [
        ["input", "14"],
        ["1", "100", "relu", "1,500"],
        ["2", "40", "relu", "4,040"],
        ["output", "4", "softmax", "164"],
        ["total", "5,704"],
    ]


def test_a_copy_is_equal_and_independent():
    network = Network.from_architecture("4-6-3", seed=2)
    twin = network.copy()
    wide = network.copy(np.float64)
    x = np.random.default_rng(0).normal(size=(4, 5))
    np.testing.assert_array_equal(twin.predict(x), network.predict(x))
    np.testing.assert_allclose(wide.predict(x), network.predict(x), rtol=1e-5)
    twin.layers[0].W = 0
    assert network.layers[0].W.any()


def test_one_sample_may_be_a_vector():
    network = Network.from_architecture("4-6-3", seed=2, dtype=np.float64)
    x, y = np.random.default_rng(0).normal(size=4), np.array([0.0, 1.0, 0.0])
    column, target = x[:, None], y[:, None]
    y_hat = network.predict(x)
    np.testing.assert_array_equal(y_hat, network.predict(column)[:, 0])
    assert y_hat.shape == network.predict(x.tolist()).shape == (3,)
    assert network.cost(x, y) == network.cost(column, target)
    for one, other in zip(network.gradients(x, y), network.gradients(column, target), strict=True):
        for gradient, expected in zip(one, other, strict=True):
            np.testing.assert_array_equal(gradient, expected)
    y_pred, same, share = network.test(x, y)
    np.testing.assert_array_equal(same, y_hat)
    assert y_pred.tolist() == [float(k == y_hat.argmax()) for k in range(3)]
    assert share == float(y_hat.argmax() == 1)
    regression = Network(4, seed=2)
    regression.output(OutputLayer(3, Identity(), MeanSquaredError()))
    twin, values = regression.copy(), np.array([0.5, -2.0, 3.0])
    regression.train(x, values, num_epochs=3, batch_size=1)
    twin.train(column, values[:, None], num_epochs=3, batch_size=1)
    np.testing.assert_array_equal(regression.parameters.theta, twin.parameters.theta)


def test_vectors_that_are_no_sample_say_which_shape_is_right():
    network = Network.from_architecture("4-3")
    with pytest.raises(ValueError, match=r"x for 4-3 has the shape \(4, samples\), got \(5,\)$"):
        network.predict(np.zeros(5))
    with pytest.raises(ValueError, match="x has 2 samples and y has 1"):
        network.cost(np.zeros((4, 2)), np.zeros(3))
    with pytest.raises(ValueError, match=r"try y\.reshape\(1, -1\)"):
        Network.from_architecture("4-3-1").cost(np.zeros((4, 7)), np.zeros(7))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e300])
def test_numbers_that_are_not_finite_are_named_with_their_place(wrong):
    network = Network.from_architecture("4-3")
    x, y = np.zeros((4, 6)), np.eye(3)[:, [0, 1, 2, 0, 1, 2]]
    bad_x, bad_y = x.copy(), y.copy()
    bad_x[2, 5] = bad_y[1, 3] = wrong
    before = network.parameters.theta.copy()
    uses = (network.train, network.test, network.cost, network.gradients, lambda x, y: network.benchmark(x, y, x, y))
    for use in uses:
        with pytest.raises(ValueError, match=r"x: feature 2 of sample 5 is -?(nan|inf), .*finite float32"):
            use(bad_x, y)
        with pytest.raises(ValueError, match=r"y: output 1 of sample 3 is -?(nan|inf), "):
            use(x, bad_y)
    with pytest.raises(ValueError, match=r"x: feature 2 of sample 5"):
        network.benchmark(x, y, bad_x, y)
    bad_x[3] = wrong
    with pytest.raises(ValueError, match=r"feature 2 of sample 5 .* and 6 more numbers"):
        network.cost(bad_x, y)
    np.testing.assert_array_equal(network.parameters.theta, before)


def test_the_latest_gradients_are_given_as_copies():
    network = Network.from_architecture("4-6-3", seed=2, dtype=np.float64)
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(4, 9)), np.eye(3)[:, generator.integers(3, size=9)]
    with pytest.raises(RuntimeError, match="no gradients yet"):
        network.get_dWs_dbs()
    before = network.copy()
    network.train(x, y, num_epochs=1, batch_size=9)
    dWs, dbs = network.get_dWs_dbs()
    expected = before.gradients(x, y)
    for computed, right in zip((*dWs, *dbs), (*expected[0], *expected[1]), strict=True):
        np.testing.assert_allclose(computed, right, rtol=1e-9, atol=1e-15)
    dWs[0][...] = 7
    assert (network.get_dWs_dbs()[0][0] != 7).all()
    assert [dW.shape for dW in dWs] == [(6, 4), (3, 6)]
    assert [db.shape for db in dbs] == [(6,), (3,)]
    latest = network.gradients(x[:, :2], y[:, :2])
    np.testing.assert_array_equal(network.get_dWs_dbs()[0][1], latest[0][1])
    trainer = Trainer(network, x, y, replicas=2, batch_size=9)
    for fresh in (network.copy(), pickle.loads(pickle.dumps(network)), trainer.networks[1]):
        with pytest.raises(RuntimeError, match="no gradients yet"):
            fresh.get_dWs_dbs()
    twin = trainer.networks[1].copy()
    trainer.advance(1)
    for computed, right in zip(trainer.networks[1].get_dWs_dbs()[0], twin.gradients(x, y)[0], strict=True):
        np.testing.assert_allclose(computed, right, rtol=1e-9, atol=1e-15)
