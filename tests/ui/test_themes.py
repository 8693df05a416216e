"""Every letter of the lab's own themes has a contrast of 4.5 to 1 with its ground (WCAG 2, 1.4.3)."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from laboratory import lab_of, listed_all, opened, settled, until
from test_areas_sizes import AT_THE_START, BASE, LESSONS, WITH_RUNS, compared, ended_run, lesson_of
from test_fork_screen_pictures import asked
from test_history_screen_pictures import stored
from test_inside_area_sizes import DEEP, PLANE, experiment_for, run_of
from textual.pilot import Pilot
from textual.widgets import Button

from joml_tui.experiment import CsvFile, Experiment, LayerSpec
from joml_tui.plots.palette import contrast
from joml_tui.runs.run_fields import facts_of
from joml_tui.ui import lab as lab_screen
from joml_tui.ui.charts import Charts, charts_area
from joml_tui.ui.columns.columns_screen import ColumnsScreen
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.fork import fork_control
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.inside.inside_area import PANELS
from joml_tui.ui.inside.landscape_panel import LandscapePanel
from joml_tui.ui.run_history.history_screen import EarlierRuns
from joml_tui.ui.runs import session
from joml_tui.ui.shell.themes import DARK, LIGHT

THEMES = (DARK.name, LIGHT.name)
LEAST = 4.5
#: What needs nothing but its keys, the charts last: they remain as those leave them.
_BY_KEYS_ALONE = [place for place in WITH_RUNS if place not in ("charts", "queue", "live-settings")] + ["charts"]
#: Letters and digits; lines, blocks and dots are drawings.
LETTER = re.compile(r"[^\W_]")

pytestmark = pytest.mark.slow


def faint(pilot: Pilot) -> dict[str, float]:
    """Return the texts in front that are too faint, each with its contrast; not those of disabled buttons."""
    screen = pilot.app.screen
    dialogs = [child.region for child in screen.children if child.display] if screen.is_modal else [screen.region]
    disabled = [button.region for button in screen.query(Button) if button.disabled]
    found: dict[str, float] = {}
    for y, strip in enumerate(screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            start, x = x, x + segment.cell_length
            style = segment.style
            if style is None or style.color is None or style.bgcolor is None or not LETTER.search(segment.text):
                continue
            if not any(each.contains(start, y) for each in dialogs) or any(
                each.contains(start, y) for each in disabled
            ):
                continue
            colours = [each.get_truecolor() for each in (style.color, style.bgcolor)]
            ratio = contrast(*(each.red << 16 | each.green << 8 | each.blue for each in colours))
            if ratio < LEAST:
                found[segment.text.strip()[:40]] = round(ratio, 2)
    return found


async def readable_in_both(pilot: Pilot, place: str) -> list[tuple[str, str, dict[str, float]]]:
    """Return the faint texts of the front screen in both themes."""
    bad = []
    for theme in THEMES:
        pilot.app.theme = theme
        await pilot.pause()
        await lab_of(pilot).query_one(Charts).settle()
        await pilot.pause(0.05)
        if texts := faint(pilot):
            bad.append((place, theme, texts))
    return bad


async def leave(pilot: Pilot) -> None:
    """Go back to the lab's own screen."""
    while pilot.app.screen is not lab_of(pilot):
        pilot.app.screen.close() if hasattr(pilot.app.screen, "close") else pilot.app.pop_screen()
        await pilot.pause(0.02)


async def test_the_test_sees_faint_text():
    async with opened() as pilot:
        assert not faint(pilot)
        lab_of(pilot).query_one("#compose").styles.color = "#404040"
        lab_of(pilot).query_one("#architecture").styles.color = "#404040"
        await pilot.pause()
        assert faint(pilot)


