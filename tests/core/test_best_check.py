"""The best check of a run is the first of equal ones, and no number that is not finite."""

import numpy as np

from joml_tui.runs.best_check import BestCheck, best_check
from joml_tui.runs.history import History


def history_of(*checks):
    history = History.create(10, 100, 16, 160)
    history.append(np.ones(50), np.ones(50))
    for iteration, cost, accuracy in checks:
        history.append_check(iteration, cost, accuracy)
    return history


def test_the_first_of_equal_checks_is_the_best():
    history = history_of((10, 0.5, 0.75), (20, 0.25, 0.875), (30, 0.25, 0.875), (40, np.nan, np.inf))
    assert best_check(history, "check_cost", lower_is_better=True) == BestCheck(20, 0.25)
    assert best_check(history, "test_accuracy", lower_is_better=False) == BestCheck(20, 0.875)


def test_without_a_finite_check_there_is_no_best():
    assert best_check(history_of(), "check_cost", lower_is_better=True) is None
    assert best_check(history_of((10, np.nan, np.nan)), "check_cost", lower_is_better=True) is None
    assert best_check(history_of((10, 1.0, 0.5)), "validation_cost", lower_is_better=True) is None
