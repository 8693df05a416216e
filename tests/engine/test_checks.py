"""Checks of networks in training, and early stopping by them."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
from numpy.testing import assert_array_equal

from joml.training.checks import Checks
from joml.training.early_stopping import BestSoFar, EarlyStopping


@dataclass
class Costs:
    """An evaluator whose checks have these costs in turn."""

    costs: list
    done: int = 0
    metric: list = field(default_factory=list)

    def evaluate(self):
        place, self.done = self.done, self.done + 1
        metrics = {"gain": self.metric[place]} if self.metric else {}
        return SimpleNamespace(cost=self.costs[place], metrics=metrics)


@dataclass
class Ends:
    at: np.ndarray
    diverged: np.ndarray
    kept: list = field(default_factory=list)

    def keep_parameters(self, places):
        self.kept += places


def checks_of(*evaluators, patience=2, metric=None, averaging=None):
    theta = np.zeros((len(evaluators), 3))
    ends = Ends(np.zeros(len(evaluators), int), np.zeros(len(evaluators), bool))
    best = BestSoFar(EarlyStopping(patience=patience), theta, np.zeros(0))
    return Checks(evaluators, best, metric, ends, averaging), theta, ends


def check(checks, theta, ends, iteration, *, last=False):
    active = ends.at == 0
    theta[active] = iteration
    checks.evaluate(active)
    checks.stop_early(active, iteration, last=last)


def test_a_network_stops_when_its_patience_is_exhausted_with_its_best_parameters():
    checks, theta, ends = checks_of(Costs([3, 2, 4, 5]), Costs([3, 2, 1, 0]))
    for iteration in (10, 20, 30, 40):
        check(checks, theta, ends, iteration)
    assert_array_equal(ends.at, [40, 0])
    assert_array_equal(theta, [[20] * 3, [40] * 3])
    assert ends.kept == [0]


def test_a_network_that_has_ended_keeps_its_last_check():
    first = Costs([3, 4, 5])
    checks, theta, ends = checks_of(first, Costs([5, 4, 3, 2, 1]))
    for iteration in (10, 20, 30, 40, 50):
        check(checks, theta, ends, iteration)
    assert first.done == 3
    assert [each.cost for each in checks.latest] == [5, 1]


def test_at_the_end_of_all_epochs_the_best_parameters_come_back():
    checks, theta, ends = checks_of(Costs([3, 2, 4]), patience=9)
    for iteration in (10, 20, 30):
        check(checks, theta, ends, iteration, last=iteration == 30)
    assert_array_equal(theta, [[20] * 3])
    assert_array_equal(ends.at, [0])


def test_a_metric_is_better_higher_and_counts_only_where_it_was_measured():
    metric = SimpleNamespace(name="gain", better="higher")
    evaluator = Costs([1, 1, 1, 1], metric=[0.5, 0.7, np.nan, 0.6])
    checks, theta, ends = checks_of(evaluator, metric=metric)
    for iteration in (10, 20, 30, 40):
        check(checks, theta, ends, iteration)
    assert_array_equal(ends.at, [0])  # of two checks after the best one, the first does not count
    checks.restore_best(0)
    assert_array_equal(theta, [[20] * 3])


def test_the_average_of_weights_goes_back_with_them():
    gone_back = []
    checks, theta, ends = checks_of(Costs([3, 4, 5]), averaging=SimpleNamespace(go_back=gone_back.append))
    for iteration in (10, 20, 30):
        check(checks, theta, ends, iteration)
    assert gone_back == [0]


def test_without_early_stopping_nothing_stops():
    ends = Ends(np.zeros(1, int), np.zeros(1, bool))
    checks = Checks([Costs([1, 2, 3])], None, None, ends, None)
    for iteration in (10, 20, 30):
        checks.evaluate(np.array([True]))
        checks.stop_early(np.array([True]), iteration, last=True)
    checks.restore_best(0)
    assert ends.at[0] == 0
