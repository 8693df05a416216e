"""Training loops written by hand, layer by layer, as the original library allows them: the numbers are a training's."""

import copy
import pickle

import numpy as np
import pytest

import joml
from joml import (
    Adam,
    CrossEntropy,
    CSVLogger,
    GradientDescent,
    Identity,
    Layer,
    MeanSquaredError,
    Momentum,
    Network,
    OutputLayer,
    ReLu,
    ReLuMSEOutputLayer,
    Sigmoid,
    SoftMax,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
)
from joml.data.generators.spin_glass import spin_glass_14
from joml.optimizer import Adam as OriginalAdam

SPINS = spin_glass_14()
GENERATOR = np.random.default_rng(11)
X = GENERATOR.normal(size=(3, 50))
CLASSES = np.eye(4)[GENERATOR.integers(0, 4, 50)].T
VALUES = GENERATOR.normal(size=(4, 50))

OUTPUTS = {
    "classes": (SoftMaxCrossEntropyOutputLayer(4), CLASSES),
    "values above 0": (ReLuMSEOutputLayer(4), np.abs(VALUES)),
    "regression": (OutputLayer(4, Identity(), MeanSquaredError()), VALUES),
    "multilabel": (OutputLayer(4, Sigmoid(), CrossEntropy()), (VALUES > 0).astype(float)),
    "shares": (OutputLayer(4, SoftMax(), MeanSquaredError()), CLASSES),
}


def of_output(output, *, dtype=np.float64, optimizer=None):
    network = Network(3, seed=4, dtype=dtype)
    network.stack(Layer(9, Tanh())).stack(Layer(7, ReLu(), optimizer=optimizer)).stack(Layer(5, SoftMax()))
    return network.output(copy.copy(output))


def step_by_hand(network, x, y, *learning_rate):
    """Take one step as a program for the original library does, and return what the network gave before it."""
    a = x
    for layer in network.layers:
        a = layer.forward_propagate(a, persist=True)
    W_T_delta, delta = network.output_layer.back_propagate(y)
    for layer in reversed(network.layers[:-1]):
        W_T_delta, delta = layer.back_propagate(W_T_delta, delta)
    for layer in network.layers:
        layer.optimize(*learning_rate)
    return a


def batches(network, x, y, **settings):
    """Train, and yield each mini-batch's x and y: its columns are found again among all."""
    trainer = Trainer(network, x, y, persists=True, **settings)
    places = {tuple(column): place for place, column in enumerate(x.astype(network.dtype).T)}
    while not trainer.finished:
        trainer.advance(1)
        trainer.persist()
        chosen = [places[tuple(column)] for column in network.layers[0].a_lm1.T]
        yield x[:, chosen], y[:, chosen]


def assert_alike(network, other, **tolerance):
    for layer, same in zip(network.layers, other.layers, strict=True):
        np.testing.assert_allclose(layer.W, same.W, **tolerance)
        np.testing.assert_allclose(layer.b, same.b, **tolerance)


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("optimizer", [None, GradientDescent(0.05)], ids=["alike", "one layer with its own"])
def test_a_loop_by_hand_gives_the_weights_of_a_training(name, optimizer):
    output, y = OUTPUTS[name]
    trained, by_hand = of_output(output, optimizer=optimizer), of_output(output, optimizer=optimizer)
    for x_batch, y_batch in batches(trained, X, y, epochs=3, batch_size=16, optimizer=Adam(0.002)):
        step_by_hand(by_hand, x_batch, y_batch)
    assert_alike(by_hand, trained, rtol=1e-8, atol=1e-11)
    plain = of_output(output, optimizer=optimizer).train(X, y, 3, batch_size=16)
    assert np.array_equal(plain.predict(X), trained.predict(X))


def test_a_loop_by_hand_in_float32_is_near_the_training():
    trained, by_hand = (of_output(OUTPUTS["classes"][0], dtype=np.float32) for _ in range(2))
    for x_batch, y_batch in batches(trained, X, CLASSES, epochs=2, batch_size=16, optimizer=Adam(0.01)):
        assert step_by_hand(by_hand, x_batch, y_batch, 0.01).dtype == np.float32
    assert_alike(by_hand, trained, rtol=1e-3, atol=1e-4)


