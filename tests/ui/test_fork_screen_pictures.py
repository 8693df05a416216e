"""Pictures of time travel, the range test, live settings and the line of what goes wrong."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from laboratory import SMALL, settled, until
from test_snapshots import EPOCH, EPOCHS, finished_run
from textual.widgets import Input

from joml_tui.experiment.presets import DEFAULT_PRESET, find_experiment
from joml_tui.inspect.health_report import HealthReport
from joml_tui.inspect.range_test import Rates, RatesTried
from joml_tui.runs.diagnosis import Finding
from joml_tui.runs.run import RunState
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts, charts_area
from joml_tui.ui.fork import fork_control
from joml_tui.ui.fork.range_test_screen import RangeTest
from joml_tui.ui.runs import session

DARK = "joml-dark"


def run_with_snapshots(experiment, **_):
    run = finished_run(experiment)
    run.snapshots = SimpleNamespace(iterations=tuple(range(0, EPOCH * EPOCHS + 1, EPOCH)))
    run.rate_at = lambda iteration: experiment.optimizer.learning_rate
    return run


async def asked(run, question):
    if not isinstance(question, Rates):
        return HealthReport(EPOCH * EPOCHS, "classes", 0.28, 3277, None)
    rates = np.geomspace(1e-5, 10, 300)
    place = np.arange(300)
    smoothed = 1.4 - 0.9 / (1 + np.exp(-(place - 150) / 12)) + 4 * np.maximum(0, (place - 240) / 60) ** 2
    costs = smoothed + 0.1 * np.sin(place * 12.9898)
    return RatesTried(4100, 0.002, rates, costs, smoothed, float(rates[150]))


@pytest.fixture
def picture(snap_compare, monkeypatch):
    """Compare a picture of the lab, after a finished run and these keys, with the one kept."""
    monkeypatch.setattr(session, "start_run", run_with_snapshots)
    monkeypatch.setattr(fork_control, "asked", asked)
    monkeypatch.setattr(charts_area, "asked", asked)

    def compare(size, theme, *keys, findings=(), live=False):
        monkeypatch.setattr(charts_area, "diagnose_run", lambda *_, **__: list(findings))
        app = LabApp(find_experiment(DEFAULT_PRESET))

        async def before(pilot):
            pilot.app.theme = theme
            await settled(pilot)
            await pilot.press("r")
            await settled(pilot)
            await until(pilot, lambda: not pilot.app.lab.charts_area.diagnoses.under_way)
            if live:
                pilot.app.lab.session.runs[0].run.state = RunState.PAUSED
            pilot.app.clear_notifications()
            await pilot.press(*keys)
            await settled(pilot)
            if isinstance(pilot.app.screen, RangeTest):
                await until(pilot, lambda: pilot.app.screen._tried is not None)
            for entry in pilot.app.screen.query(Input):
                entry.cursor_blink = False
            await pilot.app.lab.query_one(Charts).settle() if pilot.app.screen is pilot.app.lab else None
            await pilot.pause(0.1)

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


def test_what_goes_wrong(picture):
    finding = Finding(
        "stalled",
        "Stuck at chance from the beginning: test accuracy 0.2770, the majority class alone 0.2860.",
        "Every unit of layer 25 is dead: no gradient gets through. Try residual or normalised layers, identity start, "
        "a lower rate.",
        0,
    )
    assert picture(SMALL, DARK, "2", findings=(finding,))


def test_a_wrong_live_setting(picture):
    assert picture(SMALL, DARK, "w", "a", live=True)
