"""Dashes and signs tell runs apart without colours."""

from __future__ import annotations

import numpy as np
import pytest

from joml_tui.plots.strokes import check_sign, dashed, sample_of

pytestmark = pytest.mark.quick


def test_the_first_four_runs_have_distinct_dashes_and_the_first_six_distinct_signs():
    dots = np.ones((4, 120), np.bool_)
    assert len({dashed(dots, stroke).tobytes() for stroke in range(4)}) == 4
    assert len({sample_of(stroke) for stroke in range(4)}) == 4
    assert len({check_sign(stroke) for stroke in range(6)}) == 6
    assert all(len(sample_of(stroke)) == 3 for stroke in range(20))


def test_the_first_curve_is_solid_and_every_gap_is_a_whole_cell():
    dots = np.ones((4, 120), np.bool_)
    assert dashed(dots, 0).all()
    for stroke in range(1, 4):
        cells = dashed(dots, stroke)[0].reshape(-1, 2)
        assert (~cells.any(axis=1)).any()
        np.testing.assert_array_equal(cells[:, 0], cells[:, 1])
