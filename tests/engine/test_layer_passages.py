"""The gradient that each layer receives is the slope of the cost, inside residual blocks too."""

import numpy as np
import pytest

from joml import (
    Activation,
    AveragePooling2D,
    BatchNormalisation,
    Convolution2D,
    Embedding,
    Flatten,
    GlobalAveragePooling,
    Layer,
    LayerNormalisation,
    MaxPooling2D,
    Network,
    Residual,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
)
from joml.analysis.layer_passages import layer_passages
from joml.compiled.passes import TrainingPass, run_quietly
from joml.compiled.segments import LayerSegment


def images():
    block = Residual([Residual([Convolution2D(3, 3, padding=1, activation_function=Tanh())]), BatchNormalisation()])
    inner = [Layer(4, Tanh()), LayerNormalisation(), Layer(4, Tanh(), normalised=True)]
    return [
        *(Convolution2D(3, (2, 3), stride=2, padding=1, activation_function=Tanh()), BatchNormalisation(), block),
        *(MaxPooling2D(2, 1), Activation(Tanh()), AveragePooling2D((1, 2), 1), Flatten(), Layer(4, Tanh())),
        *(Residual(inner), Layer(4, Tanh(), residual=1), Layer(4, Tanh(), residual=2)),
    ]


def networks():
    return {
        "images": ((2, 6, 7), images()),
        "global average": ((2, 4, 4), [Residual([Convolution2D(2, 1)]), GlobalAveragePooling()]),
        "embedding": ((6,), [Embedding(2, [(1, 3)]), Residual([Layer(5, Tanh())]), Layer(4, Tanh(), residual=0)]),
        "no hidden layer": ((3,), []),
    }


def made(name):
    shape, layers = networks()[name]
    network = Network(input_size=shape, seed=3, dtype="float64")
    for layer in layers:
        network.stack(layer)
    network.output(SoftMaxCrossEntropyOutputLayer(2))
    generator = np.random.default_rng(5)
    network.parameters.theta[...] += 0.05 * generator.normal(size=network.parameters.theta.shape)
    generators = (np.random.default_rng(1),)
    step = TrainingPass(network.layers, network.parameters, network.input_size, 4, keeps_z=True, generators=generators)
    step.x[...] = generator.normal(size=step.x.shape)
    step.y[...] = np.eye(2)[:, [0, 1, 1, 0]]
    return network, step


def ends(segments):
    """Yield the outputs of each layer with the last of the calls that compute them, those of a block before its own."""
    for segment in segments:
        if isinstance(segment, LayerSegment):
            yield from ends(segment.inside)
            yield segment.activations[0], segment.forward[-1]
        else:
            yield from ((hidden.a, hidden.forward[-1]) for hidden in segment.hidden)


@pytest.mark.parametrize("name", networks())
def test_what_a_layer_receives_is_the_slope_of_the_cost_with_respect_to_its_outputs(name):
    network, step = made(name)
    passages = layer_passages(network, step)
    calls = [id(call) for call in step.forward]
    buffers = list(ends(step.segments))
    assert len(buffers) == len(passages) - 1

    def cost():
        return float(np.mean(network.output_layer.costs(step.z, step.y)))

    for (values, last), passage in zip(buffers, passages, strict=False):
        rest = step.forward[calls.index(id(last)) + 1 :]
        for feature, sample in ((0, 0), (-1, 1)):
            costs = []
            for change in (1e-5, -1e-5):
                run_quietly(step.forward)
                values[feature, sample] += change
                run_quietly(rest)
                costs.append(cost())
            slope = (costs[0] - costs[1]) / 2e-5
            assert passage.received[feature, sample] == pytest.approx(slope, rel=1e-6, abs=1e-9), passage.path


def test_the_numbers_are_those_of_the_passs_own_buffers():
    network, step = made("images")
    passages = layer_passages(network, step)
    gradient = network.parameters.gradient.copy()
    run_quietly(step.calls)
    np.testing.assert_array_equal(network.parameters.gradient, gradient)
    for passage in passages:
        if "block" in passage.gradients and isinstance(passage.layer, Layer):
            z = passage.layer.W @ passage.before + passage.layer.b[:, np.newaxis]
            np.testing.assert_allclose(z, passage.z, rtol=1e-12)
            product = passage.delta @ passage.before.T
            np.testing.assert_allclose(product, passage.gradients["block"][:, :-1], rtol=1e-10, atol=1e-13)


def test_the_layers_of_a_block_come_before_it_and_say_where_their_numbers_go():
    passages = layer_passages(*made("images"))
    assert [each.path for each in passages[2:6]] == [(3, 1, 1), (3, 1), (3, 2), (3,)]
    assert passages[1].following == 2
    assert passages[1].carried == [3, 5]
    assert (passages[2].previous, passages[2].following) == (1, 3)
    assert (passages[5].previous, passages[4].following) == (1, 5)
    assert passages[-1].previous == len(passages) - 2
    assert passages[-1].following is None
