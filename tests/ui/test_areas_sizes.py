"""A picture of every area in the smallest terminal, where something is cut off first, and a few of the extremes.

What holds at every size, that nothing which takes keys is cut off, is measured in test_arrangement; that colours are
readable in every theme, too.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from laboratory import inside_shown, settled, until
from msgspec.structs import replace
from test_charts_area_pictures import REACHED
from test_fork_screen_pictures import asked
from test_lesson_control import LINEAR, SPIN_GLASS, subject_of, told_at_once
from test_snapshots import EPOCH, EPOCHS, finished_run
from textual.widgets import Input

from joml_tui.experiment import MomentumSpec
from joml_tui.experiment.presets import DEFAULT_PRESET, find_experiment
from joml_tui.inspect import answer
from joml_tui.inspect.accounting import Accounting
from joml_tui.inspect.collapse import Collapsing
from joml_tui.inspect.step_by_step import NextStep
from joml_tui.runs.history import History
from joml_tui.runs.run import RunState
from joml_tui.ui import lab as lab_screen
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts, charts_area
from joml_tui.ui.fork import fork_control
from joml_tui.ui.fork.range_test_screen import RangeTest
from joml_tui.ui.lessons.accounting_lesson import AccountingLesson
from joml_tui.ui.lessons.collapse_lesson import CollapseLesson
from joml_tui.ui.lessons.one_step import OneStep
from joml_tui.ui.queue.queue import Queued
from joml_tui.ui.runs import session

BASE = find_experiment(DEFAULT_PRESET)

#: The keys that lead to an area from the lab as it starts, and from the lab with three runs.
AT_THE_START = {"compose": (), "presets": ("o",), "jump": ("semicolon",), "tour": ("T",), "help": ("question_mark",)}
WITH_RUNS = {
    "charts": ("2", "b", "c", *["shift+left"] * 5),
    "runs": ("3",),
    "queue": ("Q",),
    "grid": ("asterisk", *"0", "full_stop", *"1", "comma", *"1"),
    "differences": ("equals_sign",),
    "travel": ("h", "up", "up", "up"),
    "range-test": ("R",),
    "live-settings": ("w",),
    "settings": ("v",),
    "export": ("E",),
}
DIALOGS = ("asterisk", "equals_sign", "R", "w", "v", "E", "T", "semicolon", "question_mark")
LESSONS = {"one-step": ("down", "u", "4"), "accounting": (), "equivalence": ()}


SIZES = {"80x24": (80, 24), "100x30": (100, 30), "160x50": (160, 50), "250x70": (250, 70)}

#: What is seen besides each area at 80x24 and dark: sizes and both themes, where most stands beside each other.
EXTREMES = (
    ("160x50", "light", "compose"),
    ("250x70", "light", "charts"),
    ("160x50", "dark", "travel"),
    ("100x30", "light", "settings"),
    ("250x70", "light", "one-step"),
)


def seen(areas):
    """Return what a test of these areas is run for: their size, theme and name."""
    chosen = [*(("80x24", "dark", area) for area in areas), *(shown for shown in EXTREMES if shown[2] in areas)]
    return pytest.mark.parametrize(
        ("size", "theme", "area"),
        [pytest.param(SIZES[size], f"joml-{theme}", area, id=f"{size}-{theme}-{area}") for size, theme, area in chosen],
    )


def ended_run(number, experiment, first=None):
    """Return what `start_run` does, of the run with this number: curves by formula, one band, one fork, snapshots."""
    run, total = finished_run(experiment), EPOCH * EPOCHS
    iteration = np.arange(total)
    cost = 1.4 * np.exp(-iteration / (500 + 150 * number)) + 0.08 + 0.05 * np.sin(iteration * 12.9898)
    run.history = History.create(EPOCH, total, 32, 13_107, spread=number == 1)
    run.history.append(cost, 1 - cost / 2, iteration * 1e-4 * (1 + number), spreads=(cost / 5 + 0.05, cost / 10))
    for epoch in range(1, EPOCHS + 1):
        late = 0.05 * max(0, epoch - 7)
        run.history.append_check(epoch * EPOCH, 1.2 / epoch + late, 1 - 0.6 / epoch - late / 4, spreads=(0.1, 0.05))
    run.id, run.forked_from = f"run-{number}", (first, 2_000) if number == 2 else None
    run.test_accuracy, run.test_cost = 0.9 + 0.013 * number, 0.3 - 0.05 * number
    run.snapshots = SimpleNamespace(iterations=tuple(range(0, total + 1, EPOCH)))
    run.rate_at = lambda _: experiment.optimizer.learning_rate
    run.ask = lambda _, on_answer, at=None: on_answer(REACHED)
    return run


async def compared(pilot, area):
    """Have three runs to compare: one selected, two marked, of three optimizer settings."""
    lab = pilot.app.lab
    for number in range(3):
        optimizer = (BASE.optimizer, MomentumSpec(0.01), MomentumSpec(0.1))[number]
        lab.run_control.start(replace(BASE, seed=number, optimizer=optimizer))
        await settled(pilot)
    first, second, last = lab.session.runs
    first.marked = second.marked = True
    first.tags, first.note, second.name = ("deep", "best"), "learns at last", "baseline"
    for entry in lab.session.runs:
        lab.query_one("#runs").show_run(entry)
    lab.show_selected()
    await until(pilot, lambda: not lab.charts_area.diagnoses.under_way)
    if area == "queue":
        lab.queue.add([Queued(replace(BASE, seed=seed), f"seed {seed}") for seed in range(4)])
        lab.queue_control.advance()
        lab._timer.pause()
    if area == "live-settings":
        last.run.state = RunState.PAUSED
    pilot.app.clear_notifications()


@pytest.fixture
def picture(snap_compare, monkeypatch):
    """Compare a picture of the lab, prepared in some way and after these keys, with the one kept."""
    started = []

    def start_run(experiment, **_):
        number = len(started)
        run = ended_run(number, experiment, *started[:1])
        started.append(run)
        if number > 2:  # the queue's
            run.state, run.progress, run.iteration, run.epoch, run.eta_seconds = RunState.RUNNING, 0.4, 1_640, 4, 12.0
        return run

    monkeypatch.setattr(lab_screen, "prewarm", lambda: None)  # nothing is computed here
    monkeypatch.setattr(session, "start_run", start_run)
    monkeypatch.setattr(fork_control, "asked", asked)
    monkeypatch.setattr(charts_area, "asked", asked)
    monkeypatch.setattr(charts_area, "diagnose_run", lambda *_, **__: [])
    monkeypatch.chdir("/")

    def compare(prepare, keys, size, theme):
        app = LabApp(BASE)

        async def before(pilot):
            app.theme = theme
            await settled(pilot)
            await prepare(pilot)
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
                if key == keys[0] and key in DIALOGS:
                    await until(pilot, lambda: app.screen is not app.lab and app.screen.is_mounted)
                    if len(keys) > 1:  # the next one is for an entry of the dialog
                        await until(pilot, lambda: app.screen.focused is not None)
            if isinstance(app.screen, RangeTest):
                await until(pilot, lambda: app.screen._tried is not None)
            for screen in app.screen_stack:
                for entry in screen.query(Input):
                    entry.cursor_blink = False
            await app.lab.query_one(Charts).settle()
            await inside_shown(pilot)
            await pilot.pause(0.2)
            assert app.is_running and app._exception is None  # a lab that has failed is a picture of nothing

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


@cache
def lesson_of(area):
    """Return a kind of lesson and its answer, for which a network is trained once."""
    kind, question, experiment = {
        "one-step": (OneStep, NextStep(), SPIN_GLASS),
        "accounting": (AccountingLesson, Accounting(), SPIN_GLASS),
        "equivalence": (CollapseLesson, Collapsing(), LINEAR),
    }[area]
    return kind, told_at_once(answer(question, subject_of(experiment)))


@seen(AT_THE_START)
def test_the_lab_at_its_start(picture, size, theme, area):
    async def nothing(pilot):
        pass

    assert picture(nothing, AT_THE_START[area], size, theme)


@seen(WITH_RUNS)
def test_the_lab_with_three_runs(picture, size, theme, area):
    async def runs(pilot):
        await compared(pilot, area)

    assert picture(runs, WITH_RUNS[area], size, theme)


@seen(LESSONS)
def test_lessons(picture, size, theme, area):
    async def lesson(pilot):
        kind, source = lesson_of(area)
        await pilot.app.push_screen(kind([source]))
        await until(pilot, lambda: not pilot.app.screen.waiting)
        await pilot.pause()

    assert picture(lesson, LESSONS[area], size, theme)
