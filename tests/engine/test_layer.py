"""Dropout, layer normalisation, residual blocks and optimizers of a layer's own."""

import numpy as np
import pytest

from joml import (
    GELU,
    Adam,
    GradientDescent,
    Identity,
    Layer,
    Momentum,
    Network,
    ReLu,
    SiLU,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
    WithGradientClipping,
)
from joml.analysis.equivalence import NotLinearError, collapse
from joml.analysis.gradient_check import check_gradients
from joml.layer_normalisation import EPSILON


def network_of(*layers, inputs=6, classes=3, seed=0, dtype=np.float64):
    network = Network(inputs, seed=seed, dtype=dtype)
    for layer in layers:
        network.stack(layer)
    network.output(SoftMaxCrossEntropyOutputLayer(classes))
    return network


def samples(count=24, inputs=6, classes=3, seed=1):
    generator = np.random.default_rng(seed)
    return generator.standard_normal((inputs, count)), np.eye(classes)[generator.integers(0, classes, count)].T


STACKS = {
    "normalised": lambda: [Layer(7, Tanh(), normalised=True), Layer(5, normalised=True)],
    "normalised, reading z": lambda: [Layer(7, GELU(), normalised=True), Layer(7, SiLU(), normalised=True)],
    "residual from the inputs": lambda: [Layer(6, Tanh(), residual=1), Layer(6, residual=2)],
    "residual blocks of two": lambda: [Layer(8), Layer(8), Layer(8, residual=2), Layer(8), Layer(8, residual=2)],
    "overlapping blocks": lambda: [Layer(8), Layer(8, residual=1), Layer(8, Tanh(), residual=2), Layer(8, residual=3)],
    "a run of equal ones": lambda: [
        Layer(8, normalised=True, residual=0),
        *(Layer(8, normalised=True, residual=1) for _ in range(4)),
    ],
    "beside plain ones": lambda: [Layer(8), Layer(8), Layer(8, GELU(), residual=1), Layer(8), Layer(8), Layer(5)],
    "all of it": lambda: [
        Layer(6, dropout=0.5, normalised=True, residual=1),
        Layer(6, Tanh(), dropout=0.2, residual=2),
    ],
}


@pytest.mark.parametrize("name", STACKS)
def test_gradients_agree_with_central_differences(name):
    network = network_of(*STACKS[name]())
    gradients = check_gradients(network, *samples())
    assert gradients.passed
    assert gradients.relative_error < 1e-7


def test_a_normalised_residual_layer_is_its_formula():
    network = network_of(Layer(6, Tanh(), normalised=True, residual=1))
    layer, output = network.layers
    generator = np.random.default_rng(3)
    layer.gamma, layer.beta = generator.standard_normal(6), generator.standard_normal(6)
    x, _ = samples()
    z = layer.W @ x + layer.b[:, None]
    h = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + EPSILON)
    a = x + np.tanh(layer.gamma[:, None] * h + layer.beta[:, None])
    expected = output.activation_function.value(output.W @ a + output.b[:, None])
    np.testing.assert_allclose(network.predict(x), expected, rtol=1e-12)


@pytest.mark.slow
def test_normalised_layers_train_as_torchs():
    torch = pytest.importorskip("torch", reason="parity with torch needs torch")
    network = network_of(Layer(7, Tanh(), normalised=True), Layer(7, Tanh(), normalised=True, residual=1))
    x, y = samples()

    def tensor(values):
        return torch.tensor(np.array(values), dtype=torch.float64, requires_grad=True)

    parameters = {
        (i, name): tensor(getattr(layer, name))
        for i, layer in enumerate(network.layers)
        for name in (("W", "b", "gamma", "beta") if i < 2 else ("W", "b"))
    }
    optimizer = torch.optim.SGD(parameters.values(), lr=0.1)
    trainer = Trainer(network, x, y, optimizer=GradientDescent(0.1), batch_size="all", epochs=20)
    for _ in range(20):
        trainer.advance(1)
        a = torch.tensor(x.T)
        for i in range(2):
            z = torch.nn.functional.layer_norm(
                a @ parameters[i, "W"].T + parameters[i, "b"], (7,), parameters[i, "gamma"], parameters[i, "beta"]
            )
            a = torch.tanh(z) if i == 0 else a + torch.tanh(z)
        logits = a @ parameters[2, "W"].T + parameters[2, "b"]
        cost = torch.nn.functional.cross_entropy(logits, torch.tensor(y.argmax(axis=0)))
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    for (i, name), value in parameters.items():
        np.testing.assert_allclose(getattr(network.layers[i], name), value.detach().numpy(), atol=1e-8)


def test_dropout_drops_its_share_in_training_only_and_keeps_the_mean():
    network = network_of(Layer(200, Identity(), dropout=0.25), inputs=4)
    network.layers[0].W, network.layers[0].b = np.zeros((200, 4)), np.ones(200)
    x, y = samples(400, 4)
    trainer = Trainer(network, x, y, batch_size="all")
    step = trainer._programs[400].step
    for call in step.forward:
        call()
    kept = step.hidden[0].a
    assert set(np.unique(kept)) == {0, 1 / 0.75}
    assert abs((kept == 0).mean() - 0.25) < 0.01
    assert abs(kept.mean() - 1) < 0.02
    first = kept.copy()
    for call in step.forward:
        call()
    assert (kept != first).mean() > 0.2  # drawn anew
    np.testing.assert_array_equal(network.predict(x), network.predict(x))


