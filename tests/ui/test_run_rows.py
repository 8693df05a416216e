"""The cells of a group of runs in the table."""

import pytest

from joml_tui.ui.runs.run_rows import write_seeds


@pytest.mark.parametrize(
    ("seeds", "written"),
    [([3], "3"), ([1, 0], "0, 1"), (range(20), "0..19"), ([5, 3, 4, 4], "3..5"), ([0, 1, 3], "0, 1, 3")],
)
def test_the_seeds_of_a_group_are_written_as_in_a_grid(seeds, written):
    assert write_seeds(seeds) == written
