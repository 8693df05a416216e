"""Pictures of the lab with one finished run that is the same every time."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from laboratory import SMALL, WIDE, settled
from textual.widgets import Input

from joml_tui.experiment import architecture_of, cost_mark_of, task_of
from joml_tui.experiment.presets import DEFAULT_PRESET, find_experiment
from joml_tui.runs.history import History
from joml_tui.runs.run import RunState
from joml_tui.runs.run_record import RunRecord
from joml_tui.runs.worker.snapshot_ring import SnapshotRing
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts
from joml_tui.ui.runs import session

EPOCH, EPOCHS = 410, 10


class FinishedRun(SimpleNamespace):
    """A run by its attributes, with the record that they make."""

    results, validation_cost, validation_accuracy, checked_part, stopped_early = None, None, None, "test", False
    cost_scale, id = None, ""

    @property
    def cost_mark(self):
        return cost_mark_of(self.cost_scale, "")

    @property
    def record(self):
        experiment = self.experiment
        return RunRecord(
            self.architecture,
            self.parameter_count,
            experiment.dataset.__struct_config__.tag,
            experiment.optimizer.__struct_config__.tag,
            experiment.optimizer.learning_rate,
            experiment.batch_size,
            experiment.seed,
            experiment.replicas,
            self.epochs,
            self.iteration,
            self.total_iterations,
            self.iterations_per_epoch,
            self.seconds,
            self.train_cost,
            self.train_accuracy,
            self.test_cost,
            self.test_accuracy,
            self.task,
            self.validation_cost,
            self.validation_accuracy,
            self.results,
            metrics=self.metrics,
            cost_scale=self.cost_scale,
        )


def finished_run(experiment, **_):
    """Return what `start_run` does, of a run that ended long ago, with curves by formula."""
    total = EPOCH * EPOCHS
    history = History.create(EPOCH, total, 32, 13_107)
    iteration = np.arange(total)
    cost = 1.4 * np.exp(-iteration / 700) + 0.06 + 0.05 * np.sin(iteration * 12.9898)
    history.append(cost, np.clip(1 - cost / 2, 0, 1))
    for epoch in range(1, EPOCHS + 1):
        history.append_check(epoch * EPOCH, 1.2 / epoch, 1 - 0.6 / epoch)
    architecture = architecture_of(experiment)
    return FinishedRun(
        experiment=experiment,
        state=RunState.FINISHED,
        message="",
        task=task_of(experiment.dataset),
        forked_from=None,
        goes_on_from="",
        details="",
        architecture=str(architecture),
        parameter_count=architecture.parameter_count,
        history=history,
        iteration=total,
        epoch=EPOCHS,
        epochs=EPOCHS,
        iterations_per_epoch=EPOCH,
        total_iterations=total,
        seconds=0.32,
        steps_per_second=12_812.5,
        eta_seconds=None,
        progress=1.0,
        train_cost=0.0712,
        train_accuracy=0.9748,
        test_cost=0.1355,
        test_accuracy=0.9423,
        adjustments=[],
        metrics={},
        metric_faults={},
        stopped_early=False,
        snapshots=SnapshotRing(),
        learning_rate=experiment.optimizer.learning_rate,
        pace=None,
        ask=lambda question, on_answer, at=None: None,
        stop=lambda: None,
    )


@pytest.fixture
def picture(snap_compare, monkeypatch):
    """Compare a picture of the lab, after a finished run and these keys, with the one kept."""
    monkeypatch.setattr(session, "start_run", finished_run)

    def compare(size, theme, *keys, entries=None):
        app = LabApp(find_experiment(DEFAULT_PRESET))

        async def before(pilot):
            pilot.app.theme = theme
            for entry in pilot.app.lab.query(Input):
                entry.cursor_blink = False
            await settled(pilot)
            await pilot.press("r")
            await settled(pilot)
            for name, text in (entries or {}).items():
                pilot.app.lab.query_one(f"#{name}", Input).value = text
                await settled(pilot)
            await pilot.press(*keys)
            await settled(pilot)
            await pilot.app.lab.query_one(Charts).settle()
            await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


@pytest.mark.parametrize("theme", ["joml-dark", "joml-light"])
class TestThemes:
    def test_wide(self, picture, theme):
        assert picture(WIDE, theme)


class TestMoments:
    def test_impossible_entries(self, picture):
        assert picture(WIDE, "joml-dark", entries={"architecture": "14-1x-4", "batch-size": "0", "seed": "[/]"})

    def test_a_layer_edited(self, picture):
        assert picture(SMALL, "joml-dark", "y", "5", "0", "down", "right", "d")
