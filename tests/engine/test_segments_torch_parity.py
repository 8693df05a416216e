"""Networks of layers of all kinds against torch's, in float64: predictions, gradients, and trainings of 100 steps."""

import numpy as np
import pytest
from late_torch import Late, torch_for

from joml import (
    Activation,
    Adam,
    AveragePooling2D,
    BatchNormalisation,
    Convolution2D,
    CrossEntropy,
    Embedding,
    Flatten,
    GlobalAveragePooling,
    Identity,
    Layer,
    LayerNormalisation,
    MaxPooling2D,
    Network,
    OutputLayer,
    ReLu,
    Residual,
    Sigmoid,
    SoftMax,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
)

torch = torch_for("parity of layers with torch")

pytestmark = pytest.mark.slow
nn, functional = Late("torch.nn"), Late("torch.nn.functional")

#: Torch's modules; its softmax is in its cost.
FUNCTIONS = {ReLu: "ReLU", Tanh: "Tanh", Sigmoid: "Sigmoid", Identity: "Identity", SoftMax: "Identity"}


def function_of(layer):
    """Return torch's module for a layer's activation."""
    return getattr(nn, FUNCTIONS[type(layer.activation_function)])()


def residual(block):
    class TorchsResidual(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = block

        def forward(self, x):
            return x + self.block(x)

    return TorchsResidual()


def torchs(layer, before):
    """Return torch's layer with the same parameters."""
    if isinstance(layer, Convolution2D):
        return nn.Sequential(
            with_weights(nn.Conv2d(before[0], layer.channels, layer.kernel, layer.stride, layer.padding), layer),
            function_of(layer),
        )
    if isinstance(layer, Layer):
        linear = with_weights(nn.Linear(int(np.prod(before)), layer.size), layer)
        return nn.Sequential(nn.Flatten(), linear, function_of(layer))
    if isinstance(layer, BatchNormalisation):
        kind = nn.BatchNorm2d if len(before) == 3 else nn.BatchNorm1d
        return with_weights(kind(before[0], momentum=layer.momentum, eps=layer.epsilon), layer, "gamma", "beta")
    if isinstance(layer, LayerNormalisation):
        return with_weights(nn.LayerNorm(before), layer, "gamma", "beta")
    if isinstance(layer, Residual):
        return residual(chain(layer.layers, before))
    if isinstance(layer, Activation):
        return function_of(layer)
    return {
        MaxPooling2D: lambda: nn.MaxPool2d(layer.kernel, layer.stride),
        AveragePooling2D: lambda: nn.AvgPool2d(layer.kernel, layer.stride),
        GlobalAveragePooling: lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        Flatten: nn.Flatten,
    }[type(layer)]()


def with_weights(module, layer, W="W", b="b"):
    module.double()
    with torch.no_grad():
        for ours, theirs in ((W, module.weight), (b, module.bias)):
            theirs.copy_(torch.tensor(np.array(getattr(layer, ours))).reshape(theirs.shape))
    return module


def chain(layers, before):
    modules = []
    for layer in layers:
        modules.append(torchs(layer, before))
        before = layer.output_shape(before)
    return nn.Sequential(*modules).double()


def network_of(shape, layers, seed=0):
    network = Network(shape, seed=seed, dtype=np.float64)
    for layer in layers:
        network.stack(layer)
    network.output(SoftMaxCrossEntropyOutputLayer(3))
    generator = np.random.default_rng(seed)
    network.parameters.theta[...] += generator.normal(size=network.parameters.theta.size) * 0.1
    return network, chain(network.layers, shape)


def samples(shape, count=12, seed=3):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(int(np.prod(shape)), count))
    y = np.eye(3)[generator.integers(0, 3, count)].T
    return x, y, torch.tensor(x.T.reshape(count, *shape)), torch.tensor(y.T)


