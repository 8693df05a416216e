"""Lanes of arcs: those that overlap are beside one another."""

from joml_tui.plots.arc_lanes import lanes_of


def test_arcs_that_only_touch_are_in_one_lane_and_those_inside_others_in_a_lane_before():
    assert lanes_of([(1, 5), (2, 4), (5, 7)]) == [[(2, 4), (5, 7)], [(1, 5)]]
    assert lanes_of([]) == []
