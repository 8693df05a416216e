import math

import numpy as np
import pytest

from joml import Adam, DatasetError, Identity, Layer, MeanSquaredError, Network, OutputLayer, Tanh, Trainer
from joml.data.dataset import split_indices
from joml.data.generators.regression import multi_gaussian, plane, sine
from joml.statistics.metrics import r2

REGRESSIONS = [plane, multi_gaussian, sine]


def whole(dataset):
    """Return the points of both parts, one a row, and their values."""
    x = np.concatenate([dataset.x_train, dataset.x_test], axis=1)
    y = np.concatenate([dataset.y_train, dataset.y_test], axis=1)
    return x.T.astype(np.float64), y[0].astype(np.float64)


class TestWithoutNoise:
    def test_a_plane_is_the_mean_of_its_coordinates(self):
        points, y = whole(plane(500, noise=0))
        assert y == pytest.approx((points[:, 0] + points[:, 1]) / 2, abs=1e-6)

    def test_bumps_are_the_sum_of_their_gaussians(self):
        points, y = whole(multi_gaussian(500, noise=0, seed=5))
        bumps = {
            (-2 / 3, 5 / 12): 1,
            (0, 5 / 12): -1,
            (2 / 3, 5 / 12): 1,
            (-2 / 3, -5 / 12): -1,
            (0, -5 / 12): 1,
            (2 / 3, -5 / 12): -1,
        }
        for (x1, x2), value in zip(points, y, strict=True):
            expected = sum(
                sign * math.exp(-((x1 - c1) ** 2 + (x2 - c2) ** 2) / (2 * (1 / 6) ** 2))
                for (c1, c2), sign in bumps.items()
            )
            assert value == pytest.approx(expected, abs=1e-6)

    @pytest.mark.parametrize("periods", [0.25, 1, 2.5])
    def test_a_sine_has_its_periods(self, periods):
        points, y = whole(sine(201, noise=0, periods=periods))
        assert points.shape == (201, 1)
        assert np.sort(points[:, 0]) == pytest.approx(np.arange(-100, 101) / 100, abs=1e-7)
        assert y == pytest.approx([math.sin(2 * math.pi * periods * x / 2) for x in points[:, 0]], abs=1e-6)

    @pytest.mark.parametrize("make", [plane, multi_gaussian])
    def test_points_are_uniform_in_the_square(self, make):
        points, y = whole(make(40_000, noise=0, seed=3))
        counts, _, _ = np.histogram2d(*points.T, bins=4, range=[[-1, 1], [-1, 1]])
        assert counts.sum() == 40_000
        assert counts == pytest.approx(2_500, rel=0.1)
        assert np.abs(y).max() <= 1
        assert [y.min(), y.max()] == pytest.approx([-1, 1], abs=0.03)


@pytest.mark.parametrize("make", REGRESSIONS)
class TestAllOfThem:
    def test_they_are_values_of_one_output(self, make):
        data = make(samples=50, test_share=0.3)
        assert (data.task, data.output_size, data.class_names) == ("regression", 1, ("y1",))
        assert (data.train_size, data.test_size) == (35, 15)
        assert data.name == make.__name__.replace("_", "-")

    def test_the_seed_decides(self, make):
        first, again, other = (make(seed=seed) for seed in (1, 1, 2))
        assert first.x_train.tolist() == again.x_train.tolist()
        assert first.y_train.tolist() == again.y_train.tolist()
        assert first.y_train.tolist() != other.y_train.tolist()

    def test_the_parts_are_those_of_the_split(self, make):
        # The same points, drawn before they are parted: another share parts them otherwise.
        half, fifth = make(samples=40, seed=7, test_share=0.5), make(samples=40, seed=7, test_share=0.2)
        x = np.empty((40, half.input_size))
        for part, indices in zip((half.x_train, half.x_test), split_indices(40, 0.5, 7), strict=True):
            x[indices] = part.T
        assert fifth.x_test.T.tolist() == x[split_indices(40, 0.2, 7)[1]].tolist()

    def test_noise_is_a_standard_deviation_of_y_alone(self, make):
        still, noisy = (make(samples=20_000, noise=noise, seed=4) for noise in (0, 0.3))
        assert noisy.x_train.tolist() == still.x_train.tolist()
        difference = noisy.y_train - still.y_train
        assert difference.mean() == pytest.approx(0, abs=0.01)
        assert difference.std() == pytest.approx(0.3, rel=0.03)
        # Gaussian: 68 % are within one standard deviation.
        assert (np.abs(difference) < 0.3).mean() == pytest.approx(0.6827, abs=0.02)

    @pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf")])
    def test_a_noise_that_is_none_is_refused(self, make, noise):
        with pytest.raises(DatasetError, match=f": a noise of 0 or more was expected, got {noise}"):
            make(noise=noise)

    def test_a_share_that_leaves_nothing_is_refused(self, make):
        with pytest.raises(DatasetError, match="test_share: a share between 0 and 1 was expected"):
            make(test_share=0)

    def test_two_samples_are_the_fewest(self, make):
        assert make(samples=2).train_size == 1
        with pytest.raises(DatasetError, match=": at least 2 samples are needed, got 1"):
            make(samples=1)


@pytest.mark.parametrize("periods", [0, -1, float("nan"), float("inf")])
def test_periods_out_of_range_are_named(periods):
    with pytest.raises(DatasetError) as caught:
        sine(periods=periods)
    assert str(caught.value) == f"sine: periods above 0 were expected, got {periods}"


@pytest.mark.parametrize(("make", "share"), [(plane, 0.9), (sine, 0.9), (multi_gaussian, 0.7)])
def test_a_small_network_explains_what_is_no_noise(make, share):
    data = make(seed=1)
    network = Network(data.input_size, seed=1)
    network.stack(Layer(24, Tanh()))
    network.stack(Layer(24, Tanh()))
    network.output(OutputLayer(1, Identity(), MeanSquaredError()))
    trainer = Trainer(network, data.x_train, data.y_train, optimizer=Adam(0.01), epochs=80, batch_size=32, seed=1)
    while not trainer.finished:
        trainer.advance(1_000)
    assert r2(network.predict(data.x_test), data.y_test) >= share
