"""The values at the ends of curves never cover each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joml_tui.plots.chart_model import Description, LegendEntry, curve
from joml_tui.plots.drawing import draw
from joml_tui.plots.end_values import spread
from joml_tui.plots.palette import ink_for

pytestmark = pytest.mark.quick


@given(st.lists(st.integers(3, 12), max_size=10))
def test_rows_are_moved_apart_within_the_canvas(wanted):
    rows = spread(sorted(wanted), 3, 12)
    assert rows == sorted(set(rows))
    assert all(3 <= row <= 12 for row in rows)


def test_rows_stay_or_gather_about_their_middle():
    assert spread([2, 5, 9], 0, 10) == [2, 5, 9]
    assert spread([5, 5, 5], 0, 10) == [4, 5, 6]
    assert spread([10, 10], 0, 10) == [9, 10]
    assert spread([0, 0, 0], 0, 10) == [0, 1, 2]


def rows_of(values, width=120, **options):
    curves = [
        curve("smooth", 1 + place, np.arange(10), np.linspace(1, value, 10), value=value, run=place)
        for place, value in enumerate(values)
    ]
    legend = tuple(LegendEntry(f"seed {place} #{place}", 1 + place, place, "act") for place in range(len(values)))
    description = Description(
        "cost", width, 14, 10, ink_for(0, 0xFFFFFF), curves=tuple(curves), legend=legend, named=True, **options
    )
    return draw(description).rows


def texts(rows):
    return ["".join(piece.text for piece in row) for row in rows]


def test_values_have_names_and_leaders_where_they_are_moved():
    rows = texts(rows_of([0.2, 0.2, 0.2, 0.9]))
    ends = [row[-28:].rstrip() for row in rows[1:-2] if row[-28:].strip(" ─")]
    assert [end[2:] for end in ends] == ["0.900   seed 3 #3", *(f"0.200   seed {place} #{place}" for place in range(3))]
    assert [end[0] for end in ends].count("╱") >= 1


def test_a_narrow_chart_has_the_numbers_of_runs():
    rows = texts(rows_of([0.2, 0.9], width=70))
    assert any(row.rstrip().endswith("0.900   #1") for row in rows)


def test_where_both_values_do_not_fit_each_run_has_that_of_its_checks():
    ends = {
        kind: [
            curve(kind, 1 + place, np.arange(10), np.linspace(1, value, 10), value=value, run=place)
            for place in range(8)
        ]
        for kind, value in (("smooth", 0.1), ("check", 0.2))
    }
    curves = tuple(each for pair in zip(*ends.values(), strict=True) for each in pair)
    legend = tuple(LegendEntry(f"#{place}", 1 + place, place, "act") for place in range(8))
    ink = ink_for(0, 0xFFFFFF)
    rows = texts(draw(Description("cost", 72, 11, 10, ink, curves=curves, legend=legend, named=True)).rows)
    assert [row.rstrip()[-2:] for row in rows[1:9]] == [f"#{place}" for place in range(8)]


def test_a_click_on_a_value_is_a_click_on_its_run():
    rows = rows_of([0.2, 0.9])
    assert any(piece.action == "act" and "0.900" in piece.text for row in rows[1:] for piece in row)
