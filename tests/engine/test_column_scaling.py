"""Columns scaled to mean 0 and deviation 1, at any size of their numbers."""

import numpy as np
import pytest

from joml.data.column_scaling import mean_and_deviation, scale, scale_rows, statistics_of, unscale


def test_mean_and_deviation_are_of_the_rows_that_count():
    rows = np.array([[1.0, 10.0], [3.0, 30.0], [99.0, 99.0]])
    mean, deviation = mean_and_deviation(rows, np.array([0, 1]))
    assert mean.tolist() == [2, 20]
    assert deviation.tolist() == [1, 10]


def test_single_precision_is_summed_in_double_precision_however_many_columns():
    rows = (np.random.default_rng(0).standard_normal((50, 150)) + 1e6).astype(np.float32)
    mean, deviation = mean_and_deviation(rows, np.arange(50))
    np.testing.assert_allclose(mean, rows.astype(np.float64).mean(axis=0), rtol=1e-15)
    np.testing.assert_allclose(deviation, rows.astype(np.float64).std(axis=0), rtol=1e-12)


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e-154, 1.0, 1e150])
def test_squares_that_are_too_small_or_large_lose_nothing(size):
    part = np.array([[1.0], [2.0], [4.0], [5.0]])
    mean, deviation = statistics_of(part * size)
    assert mean[0] / size == pytest.approx(3)
    assert deviation[0] / size == pytest.approx(part.std())


def test_a_constant_column_has_its_value_and_1():
    mean, deviation = statistics_of(np.full((7, 1), 0.1))
    assert (mean[0], deviation[0]) == (0.1, 1)


def test_rows_are_scaled_and_scaled_back():
    rows, part = np.arange(12.0).reshape(6, 2), np.array([4, 1])
    mean, deviation = mean_and_deviation(rows, part)
    scaled = scale_rows(rows, part, mean, deviation)
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [[1, 1], [-1, -1]]
    assert unscale(scale(rows, mean, deviation), mean, deviation).tolist() == rows.tolist()
    assert scale(rows, None, None) is rows


def test_consecutive_rows_in_single_precision_are_not_copied():
    rows = np.ones((6, 2), np.float32)
    assert np.shares_memory(scale_rows(rows, np.array([2, 3, 4]), None, None), rows)
    assert not np.shares_memory(scale_rows(rows, np.array([2, 4]), None, None), rows)


def test_what_single_precision_cannot_hold_becomes_infinite():
    assert scale_rows(np.array([[1e300]]), np.array([0]), None, None).tolist() == [[np.inf]]
