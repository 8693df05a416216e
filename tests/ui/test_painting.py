"""Painted points: the brush, the eraser, and what makes a painting a data set."""

import numpy as np
import pytest

from joml_tui.ui.painting.painting import MOST_POINTS, Painting


def test_a_touch_adds_points_of_the_chosen_class_around_the_place():
    painting = Painting(chosen=3)
    for _ in range(50):
        painting.touch(0.5, -0.5)
    assert set(painting.classes.tolist()) == {3}
    assert np.allclose(painting.points.mean(axis=0), (0.5, -0.5), atol=0.02)
    assert painting.points.std(axis=0, ddof=1) == pytest.approx([painting.spread] * 2, rel=0.2)


def test_the_smallest_brush_paints_the_point_itself():
    painting = Painting()
    painting.widen(-9)
    painting.touch(0.25, 1.0)
    assert painting.points.tolist() == [[0.25, 1.0]]


def test_points_stay_on_the_plane_and_are_limited():
    painting = Painting(brush=4)
    for _ in range(MOST_POINTS):
        painting.touch(1, 1)
    assert len(painting.points) == MOST_POINTS == len(painting.classes)
    assert np.abs(painting.points).max() == 1


def test_erasing_removes_what_is_near():
    painting = Painting()
    painting.widen(-9)
    for x in (-0.5, 0.0, 0.01, 0.5):
        painting.touch(x, 0)
    painting.erase(0.0, 0.0)
    assert painting.points[:, 0].tolist() == [-0.5, 0.5]
    painting.clear()
    assert painting.counts == (0,) * 9


def test_two_classes_and_ten_points_are_a_data_set():
    painting = Painting()
    painting.touch(0, 0)
    assert "two classes" in painting.problem
    painting.chosen = 2
    painting.brush = 0
    painting.touch(0, 0)
    assert "10 points" in painting.problem
    painting.brush = 1
    painting.touch(0, 0)
    assert painting.problem == ""
