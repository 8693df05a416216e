import numpy as np
import pytest

from joml import Adam, CrossEntropy, DatasetError, Layer, Network, OutputLayer, SoftMax, Tanh, Trainer
from joml.data.generators.hypercube import corners
from joml.data.generators.parity import parity
from joml.data.generators.planar import blobs, circles, moons, spirals, xor

PLANAR = [xor, circles, moons, spirals, blobs]


def whole(dataset):
    """Return the points of both parts, one a row, and their classes."""
    x = np.concatenate([dataset.x_train, dataset.x_test], axis=1)
    y = np.concatenate([dataset.y_train, dataset.y_test], axis=1)
    return x.T, y.argmax(axis=0)


class TestCorners:
    def test_a_column_holds_the_bits_of_its_number(self):
        assert corners(2).tolist() == [[-1, 1, -1, 1], [-1, -1, 1, 1]]
        assert corners(3)[:, 6].tolist() == [-1, 1, 1]

    def test_of_no_dimension_there_is_one(self):
        assert corners(0).shape == (0, 1)


class TestParity:
    @pytest.mark.parametrize("bits", [2, 3, 7])
    def test_every_point_occurs_once_with_its_parity(self, bits):
        dataset = parity(bits, seed=3)
        points, classes = whole(dataset)
        assert len({tuple(point) for point in points}) == 2**bits
        assert [sum(value == 1 for value in point) % 2 for point in points] == classes.tolist()
        assert np.bincount(classes).tolist() == [2 ** (bits - 1)] * 2
        assert (dataset.name, dataset.class_names) == (f"parity-{bits}", ("even", "odd"))

    def test_two_bits_are_xor(self):
        points, classes = whole(parity(2))
        assert (classes == (points[:, 0] != points[:, 1])).all()

    def test_the_seed_decides_the_parts(self):
        first, again, other = (parity(6, seed) for seed in (1, 1, 2))
        assert (first.x_test == again.x_test).all()
        assert (first.x_test != other.x_test).any()

    @pytest.mark.slow
    def test_the_most_bits(self):
        dataset = parity(20)
        assert dataset.x_train.shape == (20, 838_861)
        assert dataset.test_size == 2**20 - 838_861

    @pytest.mark.parametrize("bits", [0, -1, 1, 21])
    def test_bits_out_of_range_are_refused(self, bits):
        with pytest.raises(DatasetError, match=f"parity: 2 to 20 bits were expected, got {bits}"):
            parity(bits)


class TestWithoutNoise:
    def test_circles_have_two_radii(self):
        points, classes = whole(circles(400, noise=0, factor=0.3))
        radius = np.hypot(*points.T)
        assert radius == pytest.approx(np.where(classes == 0, 1, 0.3), abs=1e-6)
        # Evenly spaced: the smallest angle between two of a circle is the largest.
        for each in (0, 1):
            angles = np.sort(np.arctan2(*points[classes == each].T))
            assert np.diff(angles) == pytest.approx(2 * np.pi / 200, abs=1e-4)

    def test_moons_are_half_circles(self):
        points, classes = whole(moons(301, noise=0))
        upper, lower = points[classes == 0], points[classes == 1]
        assert np.hypot(*upper.T) == pytest.approx(1, abs=1e-6)
        assert np.hypot(*(lower - [1, 0.5]).T) == pytest.approx(1, abs=1e-6)
        assert upper[:, 1].min() == pytest.approx(0, abs=1e-6)
        assert lower[:, 1].max() == pytest.approx(0.5, abs=1e-6)
        assert [upper[:, 0].min(), upper[:, 0].max()] == pytest.approx([-1, 1])
        assert [lower[:, 0].min(), lower[:, 0].max()] == pytest.approx([0, 2], abs=1e-6)

    @pytest.mark.parametrize(("arms", "turns"), [(2, 1.0), (3, 0.5), (5, 2.0)])
    def test_a_spiral_s_angle_follows_its_radius(self, arms, turns):
        points, classes = whole(spirals(300, arms, noise=0, turns=turns))
        radius = np.hypot(*points.T)
        assert [radius.min(), radius.max()] == pytest.approx([0.1, 1])
        expected = 2 * np.pi * (turns * (radius - 0.1) / 0.9 + classes / arms)
        # Angles are equal where their difference is a whole number of turns.
        assert np.cos(np.arctan2(points[:, 1], points[:, 0]) - expected) == pytest.approx(1, abs=1e-6)

    @pytest.mark.parametrize("classes", [2, 3, 7])
    def test_blobs_are_their_centres(self, classes):
        points, labels = whole(blobs(70, classes, noise=0))
        angle = 2 * np.pi * labels / classes
        assert points == pytest.approx(np.column_stack((np.cos(angle), np.sin(angle))), abs=1e-6)

    @pytest.mark.parametrize("make", PLANAR)
    def test_the_seed_decides_the_parts_alone(self, make):
        first, other = (make(samples=40, noise=0, seed=seed) for seed in (1, 2))
        assert (first.x_test != other.x_test).any()
        assert sorted(map(tuple, whole(first)[0])) == sorted(map(tuple, whole(other)[0]))


