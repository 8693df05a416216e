"""Differences between runs in columns that fit the terminal."""

import pytest

from joml_tui.ui.runs.diff_screen import fitting_widths

pytestmark = pytest.mark.quick


def test_columns_are_as_wide_as_their_texts_if_there_is_room():
    assert fitting_widths([["", "a" * 13, "b" * 20], ["cost", "1", "2"]], 60) == [4, 13, 20]


def test_columns_that_do_not_fit_are_equally_wide_and_short_ones_stay_whole():
    first, short, *long = fitting_widths([["", "a" * 13, "b" * 30, "c" * 31]], 63)
    assert (first, short) == (0, 13)
    assert long[0] == long[1] <= 22
