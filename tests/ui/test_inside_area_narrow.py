"""Every panel of the area Inside writes itself into whatever room there is: no size is too small for it."""

from functools import cache

import pytest
from textual.app import App

from joml import Adam, Trainer
from joml_tui.experiment import Diabetes, Experiment, LayerSpec, OutputSpec, Parity, SpinGlass, Spirals, load_data
from joml_tui.experiment.layer_specs import LAYER_SPECS
from joml_tui.inspect import TrainingContext, answer
from joml_tui.inspect.layer_record import LayerRecord
from joml_tui.plots.palette import ink_for
from joml_tui.runs.worker.builder import build_network
from joml_tui.ui.inside.inside_area import PANELS

pytestmark = pytest.mark.quick

DARK = ink_for(0x101010, 0xE0E0E0)
WIDTHS = (1, 2, 3, 5, 8, 11, 14, 20, 37)
HEIGHTS = (1, 3, 17)
EXPERIMENTS = {
    "plane": Experiment(
        dataset=Spirals(samples=60, arms=3), layers=(LayerSpec(5, "tanh"), LayerSpec(4)), batch_size=20
    ),
    "classes": Experiment(dataset=SpinGlass(), layers=(LayerSpec(4), LayerSpec(4, residual=1)), batch_size=64),
    "multilabel": Experiment(
        dataset=Parity(bits=4),
        layers=(LayerSpec(4),),
        output=OutputSpec(activation="sigmoid", cost="cross-entropy"),
        batch_size=4,
    ),
    "regression": Experiment(
        dataset=Diabetes(),
        layers=(LayerSpec(4),),
        output=OutputSpec(activation="identity", cost="mean-squared-error"),
        batch_size=20,
    ),
    "images": Experiment(
        dataset=SpinGlass(),
        input_shape=(1, 2, 7),
        layers=(
            LAYER_SPECS["convolution"](3, 2),
            LAYER_SPECS["batch-normalisation"](),
            LAYER_SPECS["max-pooling"]((1, 2)),
            LayerSpec(4),
        ),
        batch_size=64,
    ),
}


@cache
def subject(name: str) -> TrainingContext:
    experiment = EXPERIMENTS[name]
    data = load_data(experiment)
    trainer = Trainer(
        build_network(experiment),
        data.x_train,
        data.y_train,
        data.x_test,
        data.y_test,
        optimizer=Adam(0.01),
        epochs=9,
        batch_size=experiment.batch_size,
    )
    record = LayerRecord(trainer)
    for _ in range(3):
        before = trainer.network.parameters.theta.copy()
        trainer.advance(1)
        record.measure(before)
    return TrainingContext(experiment, data, trainer, record)


def show_answer_about(panel, about):
    """Tell a panel what it wants to know, twice: of now, and of a snapshot before."""
    panel.experiment = about.experiment
    question = panel.question()
    if question is None:
        return False
    try:
        now = answer(question, about)
    except ValueError:  # no such thing can be asked of this network
        return False
    panel.show_answer(now)
    panel.show_answer(now)
    return True


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("panel_type", PANELS, ids=lambda panel: panel.__name__)
async def test_a_panel_has_rows_at_every_size(panel_type, name):
    panel = panel_type()
    async with App().run_test() as pilot:
        await pilot.app.mount(panel)
        if not show_answer_about(panel, subject(name)):
            pytest.skip("nothing to tell of this network")
        for act in (lambda: None, *panel.doings().values()):
            act()
            show_answer_about(panel, subject(name))
            for width in WIDTHS:
                for height in HEIGHTS:
                    rows = panel.rows(width, height, DARK, dark=True)
                    assert all(isinstance(piece.text, str) for row in rows for piece in row)
