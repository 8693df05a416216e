"""Pictures of the table of runs, its dialogs, and the queue, with runs that are the same every time."""

from __future__ import annotations

from itertools import count

import pytest
from laboratory import SMALL, WIDE, settled
from msgspec.structs import replace
from test_snapshots import finished_run
from textual.widgets import Input

from joml_tui.experiment import MomentumSpec
from joml_tui.experiment.presets import DEFAULT_PRESET, find_experiment
from joml_tui.runs.run import RunState
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts
from joml_tui.ui.queue.queue import Queued
from joml_tui.ui.runs import session

BASE = find_experiment(DEFAULT_PRESET)
DARK, LIGHT = "joml-dark", "joml-light"


@pytest.fixture
def picture(snap_compare, monkeypatch):
    """Compare a picture of the lab with four runs, and after these keys, with the one kept."""
    numbers = count()

    def start(experiment, **_):
        run, number = finished_run(experiment), next(numbers)
        run.test_accuracy, run.test_cost = 0.9 + 0.013 * (number * 3 % 4), 0.3 - 0.05 * (number % 3)
        run.adjustments, run.forked_from, run.id = [], None, f"run-{number}"
        if number == 4:
            run.state, run.progress, run.iteration, run.epoch, run.eta_seconds = RunState.RUNNING, 0.4, 1_640, 4, 12.0
        return run

    monkeypatch.setattr(session, "start_run", start)

    def compare(size, theme, *keys, queue=False):
        app = LabApp(BASE)

        async def before(pilot):
            lab = pilot.app.lab
            pilot.app.theme = theme
            await settled(pilot)
            for seed in range(4):
                lab.run_control.start(
                    replace(BASE, seed=seed, optimizer=MomentumSpec(0.01) if seed % 2 else BASE.optimizer)
                )
            first, second, *_ = lab.session.runs
            first.marked, first.tags, first.note = True, ("deep", "best"), "learns at last"
            second.name = "baseline"
            lab.runs_area.sort_by("test_score")
            for entry in (first, second):
                lab.query_one("#runs").show_run(entry)
            if queue:
                lab.queue.add([Queued(replace(BASE, seed=seed), f"seed {seed}") for seed in range(4)])
                lab.queue_control.advance()
                lab._timer.pause()
            lab.arrangement.show("runs")
            lab.query_one("#runs").focus()
            await pilot.pause()
            await pilot.press(*keys)
            for entry in pilot.app.screen.query(Input):
                entry.cursor_blink = False
            await pilot.pause(0.4)
            await lab.query_one(Charts).settle()
            await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


FILTER = ("slash", *"tag", "colon", *"deep")


@pytest.mark.parametrize(("size", "theme"), [(SMALL, DARK), (WIDE, LIGHT)])
def test_sorted_and_filtered(picture, size, theme):
    assert picture(size, theme, *FILTER)


def test_the_transport_line_tells_of_the_queue(picture):
    assert picture(SMALL, DARK, queue=True)


def test_sorting(picture):
    assert picture(SMALL, DARK, "S")