def test_the_gradient_with_dropout_is_that_of_the_units_kept():
    network = network_of(Layer(9, Tanh(), dropout=0.4), Layer(8, dropout=0.3, residual=0))
    x, y = samples()
    trainer = Trainer(network, x, y, batch_size="all", optimizer=GradientDescent(0.1))
    step = trainer._programs[x.shape[1]].step
    step.x[...], step.y[...] = x, y
    for call in step.calls:
        call()
    masks = [hidden._dropout.mask for hidden in step.hidden]
    (W1, W2, W3), (b1, b2, b3) = network.get_Ws_bs()
    a1 = np.tanh(W1 @ x + b1[:, None])
    d1 = a1 * masks[0]
    z2 = W2 @ d1 + b2[:, None]
    d2 = np.maximum(z2, 0) * masks[1]
    z3 = W3 @ d2 + b3[:, None]
    p = np.exp(z3) / np.exp(z3).sum(axis=0)
    delta3 = (p - y) / x.shape[1]
    delta2 = (W3.T @ delta3) * masks[1] * (z2 > 0)
    delta1 = (W2.T @ delta2) * masks[0] * (1 - a1**2)
    blocks = network.parameters.gradient_blocks
    for block, delta, a in zip(blocks, (delta1, delta2, delta3), (x, d1, d2), strict=True):
        np.testing.assert_allclose(block, np.column_stack([delta @ a.T, delta.sum(axis=1)]), rtol=1e-10, atol=1e-14)


def test_dropout_follows_the_seed():
    def train(seed):
        network = network_of(Layer(9, dropout=0.4), seed=0)
        trainer = Trainer(network, *samples(), batch_size=8, epochs=3, seed=seed)
        return [step.cost for step in trainer]

    assert train(1) == train(1)
    assert train(1) != train(2)


def test_a_residual_block_needs_equal_sizes_and_a_beginning():
    network = Network(6)
    network.stack(Layer(8))
    with pytest.raises(ValueError, match="has 6 units, and what comes 1 before it has 8"):
        network.stack(Layer(6, residual=1))
    with pytest.raises(ValueError, match="spans at most 2 layers"):
        network.stack(Layer(8, residual=3))
    with pytest.raises(ValueError, match="dropout must be a number of at least 0 and below 1"):
        Layer(4, dropout=1)
    with pytest.raises(ValueError, match="residual must be an integer of at least 0"):
        Layer(4, residual=-1)


def test_the_summary_names_the_options():
    network = network_of(Layer(6, dropout=0.5, normalised=True, residual=1))
    assert network.parameter_count == 6 * 7 + 12 + 3 * 7
    line = str(network).splitlines()[3]
    assert line.split() == ["1", "6", "relu", "54", "dropout=0.5,", "normalised=True,", "residual=1"]
    assert str(network).splitlines()[-1].split() == ["total", "75"]


def test_residual_identity_layers_collapse_and_normalised_ones_do_not():
    layers = [Layer(6, Identity(), residual=1), Layer(6, Identity()), Layer(6, Identity(), residual=2, dropout=0.3)]
    assert collapse(network_of(*layers)).largest_difference < 1e-12
    with pytest.raises(NotLinearError, match=r"layer 1 of .* normalises"):
        collapse(network_of(Layer(6, Identity(), normalised=True)))


class TestOptimizersOfLayers:
    def test_each_layer_follows_its_own(self):
        x, y = samples()
        own = [Layer(7, Tanh(), optimizer=GradientDescent(0.05)), Layer(5), Layer(5, optimizer=Momentum(0.1))]
        network = network_of(*own)
        trainer = Trainer(network, x, y, batch_size="all", optimizer=Adam(0.01), epochs=2)
        rules = [GradientDescent(0.05), Adam(0.01), Momentum(0.1), Adam(0.01)]
        thetas = [layer.block.ravel().copy() for layer in network.layers]
        gradients = [np.empty_like(theta) for theta in thetas]
        bound = [rule.bind(theta, g) for rule, theta, g in zip(rules, thetas, gradients, strict=True)]
        for _ in range(2):
            dWs, dbs = network.gradients(x, y)
            for g, dW, db in zip(gradients, dWs, dbs, strict=True):
                g[...] = np.column_stack([dW, db]).ravel()
            for rule in bound:
                for call in rule.calls:
                    call()
            trainer.advance(1)
            for layer, theta in zip(network.layers, thetas, strict=True):
                np.testing.assert_allclose(layer.block.ravel(), theta, rtol=1e-12)

    def test_equal_ones_beside_each_other_take_one_segment(self):
        same = [Layer(5, optimizer=Adam(0.01)) for _ in range(6)]
        network = network_of(Layer(5), *same)
        calls = len(Trainer(network, *samples(), batch_size=8)._rule.calls)
        assert calls == 3 * len(Adam().bind(np.zeros(3), np.zeros(3)).calls)

    def test_the_trainers_rate_moves_those_that_follow_it(self):
        network = network_of(Layer(5, optimizer=GradientDescent(0.5)), Layer(5))
        trainer = Trainer(network, *samples(), batch_size=8, optimizer=WithGradientClipping(Adam(0.01), 1.0))
        trainer.learning_rate = 0.2
        assert trainer.learning_rate == 0.2
        state = trainer.state()
        assert state["rule.segment 0.learning_rate"] == 0.5
        assert state["rule.segment 1.learning_rate"] == 0.2

    def test_a_layer_says_its_optimizer(self):
        assert repr(Layer(5, ReLu(), optimizer=Adam(0.01))).startswith(
            "Layer(size=5, activation_function=ReLu(), optimizer=Adam(learning_rate=0.01"
        )
