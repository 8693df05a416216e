"""Whole networks against torch's: predictions, costs, gradients and a training of 100 steps, in float64."""

import numpy as np
import pytest
from late_torch import Late, torch_for

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
from joml.analysis.five_steps import FiveSteps

torch = torch_for("parity of whole networks with torch")

pytestmark = pytest.mark.slow
functional = Late("torch.nn.functional")

# ruff: noqa: PLW0108 - the names are looked up in the tests, where torch is imported
FUNCTIONS = {
    ReLu(): lambda z: torch.relu(z),
    LeakyReLu(): lambda z: functional.leaky_relu(z, 0.01),
    LeakyReLu(0.3): lambda z: functional.leaky_relu(z, 0.3),
    ELU(): lambda z: functional.elu(z),
    ELU(0.4): lambda z: functional.elu(z, 0.4),
    GELU(): lambda z: functional.gelu(z, approximate="tanh"),
    SiLU(): lambda z: functional.silu(z),
    Sigmoid(): lambda z: torch.sigmoid(z),
    Tanh(): lambda z: torch.tanh(z),
    Identity(): lambda z: z,
    SoftMax(): lambda z: torch.softmax(z, dim=1),
}
#: Our output function and cost, and torch's mean cost from z and y_hat, (samples, outputs), and y.
COSTS = {
    "softmax and cross-entropy": (SoftMax(), CrossEntropy(), lambda z, y_hat, y: functional.cross_entropy(z, y)),
    "softmax and smoothed labels": (
        SoftMax(),
        CrossEntropy(smoothing=0.1),
        lambda z, y_hat, y: functional.cross_entropy(z, y, label_smoothing=0.1),
    ),
    # The sum over the outputs' answers, not their mean.
    "sigmoid and cross-entropy": (
        Sigmoid(),
        CrossEntropy(),
        lambda z, y_hat, y: functional.binary_cross_entropy_with_logits(z, y, reduction="sum") / len(y),
    ),
    "softmax and squared error": (
        SoftMax(),
        MeanSquaredError(),
        lambda z, y_hat, y: functional.mse_loss(y_hat, y),
    ),
    "sigmoid and squared error": (
        Sigmoid(),
        MeanSquaredError(),
        lambda z, y_hat, y: functional.mse_loss(y_hat, y),
    ),
    "squared error": (Identity(), MeanSquaredError(), lambda z, y_hat, y: functional.mse_loss(y_hat, y)),
    "absolute error": (Identity(), MeanAbsoluteError(), lambda z, y_hat, y: functional.l1_loss(y_hat, y)),
    "huber": (Identity(), Huber(), lambda z, y_hat, y: functional.huber_loss(y_hat, y)),
    "huber of 0.3": (Identity(), Huber(0.3), lambda z, y_hat, y: functional.huber_loss(y_hat, y, delta=0.3)),
}
CLASSES = "softmax and cross-entropy"


class Torchs:
    """The same network in torch: samples are rows there, and autograd gives the gradients."""

    def __init__(self, network):
        self.layers = network.layers
        self.parameters = [
            {name: self._tensor(getattr(layer, name)) for name in ("W", "b", *("gamma", "beta") * layer.normalised)}
            for layer in network.layers
        ]

    @staticmethod
    def _tensor(values):
        return torch.tensor(np.array(values), dtype=torch.float64, requires_grad=True)

    def flat(self):
        return [tensor for own in self.parameters for tensor in own.values()]

    def forward(self, x):
        activations = [torch.tensor(x.T)]
        for layer, own in zip(self.layers, self.parameters, strict=True):
            z = functional.linear(activations[-1], own["W"], own["b"])
            if layer.normalised:
                z = functional.layer_norm(z, (layer.size,), own["gamma"], own["beta"])
            a = FUNCTIONS[layer.activation_function](z)
            activations.append(a + activations[-layer.residual] if layer.residual else a)
        return z, activations[-1]


def network_of(*hidden, output, inputs=5, seed=3):
    network = Network(inputs, seed=seed, dtype=np.float64)
    for layer in hidden:
        network.stack(layer)
    network.output(output)
    generator = np.random.default_rng(seed)
    for layer in network.layers:
        layer.b = generator.normal(size=layer.size) * 0.5
        if layer.normalised:
            layer.gamma, layer.beta = generator.normal(size=(2, layer.size)) * 0.3 + [[1], [0]]
    return network


def samples(kind, outputs=3, count=16, inputs=5):
    generator = np.random.default_rng(8)
    x = generator.normal(size=(inputs, count))
    if kind == "classes":
        return x, np.eye(outputs)[generator.integers(0, outputs, count)].T
    if kind == "multilabel":
        return x, generator.integers(0, 2, (outputs, count)).astype(float)
    return x, generator.normal(size=(outputs, count)) * 2


