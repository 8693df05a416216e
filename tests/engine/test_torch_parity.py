"""Whole networks beside torch's: predictions, costs, gradients, and a hundred steps of training, in float64."""

import numpy as np
import pytest

from joml import (
    ELU,
    GELU,
    Adam,
    CrossEntropy,
    Huber,
    Identity,
    Layer,
    LeakyReLu,
    MeanAbsoluteError,
    MeanSquaredError,
    Network,
    OutputLayer,
    ReLu,
    Sigmoid,
    SiLU,
    SoftMax,
    Tanh,
    Trainer,
)

torch = pytest.importorskip("torch", reason="parity of whole networks with torch needs torch")
F = torch.nn.functional

ACTIVATIONS = {
    "relu": (ReLu(), torch.relu),
    "leaky-relu": (LeakyReLu(0.1), lambda z: F.leaky_relu(z, 0.1)),
    "elu": (ELU(0.7), lambda z: F.elu(z, 0.7)),
    "gelu": (GELU(), lambda z: F.gelu(z, approximate="tanh")),
    "silu": (SiLU(), F.silu),
    "sigmoid": (Sigmoid(), torch.sigmoid),
    "tanh": (Tanh(), torch.tanh),
    "identity": (Identity(), lambda z: z),
    "softmax": (SoftMax(), lambda z: torch.softmax(z, dim=1)),
}
#: Output function, cost, and torch's from z and y of (samples, outputs).
OUTPUTS = {
    "softmax, cross-entropy": (SoftMax(), CrossEntropy(), F.cross_entropy),
    "sigmoid, cross-entropy": (
        Sigmoid(),
        CrossEntropy(),
        lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="none").sum(dim=1).mean(),
    ),
    "identity, squares": (Identity(), MeanSquaredError(), F.mse_loss),
    "tanh, distances": (Tanh(), MeanAbsoluteError(), lambda z, y: F.l1_loss(torch.tanh(z), y)),
    "identity, huber": (Identity(), Huber(0.4), lambda z, y: F.huber_loss(z, y, delta=0.4)),
}


def samples(count=40, inputs=5, outputs=3):
    generator = np.random.default_rng(4)
    return generator.standard_normal((inputs, count)), np.eye(outputs)[generator.integers(0, outputs, count)].T


def network_of(function, output, cost):
    network = Network(5, seed=2, dtype=np.float64)
    network.stack(Layer(7, function))
    network.stack(Layer(6, function))
    network.output(OutputLayer(3, output, cost))
    for layer in network.layers:
        layer.b = np.random.default_rng(layer.size).standard_normal(layer.size)
    return network


class Twin:
    """The same network in torch."""

    def __init__(self, network, function, cost):
        self.parameters = [
            torch.tensor(np.array(values), requires_grad=True)
            for layer in network.layers
            for values in (layer.W, layer.b)
        ]
        self._function, self._cost = function, cost

    def z(self, x):
        a = torch.tensor(np.array(x.T))
        for place in range(0, len(self.parameters), 2):
            z = a @ self.parameters[place].T + self.parameters[place + 1]
            a = self._function(z)
        return z

    def cost(self, x, y):
        return self._cost(self.z(x), torch.tensor(np.array(y.T)))


@pytest.mark.parametrize("function", ACTIVATIONS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_costs_and_gradients(function, output):
    (ours, theirs), (activation, cost, their_cost) = ACTIVATIONS[function], OUTPUTS[output]
    network = network_of(ours, activation, cost)
    x, y = samples()
    twin = Twin(network, theirs, their_cost)
    value = twin.cost(x, y)
    value.backward()
    assert network.cost(x, y) == pytest.approx(value.item(), rel=1e-9)
    dWs, dbs = network.gradients(x, y)
    for place, (dW, db) in enumerate(zip(dWs, dbs, strict=True)):
        np.testing.assert_allclose(dW, twin.parameters[2 * place].grad, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(db, twin.parameters[2 * place + 1].grad, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("weights", [None, (0.5, 2.0, 1.0)])
def test_a_hundred_steps_of_adam(weights):
    network = network_of(Tanh(), SoftMax(), CrossEntropy())
    x, y = samples()

    def cost(z, classes):
        each = F.cross_entropy(z, classes, reduction="none")
        return (each if weights is None else each * (classes @ torch.tensor(weights, dtype=torch.float64))).mean()

    twin = Twin(network, torch.tanh, cost)
    optimizer = torch.optim.Adam(twin.parameters, lr=0.01)
    settings = {"optimizer": Adam(0.01), "batch_size": "all", "epochs": 100}
    for step in Trainer(network, x, y, class_weights=weights, **settings):
        optimizer.zero_grad()
        value = twin.cost(x, y)
        value.backward()
        optimizer.step()
        assert step.cost == pytest.approx(value.item(), rel=1e-6)
    for place, layer in enumerate(network.layers):
        np.testing.assert_allclose(layer.W, twin.parameters[2 * place].detach(), atol=1e-6)
        np.testing.assert_allclose(layer.b, twin.parameters[2 * place + 1].detach(), atol=1e-6)
