"""Comparing in the charts: counted across, zoom, cursor, bands, baselines, best tests, ASCII; by keys and by mouse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from laboratory import (
    ENDLESS,
    SHORT,
    SMALL,
    frame_title,
    has_ended,
    lab_of,
    last_run,
    opened,
    settled,
    toasts,
    trained,
    until,
)
from msgspec import structs
from test_chart_view import ChartsApp, text_of
from test_chart_view import opened as charts_opened
from textual.app import App
from textual.events import MouseScrollUp

from joml_tui.experiment import Xor
from joml_tui.plots.chart_model import Picture
from joml_tui.plots.drawing import draw
from joml_tui.plots.geometry import geometry_of
from joml_tui.plots.palette import contrast, curve_colour, ink_for
from joml_tui.runs.history import History
from joml_tui.runs.run import RunState
from joml_tui.ui.charts import ChartedRun, Charts
from joml_tui.ui.charts.chart_series import Describer, View
from joml_tui.ui.charts.chart_view import Chart
from joml_tui.ui.dialogs.failure_dialog import FailureDialog
from joml_tui.ui.theme_colors import ink_of
from joml_tui.ui.widgets.static_text import StaticText

INK = ink_for(0x101010, 0xE0E0E0)
VIEW = View("cost", 80, 20, INK, dark=True, smoothing=10)


def charted(
    key: str = "1", rows: int = 1_000, per_epoch: int = 100, *, spread: bool = False, label: str = "", **options
) -> ChartedRun:
    """Return a run whose cost falls from 2 to 1 in equal steps, in a millisecond an iteration."""
    history = History.create(per_epoch, rows, 32, 32 * per_epoch, spread=spread)
    cost = np.linspace(2, 1, rows)
    history.append(cost, 1 - cost / 2, rows / 1_000, spreads=(np.full(rows, 0.25), np.full(rows, 0.1)))
    for end in range(per_epoch, rows + 1, per_epoch):
        history.append_check(end, 1.5 if end != 3 * per_epoch else 1.25, 0.5, spreads=(0.1, 0.1))
    return ChartedRun(key, label or f"14-28x6-4 #{key}", int(key) - 1, history, live=False, **options)


def pictured(runs: list[ChartedRun], view: View = VIEW) -> list[str]:
    return rows_of(draw(Describer().describe(runs, view)))


def rows_of(picture: Picture) -> list[str]:
    return ["".join(piece.text for piece in row) for row in picture.rows]


def points(runs: list[ChartedRun], view: View, kind: str = "smooth") -> list[np.ndarray]:
    return [each.points()[0] for each in Describer().describe(runs, view).curves if each.kind == kind]


class TestAcross:
    def test_runs_of_different_batch_sizes_line_up_by_epoch(self):
        coarse, fine = charted("1", rows=500, per_epoch=50), charted("2", rows=2_000, per_epoch=200)
        by_iteration = points([coarse, fine], VIEW)
        assert by_iteration[0][-1] < 501 < by_iteration[1][-1]
        view = replace(VIEW, unit="epoch")
        ends = [each[-1] for each in points([coarse, fine], view)]
        np.testing.assert_allclose(ends, 10, atol=0.1)
        rows = pictured([coarse, fine], view)
        assert rows[-1].rstrip().endswith("epoch")

    def test_seconds_are_those_of_the_history(self):
        view = replace(VIEW, unit="seconds")
        (across,) = points([charted()], view)
        assert 0 < across[0] <= 0.01
        assert 0.99 <= across[-1] <= 1
        assert pictured([charted()], view)[-1].rstrip().endswith("seconds")

    def test_long_times_are_counted_in_minutes_and_hours(self):
        for last, unit, longest in ((90.0, "seconds", 90), (1_200.0, "minutes", 20), (36_000.0, "hours", 10)):
            history = History.create(100, 1_000, 32, 3_200)
            history.append(np.ones(1_000), np.ones(1_000), np.linspace(0, last, 1_000))
            run = ChartedRun("1", "a", 0, history, live=False)
            rows = pictured([run], replace(VIEW, unit="seconds", cursor=last / 2))
            assert rows[-1].rstrip().endswith(unit)
            ticks = [float(tick) for tick in rows[-1].replace(unit, "").split()]
            assert longest / 2 <= max(ticks) <= longest
        assert any("after 5:00:00" in row for row in rows)

    def test_a_history_without_times_is_no_obstacle(self):
        history = History.create(10, 100, 32, 320)
        history.append(np.ones(50), np.ones(50))
        for live in (False, True):
            rows = pictured([ChartedRun("1", "a", 0, history, live)], replace(VIEW, unit="seconds"))
            assert not any("cannot be drawn" in row for row in rows)

    def test_a_fork_is_drawn_from_where_it_parts(self):
        fork = charted("2", parted_at=600)
        for unit, parting in (("iteration", 600), ("epoch", 6), ("seconds", 0.6)):
            view = replace(VIEW, unit=unit)
            assert points([fork], view, "smooth")[0][0] >= parting * 0.99
            assert points([fork], replace(view, smoothing=0), "raw")[0][0] >= parting * 0.99
            assert points([fork], view, "check")[0][0] > parting
            assert points([charted()], view)[0][0] < parting

    def test_a_window_is_reduced_for_itself(self):
        view = replace(VIEW, window=(200.0, 300.0))
        (across,) = points([charted()], view)
        assert (across[0], across[-1]) == (200, 300)
        assert len(across) == 101
        rows = pictured([charted()], view)
        assert "200" in rows[-1]

    def test_a_window_without_a_curve_says_so(self):
        rows = pictured([charted(rows=100)], replace(VIEW, window=(500.0, 600.0)))
        assert any("0 shows everything" in row for row in rows)


class TestWhatIsDrawn:
    def test_the_error_is_one_minus_the_accuracy_on_a_logarithmic_axis(self):
        view = replace(VIEW, figure="accuracy", log=True, smoothing=0)
        description = Describer().describe([charted()], view)
        assert description.title == "error"
        raw = next(each for each in description.curves if each.kind == "raw")
        _, low, high = raw.points()
        assert low.min() == pytest.approx(0.5)
        assert high.max() == pytest.approx(1)

    def test_replicas_have_a_band_of_their_spread_about_the_mean(self):
        description = Describer().describe([charted(spread=True)], VIEW)
        band = next(each for each in description.curves if each.kind == "band")
        mean = next(each for each in description.curves if each.kind == "smooth")
        np.testing.assert_allclose(band.points()[2] - mean.points()[1], 0.25, atol=1e-5)
        np.testing.assert_allclose(mean.points()[1] - band.points()[1], 0.25, atol=1e-5)
        plain, banded = (
            sum(0x2800 < ord(each) <= 0x28FF for row in pictured([run]) for each in row)
            for run in (charted(), charted(spread=True))
        )
        assert banded > 3 * plain

    def test_the_tests_of_replicas_have_whiskers_of_their_spread(self):
        run = charted(spread=True)
        view = replace(VIEW, smoothing=10)
        (whiskers,) = [each for each in Describer().describe([run], view).curves if each.kind == "whisker"]
        across, low, high = whiskers.points()
        np.testing.assert_array_equal(across, np.arange(100, 1001, 100))
        np.testing.assert_allclose(low[[0, 2]], [1.4, 1.15], rtol=1e-6)
        np.testing.assert_allclose(high[[0, 2]], [1.6, 1.35], rtol=1e-6)
        as_error = Describer().describe([run], replace(view, figure="accuracy", log=True)).curves
        (whiskers,) = [each for each in as_error if each.kind == "whisker"]
        np.testing.assert_allclose(whiskers.points()[1], 0.4, rtol=1e-6)
        assert not any(each.kind == "whisker" for each in Describer().describe([charted()], view).curves)
        close = charted(rows=2_000, per_epoch=10, spread=True)  # too close to be told apart
        assert not any(each.kind == "whisker" for each in Describer().describe([close], view).curves)

    def test_a_band_does_not_go_below_a_cost_of_zero(self):
        history = History.create(10, 100, 32, 320, spread=True)
        history.append(np.full(100, 0.1), np.full(100, 0.9), spreads=(np.ones(100), np.ones(100)))
        for log in (False, True):
            run = ChartedRun("1", "a", 0, history, live=False)
            description = Describer().describe([run], replace(VIEW, log=log))
            assert min(each.points()[1].min() for each in description.curves if each.kind == "band") == 0
            assert not any("cannot be drawn" in row for row in rows_of(draw(description)))

    def test_the_best_test_is_marked_with_its_value(self):
        rows = pictured([charted()])
        assert "◆ best test 1.25 at 300" in rows[0]
        column = next(row.index("◆") for row in rows[1:] if "◆" in row)
        assert abs(column - 8 - 0.3 * 63) <= 1

    def test_the_best_tests_of_several_runs_have_their_values_beside_them(self):
        rows = pictured([charted(), charted("2")])
        assert "◆ best test " in rows[0]
        row = next(y for y, row in enumerate(rows[1:], 1) if "◆" in row)
        assert any("1.25" in rows[near][8:70] for near in (row - 1, row, row + 1))

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_tests_without_a_value_have_no_best(self, value):
        history = History.create(10, 100, 32, 320)
        history.append(np.ones(50), np.ones(50))
        history.append_check(10, value, value)
        for metric in ("cost", "accuracy"):
            view = replace(VIEW, figure=metric)
            assert Describer().describe([ChartedRun("1", "a", 0, history, live=False)], view).best == ()

    def test_baselines_are_labelled_lines_within_the_axis(self):
        levels = (("majority class", 5.0, 0.25), ("logistic regression", float("nan"), 0.6))
        rows = pictured([charted()], replace(VIEW, levels=levels))
        assert any("majority class 5.00" in row for row in rows)
        assert not any("logistic" in row for row in rows)
        rows = pictured([charted()], replace(VIEW, figure="accuracy", levels=levels))
        assert any("logistic regression 0.600" in row for row in rows)

    def test_the_cursor_reads_every_run_with_its_name_and_colour(self):
        runs = [charted("1"), charted("2", spread=True), charted("3", rows=100)]
        description = Describer().describe(runs, replace(VIEW, cursor=500.0, smoothing=0))
        readings = description.cursor.readings
        np.testing.assert_allclose([each.train for each in readings], [2 - 499 / 999] * 2 + [np.nan], rtol=1e-6)
        np.testing.assert_allclose([each.check for each in readings], [1.5, 1.5, np.nan])
        assert readings[1].spread == pytest.approx(0.25)
        assert [each.colour for each in readings] == [each.colour for each in description.legend]
        rows = rows_of(draw(description))
        assert any("iteration 500" in row for row in rows)
        for number in (1, 2, 3):
            assert any(f"■ 14-28x6-4 #{number} " in row for row in rows[1:])
        assert any("±0.250" in row for row in rows)

    @pytest.mark.parametrize(("width", "height"), [(78, 10), (100, 20), (240, 32)])
    def test_eight_runs_have_eight_legends_colours_and_readings(self, width, height):
        runs = [charted(str(number)) for number in range(1, 9)]
        view = replace(VIEW, width=width, height=height, cursor=300.0)
        picture = draw(Describer().describe(runs, view))
        legend, readings = picture.rows[0], picture.rows[1:]
        assert len({piece.colour for piece in legend if piece.text == "■ "}) == 8
        assert all(f"#{number}" in "".join(piece.text for piece in legend) for number in range(1, 9))
        assert all(any(f"#{number} " in row for row in rows_of(Picture(readings))) for number in range(1, 9))

    def test_a_run_that_ended_before_what_is_in_view_leaves_no_point_there(self):
        runs = [charted("1"), charted("2", rows=500)]
        for unit, window in (("seconds", (0.7, 0.9)), ("iteration", (700.0, 900.0)), ("epoch", (7.0, 9.0))):
            description = Describer().describe(runs, replace(VIEW, unit=unit, window=window))
            assert {each.colour for each in description.curves} == {description.legend[0].colour}

    def test_of_runs_too_many_to_name_some_are_named_by_their_numbers(self):
        runs = [charted(str(number)) for number in range(1, 15)]
        legend = "".join(piece.text for piece in draw(Describer().describe(runs, replace(VIEW, width=78))).rows[0])
        assert all(f"■ #{number} " in legend for number in range(1, 10))
        assert legend.rstrip().endswith("■ #9  +5")

    def test_a_run_that_parted_is_named_by_its_number_where_there_is_little_room(self):
        label = "14-100-40-4 #7 from #71 @1,230"
        runs = [replace(charted(str(number)), label=label) for number in range(1, 4)]
        view = replace(VIEW, width=78, height=12, cursor=300.0)
        legend, *readings = rows_of(draw(Describer().describe(runs, view)))
        assert legend.count("#7") == 3 and "from" not in legend
        assert sum("14-100-40-4 #7 " in row for row in readings) == 3
        alone = rows_of(draw(Describer().describe(runs[:1], view)))
        assert label in alone[0]

    @pytest.mark.parametrize("width", [20, 40, 80])
    @pytest.mark.parametrize("height", [6, 7, 12])
    def test_everything_at_once_fits_any_size(self, width, height):
        runs = [charted(str(number), spread=number % 2 == 0, label="漢字[/]\x1b" * 9) for number in range(1, 10)]
        levels = (("majority class", 1.4, 0.25), ("x" * 500, 1.0, 0.6))
        for share in (0.0, 0.5, 1.0):
            view = replace(VIEW, width=width, height=height, cursor=1_000 * share, levels=levels, ascii=width == 40)
            rows = pictured(runs, view)
            assert not any("cannot be drawn" in row for row in rows)
            assert len(rows) == height

    def test_ascii_is_ascii(self):
        view = replace(VIEW, cursor=500.0, levels=(("majority", 1.4, 0.25),), ascii=True)
        runs = [charted("1", label="漢字 #1"), charted("2", spread=True, mark="diverged…")]
        rows = pictured(runs, view)
        assert all(row.isascii() and len(row) == 80 for row in rows)
        assert any("'" in row or "." in row or "-" in row for row in rows[2:])
        empty = rows_of(draw(Describer().describe([], replace(VIEW, ascii=True, message="Press r – now"))))
        assert all(row.isascii() for row in empty)


class TestCharts:
    async def test_zoom_and_pan_stay_on_the_axis(self):
        app = ChartsApp()
        async with charts_opened(app):
            charts = app.charts
            charts.zoom(0.5)
            charts.pan(1)
            charts.move_cursor(1)
            assert (charts.window, charts.cursor) == (None, None)
            charts.show([charted()])
            charts.zoom(0.5)
            assert charts.window == (250, 750)
            charts.pan(0.25)
            assert charts.window == (375, 875)
            charts.pan(5)
            assert charts.window == (500, 1_000)
            charts.pan(-5)
            assert charts.window == (0, 500)
            for _ in range(30):
                charts.zoom(0.5)
            first, last = charts.window
            assert last - first == pytest.approx(10)
            for _ in range(30):
                charts.zoom(2)
            assert charts.window is None

    async def test_zoom_keeps_the_cursor_in_place(self):
        app = ChartsApp()
        async with charts_opened(app):
            app.charts.show([charted()])
            app.charts.cursor = 800
            app.charts.zoom(0.5)
            first, last = app.charts.window
            assert (800 - first) / (last - first) == pytest.approx(0.8)

    async def test_another_unit_keeps_window_and_cursor(self):
        app = ChartsApp()
        async with charts_opened(app):
            app.charts.show([charted()])
            app.charts.window, app.charts.cursor = (200.0, 400.0), 300
            app.charts.unit = "epoch"
            assert app.charts.window == pytest.approx((2, 4))
            assert app.charts.cursor == pytest.approx(3)
            app.charts.unit = "seconds"
            assert app.charts.window == pytest.approx((0.2, 0.4), abs=0.002)
            app.charts.unit = "iteration"
            assert app.charts.cursor == pytest.approx(300, abs=2)
            await app.charts.settle()
            assert "iteration 3" in text_of(app.query(Chart).first())

    async def test_moving_the_cursor_reduces_nothing_again(self):
        app = ChartsApp()
        async with charts_opened(app):
            app.charts.show([charted()])
            app.charts.toggle_cursor()
            await app.charts.settle()
            chart = app.query(Chart).first()
            before = chart.describer._cached["1"][1]
            app.charts.move_cursor(-5)
            await app.charts.settle()
            assert chart.describer._cached["1"][1] is before

    async def test_the_mouse_points_drags_and_zooms(self):
        app = ChartsApp()
        async with charts_opened(app) as pilot:
            app.charts.show([charted()])
            await app.charts.settle()
            chart = app.query(Chart).first()
            geometry = geometry_of(*chart.size)
            middle = (geometry.left + geometry.columns // 2, geometry.top + 3)
            await pilot.click(chart, offset=middle)
            await pilot.pause()
            assert app.charts.cursor == pytest.approx(500, abs=15)
            assert app.charts.has_focus
            await pilot._post_mouse_events([MouseScrollUp], chart, offset=middle)
            await pilot.pause()
            first, last = app.charts.window
            assert last - first == pytest.approx(700, abs=1)
            await pilot.mouse_down(chart, offset=middle)
            await pilot.hover(chart, offset=(middle[0] + 8, middle[1]))
            await pilot.mouse_up(chart, offset=(middle[0] + 8, middle[1]))
            await pilot.pause()
            assert app.charts.window[0] == pytest.approx(first - 700 * 8 / geometry.columns, abs=1)
            assert app.charts.cursor == pytest.approx(500, abs=15)


@pytest.mark.parametrize("size", [SMALL])
class TestLab:
    async def test_without_a_run_every_key_is_harmless(self, size):
        async with opened(SHORT, size) as pilot:
            await pilot.press("2", *"izZ0", "left_square_bracket", "right_square_bracket", *"cbLl")
            await pilot.press("left", "right", "shift+left", "shift+right")
            await pilot.pause()
            assert "No curves yet" in toasts(pilot)
            assert lab_of(pilot).query_one(Charts).window is None

    async def test_keys_move_through_a_run(self, size):
        async with opened(SHORT, size) as pilot:
            await pilot.press("f5")
            assert (await has_ended(pilot)).run.state is RunState.FINISHED
            charts = lab_of(pilot).query_one(Charts)
            await pilot.press("c")
            assert charts.has_focus
            end = charts.cursor
            await pilot.press("left")
            one = end - charts.cursor
            await pilot.press("shift+left")
            assert end - charts.cursor == pytest.approx(11 * one)
            await pilot.press("z")
            assert charts.window is not None
            window = charts.window
            await pilot.press("left_square_bracket")
            assert charts.window[0] < window[0] or window[0] == 0
            await pilot.press("c")
            assert charts.cursor is None
            await pilot.press("0", "i")
            assert (charts.window, charts.unit) == (None, "epoch")
            await pilot.press("L")
            await charts.settle()
            assert "error" in text_of(charts.query(Chart).last())
            assert "epoch" in text_of(charts.query(Chart).last())

    async def test_titles_and_axes_answer_the_mouse(self, size):
        async with opened(SHORT, size) as pilot:
            await trained(pilot)
            await pilot.press("2")
            charts = lab_of(pilot).query_one(Charts)
            finding = lab_of(pilot).query_one("#finding", StaticText)  # moves the charts down when it comes
            await until(pilot, lambda: finding.size.height and finding.content)
            await charts.settle()
            cost, accuracy = charts.query(Chart)
            lowest = cost.size.height - 1
            head, foot = (cost.render_line(row).text for row in (0, lowest))
            beside = [(0, 0), (head.index("cost") - 2, 0), (head.index("train"), 0), (foot.index("0"), lowest)]
            for place in beside:  # only the words act
                await pilot.click(cost, offset=place)
            await pilot.pause()
            assert (charts.log_cost, charts.log_error, charts.unit) == (False, False, "iteration")
            await pilot.click(cost, offset=(head.index("cost"), 0))
            await pilot.click(accuracy, offset=(accuracy.render_line(0).text.index("accuracy"), 0))
            await pilot.click(cost, offset=(foot.index("iteration"), lowest))
            await pilot.pause()
            assert (charts.log_cost, charts.log_error, charts.unit) == (True, True, "epoch")

    async def test_baselines_are_asked_for_once_and_drawn(self, size, monkeypatch):
        async with opened(SHORT, size) as pilot:
            lab = lab_of(pilot)
            await pilot.press("2", "b")
            assert "first run" in toasts(pilot)
            await pilot.press("f5")
            charts = lab.query_one(Charts)
            await until(pilot, lambda: len(charts.levels) == 2)
            await charts.settle()
            assert "majority class" in text_of(charts.query(Chart).first())
            await has_ended(pilot)  # while a run trains, the lab asks it other things
            monkeypatch.setattr(type(last_run(pilot).run), "ask", lambda *_: pytest.fail("asked again"))
            await pilot.press("b")
            assert charts.levels == ()
            await pilot.press("b")
            assert len(charts.levels) == 2

    async def test_the_second_chart_shows_the_metrics_of_the_runs_in_turn(self, size):
        async with opened(structs.replace(SHORT, metrics=("macro-f1",)), size) as pilot:
            lab = lab_of(pilot)
            chart, area = lab.query_one("#accuracy-chart", Chart), lab.charts_area
            await pilot.press("f")
            assert "measure no metrics" in toasts(pilot)
            await trained(pilot)
            lab.arrangement.show("charts")
            await pilot.press("f")
            await until(pilot, lambda: text_of(chart).lstrip().startswith("macro F1"))
            assert "metric: macro F1" in frame_title(area)
            await pilot.press("f")
            await until(pilot, lambda: text_of(chart).lstrip().startswith("accuracy"))
            assert "metric: none" in frame_title(area)

    async def test_a_failed_run_has_no_baselines_and_says_so(self, size, monkeypatch):
        async with opened(structs.replace(SHORT, dataset=Xor(samples=200)), size) as pilot:
            monkeypatch.setattr("joml_tui.runs.run.train_in_process", failing)
            await pilot.press("f5")
            await until(pilot, lambda: isinstance(pilot.app.screen, FailureDialog))
            assert last_run(pilot).run.state is RunState.FAILED
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
            await pilot.press("b")
            await until(pilot, lambda: "No baselines" in toasts(pilot))
            assert lab_of(pilot).query_one(Charts).levels == ()

    async def test_a_paused_run_is_read(self, size):
        async with opened(ENDLESS, size) as pilot:
            await pilot.press("f5")
            await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration > 50)
            await pilot.press("p", "i", "i", "c", "left", "b")
            charts = lab_of(pilot).query_one(Charts)
            await until(pilot, lambda: len(charts.levels) == 2)
            await settled(pilot)
            await charts.settle()
            assert "seconds" in text_of(charts.query(Chart).first())


def failing(*_):
    raise OSError("no process")


async def test_charts_follow_the_theme():
    async with opened(SHORT) as pilot:
        await pilot.press("2")
        for theme in ("nord", "solarized-light", "dracula", "gruvbox"):
            pilot.app.theme = theme
            await pilot.pause()
            await lab_of(pilot).query_one(Charts).settle()
            for chart in lab_of(pilot).query(Chart):
                ground = chart.colors[2]
                drawn = {segment.style.bgcolor for segment in chart.render_line(3) if segment.style}
                assert drawn == {ground.rich_color}, theme


async def test_curves_and_their_axes_are_readable_in_every_theme():
    async with App().run_test() as pilot:  # the lab's charts stand on the same ground
        for theme in pilot.app.available_themes:
            pilot.app.theme = theme
            await pilot.pause()
            dark = pilot.app.current_theme.dark
            ink = ink_of(pilot.app.screen, dark=dark)
            drawn = [ink.text, ink.muted, *(curve_colour(place, dark=dark) for place in range(8))]
            assert min(contrast(colour, ink.background) for colour in drawn) >= 3, theme
