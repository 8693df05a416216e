"""Pictures of every panel of the area Inside at four sizes, dark and light, of two runs that are always the same."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from laboratory import settled
from msgspec import structs
from test_snapshots import finished_run
from textual.widgets import Input

from joml import Adam, Trainer
from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, SpinGlass, Spirals, load_dataset
from joml_tui.inside import Subject, answer
from joml_tui.inside.record import LayerRecord
from joml_tui.inside.walsh import Walsh, WalshNow
from joml_tui.running.building import build_network
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.inside.area import PANELS
from joml_tui.ui.inside.regions import RegionsPanel
from joml_tui.ui.inside.units import UnitsPanel
from joml_tui.ui.inside.walsh import WalshPanel
from joml_tui.ui.runs import book

pytestmark = pytest.mark.slow

SIZES = {"80x24": (80, 24), "100x30": (100, 30), "160x50": (160, 50), "250x70": (250, 70)}
ITERATIONS = 600

DEEP = Experiment(
    name="deep",
    dataset=SpinGlass(),
    layers=(
        LayerSpec(64),
        LayerSpec(32, "tanh", normalised=True),
        LayerSpec(32, residual=1),
        LayerSpec(32, residual=1, dropout=0.1),
        LayerSpec(24),
    ),
    optimizer=AdamSpec(0.003),
    epochs=10,
    batch_size=64,
)
PLANE = Experiment(
    name="plane",
    dataset=Spirals(samples=600, arms=3),
    layers=(LayerSpec(24, "tanh"), LayerSpec(16, "silu")),
    optimizer=AdamSpec(0.01),
    epochs=10,
    batch_size=20,
)


@cache
def trained(experiment: Experiment) -> Subject:
    """Train for a while in double precision, so that no rounding of some processor is seen in a picture."""
    data = load_dataset(experiment.dataset, experiment.seed)
    trainer = Trainer(
        build_network(experiment).copy("float64"),
        data.x_train,
        data.y_train,
        data.x_test,
        data.y_test,
        optimizer=Adam(experiment.optimizer.learning_rate),
        epochs=100,
        batch_size=experiment.batch_size,
        seed=experiment.seed,
    )
    record = LayerRecord(trainer)
    while trainer.iteration < ITERATIONS:
        trainer.advance(9)  # fewer at an epoch's end
        before = trainer.network.parameters.theta.copy()
        trainer.advance(1)
        record.measure(before)
    return Subject(experiment, data, trainer, record)


def spectra() -> list[WalshNow]:
    """Give spectra as if they had been seen while the network learnt."""
    last = answer(Walsh(), trained(DEEP))
    reached = np.linspace(0.1, 1, 12)
    return [
        structs.replace(last, iteration=round(last.iteration * share), network=last.network * share)
        for share in reached.tolist()
    ]


def run_of(experiment: Experiment, **_: object):
    """Return what `start_run` does, of a run that ended long ago and answers at once."""
    run = finished_run(experiment)
    run.ask = lambda question, on_answer: on_answer(answer(question, trained(experiment)))
    return run


def experiment_for(panel):
    """Give the run that has something to show in a panel: the plane's need two features."""
    return PLANE if panel in (RegionsPanel, UnitsPanel) else DEEP


async def looked_at(pilot, panel, theme):
    """Train, and go to a panel; nothing moves from then on."""
    lab = pilot.app.lab
    pilot.app.theme = theme
    await settled(pilot)
    await pilot.press("r")
    await settled(pilot)
    pilot.app.clear_notifications()
    await pilot.press("4")
    area = lab.query_one(InsideArea)
    area.choose(PANELS.index(panel))
    while not area.panel.display or not area.panel._rows or area._asked is not None:
        await pilot.pause(0.01)
    await pilot.pause(0.1)
    area.panel.focus()
    if panel is WalshPanel:
        area.panel.forget()
        for now in spectra():
            area.panel.show_answer(now)
    for entry in pilot.app.screen.query(Input):
        entry.cursor_blink = False
    await lab.query_one(Charts).settle()
    await pilot.pause()


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title.lower().replace(" ", "-"))
def test_panel(snap_compare, monkeypatch, panel, size, theme):
    monkeypatch.setattr(book, "start_run", run_of)
    app = LabApp(experiment_for(panel))
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: looked_at(pilot, panel, theme))
