"""The charts on the screen: up to date, cheap when nothing happens, and intact when the painter is not."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.widgets import TabbedContent, TabPane

from joml_tui.plots.drawing import draw
from joml_tui.plots.palette import curve_colour
from joml_tui.plots.renderer_client import PainterClient
from joml_tui.runs.history import History
from joml_tui.ui.charts import ChartedRun, Charts
from joml_tui.ui.charts.chart_view import Chart

pytestmark = pytest.mark.quick

EMPTY = "Press r to train"


class CountingPainter(PainterClient):
    """Draws at once, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = 0

    async def draw(self, description):
        self.drawn += 1
        return draw(description)


class ChartsApp(App[None]):
    def __init__(self, painter: PainterClient | None = None) -> None:
        super().__init__()
        self.charts = Charts(painter=painter or CountingPainter())

    def compose(self) -> ComposeResult:
        yield self.charts


class TabbedApp(ChartsApp):
    def compose(self) -> ComposeResult:
        with TabbedContent(initial="other"):
            with TabPane("Other", id="other"):
                pass
            with TabPane("Charts", id="charts"):
                yield self.charts


def run(key: str = "1", rows: int = 500, *, live: bool = False, label: str = "14-28x6-4", mark: str = "") -> ChartedRun:
    history = History.create(100, 1_000, 32, 3_200)
    history.append(2 * np.exp(-np.arange(rows) / 200), 1 - np.exp(-np.arange(rows) / 200))
    history.append_check(100, 1.4, 0.4)
    return ChartedRun(key, label, int(key), history, live, mark)


def text_of(chart: Chart) -> str:
    return "\n".join(chart.render_line(y).text for y in range(chart.size.height))


def opened(app: App[None], size: tuple[int, int] = (100, 30)):
    return app.run_test(size=size, notifications=True, tooltips=True)


