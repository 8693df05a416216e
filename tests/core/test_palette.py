"""The colours of terminals with few of them are distinct, and stand for the same curves."""

import pytest

from joml_tui.plots.palette import curve_colour, few_colour, is_grey


@pytest.mark.parametrize("dark", [True, False])
def test_a_curve_has_the_same_of_few_colours_wherever_it_is_drawn(dark):
    for index in range(16):
        few = curve_colour(index, dark=dark, few_colours=True)
        assert few_colour(curve_colour(index, dark=dark), dark=dark) == few
        assert few_colour(few, dark=dark) == few
    assert len({few_colour(curve_colour(index, dark=dark), dark=dark) for index in range(6)}) == 6


def test_other_colours_become_the_nearest_hue_and_greys_stay():
    assert few_colour(0x2D1160, dark=True) == 0x5555FF
    assert few_colour(0xF1605D, dark=True) == 0xFF5555
    assert few_colour(0x404448, dark=True) == 0x404448
    assert is_grey(0x404448) and not is_grey(0x2D1160)
