"""The sizes of areas side by side."""

import pytest

from joml_tui.ui.shell.area_sizes import usual_height


@pytest.mark.parametrize(
    ("rows", "screen", "lines"), [(0, 30, 4), (0, 50, 4), (1, 50, 6), (3, 50, 7), (3, 30, 7), (40, 30, 8), (40, 50, 13)]
)
def test_the_runs_are_as_high_as_their_rows_need_within_limits(rows, screen, lines):
    assert usual_height(rows, screen) == lines