def original_step(Ws, bs, x, y, moments, t, eta):
    """Take one step by the original library's formulas, in plain NumPy: ReLU layers, softmax, a layer's own Adam."""
    a, kept = x, []
    for place, (W, b) in enumerate(zip(Ws, bs, strict=True)):
        z = W.dot(a) + b[:, np.newaxis]
        kept.append((a, z))
        e = np.exp(z - z.max(axis=0))
        a = e / e.sum(axis=0) if place == len(Ws) - 1 else z.clip(0.0)
    delta = a - y
    gradients = []
    for place in reversed(range(len(Ws))):
        a_before, _ = kept[place]
        outer = sum(np.outer(delta[:, i], a_before[:, i]) for i in range(x.shape[1]))
        gradients.insert(0, (outer / x.shape[1], delta.mean(axis=1)))
        if place:
            delta = Ws[place].T.dot(delta) * (kept[place - 1][1] > 0)
    for place, pair in enumerate(gradients):
        for parameter, gradient, moment in zip((Ws[place], bs[place]), pair, moments[place], strict=True):
            moment[0] = 0.9 * moment[0] + 0.1 * gradient
            moment[1] = 0.999 * moment[1] + 0.001 * gradient * gradient
            m_hat, v_hat = moment[0] / (1 - 0.9**t), moment[1] / (1 - 0.999**t)
            np.subtract(parameter, eta * m_hat / (np.sqrt(v_hat) + 1e-8), out=parameter)


def test_a_training_is_what_the_originals_formulas_give():
    x, y = SPINS.x_train[:, :403].astype(float), SPINS.y_train[:, :403].astype(float)
    network = Network(14, dtype=np.float64).stack(Layer(20)).stack(Layer(12))
    network.output(SoftMaxCrossEntropyOutputLayer(4))
    by_hand = network.copy()
    Ws, bs = network.get_Ws_bs()
    moments = [([0, 0], [0, 0]) for _ in Ws]
    for t, (x_batch, y_batch) in enumerate(batches(network, x, y, epochs=4, optimizer=Adam(0.002)), start=1):
        original_step(Ws, bs, x_batch, y_batch, moments, t, 0.002)
        step_by_hand(by_hand, x_batch, y_batch, 0.002)
    assert t == 4 * 13
    for layer, same, W, b in zip(network.layers, by_hand.layers, Ws, bs, strict=True):
        for computed, right in ((layer.W, W), (layer.b, b), (same.W, W), (same.b, b)):
            np.testing.assert_allclose(computed, right, rtol=1e-7, atol=1e-12)


def test_what_a_layer_keeps_is_the_originals():
    network = Network(3, dtype=np.float64).stack(Layer(6)).output(SoftMaxCrossEntropyOutputLayer(4))
    y_hat = network.predict(X)
    dWs, dbs = network.gradients(X, CLASSES, persist=True)
    hidden, output = network.layers
    kept = [(layer.a_lm1, layer.z_l, layer.delta_l) for layer in network.layers]
    np.testing.assert_allclose(output.delta_l, y_hat - CLASSES, atol=1e-15)
    np.testing.assert_allclose(hidden.delta_l, output.W.T @ output.delta_l * (hidden.z_l > 0), atol=1e-15)
    for layer, dW, db in zip(network.layers, dWs, dbs, strict=True):
        np.testing.assert_allclose(layer.get_d_W(), dW, rtol=1e-10, atol=1e-16)
        np.testing.assert_allclose(layer.get_d_b(), db, rtol=1e-10, atol=1e-16)
        layer.forget()
    np.testing.assert_allclose(output.forward_propagate(hidden.forward_propagate(X)), y_hat, rtol=1e-12)
    W_T_delta, delta = output.back_propagate(CLASSES)
    assert delta is output.delta_l
    np.testing.assert_allclose(W_T_delta, output.W.T @ delta)
    hidden.back_propagate(W_T_delta, delta)
    for layer, (a_lm1, z_l, delta_l) in zip(network.layers, kept, strict=True):
        for computed, right in ((layer.a_lm1, a_lm1), (layer.z_l, z_l), (layer.delta_l, delta_l)):
            np.testing.assert_allclose(computed, right, atol=1e-13)


