"""The throttle that keeps a pace: what is due, and what is made up for after a delay."""

import pytest

from joml_tui.runs.worker.throttle import Throttle


def test_the_first_iteration_is_due_at_once_and_the_next_one_in_its_turn():
    throttle = Throttle(2, now=10)
    assert throttle.due(10) == 1
    throttle.spend(1)
    assert throttle.due(10.25) == 0
    assert throttle.seconds_to_wait == pytest.approx(0.25)
    assert throttle.due(10.5) == 1


def test_at_a_fast_pace_several_are_due_after_each_wait():
    throttle = Throttle(1_000, now=0)
    throttle.spend(throttle.due(0))
    assert throttle.seconds_to_wait == pytest.approx(0.01)
    assert throttle.due(0.01) == 10


@pytest.mark.parametrize(("per_second", "most"), [(1, 1), (1_000, 100)])
def test_a_delay_is_not_made_up_for_in_a_rush(per_second, most):
    throttle = Throttle(per_second, now=0)
    assert throttle.due(60) == most