@pytest.mark.parametrize("make", PLANAR)
class TestAllOfThem:
    def test_the_seed_decides(self, make):
        first, again, other = (make(seed=seed) for seed in (1, 1, 2))
        assert first.x_train.tolist() == again.x_train.tolist()
        assert first.y_train.tolist() == again.y_train.tolist()
        assert first.x_train.tolist() != other.x_train.tolist()

    @pytest.mark.parametrize("samples", [12, 100, 1001])
    def test_classes_are_as_equal_as_can_be(self, make, samples):
        dataset = make(samples=samples, test_share=0.25)
        counts = np.bincount(whole(dataset)[1], minlength=dataset.output_size)
        assert counts.sum() == samples
        # Two of xor's four clouds make a class, so it may be two short.
        assert counts.max() - counts.min() <= (2 if make is xor else 1)
        assert dataset.test_size == round(samples / 4)

    def test_noise_is_a_standard_deviation_in_each_direction(self, make):
        still, noisy = (make(samples=20_000, noise=noise, seed=4) for noise in (0, 0.3))
        assert (noisy.x_train - still.x_train).std(axis=1) == pytest.approx([0.3, 0.3], rel=0.03)
        assert noisy.y_train.tolist() == still.y_train.tolist()

    @pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf")])
    def test_a_noise_that_is_none_is_refused(self, make, noise):
        with pytest.raises(DatasetError, match=f"{make.__name__}: a noise of 0 or more was expected, got {noise}"):
            make(noise=noise)

    def test_a_share_that_leaves_nothing_is_refused(self, make):
        with pytest.raises(DatasetError, match="test_share: a share between 0 and 1 was expected"):
            make(test_share=1)

    def test_too_few_samples_are_refused(self, make):
        with pytest.raises(DatasetError, match=rf"{make.__name__}: at least \d samples are needed, got 1"):
            make(samples=1)


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (circles, {"factor": 0}, "circles: a factor above 0 and below 1 was expected, got 0"),
        (circles, {"factor": 1}, "circles: a factor above 0 and below 1 was expected, got 1"),
        (circles, {"factor": float("nan")}, "circles: a factor above 0 and below 1 was expected, got nan"),
        (spirals, {"arms": 1}, "spirals: at least 2 arms are needed, got 1"),
        (spirals, {"arms": 5, "samples": 4}, "spirals: at least 5 samples are needed, got 4"),
        (spirals, {"turns": 0}, "spirals: turns above 0 were expected, got 0"),
        (spirals, {"turns": float("inf")}, "spirals: turns above 0 were expected, got inf"),
        (blobs, {"classes": 1}, "blobs: at least 2 classes are needed, got 1"),
        (blobs, {"classes": 9, "samples": 8}, "blobs: at least 9 samples are needed, got 8"),
    ],
)
def test_settings_out_of_range_are_named(make, arguments, message):
    with pytest.raises(DatasetError) as caught:
        make(**arguments)
    assert str(caught.value) == message


def test_classes_have_names():
    assert spirals(arms=3).class_names == ("arm 1", "arm 2", "arm 3")
    assert blobs(classes=2).class_names == ("blob 1", "blob 2")
    assert moons().class_names == ("upper", "lower")
    assert circles().class_names == ("outer", "inner")


def test_as_few_samples_as_can_be():
    points, classes = whole(spirals(3, arms=3, noise=0))
    assert sorted(classes) == [0, 1, 2]
    assert np.hypot(*points.T) == pytest.approx(0.1)
    points, classes = whole(moons(4, noise=0))
    assert points[np.lexsort((points[:, 0], classes))] == pytest.approx(
        np.array([[-1, 0], [1, 0], [0, 0.5], [2, 0.5]]), abs=1e-6
    )


@pytest.mark.parametrize("make", [moons, circles])
def test_two_samples_leave_one_class_to_train_on(make):
    with pytest.raises(DatasetError, match=r"only class '.*' occurs in y_train: at least two are needed"):
        make(samples=2)


@pytest.mark.parametrize("make", [moons, circles])
def test_a_small_network_learns_them(make):
    data = make(seed=1)
    network = Network(2, seed=1)
    network.stack(Layer(16, Tanh()))
    network.output(OutputLayer(2, SoftMax(), CrossEntropy()))
    parts = (data.x_train, data.y_train, data.x_test, data.y_test)
    trainer = Trainer(network, *parts, optimizer=Adam(0.02), epochs=30, batch_size=32, seed=1)
    *_, last = trainer
    assert last.test.accuracy >= 0.97