async def test_the_lab_at_its_start():
    bad = []
    async with opened(BASE) as pilot:
        for place, keys in {**AT_THE_START, "settings": ("O",), "file": ("J",), "painting": ("ctrl+d",)}.items():
            await pilot.press(*keys)
            await pilot.pause(0.1)
            bad += await readable_in_both(pilot, place)
            await pilot.press("escape")  # a list
            await leave(pilot)
        answers = (Answer("yes", "Yes", "y"), Answer("no", "No", "n"))
        pilot.app.push_screen(Question("Leave?", "Two runs are training.", answers))
        await pilot.pause(0.1)
        bad += await readable_in_both(pilot, "question")
    assert bad == []


@pytest.mark.parametrize("prepared_for", ["", "queue", "live-settings"])
async def test_the_lab_with_runs(monkeypatch, prepared_for):
    bad, started = [], []

    def start_run(experiment, **_):
        run = ended_run(len(started), experiment, *started[:1])
        run.wait = lambda timeout=None: True
        started.append(run)
        return run

    monkeypatch.setattr(lab_screen, "prewarm", lambda: None)
    monkeypatch.setattr(session, "start_run", start_run)
    monkeypatch.setattr(fork_control, "asked", asked)
    monkeypatch.setattr(charts_area, "asked", asked)
    monkeypatch.setattr(charts_area, "diagnose_run", lambda *_, **__: [])
    async with opened(BASE) as pilot:
        await compared(pilot, prepared_for)
        for place in [prepared_for] if prepared_for else _BY_KEYS_ALONE:
            await pilot.press(*WITH_RUNS[place])
            await pilot.pause(0.2)
            bad += await readable_in_both(pilot, place)
            await leave(pilot)
    assert bad == []


async def test_lessons():
    bad = []
    async with opened(BASE) as pilot:
        for place, keys in LESSONS.items():
            kind, source = lesson_of(place)
            await pilot.app.push_screen(kind([source]))
            await until(pilot, lambda: not pilot.app.screen.waiting)
            await pilot.press(*keys)
            await pilot.pause()
            bad += await readable_in_both(pilot, place)
            await leave(pilot)
    assert bad == []


@pytest.mark.parametrize("experiment", [DEEP, PLANE], ids=["deep", "plane"])
async def test_panels_inside(monkeypatch, experiment):
    def start_run(*arguments, **settings):
        run = run_of(*arguments, **settings)
        run.wait = lambda timeout=None: True
        return run

    monkeypatch.setattr(session, "start_run", start_run)
    bad = []
    async with opened(experiment) as pilot:
        await pilot.press("r")
        await settled(pilot)
        await pilot.press("4")
        area = lab_of(pilot).query_one(InsideArea)
        for place, panel in enumerate(PANELS):
            if experiment_for(panel) is not experiment or panel is LandscapePanel:  # which asks for whole weights
                continue
            area.choose(place)
            await pilot.pause(0.3)
            bad += await readable_in_both(pilot, panel.title)
    assert bad == []


async def test_earlier_runs():
    store = SimpleNamespace(
        path=Path("runs.db"), damaged={}, runs=lambda: [stored(n) for n in range(20, 0, -1)], facts_of=facts_of
    )
    async with opened(BASE) as pilot:
        screen = EarlierRuns(store, set())
        pilot.app.push_screen(screen)
        await listed_all(pilot)
        await pilot.press("space")
        await pilot.pause(0.1)
        assert await readable_in_both(pilot, "earlier") == []


async def test_columns(tmp_path):
    path = tmp_path / "people.csv"
    rows = "".join(f"{i},{20 + i % 9},{'mf'[i % 2]},{'xyz'[i % 3]}\n" for i in range(60))
    path.write_text("zone,age,sex,kind\n" + rows)
    async with opened(Experiment(dataset=CsvFile(str(path), "kind"), layers=(LayerSpec(4),), epochs=2)) as pilot:
        await pilot.press("K")
        await until(pilot, lambda: isinstance(pilot.app.screen, ColumnsScreen) and pilot.app.screen.selected)
        await pilot.press("i")
        await pilot.pause(0.3)
        assert await readable_in_both(pilot, "columns") == []