STACKS = {
    "convolution": ((2, 7, 6), lambda: [Convolution2D(3, 3, activation_function=Tanh())]),
    "stride and border": ((2, 8, 7), lambda: [Convolution2D(3, (2, 4), 3, 2, Sigmoid())]),
    "stride beyond the kernel": ((1, 9, 9), lambda: [Convolution2D(2, 2, 3), Convolution2D(2, 1, 2)]),
    "kernel of one": ((3, 4, 4), lambda: [Convolution2D(4, 1), Convolution2D(2, 4)]),
    "largest": ((2, 8, 7), lambda: [Convolution2D(3, 3), MaxPooling2D(2)]),
    "largest, overlapping": ((2, 8, 7), lambda: [Convolution2D(3, 3), MaxPooling2D((3, 2), 1)]),
    "largest, apart": ((2, 9, 9), lambda: [Convolution2D(3, 2), MaxPooling2D(2, 3)]),
    "mean": ((2, 8, 7), lambda: [Convolution2D(3, 3), AveragePooling2D(3, 2)]),
    "mean of all": ((2, 8, 7), lambda: [Convolution2D(3, 3), GlobalAveragePooling(), Layer(4)]),
    "batch, images": ((2, 5, 4), lambda: [BatchNormalisation(), Convolution2D(3, 2), BatchNormalisation(0.3, 1e-3)]),
    "batch, features": ((6,), lambda: [BatchNormalisation(), Layer(5, Tanh()), BatchNormalisation()]),
    "layer": ((2, 4, 3), lambda: [LayerNormalisation(), Convolution2D(3, 2), LayerNormalisation(), Flatten()]),
    "residual": (
        (2, 5, 5),
        lambda: [
            Residual([Convolution2D(2, 3, padding=1), Convolution2D(2, 3, 1, 1, Identity())]),
            Activation(Tanh()),
            Flatten(),
            Residual([Layer(9, Tanh()), LayerNormalisation(), Layer(50, Identity())]),
        ],
    ),
    "all": (
        (1, 10, 10),
        lambda: [
            Convolution2D(4, 3, activation_function=Tanh()),
            BatchNormalisation(),
            MaxPooling2D(2),
            Residual([Convolution2D(4, 3, padding=1), BatchNormalisation()]),
            AveragePooling2D(2, 1),
            Flatten(),
            LayerNormalisation(),
            Layer(8, Tanh()),
            BatchNormalisation(),
            Layer(6),
        ],
    ),
}


@pytest.mark.parametrize("stack", STACKS)
def test_a_training_is_torchs(stack):
    """Ten steps of each, and 100 of all layers together: costs, weights and predictions."""
    shape, layers = STACKS[stack]
    network, theirs = network_of(shape, layers())
    x, y, torch_x, torch_y = samples(shape)
    theirs.eval()
    expected = torch.softmax(theirs(torch_x), 1).detach().numpy().T
    np.testing.assert_allclose(network.predict(x), expected, rtol=0, atol=1e-12)
    theirs.train()
    trainer = Trainer(network, x, y, optimizer=Adam(0.01), batch_size="all", epochs=100)
    adam = torch.optim.Adam(theirs.parameters(), lr=0.01)
    for _ in range(100 if stack == "all" else 10):
        adam.zero_grad()
        cost = functional.cross_entropy(theirs(torch_x), torch_y)
        cost.backward()
        adam.step()
        step = trainer.advance(1)
        assert step.costs[0] == pytest.approx(cost.item(), rel=1e-6)
    theirs.eval()
    expected = torch.softmax(theirs(torch_x), 1).detach().numpy().T
    np.testing.assert_allclose(network.predict(x), expected, rtol=0, atol=1e-10)
    weights = torch.cat([parameter.flatten() for parameter in theirs.parameters()]).detach().numpy()
    assert np.sort(network.parameters.theta) == pytest.approx(np.sort(weights), abs=1e-10)


