"""The order of runs in tables: by a field as one looks for it first, by the same one the other way round."""

from joml_tui.runs.run_fields import find_field
from joml_tui.runs.run_order import RunOrder

COST, SCORE = find_field("test_cost"), find_field("test_score")


def test_costs_begin_with_the_smallest_and_scores_with_the_largest():
    assert (RunOrder().turned_to(COST).falling, RunOrder().turned_to(SCORE).falling) == (False, True)


def test_the_same_field_again_turns_the_order_round():
    order = RunOrder().turned_to(COST)
    assert (order.column, order.sign) == ("test_cost", "▲")
    assert (order.turned_to(COST).sign, order.turned_to(COST).turned_to(COST).sign) == ("▼", "▲")
    assert order.turned_to(COST).turned_to(SCORE).turned_to(COST).sign == "▲"
    assert order.turned_to(None) == RunOrder()
    assert RunOrder().column == ""
