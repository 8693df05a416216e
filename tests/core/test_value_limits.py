"""The limits of a chart's values leave out spikes, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from joml_tui.plots.chart_model import curve
from joml_tui.plots.value_limits import value_limits

pytestmark = pytest.mark.quick

ACROSS = np.arange(200.0)
FALLING = 1.4 * np.exp(-ACROSS / 40) + 0.1


def limits(values, *, log=False, full=False):
    return value_limits([curve("smooth", 1, np.arange(len(values)), values)], log=log, full=full)


def test_a_falling_cost_is_shown_whole():
    for decay in (2, 10, 40, 400):
        values = 1.4 * np.exp(-ACROSS / decay) + 0.1 + 0.01 * np.sin(ACROSS)
        assert limits(values)[:2] == (values.min(), values.max())


def test_a_spike_is_left_out_and_reported():
    values = FALLING.copy()
    values[150] = 40
    shown = limits(values)
    assert shown.high < 2
    assert shown.highest == 40
    assert limits(values, full=True)[:2] == (FALLING.min(), 40)


def test_a_logarithmic_axis_leaves_out_spikes_both_ways():
    values = FALLING.copy()
    values[150], values[160] = 1e9, 1e-12
    shown = limits(values, log=True)
    assert shown.low > 0.01
    assert shown.high < 10
    assert (shown.lowest, shown.highest) == (1e-12, 1e9)


def test_few_values_and_equal_values_are_shown_whole():
    assert limits([1, 2, 3, 1000])[:2] == (1, 1000)
    values = np.zeros(200)
    values[100] = 7
    assert limits(values)[:2] == (0, 7)


@pytest.mark.parametrize("log", [False, True])
def test_without_values_there_are_no_limits(log):
    assert limits([], log=log) is None
    assert limits([np.nan, np.inf], log=log) is None
    assert value_limits([], log=log) is None
    assert (limits([-1.0, 0.0], log=log) is None) == log


def test_values_whose_range_overflows_are_shown_whole():
    values = np.resize([-1.7e308, 1.7e308], 100)
    assert limits(values)[:2] == (-1.7e308, 1.7e308)
