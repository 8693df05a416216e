"""Pictures of the charts with several runs to compare, the same every time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from laboratory import SMALL, settled
from test_snapshots import EPOCH, EPOCHS, finished_run
from textual.widgets import Input

from joml_tui.experiment.presets import DEFAULT_PRESET, find_experiment
from joml_tui.inspect.baseline_scores import BaselineScore, BaselinesReached
from joml_tui.runs.history import History
from joml_tui.ui import terminal_traits
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts
from joml_tui.ui.runs import session

REACHED = BaselinesReached(
    (BaselineScore("majority class", 1.38, 0.27), BaselineScore("logistic regression", 0.92, 0.62))
)


@pytest.fixture
def picture(snap_compare, monkeypatch):
    """Compare a picture of the lab, after so many marked runs and these keys, with the one kept."""
    numbers = itertools.count()

    def start_run(experiment, **_):
        number = next(numbers)
        run = finished_run(experiment)
        total = EPOCH * EPOCHS
        run.history = History.create(EPOCH, total, 32, 13_107, spread=number == 1)
        iteration = np.arange(total)
        cost = 1.4 * np.exp(-iteration / (500 + 150 * number)) + 0.08 + 0.05 * np.sin(iteration * 12.9898)
        seconds = iteration * 1e-4 * (1 + number)
        run.history.append(cost, 1 - cost / 2, seconds, spreads=(cost / 5 + 0.05, cost / 10))
        for epoch in range(1, EPOCHS + 1):
            late = 0.05 * max(0, epoch - 7)
            run.history.append_check(epoch * EPOCH, 1.2 / epoch + late, 1 - 0.6 / epoch - late / 4, spreads=(0.1, 0.05))
        run.forked_from = (None, 2_000) if number == 2 else None
        run.ask = lambda _, on_answer: on_answer(REACHED)
        return run

    monkeypatch.setattr(session, "start_run", start_run)

    def compare(size, runs, *keys, theme="joml-dark"):
        app = LabApp(find_experiment(DEFAULT_PRESET))

        async def before(pilot):
            pilot.app.theme = theme
            for entry in pilot.app.lab.query(Input):
                entry.cursor_blink = False
            await settled(pilot)
            for _ in range(runs):
                await pilot.press("f5")
                await settled(pilot)
                await pilot.press("m")
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            await pilot.app.lab.query_one(Charts).settle()
            await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


FAR = ("shift+left",)


def test_eight_runs_read_in_a_small_terminal(picture):
    assert picture(SMALL, 8, "2", "c", *FAR * 6)


def test_a_part_of_three_runs_by_epoch_on_logarithmic_axes(picture):
    assert picture(SMALL, 3, "2", "i", "l", "L", "z")


def test_without_braille(picture, monkeypatch):
    monkeypatch.setattr(terminal_traits, "_decided", None)  # what is decided here is forgotten afterwards
    monkeypatch.setenv("JOML_ASCII", "1")
    assert picture(SMALL, 3, "2", "b")