def assert_alike(network, x, y, cost_of):
    theirs = Torchs(network)
    z, y_hat = theirs.forward(x)
    cost = cost_of(z, y_hat, torch.tensor(y.T))
    cost.backward()
    np.testing.assert_allclose(network.predict(x), y_hat.detach().numpy().T, rtol=1e-10, atol=1e-12)
    assert network.cost(x, y) == pytest.approx(cost.item(), rel=1e-10)
    network.gradients(x, y)
    blocks, norms = network.parameters.gradient_blocks, network.parameters.gradient_norms
    for own, block, norm in zip(theirs.parameters, blocks, norms, strict=True):
        ours = {"W": block[:, :-1], "b": block[:, -1]}
        if "gamma" in own:
            ours |= {"gamma": norm[0], "beta": norm[1]}
        for name, tensor in own.items():
            np.testing.assert_allclose(ours[name], tensor.grad.numpy(), rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("function", FUNCTIONS, ids=repr)
def test_every_activation_is_torchs(function):
    network = network_of(Layer(7, function), Layer(7, function), Layer(6, function), output=output_of(CLASSES))
    assert_alike(network, *samples("classes"), COSTS[CLASSES][-1])


def output_of(cost, size=3):
    function, cost_function, _ = COSTS[cost]
    return OutputLayer(size, function, cost_function)


def kind_of(cost):
    return "classes" if cost.startswith("softmax") else "multilabel" if cost.startswith("sigmoid") else "regression"


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("cost", COSTS)
def test_every_cost_is_torchs(cost, outputs):
    network = network_of(Layer(6, Tanh()), Layer(4, GELU()), output=output_of(cost, outputs))
    assert_alike(network, *samples(kind_of(cost), outputs), COSTS[cost][-1])


@pytest.mark.parametrize("function", FUNCTIONS, ids=repr)
def test_normalised_residual_layers_are_torchs(function):
    hidden = (
        Layer(5, function, normalised=True, residual=1),
        Layer(7, function, normalised=True),
        Layer(7, function, residual=1),
        Layer(7, function, normalised=True, residual=2),
        Layer(7, function),
    )
    assert_alike(network_of(*hidden, output=output_of("huber")), *samples("regression"), COSTS["huber"][-1])


WEIGHTS = (0.5, 2.0, 3.0)


def weighted(z, y_hat, y):
    """Torch divides by the sum of the samples' weights, JOML by their number: so its cost, times their mean."""
    weights, classes = torch.tensor(WEIGHTS, dtype=torch.float64), y.argmax(dim=1)
    return functional.cross_entropy(z, classes, weights) * weights[classes].mean()


@pytest.mark.parametrize(
    ("cost", "class_weights"),
    [(CLASSES, None), (CLASSES, WEIGHTS), ("sigmoid and cross-entropy", None), ("huber", None)],
    ids=["classes", "weighted classes", "multilabel", "regression"],
)
def test_a_hundred_steps_of_adam_are_torchs(cost, class_weights):
    """On the same mini-batches, those that the five steps tell of before each iteration."""
    network = network_of(
        Layer(8, GELU()), Layer(8, Tanh(), normalised=True, residual=1), Layer(6), output=output_of(cost)
    )
    x, y = samples(kind_of(cost), count=50)
    theirs = Torchs(network)
    cost_of = COSTS[cost][-1] if class_weights is None else weighted
    adam = torch.optim.Adam(theirs.flat(), lr=0.01)
    settings = {"optimizer": Adam(0.01), "batch_size": 8, "epochs": 15}  # the last mini-batch of an epoch has 2
    trainer = Trainer(network, x, y, class_weights=class_weights, **settings)
    start = network.parameters.theta.copy()
    for _ in range(100):
        steps = FiveSteps.of_next(trainer)
        batch_x, batch_y = steps.forward_propagation().a0, steps.cost().y
        adam.zero_grad()
        expected = cost_of(*theirs.forward(batch_x), torch.tensor(batch_y.T))
        expected.backward()
        adam.step()
        assert trainer.advance(1).costs[0] == pytest.approx(expected.item(), rel=1e-5)  # told in float32
    assert np.abs(network.parameters.theta - start).max() > 0.1
    for layer, own in zip(network.layers, theirs.parameters, strict=True):
        for name, tensor in own.items():
            np.testing.assert_allclose(getattr(layer, name), tensor.detach().numpy(), rtol=0, atol=1e-6)