def test_a_networks_gradients_are_those_of_the_latest_back_propagation():
    network = of_output(OUTPUTS["classes"][0])
    with pytest.raises(RuntimeError, match="no gradients yet"):
        network.get_dWs_dbs()
    step_by_hand(network, X, CLASSES)
    first = network.get_dWs_dbs()
    expected = of_output(OUTPUTS["classes"][0]).gradients(X, CLASSES)
    for computed, right in zip(first[0] + first[1], expected[0] + expected[1], strict=True):
        np.testing.assert_allclose(computed, right, rtol=1e-9, atol=1e-15)
    network.train(X, CLASSES, 1)
    step_by_hand(network, X, CLASSES)
    assert not np.allclose(network.get_dWs_dbs()[0][0], first[0][0])
    np.testing.assert_allclose(network.get_dWs_dbs()[0][0], network.layers[0].get_d_W())


def test_without_persist_a_layer_keeps_what_it_has():
    network = of_output(OUTPUTS["classes"][0])
    layer = network.layers[0]
    layer.forward_propagate(X)
    kept = layer.z_l
    assert np.array_equal(layer.forward_propagate(X[:, :5], False), layer.forward_propagate(X[:, :5], persist=False))
    assert layer.z_l is kept


def test_one_sample_is_a_vector():
    network = of_output(OUTPUTS["classes"][0])
    assert step_by_hand(network, X[:, 0], CLASSES[:, 0]).shape == (4,)
    other = of_output(OUTPUTS["classes"][0])
    step_by_hand(other, X[:, :1], CLASSES[:, :1])
    assert np.array_equal(network.predict(X), other.predict(X))
    assert network.layers[0].delta_l.shape == (9, 1)


def test_a_layer_alone_draws_its_weights_and_learns():
    layer = Layer(4, Identity())
    with pytest.raises(RuntimeError, match=r"initialise\(previous_layer_size\)"):
        layer.forward_propagate(X)
    assert layer.initialise(3) == layer.dims == (4, 3)
    twin, W = copy.copy(layer), layer.W.copy()
    layer.forward_propagate(X)
    layer.back_propagate(np.ones((4, 50)))
    np.testing.assert_allclose(layer.get_d_W(), np.tile(X.mean(axis=1), (4, 1)))
    np.testing.assert_allclose(layer.get_d_b(), 1)
    layer.optimize(0.5)
    np.testing.assert_allclose(layer.b, -0.5, rtol=1e-6)
    assert np.array_equal(twin.W, W)
    assert not np.array_equal(layer.W, W)
    moved = layer.W.copy()
    network = Network(3, dtype=np.float64).stack(layer).output(SoftMaxCrossEntropyOutputLayer(2))
    assert np.array_equal(network.layers[0].W, moved)
    assert layer.z_l is None
    layer.initialise(3)
    assert not np.array_equal(layer.W, moved)
    with pytest.raises(ValueError, match="3 units come before it, got 5"):
        layer.initialise(5)
    again = pickle.loads(pickle.dumps(network))
    assert np.array_equal(again.predict(X), network.predict(X))


def test_a_layers_optimizer_goes_on_from_call_to_call_and_takes_another_rate():
    layer = Layer.from_W_b(3, np.zeros((4, 3)), np.zeros(4), optimizer=Momentum(0.1, 0.5))
    layer.forward_propagate(X)
    layer.back_propagate(np.ones((4, 50)) * (layer.z_l >= 0))
    layer.delta_l[...] = 1
    layer.optimize()
    np.testing.assert_allclose(layer.b, -0.1)
    layer.optimize()
    np.testing.assert_allclose(layer.b, -0.1 - 0.15)
    layer.optimize(0.2)
    np.testing.assert_allclose(layer.b, -0.1 - 0.15 - 0.35)
    with pytest.warns(UserWarning, match=r"optimizer=Momentum"):
        layer.optimize(0.2, 0.9)
    with pytest.raises(ValueError, match="learning_rate must be a number above 0"):
        layer.optimize(-1)


