"""The diagram's blocks: their brightness shows the gradients, or how many units are active."""

import numpy as np
import pytest
from answered_panel import INK, answered

from joml.data.category_columns import CategoryColumn
from joml_tui.experiment import Experiment, LayerSpec, OutputSpec, SpinGlass
from joml_tui.experiment.layer_parts import StackEnds
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.plots.palette import contrast
from joml_tui.runs.worker.builder import build_subject
from joml_tui.ui.inside.diagram_panel import Diagram
from joml_tui.ui.inside.sparklines import short

pytestmark = pytest.mark.quick

SPINS = Experiment(
    dataset=SpinGlass(),
    input_size=14,
    layers=(LayerSpec(20, "relu"), LayerSpec(20, "tanh")),
    output=OutputSpec(size=4),
    batch_size=64,
)


@pytest.fixture
def panel():
    subject = build_subject(SPINS)
    before = subject.trainer.network.parameters.theta.copy()
    subject.trainer.advance(1)
    subject.record.measure(before)
    return answered(Diagram, SPINS, subject=subject)


def brightness(panel):
    """Return the contrast of each block with the ground, from the inputs to the outputs."""
    rows = panel.rows(100, 12, INK, dark=True)
    blocks = [next((piece.colour for piece in row if "█" in piece.text), None) for row in rows]
    return [contrast(colour, INK.background) for colour in blocks if colour is not None]


def test_hidden_blocks_are_bright_in_the_order_of_their_gradients(panel):
    gradient = panel._now.series.gradient[-1]
    first, second = brightness(panel)[1:3]
    assert (first > second) == (gradient[0] > gradient[1])
    assert first != second


def test_a_key_shows_the_share_of_active_units_instead(panel):
    panel._now.series.dead[-1] = [0.9, np.nan]
    panel._now.series.saturated[-1] = [np.nan, 0.0]
    panel.do("choice")
    first, second = brightness(panel)[1:3]
    assert first < second
    assert "brighter: more active units (Space)" in panel.lines()[-2]
    panel.do("choice")
    assert "brighter: larger gradient (Space)" in panel.lines()[-2]


def test_without_measurements_the_blocks_have_their_full_colours(panel):
    panel.forget()
    assert len(set(brightness(panel)[1:3])) == 1


def test_the_composed_network_has_the_sizes_of_its_data_set():
    text = (
        "version: 1\ndataset: {name: csv, path: towns.csv}\n"
        "layers: [{layer: embedding, size: 3, columns: [town]}, {size: 12}]"
    )
    diagram = Diagram()
    diagram.experiment = parse_experiment(text)
    assert any(line.split()[:3] == ["1", "embedding", "?"] for line in diagram.describe_composed())
    diagram.ends = StackEnds((8,), 2, (CategoryColumn("town", 0, 4),))
    table = diagram.describe_composed()
    assert any(line.split()[:4] == ["1", "e3(0:4)", "7", "12"] for line in table)
    assert any(line.split()[:4] == ["output", "softmax", "2", "26"] for line in table)


def test_a_residual_block_is_opened_and_its_inner_layers_have_no_statistics():
    experiment = parse_experiment(
        "version: 1\ndataset: {name: digits}\nbatch_size: 64\nlayers: [{layer: convolution, channels: 3, kernel: 3}, "
        "{layer: residual, layers: [{layer: convolution, channels: 3, kernel: 3, padding: 1}, batch-normalisation]}, "
        "{size: 4}]"
    )
    subject = build_subject(experiment)
    before = subject.trainer.network.parameters.theta.copy()
    subject.trainer.advance(1)
    subject.record.measure(before)
    panel = answered(Diagram, experiment, subject=subject)
    panel.ends = StackEnds((1, 8, 8), 10)
    table = panel.describe_composed()
    assert [line.split()[0] for line in table[-7:]] == ["input", "1", "2.1", "2.2", "2", "3", "output"]
    assert [line.split()[-2] for line in table[-5:-2]] == ["84", "6", "0"]
    lines = [line for line in panel.lines(110) if "█" in line]
    named = {line.split()[0]: line for line in lines}
    assert "╭─" in named["1"]
    assert "╰▸" in named["2"]
    gradients = panel._now.series.gradient[-1]
    assert f" {short(float(gradients[1]))} " in named["2"]
    assert f" {short(float(gradients[2]))} " in named["3"]
    assert named["2.1"].split()[-1] == "3x6x6"
    assert named["2.1"].split()[-2] == "84"


@pytest.mark.parametrize(("width", "shown"), [(120, "frozen"), (46, "F")])
def test_a_frozen_layer_is_marked(width, shown):
    dense = Experiment(
        dataset=SpinGlass(), layers=(LayerSpec(20, frozen=True), LayerSpec(6)), input_size=9, output=OutputSpec(size=2)
    )
    kinds = parse_experiment(
        "version: 1\ndataset: {name: digits}\nlayers: [{layer: residual, frozen: true, layers: [batch-normalisation]}, "
        "{size: 4, frozen: true}, {size: 3}]"
    )
    for experiment, frozen in ((dense, {"1"}), (kinds, {"1.1", "1", "2"})):
        panel = Diagram()
        panel.experiment, panel.ends = experiment, StackEnds((64,), 10)
        rows = ["".join(piece.text for piece in row) for row in panel.rows(width, 12, INK, dark=True)]
        blocks = [row for row in rows if "█" in row]
        assert {row.split()[0] for row in blocks if row.split()[-1] == shown} == frozen
