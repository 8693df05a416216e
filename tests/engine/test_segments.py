"""Networks of layers of all kinds: shapes, trainings, replicas, checkpoints, files, copies, and clear refusals."""

import copy
import pickle

import numpy as np
import pytest

from joml import (
    Activation,
    Adam,
    AveragePooling2D,
    BatchNormalisation,
    Convolution2D,
    Dropout,
    EarlyStopping,
    Flatten,
    GlobalAveragePooling,
    Identity,
    Layer,
    LayerNormalisation,
    MaxPooling2D,
    Network,
    OwnLayer,
    ReLu,
    Residual,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
    WithGradientClipping,
)
from joml.analysis.equivalence import NotLinearError, collapse
from joml.analysis.five_steps import FiveSteps
from joml.analysis.gradient_check import check_gradients
from joml.files import checkpoint, weights


class Doubled(OwnLayer):
    def forward(self, x):
        return 2 * x

    def backward(self, delta):
        return 2 * delta


def hidden_layers(dropout=0.2):
    return (
        Convolution2D(4, 3, padding=1, activation_function=Tanh()),
        BatchNormalisation(),
        Activation(ReLu()),
        MaxPooling2D(2),
        Residual([Convolution2D(4, 3, padding=1, activation_function=Identity()), BatchNormalisation()]),
        AveragePooling2D(2, 1),
        Dropout(dropout),
        Doubled(),
        Flatten(),
        LayerNormalisation(),
        Layer(6, Tanh(), residual=0),
        Layer(6, Tanh(), normalised=True, residual=1, dropout=dropout),
        Residual([Layer(9, Tanh()), Layer(6, Identity())]),
        BatchNormalisation(),
    )


def network_of(*layers, shape=(2, 6, 5), dtype=np.float32, seed=0):
    network = Network(shape, dtype=dtype, seed=seed)
    for layer in layers or hidden_layers():
        network.stack(layer)
    return network.output(SoftMaxCrossEntropyOutputLayer(3))


def samples(count=40, features=60):
    generator = np.random.default_rng(5)
    return generator.normal(size=(features, count)), np.eye(3)[generator.integers(0, 3, count)].T


X, Y = samples()


def trainer_of(network, **settings):
    return Trainer(network, X, Y, X, Y, **{"optimizer": Adam(0.01), "epochs": 3, "batch_size": 8, **settings})


def finished(trainer):
    while not trainer.finished:
        trainer.advance(3)
    return trainer


def vectors(network):
    return np.concatenate([network.parameters.theta, network.parameters.state])


def test_shapes_follow_from_layer_to_layer():
    network = network_of(Convolution2D(3, (2, 3), 2, 1), MaxPooling2D(2, 1), GlobalAveragePooling(), Layer(4))
    assert network.shapes == ((2, 6, 5), (3, 4, 3), (3, 3, 2), (3,), (4,), (3,))
    assert network.sizes == (60, 36, 18, 3, 4, 3)
    assert network.architecture == "2@6x5-c3k2x3s2b1-p2s1-g-4-3"
    assert "3x4x3" in str(network) and f"{network.parameter_count}" in str(network)


@pytest.mark.parametrize(
    ("shape", "layer", "message"),
    [
        ((60,), Convolution2D(3, 2), r"Convolution2D\(.* needs images, .* is 60: .*input_size="),
        ((2, 6, 5), MaxPooling2D(6), r"MaxPooling2D\(.* kernel of 6x6, larger than the images before it, 2x6x5"),
        ((60,), GlobalAveragePooling(), r"GlobalAveragePooling\(\) needs images"),
        ((2, 6, 5), Residual([MaxPooling2D(2)]), r"Residual\(.* makes 2x3x2 of 2x6x5"),
        ((2, 6, 5), Residual([Layer(60), Convolution2D(2, 1)]), r"Convolution2D\(.* needs images"),
    ],
    ids=["no images", "kernel", "global", "block", "in a block"],
)
def test_layers_that_cannot_follow_are_refused(shape, layer, message):
    network = Network(shape)
    with pytest.raises(ValueError, match=message):
        network.stack(layer)
    assert not network.layers and not layer.settled