ORDERS = {
    "no z": (lambda layer: layer.back_propagate(np.ones((4, 50))), r"forward_propagate\(inputs\) comes before"),
    "no delta": (lambda layer: layer.get_d_W(), r"follow forward_propagate\(inputs\) and back_propagate"),
    "no delta to move by": (lambda layer: layer.optimize(0.1), r"follow forward_propagate\(inputs\)"),
}


@pytest.mark.parametrize("name", ORDERS)
def test_calls_out_of_order_say_what_comes_before(name):
    call, message = ORDERS[name]
    layer = Layer(4)
    layer.initialise(3)
    with pytest.raises(RuntimeError, match=message):
        call(layer)
    layer.forward_propagate(X)
    layer.back_propagate(np.ones((4, 50)))
    layer.forward_propagate(X)  # what is kept is of one step: the delta before is not this one's
    if name != "no z":
        with pytest.raises(RuntimeError, match=message):
            call(layer)


@pytest.mark.parametrize("settings", [{"dropout": 0.5}, {"normalised": True}, {"residual": 1}])
def test_a_layer_that_is_more_than_its_function_is_taken_apart_by_the_five_steps(settings):
    network = Network(3).stack(Layer(3, **settings)).output(SoftMaxCrossEntropyOutputLayer(4))
    with pytest.raises(RuntimeError, match=r"FiveSteps\(network, x, y\)"):
        network.layers[0].forward_propagate(X)
    network.gradients(X, CLASSES, persist=True)
    assert network.layers[0].get_d_W().shape == (3, 3)
    with pytest.raises(RuntimeError, match="FiveSteps"):
        network.layers[0].optimize()


def test_what_replicas_left_on_a_layer_moves_none():
    network = of_output(OUTPUTS["classes"][0])
    trainer = Trainer(network, X, CLASSES, replicas=2, persists=True, epochs=1)
    trainer.advance(1)
    trainer.persist()
    layer = network.layers[0]
    assert layer.get_d_W().shape == (2, 9, 3)
    for call in (layer.optimize, lambda: layer.back_propagate(np.ones((9, 32)))):
        with pytest.raises(RuntimeError, match="keeps the step of 2 replicas"):
            call()


def test_wrong_shapes_are_reported():
    network = of_output(OUTPUTS["classes"][0])
    layer, output = network.layers[0], network.output_layer
    with pytest.raises(ValueError, match=r"inputs of .* shape \(3, samples\), got \(50, 3\).*transpose"):
        layer.forward_propagate(X.T)
    layer.forward_propagate(X)
    with pytest.raises(ValueError, match=r"W_T_lp1 has 7 samples, and .* keeps a z of 50"):
        layer.back_propagate(np.ones((9, 7)))
    output.forward_propagate(np.ones((5, 50)))
    with pytest.raises(ValueError, match=r"y of .* has the shape \(4, samples\)"):
        output.back_propagate(np.zeros(50))
    with pytest.raises(ValueError, match=r"adds up to 0\.5"):
        output.back_propagate(CLASSES / 2)


# --- optimizers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [Adam, GradientDescent, Momentum, joml.AdaGrad, joml.AdamW, joml.RMSProp])
def test_an_optimizer_moves_an_array_as_it_moves_a_network(optimizer):
    network = of_output(OUTPUTS["classes"][0])
    layer = network.layers[0]
    moving, W = optimizer(0.05), layer.W.copy()
    trainer = Trainer(network, X, CLASSES, optimizer=optimizer(0.05), batch_size="all", epochs=5)
    for _ in trainer:
        before = W.copy()
        W = moving.optimize(W, network.get_dWs_dbs()[0][0])
        assert not np.array_equal(W, before)
    np.testing.assert_allclose(W, layer.W, rtol=1e-10)


