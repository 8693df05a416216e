"""Bars of activations: above and below 0, as many layers as there is room for."""

import numpy as np
import pytest

from joml_tui.plots.canvas import Canvas
from joml_tui.plots.palette import ink_for
from joml_tui.ui.inside.unit_bars import draw_unit_bars, rows_for_bars

pytestmark = pytest.mark.quick


def drawn(layers, sizes, width=60, height=10):
    canvas = Canvas(width, height)
    draw_unit_bars(canvas, 0, [np.array(each, np.float32) for each in layers], sizes, ink_for(0, 0xFFFFFF), dark=True)
    return ["".join(piece.text for piece in row).rstrip() for row in canvas.rows()]


@pytest.mark.parametrize(
    ("layers", "room", "rows"), [(0, 20, 0), (1, 3, 0), (1, 4, 3), (1, 5, 3), (2, 20, 8), (1, 90, 12)]
)
def test_each_layer_gets_the_same_rows(layers, room, rows):
    assert rows_for_bars(layers, room) == rows


def test_negative_activations_hang_below_the_positive_ones():
    lines = drawn([[1, -1, 0]], [3])
    assert lines[0] == "layer 1 · 3 units · from -1 to 1 · strongest: unit 1"
    assert lines[1:5] == ["█████"] * 4
    assert lines[5:9] == [" " * 6 + "█████"] * 4


def test_a_layer_without_negative_ones_stands_on_the_lowest_row():
    lines = drawn([[0.5, 1]], [100])
    assert lines[0].startswith("layer 1 · units 1–2 of 100 · from 0.5 to 1")
    assert lines[1] == " " * 6 + "█████"
    assert lines[8] == "█████ █████"


def test_activations_that_are_all_0_or_no_numbers_draw_nothing():
    assert drawn([[0, float("nan")]], [2])[1:] == [""] * 9