def test_an_embedding_is_torchs():
    """A hundred steps on two columns of categories and a number, whose places torch gets as whole numbers."""
    generator = np.random.default_rng(5)
    first, second, number = generator.integers(0, 4, 30), generator.integers(0, 3, 30), generator.normal(size=30)
    x = np.vstack([np.eye(4)[first].T, number, np.eye(3)[second].T])
    y = np.eye(2)[(first + second) % 2].T
    network = Network(8, dtype=np.float64).stack(Embedding(2, [(0, 4), (5, 3)]))
    network.output(SoftMaxCrossEntropyOutputLayer(2))
    points = [nn.Embedding.from_pretrained(torch.tensor(network.layers[0].points(at).T), freeze=False) for at in (0, 1)]
    output = with_weights(nn.Linear(5, 2), network.layers[1])
    adam = torch.optim.Adam([*points[0].parameters(), *points[1].parameters(), *output.parameters()], lr=0.01)
    trainer = Trainer(network, x, y, optimizer=Adam(0.01), batch_size="all", epochs=100)
    places = [torch.tensor(first), torch.tensor(second)]
    for _ in range(100):
        adam.zero_grad()
        joined = torch.cat([torch.tensor(number)[:, None], points[0](places[0]), points[1](places[1])], 1)
        functional.cross_entropy(output(joined), torch.tensor(y.T)).backward()
        adam.step()
        trainer.advance(1)
    for at in (0, 1):
        expected = points[at].weight.detach().numpy().T
        np.testing.assert_allclose(network.layers[0].points(at), expected, rtol=0, atol=1e-10)


def test_accumulation_average_smoothing_and_frozen_layers_together_are_torchs():
    """Nested blocks, a frozen layer and a frozen block, updates of two mini-batches, and their average."""
    shape, decay, smoothing, every = (2, 9, 8), 0.9, 0.2, 2
    network = Network(shape, seed=1, dtype=np.float64)
    for layer in (
        *(Convolution2D(4, 3, stride=2, padding=1, activation_function=Tanh()),),
        *(Residual([Residual([Convolution2D(4, 3, padding=1), BatchNormalisation()]), LayerNormalisation()]),),
        *(MaxPooling2D(2, 1), Convolution2D(3, 2, activation_function=Tanh(), frozen=True), BatchNormalisation(0.3)),
        *(Residual([Convolution2D(3, 1), BatchNormalisation()], frozen=True), GlobalAveragePooling(), Layer(6)),
    ):
        network.stack(layer)
    network.output(OutputLayer(3, SoftMax(), CrossEntropy(smoothing=smoothing)))
    theirs = chain(network.layers, shape)
    for module, layer in zip(theirs, network.layers, strict=True):
        module.requires_grad_(not layer.frozen)
    x, y, torch_x, torch_y = samples(shape, 25)
    trainer = Trainer(network, x, y, optimizer=Adam(0.01), batch_size=8, epochs=9, accumulate=every, average=decay)
    every_one = list(theirs.parameters())
    trained = [parameter for parameter in every_one if parameter.requires_grad]
    adam, means, updates = torch.optim.Adam(trained, lr=0.01), [torch.zeros_like(each) for each in every_one], 0
    sums, gathered = [torch.zeros_like(each) for each in trained], 0
    theirs.train()
    for iteration in range(1, 21):
        places = torch.tensor(trainer.fork(tests=False, averaged=False).prepare_step()[2])
        adam.zero_grad()
        cost = functional.cross_entropy(theirs(torch_x[places]), torch_y[places], label_smoothing=smoothing)
        cost.backward()
        gathered += len(places)
        for total, parameter in zip(sums, trained, strict=True):
            total.add_(parameter.grad * len(places))
        assert trainer.advance(1).costs[0] == pytest.approx(cost.item(), rel=1e-6)
        if iteration % 4 % every:  # an epoch has four mini-batches
            continue
        for total, parameter in zip(sums, trained, strict=True):
            parameter.grad = total / gathered
            total.zero_()
        adam.step()
        gathered, updates = 0, updates + 1
        for mean, parameter in zip(means, every_one, strict=True):
            mean.mul_(decay).add_(parameter.detach(), alpha=1 - decay)
    with torch.no_grad():
        for mean, parameter in zip(means, every_one, strict=True):
            parameter.copy_(mean / (1 - decay**updates))
    theirs.eval()
    expected = torch.softmax(theirs(torch_x), 1).detach().numpy().T
    np.testing.assert_allclose(network.predict(x), expected, rtol=0, atol=1e-10)
