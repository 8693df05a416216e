import math

import numpy as np
import pytest
from msgspec.structs import replace

from joml_tui.experiment import AdamSpec, CostScale, Experiment, LayerSpec, Xor
from joml_tui.runs.history import History
from joml_tui.runs.seed_groups import mean_and_spread, mean_history, without_seed

FIRST = Experiment(dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"),), epochs=2, batch_size=16)


def test_seed_and_name_alone_make_no_other_group():
    assert without_seed(FIRST) == without_seed(replace(FIRST, seed=7, name="seven"))
    assert without_seed(FIRST) != without_seed(replace(FIRST, optimizer=AdamSpec(0.5)))
    assert without_seed(FIRST) != without_seed(replace(FIRST, epochs=3))


def test_the_spread_is_that_of_a_sample_and_diverged_runs_do_not_count():
    figure = mean_and_spread([0.9, None, 0.8, math.nan, 0.7])
    assert (figure.mean, figure.spread, figure.count) == (pytest.approx(0.8), pytest.approx(0.1), 3)
    assert mean_and_spread([0.5]).spread is None
    assert mean_and_spread([math.inf, None]) is None


def history_of(costs, checks, metrics=()):
    history = History.create(2, 6, 8, 16, metrics=metrics)
    history.append(np.array(costs, np.float32), np.full(len(costs), 0.5))
    for place, cost in enumerate(checks, start=1):
        history.append_check(2 * place, cost, 0.5, metrics=dict.fromkeys(metrics, cost))
    return history


def test_the_mean_of_series_has_their_spread_at_each_iteration():
    mean = mean_history([history_of([1, 2, 3, 4], [1, 2], ["f1"]), history_of([3, 2, 1, 4], [3, 2], ["f1"])])
    assert mean.has_spread
    np.testing.assert_allclose(mean.train_cost, [2, 2, 2, 4])
    np.testing.assert_allclose(mean.series("train_cost_spread"), [2**0.5, 0, 2**0.5, 0], rtol=1e-6)
    np.testing.assert_allclose(mean.check_cost, [2, 2])
    np.testing.assert_allclose(mean.series("check_cost_spread"), [2**0.5, 0], rtol=1e-6)
    np.testing.assert_allclose(mean.metric("f1"), [2, 2])
    assert mean.check_iteration.tolist() == [2, 4]


def test_runs_that_stopped_or_diverged_count_as_far_as_they_went():
    mean = mean_history([history_of([1, 3], [1]), history_of([3, np.inf, 5, 6], [3, 4])])
    np.testing.assert_allclose(mean.train_cost, [2, 3, 5, 6])
    np.testing.assert_allclose(mean.check_cost, [2, 4])
    assert mean.iterations == 4


def test_the_costs_of_each_run_are_converted_by_its_own_deviation():
    scales = [CostScale("price", 10, is_squared=True), CostScale("price", 20, is_squared=True)]
    mean = mean_history([history_of([4, 9], [1]), history_of([4, 1], [4])], scales)
    np.testing.assert_allclose(mean.train_cost, [30, 25])  # 20 and 40, 30 and 20
    np.testing.assert_allclose(mean.check_cost, [25])  # 10 and 40
    np.testing.assert_allclose(mean.train_accuracy, [0.5, 0.5])


def test_root_mean_squared_errors_are_smoothed_as_those_of_one_run():
    # the root of the mean of the squared errors of some mini-batches, not the mean of their roots
    scales = [CostScale("price", 10, is_squared=True), CostScale("price", 20, is_squared=True)]
    mean = mean_history([history_of([1, 9, 4, 4], [1]), history_of([0, 8], [4])], scales)
    smoothed = mean.smooth("train_cost", np.array([2, 4]), 3)
    first, second = 10 * (14 / 3) ** 0.5, 20 * (8 / 2) ** 0.5
    np.testing.assert_allclose(smoothed, [(first + second) / 2, 10 * 4**0.5], rtol=1e-6)
    as_recorded = mean_history([history_of([1, 9], [1]), history_of([3, 1], [4])])
    np.testing.assert_allclose(as_recorded.smooth("train_cost", np.array([1, 2]), 2), [2, 3.5])
