"""Schedules: their values at the corners, and everywhere between the bounds they promise."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joml import ConstantRate, CosineDecay, OneCycle, ReduceOnPlateau, StepDecay, WarmUp
from joml.optimizers.schedules import ScheduleOfShare, course_of


def factors(schedule, *iterations):
    return [schedule.factor(iteration) for iteration in iterations]


def test_constant():
    assert factors(ConstantRate(), 0, 1, 10**9) == [1, 1, 1]


def test_step_decay_changes_at_its_edges_only():
    assert factors(StepDecay(10, 0.5), 0, 9, 10, 19, 20, 10_000_000) == [1, 1, 0.5, 0.5, 0.25, 0]


def test_cosine_falls_from_one_to_its_end_and_stays():
    assert factors(CosineDecay(100, 0.1), 0, 100, 101, 10**9) == [1, 0.1, 0.1, 0.1]
    assert CosineDecay(100).factor(100) == 0
    assert factors(CosineDecay(90), 30, 45, 60) == pytest.approx([0.75, 0.5, 0.25])


def test_one_cycle_begins_peaks_and_ends_where_it_says():
    cycle = OneCycle(100, rising=0.3, start=0.04, final=1e-5)
    assert factors(cycle, 0, 29, 99, 100) == [0.04, 1, 1e-5, 1e-5]
    assert factors(cycle, 14.5, 64) == pytest.approx([0.52, 0.500005])


def test_one_cycle_without_a_way_up_or_down():
    assert factors(OneCycle(10, rising=0, final=0.5), 0, 9) == [1, 0.5]
    assert factors(OneCycle(10, rising=1, start=0.5), 0, 9, 10) == [0.5, 1, OneCycle(10).final]
    assert OneCycle(1).factor(0) == 1


def test_warm_up_ends_at_one_and_hands_over():
    assert factors(WarmUp(10, 0.5), 0, 5, 10, 11) == [0.5, 0.75, 1, 1]
    assert factors(WarmUp(4, 0.0), 0, 1, 2, 3, 4) == [0, 0.25, 0.5, 0.75, 1]
    assert factors(WarmUp(10, 0.5, StepDecay(5, 0.1)), 10, 14, 15) == [1, 1, 0.1]


lengths, shares = st.integers(1, 500), st.floats(0, 1)
schedules = st.one_of(
    st.builds(StepDecay, lengths, st.floats(0.01, 1)),
    st.builds(CosineDecay, lengths, shares),
    st.builds(OneCycle, lengths, shares, shares, shares),
)


@given(st.one_of(schedules, st.builds(WarmUp, lengths, shares, schedules)))
def test_factors_lie_between_zero_and_one(schedule):
    assert all(0 <= schedule.factor(iteration) <= 1 for iteration in range(0, 1_200, 7))


@given(lengths, shares, shares, shares)
def test_one_cycle_rises_and_then_falls(iterations, rising, start, final):
    cycle = OneCycle(iterations, rising, start, final)
    course = [cycle.factor(iteration) for iteration in range(iterations)]
    top = max(math.floor(rising * iterations - 1), 0)
    assert all(a <= b + 1e-12 for a, b in pairwise(course[: top + 1]))
    assert all(a >= b - 1e-12 for a, b in pairwise(course[top + 1 :]))


def test_a_function_of_the_share_is_1_at_the_end_and_afterwards():
    schedule = ScheduleOfShare(lambda share: 2 * share, 8)
    assert [schedule.factor(iteration) for iteration in (0, 2, 8, 11)] == [0, 0.5, 2, 2]


@pytest.mark.parametrize("factor", [math.nan, -0.1, math.inf, None, "1", np.ones(2)])
def test_a_factor_that_is_no_rate_is_refused(factor):
    course = course_of(ScheduleOfShare(lambda share: 1.0 if share < 0.1 else factor, 10))
    assert course.next_factor() == 1
    with pytest.raises(ValueError, match=r"gave the factor .* after 1 update: it must be a finite number"):
        course.next_factor()


def heard(settings, costs):
    course = course_of(settings)
    result = []
    for cost in costs:
        course.observe(cost)
        result.append(course.next_factor())
    return result


def test_a_plateau_is_more_tests_without_improvement_than_patience():
    plateau = ReduceOnPlateau(0.5, patience=2, threshold=0.1)
    # 0.95 is no improvement upon 1: it is not below 0.9; 0.8 is one
    assert heard(plateau, [1, 0.95, 0.95, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]) == [1] * 6 + [0.5] * 3 + [0.25]


def test_tests_in_the_cooldown_do_not_count_and_the_factor_has_a_floor():
    plateau = ReduceOnPlateau(0.1, patience=0, cooldown=2, least=0.05)
    assert heard(plateau, [1, 1, 1, 1, 1, 1, 1, 1]) == [1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05]


def test_a_cost_that_is_no_number_is_no_improvement():
    assert heard(ReduceOnPlateau(0.5, patience=1), [1, math.nan, math.nan, 0.5]) == [1, 1, 0.5, 0.5]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StepDecay(0), "every must be an integer of at least 1, got 0"),
        (lambda: StepDecay(5, 0), "ratio must be a number above 0 and at most 1, got 0"),
        (lambda: StepDecay(5, 1.5), "ratio"),
        (lambda: CosineDecay(1.5), "iterations"),
        (lambda: CosineDecay(5, -0.1), "final must be a number of at least 0 and at most 1"),
        (lambda: OneCycle(0), "iterations"),
        (lambda: OneCycle(5, rising=1.1), "rising"),
        (lambda: OneCycle(5, start=math.nan), "start"),
        (lambda: OneCycle(5, final=2), "final"),
        (lambda: WarmUp(0), "iterations"),
        (lambda: ScheduleOfShare(abs, 0), "iterations"),
        (lambda: WarmUp(5, 2), "start"),
        (lambda: WarmUp(5, then=ReduceOnPlateau()), "then must be a schedule of iterations"),
        (lambda: ReduceOnPlateau(ratio=1), "ratio must be a number above 0 and below 1"),
        (lambda: ReduceOnPlateau(patience=-1), "patience must be an integer of at least 0"),
        (lambda: ReduceOnPlateau(threshold=1), "threshold"),
        (lambda: ReduceOnPlateau(cooldown=0.5), "cooldown"),
        (lambda: ReduceOnPlateau(least=2), "least"),
    ],
)
def test_settings_out_of_range_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