def test_gradients_are_those_of_the_cost():
    network = network_of(dtype=np.float64)
    generator = np.random.default_rng(2)
    for layer in network.layers:
        for _, weights_of_layer in layer.named_weights():
            weights_of_layer[...] += generator.normal(size=weights_of_layer.shape) * 0.1
    result = check_gradients(network, X[:, :9], Y[:, :9], most_per_layer=20)
    assert result.passed, result.layers
    assert result.relative_error < 1e-7


def test_training_gradients_of_batch_statistics_are_central_differences():
    """Of the mini-batch's own cost, with means and variances of the mini-batch."""
    network = network_of(*hidden_layers(dropout=0), dtype=np.float64)
    trainer = Trainer(network, X, Y, batch_size="all")
    step = trainer._passes.make(X.shape[1], keeps_z=False)
    step.x[...], step.y[...] = X, Y

    def cost():
        for call in step.forward:
            call()
        return network.output_layer.costs(step.z, step.y).mean()

    for call in step.calls:
        call()
    theta, gradient = network.parameters.theta, network.parameters.gradient.copy()
    for place in np.random.default_rng(1).permutation(theta.size)[:40]:
        before = theta[place]
        theta[place] = before + 1e-6
        above = cost()
        theta[place] = before - 1e-6
        below = cost()
        theta[place] = before
        assert gradient[place] == pytest.approx((above - below) / 2e-6, abs=1e-7)


def test_replicas_are_networks_trained_alone_bit_for_bit():
    stack = finished(trainer_of(network_of(), replicas=3, epochs=2, early_stopping=EarlyStopping(patience=1)))
    for place, seed in enumerate(stack.seeds):
        alone = network_of(seed=seed)
        finished(trainer_of(alone, epochs=2, early_stopping=EarlyStopping(patience=1)))
        np.testing.assert_array_equal(vectors(stack.networks[place]), vectors(alone))


def test_single_steps_and_many_at_once_are_the_same():
    one, other = network_of(), network_of()
    finished(trainer_of(one))
    for _ in trainer_of(other):
        pass
    np.testing.assert_array_equal(vectors(one), vectors(other))


def test_a_checkpoint_continues_bit_for_bit(tmp_path):
    early = EarlyStopping(patience=9)
    expected = network_of()
    finished(trainer_of(expected, early_stopping=early))
    first = trainer_of(network_of(), early_stopping=early)
    first.advance(7)
    checkpoint.save(first, tmp_path / "training.npz")
    second = trainer_of(network_of(), early_stopping=early)
    checkpoint.load(second, tmp_path / "training.npz")
    fork = second.fork()
    np.testing.assert_array_equal(vectors(finished(second).network), vectors(expected))
    np.testing.assert_array_equal(vectors(finished(fork).network), vectors(expected))
    other = trainer_of(network_of(*hidden_layers()[:-1], BatchNormalisation(0.2)), early_stopping=early)
    with pytest.raises(checkpoint.CheckpointError, match="another training"):
        checkpoint.load(other, tmp_path / "training.npz")


def test_weights_and_running_means_go_through_files(tmp_path):
    network = network_of().train(X, Y, 1)
    weights.save(network, tmp_path / "weights.npz")
    other = network_of(seed=3)
    weights.load(other, tmp_path / "weights.npz")
    np.testing.assert_array_equal(other.predict(X), network.predict(X))
    different = network_of(Convolution2D(4, 3, padding=1), *hidden_layers()[1:])
    with pytest.raises(weights.WeightsError, match="layer 1: the kind is Convolution2D"):
        weights.load(different, tmp_path / "weights.npz")


@pytest.mark.parametrize("copied", [Network.copy, copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))])
def test_copies_are_independent(copied):
    network = network_of().train(X, Y, 1)
    before = network.predict(X)
    twin = copied(network)
    np.testing.assert_array_equal(twin.predict(X), before)
    twin.train(X, Y, 1)
    np.testing.assert_array_equal(network.predict(X), before)
    assert not np.array_equal(twin.predict(X), before)


def test_float32_is_close_to_float64():
    small, exact = (network_of(*hidden_layers(dropout=0), dtype=dtype) for dtype in (np.float32, np.float64))
    exact.parameters.theta[...] = small.parameters.theta
    np.testing.assert_allclose(small.predict(X), exact.predict(X), atol=1e-4)
    small.train(X, Y, 1)
    exact.train(X, Y, 1)
    np.testing.assert_allclose(small.predict(X), exact.predict(X), atol=5e-3)