async def drawn_by(condition, seconds: float = 120) -> bool:
    """Wait for the charts' own loop to get there."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return True
        await asyncio.sleep(0.02)
    return False


async def test_empty_charts_say_what_to_do():
    app = ChartsApp()
    async with opened(app):
        await app.charts.settle()
        cost, accuracy = app.query(Chart)
        assert EMPTY in text_of(cost)
        assert EMPTY in text_of(accuracy)
        assert text_of(cost).lstrip().startswith("cost")
        assert text_of(accuracy).lstrip().startswith("accuracy")


async def test_a_run_is_shown_with_the_real_painter():
    app = ChartsApp(PainterClient())
    assert app.charts._painter.pid is None
    async with opened(app):
        app.charts.show([run()])
        await app.charts.settle()
        assert app.charts._painter.pid is not None
        for chart in app.query(Chart):
            assert "14-28x6-4" in text_of(chart)
            assert "iteration" in text_of(chart)
            assert any(0x2800 < ord(character) <= 0x28FF for character in text_of(chart))
    assert app.charts._painter.pid is None


@pytest.mark.skipif(os.name != "posix", reason="signals")
async def test_a_live_chart_survives_its_painters():
    app = ChartsApp(PainterClient())
    live = run(rows=10, live=True)
    async with opened(app):
        app.charts.show([live])
        await app.charts.settle()
        for end in (20, 30):
            pid = app.charts._painter.pid
            os.kill(pid, signal.SIGKILL)
            live.history.append(np.full(end, 0.5), np.full(end, 0.5))
            before = text_of(app.query(Chart).first())
            assert await drawn_by(lambda before=before: text_of(app.query(Chart).first()) != before)
        assert app.charts._painter.pid is None
        assert app.is_running


async def test_without_any_painter_charts_are_drawn():
    app = ChartsApp(PainterClient(("/nonexistent/painter",)))
    async with opened(app):
        app.charts.show([run()])
        await app.charts.settle()
        assert "iteration" in text_of(app.query(Chart).first())


async def test_nothing_is_drawn_while_nothing_changes():
    painter = CountingPainter()
    app = ChartsApp(painter)
    live = run(live=True)
    async with opened(app):
        app.charts.show([live])
        await app.charts.settle()
        drawn = painter.drawn
        await asyncio.sleep(0.7)
        assert painter.drawn == drawn
        live.history.append([1.0], [0.5])
        assert await drawn_by(lambda: painter.drawn == drawn + 2)


async def test_only_changed_rows_are_painted(monkeypatch):
    app = ChartsApp()
    flat = History.create(1_000, 1_000, 32, 3_200)
    flat.append([2.0, 0.0], [0.5, 0.5])
    flat.append(np.full(300, 0.5), np.full(300, 0.5))
    async with opened(app) as pilot:
        app.charts.smoothing = 0
        app.charts.show([ChartedRun("1", "flat", 0, flat, live=False)])
        await app.charts.settle()
        await pilot.pause()
        painted = []
        chart = app.query(Chart).first()
        render_line = Chart.render_line
        monkeypatch.setattr(chart, "render_line", lambda y: painted.append(y) or render_line(chart, y))
        flat.append(np.full(100, 0.5), np.full(100, 0.5))
        await app.charts.settle()
        await pilot.pause()
        assert 1 <= len(set(painted)) <= 2


async def test_scale_and_smoothing_are_followed():
    app = ChartsApp()
    async with opened(app):
        app.charts.show([run()])
        await app.charts.settle()
        cost, accuracy = app.query(Chart)
        linear, untouched = text_of(cost), text_of(accuracy)
        app.charts.log_cost = True
        await app.charts.settle()
        assert text_of(cost) != linear
        assert text_of(accuracy) == untouched
        app.charts.log_cost = False
        app.charts.smoothing = 0
        await app.charts.settle()
        assert text_of(accuracy) != untouched


async def test_the_theme_is_followed():
    app = ChartsApp()

    def written(*, dark: bool) -> str:
        return f"#{curve_colour(0, dark=dark):06x}"

    def colours() -> set[str]:
        chart = app.query(Chart).first()
        return {
            segment.style.color.name
            for y in range(chart.size.height)
            for segment in chart.render_line(y)
            if segment.style and segment.style.color
        }

    async with opened(app) as pilot:
        app.charts.show([run("0")])
        await app.charts.settle()
        assert written(dark=True) in colours()
        for theme in ("textual-light", "nord", "ansi-light", "ansi-dark"):
            app.theme = theme
            await pilot.pause()
            await pilot.pause()
            await app.charts.settle()
            assert written(dark=app.current_theme.dark) in colours()
            assert written(dark=not app.current_theme.dark) not in colours()


async def test_a_click_on_a_name_hides_its_curves_and_a_second_one_shows_them():
    app = ChartsApp()
    async with opened(app) as pilot:
        app.charts.show([run("1", label="first #1"), run("2", label="second #2")])
        await app.charts.settle()
        chart = app.query(Chart).first()
        column = chart.render_line(0).text.index("second #2")
        for hidden in (frozenset({"2"}), frozenset()):
            await pilot.click(chart, offset=(column + 2, 0))
            await pilot.pause()
            assert app.charts.hidden == hidden
            assert not app.charts.log_cost
            await app.charts.settle()
            assert ("□ second #2" in text_of(chart)) == bool(hidden)


async def test_all_in_view_the_same_key_shows_spikes_and_leaves_them_out_again():
    app = ChartsApp()
    async with opened(app):
        app.charts.show([run()])
        app.charts.zoom(0.5)
        for whole_range in (False, True, False):
            app.charts.show_whole()
            assert app.charts.window is None
            assert app.charts.full_range == whole_range


async def test_wide_and_low_charts_stand_side_by_side():
    app = ChartsApp()
    async with opened(app, (120, 14)) as pilot:
        await pilot.pause()
        cost, accuracy = app.query(Chart)
        assert cost.region.y == accuracy.region.y
        await pilot.resize_terminal(60, 40)
        await app.charts.settle()
        assert cost.region.x == accuracy.region.x
        assert all(chart.render_line(0).cell_length == 60 for chart in (cost, accuracy))


async def test_charts_out_of_sight_cost_nothing():
    painter = CountingPainter()
    app = TabbedApp(painter)
    async with opened(app) as pilot:
        app.charts.show([run()])
        await pilot.pause(0.3)
        assert painter.drawn == 0
        app.query_one(TabbedContent).active = "charts"
        assert await drawn_by(lambda: painter.drawn == 2)
        app.query_one(TabbedContent).active = "other"
        await pilot.pause()
        drawn = painter.drawn
        app.charts.show([run(rows=700)])
        await pilot.pause(0.3)
        assert painter.drawn == drawn


@pytest.mark.parametrize("label", ["[/]", "a[b", "[lr=1e-3", "\x1b[31mred", "x" * 10_000, "漢字" * 100])
async def test_any_label_is_harmless(label):
    app = ChartsApp()
    async with opened(app, (80, 24)) as pilot:
        app.charts.show([run(label=label, mark=label), run("2")])
        await app.charts.settle()
        await pilot.pause()
        chart = app.query(Chart).first()
        assert {chart.render_line(y).cell_length for y in range(chart.size.height)} == {80}
        assert text_of(chart).replace("\n", "").isprintable()


async def test_a_broken_history_leaves_the_app_intact():
    class Broken:
        iterations = tests = total_iterations = unread = 5

        def reduce(self, *_):
            raise ValueError("broken")

    app = ChartsApp()
    async with opened(app) as pilot:
        app.charts.show([ChartedRun("1", "broken", 0, Broken(), live=False)])
        await pilot.pause(0.1)
        app.charts.show([run()])
        await app.charts.settle()
        assert "iteration" in text_of(app.query(Chart).first())


def test_plotext_stays_out_of_the_screens_process():
    import subprocess

    code = "import sys, joml_tui.ui.charts; sys.exit('plotext' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