def test_an_optimizers_steps_are_its_own():
    adam = Adam(lr=0.1)
    moved = adam.optimize(np.zeros((2, 2), np.float32), np.eye(2))
    assert (moved.dtype, moved.shape) == (np.float32, (2, 2))
    np.testing.assert_allclose(moved, -0.1 * np.eye(2), rtol=1e-6)
    assert adam == Adam(lr=0.1) == copy.deepcopy(adam) == pickle.loads(pickle.dumps(adam))
    np.testing.assert_allclose(copy.copy(adam).optimize([5.0], [2.0]), 4.9)  # a copy begins afresh
    with pytest.raises(ValueError, match=r"float32 parameters of shape \(2, 2\), got float64 of \(1,\).* each array"):
        adam.optimize([5.0], [2.0])
    with pytest.raises(ValueError, match=r"grad has the shape of param, \(2,\), got \(1,\)"):
        Adam().optimize([1.0, 2.0], [1.0])


def test_the_originals_order_of_an_optimizers_arguments_is_heeded_or_told():
    assert OriginalAdam(1e-8, 0.002) == OriginalAdam(10**-8, 0.002, 0.9, 0.999) == Adam(lr=0.002, eps=1e-8)
    assert Adam(1e-7, 0.01, 0.8, 0.99) == Adam(0.01, 0.8, 0.99, 1e-7)
    assert Adam(1e-7, lr=0.01) == Adam(0.01, epsilon=1e-7)
    assert GradientDescent(1e-8, 0.1) == GradientDescent(np.float32(1e-8), 0.1) == GradientDescent(0.1)
    assert Adam(0.01, 0, 0.5) == Adam(learning_rate=0.01, beta1=0, beta2=0.5)
    assert Adam(learning_rate=1e-9).learning_rate == 1e-9
    with pytest.warns(UserWarning, match=r"Adam\(1e-08\) has a learning rate of 1e-08: .*eps=1e-08"):
        Adam(1e-8)
    with pytest.warns(UserWarning, match=r"has a beta1 of 0.002; .*lr=0.002"):
        Adam(1e-4, 0.002)
    with pytest.raises(ValueError, match=r"1e-08 is too little for a learning rate.*lr=0.002, eps=1e-08"):
        Adam(1e-8, 0.9)
    with pytest.raises(TypeError, match="got lr twice"):
        Adam(1e-8, 0.002, learning_rate=0.1)
    with pytest.raises(TypeError, match=r"GradientDescent takes learning_rate; .*lr=0.002"):
        GradientDescent(0.001, 0.1)


# --- what else the original library has -----------------------------------------------------------------------------


def test_a_networks_batch_size_is_heeded():
    def network():
        return of_output(OUTPUTS["classes"][0])

    expected = network().train(X, CLASSES, 2, batch_size=8).predict(X)
    changed = network()
    assert changed.batch_size == 32
    changed.batch_size = 8
    copies = [changed, changed.copy(), copy.deepcopy(changed), pickle.loads(pickle.dumps(changed))]
    for each in copies:
        assert np.array_equal(each.train(X, CLASSES, 2).predict(X), expected)
    assert len(copies[1].benchmark(X, CLASSES, X, CLASSES, 3).train_cost_vals) == 21
    assert Trainer(changed, X, CLASSES).batch_size == 8
    assert Trainer(changed, X, CLASSES, batch_size=50).batch_size == 50
    for size, used in ((64, 50), ("all", 50)):
        changed.batch_size = size
        assert Trainer(changed, X, CLASSES).batch_size == used
    for wrong in (0, "most", 2.5, None, True):
        with pytest.raises(ValueError, match="batch_size must be an integer of at least 1 or 'all'"):
            changed.batch_size = wrong
    assert changed.batch_size == "all"


def test_the_originals_other_names(tmp_path):
    assert joml.name == "joml"
    network = Network(3).stack(Layer(4))
    assert not network.done_constructing
    assert network.output(SoftMaxCrossEntropyOutputLayer(4)).done_constructing
    logger = CSVLogger(csv_file=tmp_path / "epochs.csv")
    network.with_logger(logger).train(X, CLASSES, 2)
    assert len(logger.csv_file.read_text().splitlines()) == 3
    for wrong in ({}, {"csv_file": "a.csv", "csv_file_name": "b.csv"}):
        with pytest.raises(TypeError, match="takes the name of one file"):
            CSVLogger(**wrong)
