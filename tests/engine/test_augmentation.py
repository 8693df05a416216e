"""Augmentation: against SciPy's affine transformation, and as a part of training."""

import numpy as np
import pytest

from joml import Adam, Network, Trainer
from joml.analysis.five_steps import FiveSteps
from joml.training.augmentation import Augmentation

X = np.random.default_rng(0).random((12, 40))
Y = np.eye(2)[(X[0] > X[1]).astype(int)].T
ALL = Augmentation(shift=1, rotate=30, noise=0.1, image_shape=(1, 3, 4))


def changed(settings, x, shape, seed=3):
    x = x.copy()
    for call in settings.calls(x, shape, [np.random.default_rng(seed)]):
        call()
    return x


def trainer(augmentation=ALL, seed=0, dtype=np.float64, **settings):
    network = Network.from_architecture("12-5-2", seed=seed, dtype=dtype)
    usual = {"optimizer": Adam(0.01), "epochs": 3, "batch_size": 8}
    return Trainer(network, X, Y, X[:, ::3], Y[:, ::3], augmentation=augmentation, **{**usual, **settings})


def theta(of):
    return of.networks[0].parameters.theta


@pytest.mark.parametrize("shape", [(1, 7, 7), (3, 6, 9)])
def test_images_move_and_turn_as_scipy_moves_and_turns_them(shape):
    ndimage = pytest.importorskip("scipy.ndimage", reason="turned images are compared with SciPy's")
    x = np.random.default_rng(1).random((np.prod(shape), 5))
    result = changed(Augmentation(shift=2, rotate=40), x, shape)
    generator = np.random.default_rng(3)
    angles = np.radians(generator.uniform(-40, 40, 5))
    distances = generator.integers(-2, 2, (2, 5), endpoint=True)
    centre = (np.array(shape[1:]) - 1) / 2
    for sample, angle in enumerate(angles):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        offset = centre - turn @ (centre + distances[:, sample])
        for image, before in zip(result[:, sample].reshape(shape), x[:, sample].reshape(shape), strict=True):
            expected = ndimage.affine_transform(before, turn, offset, order=1, mode="grid-constant")
            np.testing.assert_allclose(image, expected, atol=1e-12)


def test_shifts_are_whole_pixels_with_zeros_from_outside():
    x = np.arange(1.0, 7.0).reshape(6, 1).repeat(50, axis=1)
    seen = {tuple(image) for image in changed(Augmentation(shift=1), x, (1, 2, 3)).T}
    assert (1, 2, 3, 4, 5, 6) in seen  # not moved
    assert (2, 3, 0, 5, 6, 0) in seen  # to the left
    assert (0, 0, 0, 1, 2, 3) in seen  # down
    assert len(seen) == 9


def test_noise_has_its_deviation_and_needs_no_image():
    x = np.zeros((30, 400), np.float32)
    assert changed(Augmentation(noise=0.5), x, None).std() == pytest.approx(0.5, rel=0.05)


def test_training_is_of_changed_samples_and_checks_are_of_the_samples_themselves():
    own, plain = trainer(), trainer(None)
    assert own.test() == plain.test()
    first = own.advance(1).costs[0]
    assert first != plain.advance(1).costs[0]
    assert own.generators.tobytes() != trainer().generators.tobytes()


def test_single_steps_and_blocks_are_one_training():
    blocks, steps = trainer(dtype=np.float32), trainer(dtype=np.float32)
    blocks.advance(100)
    for _ in steps:
        pass
    np.testing.assert_array_equal(theta(blocks), theta(steps))


@pytest.mark.parametrize("at", [3, 5, 8])
def test_it_continues_from_any_iteration_bit_for_bit(at):
    whole, part, other = (trainer(dtype=np.float32) for _ in range(3))
    whole.advance(100)
    part.advance(at)
    other.restore(part.state())
    other.advance(100)
    np.testing.assert_array_equal(theta(other), theta(whole))


def test_replicas_equal_networks_trained_alone():
    together = trainer(replicas=[0, 5])
    together.advance(100)
    for seed, replica in zip((0, 5), together.networks, strict=True):
        alone = trainer(seed=seed)
        alone.advance(100)
        np.testing.assert_allclose(replica.parameters.theta, theta(alone), rtol=1e-12, atol=1e-14)


def test_the_five_steps_are_of_the_changed_mini_batch():
    own = trainer()
    own.advance(2)
    steps = FiveSteps.of_next(own)
    steps.forward_propagation()
    cost = steps.cost().cost
    assert own.advance(1).costs[0] == pytest.approx(cost, rel=1e-12)


def test_mini_batches_that_are_computed_in_parts_are_changed_too():
    x, y = np.tile(X, 125), np.tile(Y, 125)  # 5,000 samples
    noisy, plain = (
        Trainer(Network.from_architecture("12-5-2"), x, y, batch_size="all", augmentation=each).advance(1).costs[0]
        for each in (ALL, None)
    )
    assert noisy != plain


def test_images_come_from_the_network_or_are_asked_for():
    images = Network((1, 3, 4)), Network(12)
    for network in images:
        network.output(Network.from_architecture("2-2").output_layer.unbound())
    Trainer(images[0], X, Y, augmentation=Augmentation(shift=1)).advance(1)
    with pytest.raises(ValueError, match=r"samples here have 12 features: give image_shape"):
        Trainer(images[1], X, Y, augmentation=Augmentation(shift=1))
    with pytest.raises(ValueError, match=r"images of 1x5x5 have 25 pixels, and samples here have 12 features"):
        trainer(Augmentation(shift=1, image_shape=(1, 5, 5)))


@pytest.mark.parametrize(
    "settings", [{"shift": -1}, {"shift": 0.5}, {"rotate": 181}, {"noise": -1}, {"image_shape": (28, 28)}]
)
def test_what_cannot_be_is_refused(settings):
    with pytest.raises(ValueError, match=f"an augmentation's {next(iter(settings))}"):
        Augmentation(**settings)
    with pytest.raises(ValueError, match="augmentation must be settings such as"):
        trainer(0.1)
