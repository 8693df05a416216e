"""Metrics against scikit-learn's and against what is known of the article's."""

import statistics
import tracemalloc

import numpy as np
import pytest
from sklearn import metrics as peer

from joml import Identity, MeanSquaredError, OutputLayer, SoftMaxCrossEntropyOutputLayer
from joml.statistics.metrics import (
    Scoring,
    accuracy,
    confusion,
    entrywise_accuracy,
    largest,
    mean_absolute_error,
    mean_over_samples,
    predictions,
    r2,
    score,
    spread,
    spread_of_rows,
    swapped_cost,
)


@pytest.fixture
def regression():
    generator = np.random.default_rng(0)
    y = generator.normal(size=(3, 200)) * [[1], [10], [0.1]] + 5
    return y + generator.normal(size=y.shape) * [[0.5], [1], [0.3]], y


def test_regression_metrics_are_those_of_scikit_learn(regression):
    y_hat, y = regression
    assert r2(y_hat, y) == pytest.approx(peer.r2_score(y.T, y_hat.T))
    assert r2(y_hat[:1], y[:1]) == pytest.approx(peer.r2_score(y[0], y_hat[0]))
    assert mean_absolute_error(y_hat, y) == pytest.approx(peer.mean_absolute_error(y.T, y_hat.T))
    single = np.float32(y_hat), np.float32(y)
    assert r2(*single) == pytest.approx(r2(y_hat, y), rel=1e-5)


def test_r2_of_the_mean_is_0_and_of_the_truth_1(regression):
    _, y = regression
    assert r2(y, y) == 1
    assert r2(np.broadcast_to(y.mean(axis=1, keepdims=True), y.shape), y) == pytest.approx(0, abs=1e-12)
    assert r2(-y, y) < 0


@pytest.mark.parametrize("unit", [1e-27, 1, 1000, 1e25])
@pytest.mark.parametrize("guess", [0.1, 0.2])
def test_r2_is_not_defined_where_nothing_varies_whatever_the_unit(guess, unit):
    y = np.full((1, 10), 0.1) * unit
    assert np.isnan(r2(np.full_like(y, guess * unit), y))
    assert np.isnan(r2(y[:, :1] + 1, y[:, :1]))  # as scikit-learn has it of one sample


def test_an_output_without_variance_is_left_out_of_r2(regression):
    y_hat, y = regression
    constant = np.full((1, 200), 7.0)
    assert r2(np.vstack([y_hat, constant + 1]), np.vstack([y, constant])) == r2(y_hat, y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("unit", [1e-27, 1e-3, 1, 1e25])
def test_r2_has_no_unit(regression, unit, dtype):
    y_hat, y = (np.asarray(values * unit, dtype) for values in regression)
    assert r2(y_hat, y) == pytest.approx(r2(*regression), rel=1e-5)
    scoring = Scoring(OutputLayer(3, Identity(), MeanSquaredError()), y)
    assert scoring.per_sample(y_hat, y).mean() == pytest.approx(r2(*regression), rel=1e-5)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("task", ["classes", "multilabel", "regression"])
@pytest.mark.parametrize("outputs", [3, 20])
def test_outputs_that_are_not_finite_have_no_score(task, outputs, wrong):
    generator = np.random.default_rng(0)
    y = np.eye(outputs)[generator.integers(0, outputs, 50)].T
    y_hat = np.float32(y * 0.8 + 0.1)
    assert score(task, y_hat, y) > 0.6
    y_hat[1, 7] = wrong
    assert np.isnan(score(task, y_hat, y))
    missing = np.flatnonzero(np.isnan(predictions(task, y_hat)).any(axis=0))
    assert task == "regression" or missing.tolist() == [7]
    if task != "regression":
        counted = confusion(task, y_hat, y)
        assert (counted.missing, counted.counts[0].sum()) == (1, 49)


def test_shares_of_classes_are_judged_by_the_largest():
    y = np.array([[0.6, 0.2, 0.1], [0.4, 0.8, 0.9]])
    y_hat = np.array([[0.9, 0.6, 0.4], [0.1, 0.4, 0.6]])
    assert accuracy(y_hat, y) == pytest.approx(2 / 3)


@pytest.mark.parametrize("outputs", [1, 2, 3, 16, 17, 40])
def test_the_largest_is_the_first_of_equals(outputs):
    values = np.random.default_rng(outputs).integers(0, 3, (2, outputs, 30)).astype(np.float32)
    np.testing.assert_array_equal(largest(values), values.argmax(axis=-2))


def test_the_spread_is_the_sample_standard_deviation():
    values = [0.9, 0.94, 0.97, 0.91]
    assert spread(values) == pytest.approx(statistics.stdev(values))
    assert np.isnan(spread([0.9]))
    assert np.isnan(spread([0.9, np.nan]))


def test_the_spread_of_rows_is_over_those_that_are_known():
    rows = np.array([[1, 2, np.nan, np.nan], [3, np.nan, np.nan, 4], [8, 5, np.nan, np.nan]])
    spreads = spread_of_rows(rows)
    np.testing.assert_allclose(spreads, [statistics.stdev([1, 3, 8]), statistics.stdev([2, 5]), np.nan, np.nan])
    assert spread_of_rows(rows.astype(np.float32)).dtype == np.float32


def test_a_smaller_mini_batch_counts_for_less():
    assert mean_over_samples([1, 1, 0], [32, 32, 2]) == pytest.approx(64 / 66)
    assert np.isnan(mean_over_samples([], []))


@pytest.mark.parametrize("classes", [2, 4, 10])
def test_entrywise_accuracy_flatters_by_a_known_amount(classes):
    generator = np.random.default_rng(1)
    y_hat = generator.dirichlet(np.ones(classes), 500).T
    y = np.eye(classes)[generator.integers(0, classes, 500)].T
    predicted = np.eye(classes)[y_hat.argmax(axis=0)].T
    assert entrywise_accuracy(y_hat, y) == (predicted == y).mean()
    assert entrywise_accuracy(y_hat, y) == pytest.approx(1 - 2 * (1 - accuracy(y_hat, y)) / classes)


def test_among_four_classes_nothing_right_scores_one_half():
    y = np.eye(4)
    assert entrywise_accuracy(np.roll(y, 1, axis=0), y) == 0.5
    assert entrywise_accuracy(y, y) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_swapped_cost_is_linear_in_the_probability_of_the_true_class(dtype):
    generator = np.random.default_rng(2)
    y_hat = generator.dirichlet(np.ones(4), 500).T.astype(dtype)
    y = np.eye(4, dtype=dtype)[generator.integers(0, 4, 500)].T
    given = (y_hat * y).sum(axis=0).mean()
    assert swapped_cost(y_hat, y) == pytest.approx(-np.log(1e-8) * (1 - given), rel=1e-5)
    assert swapped_cost(y, y) == pytest.approx(0, abs=1e-7)


def test_classes_are_scored_without_a_copy_in_double_precision():
    y = np.zeros((50, 20_000), np.float32)
    y[0] = 1
    tracemalloc.start()
    Scoring(SoftMaxCrossEntropyOutputLayer(50), y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < y.nbytes
