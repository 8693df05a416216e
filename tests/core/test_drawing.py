"""Charts as pictures: right for good data, harmless for any."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml_tui.plots.axes import across_axis, count_text, linear_axis, log_axis, nice_last, number_text
from joml_tui.plots.canvas import curve_dots
from joml_tui.plots.chart_model import Description, LegendEntry, Mark, Picture, curve
from joml_tui.plots.drawing import draw
from joml_tui.plots.label_text import cell_width, plain
from joml_tui.plots.palette import curve_colour, ink_for, mix

INK = ink_for(0x101010, 0xE0E0E0)
MESSAGE = "Press r to train."


def text_of(picture: Picture) -> list[str]:
    return ["".join(piece.text for piece in row) for row in picture.rows]


def chart(*curves, width=60, height=12, last=10, **options) -> Description:
    return Description("cost", width, height, last, INK, tuple(curves), message=MESSAGE, **options)


def is_whole(picture: Picture, width: int, height: int) -> bool:
    widths = {sum(map(cell_width, row)) for row in text_of(picture)}
    return len(picture.rows) == height and widths == {width}


def has_curve(picture: Picture) -> bool:
    return any(0x2800 < ord(character) <= 0x28FF for row in text_of(picture) for character in row)


class TestDraw:
    def test_a_fixed_input_gives_fixed_rows(self):
        iterations = np.arange(1, 11)
        smooth = curve("smooth", 0x56B4E9, iterations, 1 / iterations, value=0.1)
        test = curve("check", 0x56B4E9, [5, 10], [0.3, 0.2], value=0.2)
        picture = draw(chart(smooth, test, legend=(LegendEntry("14-28x6-4", 0x56B4E9),)))
        assert text_of(picture) == [
            "        cost   ━ train  ● test   ■ 14-28x6-4                ",
            "    1.0┼────⠈⢆─────────────────────────────────────         ",
            "       │     ⠈⢆                                             ",
            "       │      ⠘⡄                                            ",
            "       │       ⠘⡄                                           ",
            "    0.5┼────────⠘⠤⡀────────────────────────────────         ",
            "       │          ⠈⠑⠤⣀                                      ",
            "       │              ⠉⠑⠢⠤⢄⣀⡀●                    ● ●0.200  ",
            "       │                    ⠈⠉⠉⠉⠒⠒⠒⠒⠤⠤⠤⠤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀ ━0.100  ",
            "    0.0┼───────────────────────────────────────────         ",
            "       └┬────────────────────┬────────────────────┬         ",
            "        0                    5            iteration         ",
        ]

    @pytest.mark.parametrize(
        "values",
        [
            [],
            [np.nan] * 5,
            [np.inf, -np.inf, np.nan],
        ],
        ids=["nothing", "nan", "infinite"],
    )
    @pytest.mark.parametrize("log", [False, True])
    def test_without_a_finite_value_the_message_is_shown(self, values, log):
        picture = draw(chart(curve("raw", 1, np.arange(1, len(values) + 1), values), log=log))
        assert is_whole(picture, 60, 12)
        assert any(MESSAGE in row for row in text_of(picture))
        assert not has_curve(picture)

    @pytest.mark.parametrize(
        "values",
        [
            [0.5],
            [0.5] * 10,
            [0.0] * 10,
            [1e30, 2e30],
            [-1e30, 1e30],
            [3.4e38, -3.4e38],
            [1e-30, 2e-30],
            [1, np.inf, 2, np.nan, 3],
            [1_000.0001, 1_000.0002],
            list(range(500)),
        ],
    )
    def test_any_finite_value_is_drawn(self, values):
        picture = draw(chart(curve("raw", 1, np.arange(1, len(values) + 1), values), last=max(10, len(values))))
        assert is_whole(picture, 60, 12)
        assert has_curve(picture), text_of(picture)

    def test_a_logarithmic_scale_leaves_out_zeros(self):
        picture = draw(chart(curve("smooth", 1, [1, 2, 3, 4], [1, 0, 0.1, 0.01]), log=True))
        rows = text_of(picture)
        assert has_curve(picture)
        assert [row[:8].strip(" ┼│") for row in rows if "┼" in row] == ["1", "0.1", "0.01"]

    def test_a_logarithmic_scale_without_positive_values_says_so(self):
        picture = draw(chart(curve("raw", 1, [1, 2], [0, -1]), log=True))
        assert any("above 0 only" in row for row in text_of(picture))

    def test_nan_leaves_a_gap(self):
        iteration = np.arange(1, 101)
        values = np.where((iteration > 40) & (iteration < 60), np.nan, 0.5)
        picture = draw(chart(curve("smooth", 1, iteration, values), last=100))
        drawn = next(row for row in text_of(picture) if "⠒⠒" in row or "⠤⠤" in row or "⠉⠉" in row or "⣀⣀" in row)
        canvas = drawn[8:51]
        assert canvas[0] not in " ─"
        assert set(canvas[18:25]) <= {" ", "─"}
        assert canvas[-2] not in " ─"

    def test_a_mark_stands_at_its_iteration(self):
        mark = Mark(5, "diverged at iteration 5", 0xFF0000)
        rows = text_of(draw(chart(curve("raw", 1, [1, 5], [1, 2]), marks=(mark,), width=100)))
        assert "┊ diverged at iteration 5" in rows[1]
        assert rows[5][rows[1].index("┊")] == "┊"

    def test_marked_runs_do_not_flatten_the_others(self):
        good = curve("raw", 1, [1, 5, 10], [1, 0.5, 0.2])
        wild = curve("raw", 2, [1, 2], [1, 1e20], scales=False)
        rows = text_of(draw(chart(good, wild)))
        assert rows[1].startswith("    1.0")

    def test_labels_are_harmless(self):
        nasty = ("[/]", "a[b", "\x1b[31mred\x07", "x" * 10_000, "漢字" * 200, "e\u0301\u200d\n\tz", "\ud800")
        legend = tuple(LegendEntry(label, 1) for label in nasty)
        picture = draw(chart(curve("raw", 1, [1, 2], [1, 2]), legend=legend, width=100))
        assert is_whole(picture, 100, 12)
        title = text_of(picture)[0]
        assert "[/]" in title
        assert title.isprintable()

    @pytest.mark.parametrize("width", [1, 5, 19, 20, 40, 56, 160])
    @pytest.mark.parametrize("height", [1, 3, 6, 10, 40])
    def test_any_size_is_filled_exactly(self, width, height):
        raw = curve("raw", 1, np.arange(1, 200), np.random.default_rng(0).normal(size=199), value=1.0)
        mark = Mark(199, "diverged at iteration 199", 2)
        for picture in (
            draw(chart(width=width, height=height)),
            draw(chart(raw, width=width, height=height, last=199, marks=(mark,))),
        ):
            assert is_whole(picture, width, height)

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.floats(width=32), max_size=60),
        st.booleans(),
        st.sampled_from([None, (0.0, 1.0)]),
        st.integers(20, 90),
        st.integers(6, 30),
    )
    def test_no_value_makes_it_fail(self, values, log, bounds, width, height):
        curves = [
            curve(kind, 1, np.arange(1, len(values) + 1), values, value=(values or [0])[-1])
            for kind in ("raw", "smooth", "check")
        ]
        picture = draw(chart(*curves, width=width, height=height, last=60, log=log, bounds=bounds))
        assert is_whole(picture, width, height)
        assert not any("cannot be drawn" in row for row in text_of(picture))


class TestCurveDots:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=200), st.integers(2, 120), st.integers(2, 60))
    def test_every_point_has_its_dot_and_neighbours_touch(self, heights, width, height):
        up = np.array(heights)
        across = np.linspace(0, 1, len(up))
        dots = curve_dots(across, up, up, width, height)
        for place, value in zip(across, up, strict=True):
            assert dots[height - 1 - int(value * (height - 1) + 0.5), int(place * (width - 1) + 0.5)]
        lit = [np.flatnonzero(column) for column in dots.T if column.any()]
        assert len(lit) == (width if len(up) > 1 else 1)
        for left, right in pairwise(lit):
            assert left.min() <= right.max() + 1
            assert right.min() <= left.max() + 1


class TestAxes:
    @settings(max_examples=200, deadline=None)
    @given(st.floats(-1e30, 1e30), st.floats(0, 1e30), st.integers(2, 12))
    def test_limits_hold_the_values_and_ticks_lie_inside(self, low, span, ticks):
        axis = linear_axis(low, low + span, ticks)
        slack = 1e-6 * (axis.high - axis.low)
        assert axis.low <= low + slack
        assert axis.high >= low + span - slack
        assert 1 <= len(axis.ticks) <= ticks + 2
        assert all(axis.low - slack <= tick <= axis.high + slack for tick in axis.ticks)
        assert all(len(label) <= 7 for label in axis.labels)

    @settings(max_examples=200, deadline=None)
    @given(st.floats(1e-38, 1e38), st.floats(1, 1e38), st.integers(2, 12))
    def test_a_logarithmic_axis_holds_the_values(self, low, ratio, ticks):
        high = min(low * ratio, 1e38)
        axis = log_axis(low, high, ticks)
        assert 10**axis.low <= low * 1.000001
        assert 10**axis.high >= high * 0.999999
        assert len(axis.ticks) <= ticks

    def test_accuracy_stays_between_0_and_1(self):
        for low, high in [(1, 1), (0, 0), (0.999, 1), (0, 1), (0.2, 0.97)]:
            axis = linear_axis(low, high, 5, (0, 1))
            assert axis.low >= -1e-9
            assert axis.high <= 1 + 1e-9

    def test_numbers_are_short_and_readable(self):
        assert [number_text(0.25, 0.25), number_text(-0.0, 0.5), number_text(1.5, 0.5)] == ["0.25", "0.0", "1.5"]
        assert [number_text(value) for value in (0.03125, 123456.0, 1e30, -2.5e-9, 0.0)] == [
            "0.0312",
            "1.23e5",
            "1e30",
            "-2.5e-9",
            "0",
        ]
        assert [count_text(count) for count in (0, 4_100, 25_000, 1_500_000)] == ["0", "4,100", "25,000", "1.5M"]

    def test_the_across_axis_moves_seldom_and_ends_at_the_total(self):
        ends = {nice_last(iteration, 4_100) for iteration in range(1, 4_101)}
        assert ends == {10, 20, 25, 50, 100, 200, 250, 500, 1_000, 2_000, 2_500, 4_100}
        assert nice_last(5_000, 4_100) == 5_000
        assert nice_last(0, 4_100) == 10
        assert across_axis(0, 1, 5).ticks == (0.0, 1.0)


class TestPalette:
    @staticmethod
    def luminance(colour: int) -> float:
        parts = [(colour >> shift & 255) / 255 for shift in (16, 8, 0)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    @pytest.mark.parametrize(("dark", "ground"), [(True, 0x1E1E1E), (False, 0xE0E0E0)])
    def test_every_colour_stands_out_from_its_ground(self, dark, ground):
        colours = [curve_colour(index, dark=dark) for index in range(16)]
        assert len(set(colours)) == 16
        assert curve_colour(16, dark=dark) == colours[0]
        for colour in colours:
            darker, lighter = sorted([self.luminance(colour), self.luminance(ground)])
            assert (lighter + 0.05) / (darker + 0.05) >= 3

    def test_mix(self):
        assert mix(0x000000, 0xFFFFFF, 0.5) == 0x808080
        assert mix(0x102030, 0xFFFFFF, 0) == 0x102030


class TestPlain:
    def test_shortens_to_cells(self):
        assert plain("abcdef", 4) == "abc…"
        assert plain("漢字漢字", 5) == "漢字…"
        assert plain("a\x1b[2J\r\nb", 20) == "a [2J b"
        assert plain("abc", 0) == ""


def test_plotext_is_imported_in_one_place():
    package = Path(sys.modules["joml_tui.plots"].__file__).parent.parent
    users = [path.name for path in package.rglob("*.py") if "import plotext" in path.read_text(encoding="utf-8")]
    assert users == ["drawing.py"]