def test_images_are_computed_in_parts_bit_for_bit(monkeypatch):
    generator = np.random.default_rng(2)
    x, y = generator.normal(size=(2 * 8 * 7, 9)), np.eye(3)[generator.integers(3, size=9)].T

    def trained(pooling):
        network = Network((2, 8, 7), seed=1).stack(Convolution2D(3, 3, 1, 1)).stack(pooling)
        network.stack(Convolution2D(4, 2, activation_function=Tanh())).stack(Activation(ReLu()))
        network.output(SoftMaxCrossEntropyOutputLayer(3))
        Trainer(network, x, y, batch_size="all", epochs=4).advance(4)
        return network.parameters.theta.copy()

    kinds = (lambda: MaxPooling2D(2), lambda: MaxPooling2D((2, 3)), lambda: MaxPooling2D(3, 2))
    whole = [trained(kind()) for kind in kinds]
    monkeypatch.setattr("joml.layers.pooling._PART", 100)  # two channels, and then one
    monkeypatch.setattr("joml.layers.activation_calls._PART", 50)
    for kind, expected in zip(kinds, whole, strict=True):
        np.testing.assert_array_equal(trained(kind()), expected)


def test_optimizers_of_layers_and_clipping():
    network = network_of(
        BatchNormalisation(optimizer=Adam(0.1)), Convolution2D(2, 2, optimizer=Adam(0.1)), Flatten(), Layer(5)
    )
    before = network.parameters.theta.copy()
    finished(trainer_of(network, optimizer=WithGradientClipping(Adam(1e-6), norm=1.0), epochs=1))
    moved = np.abs(network.parameters.theta - before)
    own = network.parameters.slices[1].stop
    assert moved[:own].max() > 0.05 and moved[own:].max() < 1e-4


def test_a_residual_block_over_another_layer_is_refused():
    network = Network(4).stack(Layer(4)).stack(BatchNormalisation())
    with pytest.raises(ValueError, match=r"residual block of Layer\(.*layer 1 is BatchNormalisation"):
        network.stack(Layer(4, residual=2))


@pytest.mark.parametrize(
    "use",
    [
        lambda network: FiveSteps(network, X, Y),
        lambda network: FiveSteps.of_next(trainer_of(network)),
        lambda network: trainer_of(network, persists=True),
        lambda network: network.get_Ws_bs(),
        lambda network: network.gradients(X, Y),
        lambda network: network.forward_pass(3).hidden,
        lambda network: network.dims,
    ],
)
def test_what_needs_fully_connected_layers_names_the_other_one(use):
    network = network_of(Convolution2D(2, 2))
    with pytest.raises(ValueError, match=r"there for fully connected layers alone, and layer 1 is Convolution2D\("):
        use(network)


def test_attributes_of_fully_connected_layers_are_named():
    with pytest.raises(AttributeError, match=r"Flatten\(\) has no dropout: fully connected layers alone"):
        _ = Flatten().dropout
    with pytest.raises(NotLinearError, match=r"layer 1 is Flatten\(\)"):
        collapse(network_of(Flatten()))


def test_batch_normalisation_needs_two_samples_to_train():
    with pytest.raises(ValueError, match=r"layer 2, BatchNormalisation.* at least 2 samples .* than 13"):
        trainer_of(network_of(Flatten(), BatchNormalisation()), batch_size=13)
    finished(trainer_of(network_of(BatchNormalisation()), batch_size=13, epochs=1))  # images have many places


def test_images_as_other_libraries_have_them_get_a_hint():
    network = network_of(Convolution2D(2, 2))
    with pytest.raises(ValueError, match=r"got \(4, 2, 6, 5\).* try x.reshape\(len\(x\), -1\).T"):
        network.predict(np.zeros((4, 2, 6, 5)))


def test_settings_are_fixed_in_a_network():
    layer = Convolution2D(2, 2)
    network_of(layer)
    with pytest.raises(AttributeError, match="cannot be changed"):
        layer.stride = 2
    with pytest.raises(ValueError, match="belongs to a network already"):
        Network((2, 6, 5)).stack(layer)
    with pytest.raises(AttributeError, match="did you mean stride"):
        Convolution2D(2, 2).strid = 2
