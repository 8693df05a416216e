"""A picture of every panel of the area Inside in the smallest terminal and a few of the extremes, of two known runs.

At every size, that no panel is cut off is measured in test_arrangement and test_inside_narrow.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from laboratory import is_answered, settled, until
from msgspec import structs
from test_snapshots import finished_run
from textual.widgets import Input

from joml import Adam, Trainer
from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, SpinGlass, Spirals, load_data
from joml_tui.inspect import TrainingContext, answer
from joml_tui.inspect.layer_record import LayerRecord
from joml_tui.inspect.walsh import Walsh, WalshNow
from joml_tui.runs.worker.builder import build_network
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.inside.inside_area import PANELS
from joml_tui.ui.inside.landscape_panel import LandscapePanel
from joml_tui.ui.inside.regions_panel import RegionsPanel
from joml_tui.ui.inside.spectrum_panel import SpectrumPanel
from joml_tui.ui.inside.units_panel import UnitsPanel
from joml_tui.ui.runs import session

SIZES = {"80x24": (80, 24), "100x30": (100, 30), "160x50": (160, 50), "250x70": (250, 70)}
#: What is seen besides each panel at 80x24 and dark.
EXTREMES = {
    RegionsPanel: [("250x70", "joml-light")],
    SpectrumPanel: [("100x30", "joml-dark")],
}
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
def trained(experiment: Experiment) -> TrainingContext:
    """Train for a while in double precision, so that no rounding of some processor is seen in a picture."""
    data = load_data(experiment)
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
    return TrainingContext(experiment, data, trainer, record)


def spectra() -> list[WalshNow]:
    """Return spectra as if they had been seen while the network learnt."""
    last = answer(Walsh(), trained(DEEP))
    reached = np.linspace(0.1, 1, 12)
    return [
        structs.replace(last, iteration=round(last.iteration * share), network=last.network * share)
        for share in reached.tolist()
    ]


def run_of(experiment: Experiment, **_: object):
    """Return what `start_run` does, of a run that ended long ago and answers at once."""
    run = finished_run(experiment)
    run.ask = lambda question, on_answer, at=None: on_answer(answer(question, trained(experiment)))
    return run


def experiment_for(panel):
    """Return the run that has something to show in a panel: planes need two features, the landscape is quick."""
    return PLANE if panel in (RegionsPanel, UnitsPanel, LandscapePanel) else DEEP


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
    await until(pilot, lambda: is_answered(pilot) and area._asked is None)
    if panel is LandscapePanel:
        await until(pilot, lambda: area.panel._finished)  # it comes in parts
    await pilot.pause(0.1)
    area.panel.focus()
    if panel is SpectrumPanel:
        area.panel.forget()
        for now in spectra():
            area.panel.show_answer(now)
    for entry in pilot.app.screen.query(Input):
        entry.cursor_blink = False
    await lab.query_one(Charts).settle()
    await pilot.pause()


@pytest.mark.parametrize(
    ("panel", "size", "theme"),
    [
        pytest.param(panel, SIZES[size], theme, id=f"{panel.title.lower().replace(' ', '-')}-{size}-{theme}")
        for panel in PANELS
        for size, theme in [("80x24", "joml-dark"), *EXTREMES.get(panel, ())]
    ],
)
def test_panel(snap_compare, monkeypatch, panel, size, theme):
    monkeypatch.setattr(session, "start_run", run_of)
    app = LabApp(experiment_for(panel))
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: looked_at(pilot, panel, theme))
