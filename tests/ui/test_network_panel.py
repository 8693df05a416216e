"""The picture of the network: what it shows of a sample and a unit, and what keys and clicks choose."""

import numpy as np
import pytest
from answered_panel import INK, answered
from msgspec import structs
from textual.geometry import Size

from joml_tui.experiment import Experiment, LayerSpec, SpinGlass, Xor
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.inspect import answer
from joml_tui.inspect.sample_flow import SampleFlow
from joml_tui.runs.worker.builder import build_subject
from joml_tui.ui.inside.network_panel import NetworkPanel, draw_flow, outcome
from joml_tui.ui.inside.panel import InsidePanel

pytestmark = pytest.mark.quick

XOR = Experiment(dataset=Xor(samples=60), layers=(LayerSpec(3, "tanh"),), batch_size=16)
SPINS = Experiment(dataset=SpinGlass(), layers=(LayerSpec(40),), batch_size=64)


def test_every_figure_says_of_which_weights_and_which_sample_it_is():
    panel = answered(NetworkPanel, XOR)
    panel.subject.trainer.advance(3)
    panel.ask_again()
    lines = panel.lines()
    assert "sample 1 of 12" in lines[0]
    assert lines[1].startswith("iteration 3 · true ")
    assert len(lines) == 20
    assert "".join(lines).count("●") + "".join(lines).count("○") == 2 + 3 + 2


def test_a_narrow_panel_names_the_sample_and_the_part_alone():
    panel = answered(NetworkPanel, XOR)
    lines = panel.lines(36)
    assert lines[0].startswith("test  ‹ sample 1 of 12 ›")
    assert lines[1].startswith("true ")
    assert "part('train')" in panel.actions(36)


def test_keys_choose_a_unit_whose_formula_is_written_and_the_whole_network_again():
    panel = answered(NetworkPanel, XOR)
    panel.do("right")
    assert "layer 1, unit 1: z = " in panel.lines()[-3]
    assert "a = tanh(z): a = " in panel.lines()[-1]
    panel.do("up")
    assert "layer 1, unit 3: z = " in panel.lines()[-3]
    panel.do("left")
    assert panel.lines()[-1].startswith("input x2 = ")
    for _ in range(5):
        panel.do("right")
    assert f"output {panel.subject.data.class_names[1]}: z = " in panel.lines()[-3]
    panel.do("large")
    assert not any("z = " in line for line in panel.lines())


def test_samples_and_parts_are_changed_by_keys():
    panel = answered(NetworkPanel, XOR)
    panel.do("before")
    assert "sample 12 of 12" in panel.lines()[0]
    panel.do("after")
    panel.do("after")
    assert "sample 2 of 12" in panel.lines()[0]
    panel.do("choice")
    assert "sample 1 of 48" in panel.lines()[0]


def test_a_click_chooses_the_unit_that_is_drawn_there():
    panel = answered(NetworkPanel, SPINS)
    assert "unit(1, 3)" in panel.actions()
    unit = panel._now.layers[1].units[3]
    panel.action_unit(1, 3)
    assert f"layer 1, unit {unit + 1}: z" in panel.lines()[-5]
    assert "▸" in "".join(panel.lines())


def test_of_a_large_layer_it_says_how_many_units_are_drawn():
    assert "8 of 40" in answered(NetworkPanel, SPINS).lines()[-1]


def test_a_deep_network_in_a_narrow_panel_is_referred_to_the_diagram():
    deep = Experiment(dataset=Xor(samples=60), layers=(LayerSpec(3),) * 18, batch_size=16)
    lines = answered(NetworkPanel, deep).lines(70)
    assert lines[2] == "20 columns of units do not fit: M maximises the panel, or see Diagram."
    assert lines[3].startswith("2 ─ 3 ─ 3 ─ ")


def test_signs_stand_for_colours():
    now = answer(SampleFlow(), build_subject(SPINS))
    text = "".join(piece.text for row in draw_flow(now, None, 80, 20, INK, dark=True, signs=True) for piece in row)
    values = now.layers[0].a
    assert text.count("▲") >= (values > 0).sum()
    assert text.count("▼") == (values < 0).sum()


def test_a_network_of_images_is_drawn_by_its_channels():
    layers = "[{layer: convolution, channels: 3, kernel: 2}, batch-normalisation, {size: 4}]"
    panel = answered(NetworkPanel, parse_experiment(f"version: 1\ndataset: {{name: digits}}\nlayers: {layers}"))
    lines = panel.lines()
    assert {"c3k2", "bn", "relu"} <= set(" ".join(lines).split())
    assert "arrows: a unit's formula" in lines[1]
    panel.action_move(1, 0)
    panel.action_move(1, 0)
    assert panel.lines()[-1].startswith("layer 2, unit 1 = ")
    assert panel.lines()[-1].rstrip().endswith(", the mean of 49 places")


BLOCKS = parse_experiment(
    "version: 1\ndataset: {name: digits}\nlayers: [{layer: convolution, channels: 3, kernel: 3}, {layer: residual, "
    "layers: [{layer: convolution, channels: 3, kernel: 3, padding: 1}, batch-normalisation]}, {size: 4}]"
)


def test_a_residual_block_is_opened_and_an_arc_leads_past_it_to_its_sum():
    panel = answered(NetworkPanel, BLOCKS)
    lines = panel.lines(110)
    assert lines[2].split()[1:5] == ["c3k3", "c3k3b1", "bn", "sum"]
    arc = lines[3].strip()
    assert (arc[0], arc[-2:]) == ("╭", "▸╮")
    assert lines[3].index("╭") < lines[2].index("c3k3b1")
    for _ in range(4):
        panel.do("right")
    now = panel._now
    block, past, total = now.layers[3].a[0], now.layers[1].a[0], now.layers[4].a[0]
    assert block + past == pytest.approx(total, rel=1e-4)
    written = panel.lines(110)[-1]
    assert written.startswith("layer 2, unit 1 = ")
    assert " of the block + " in written
    panel.do("left")
    assert panel.lines(110)[-1].startswith("layer 2.2, unit 1 = ")
    panel.do("left")
    assert any(line.startswith("layer 2.1, unit 1 at row ") for line in panel.lines(110))


def test_a_normalised_unit_is_its_scale_times_the_normalised_value_and_its_shift():
    layers = "[{layer: convolution, channels: 3, kernel: 3}, batch-normalisation, {size: 4}, layer-normalisation]"
    subject = build_subject(parse_experiment(f"version: 1\ndataset: {{name: digits}}\nlayers: {layers}"))
    subject.network.layers[1].gamma, subject.network.layers[1].beta = [0.5, -2, 0], [0.25, -1, 3]
    subject.network.layers[3].gamma, subject.network.layers[3].beta = [0.5, -2, 0, 1], [0.25, -1, 3, 0]
    panel = answered(NetworkPanel, None, subject=subject)
    for layer in (2, 4):
        for unit, (gamma, beta) in enumerate([("0.5", "0.25"), ("−2", "(−1)")]):
            panel._choose(layer, unit)
            (line,) = [line for line in panel.lines(110) if line.startswith(f"layer {layer}, unit {unit + 1} = ")]
            assert f" = γ·h + β = {gamma}·" in line
            assert f" + {beta} = " in line
        panel._choose(layer, 2)
        (line,) = [line for line in panel.lines(110) if line.startswith(f"layer {layer}, unit 3 = ")]
        assert line.startswith(f"layer {layer}, unit 3 = 3")


def test_a_residual_block_is_closed_where_its_layers_have_no_room(monkeypatch):
    panel = answered(NetworkPanel, BLOCKS)
    panel.do("right")
    monkeypatch.setattr(type(panel), "size", Size(4 * 7 - 1, 20))
    panel.on_resize()
    assert panel._chosen is None
    assert [layer.number for layer in panel._now.layers] == ["", "1", "2", "3", "4"]
    assert "╭" not in "".join(panel.lines(4 * 7 - 1))
    monkeypatch.setattr(type(panel), "size", Size(4 * 7, 20))
    panel.on_resize()
    assert len(panel._now.layers) == 7
    assert "╭" in "".join(panel.lines(4 * 7))


class TestOutcomes:
    def test_of_classes(self):
        now = answer(SampleFlow(), build_subject(XOR))
        true, predicted = int(now.y.argmax()), int(now.y_hat.argmax())
        assert outcome(now).startswith(f"true {now.outputs[true]}, predicted {now.outputs[predicted]} 0.")
        assert outcome(now).endswith("right" if true == predicted else "wrong")

    def test_of_answers(self):
        now = structs.replace(answer(SampleFlow(), build_subject(XOR)), task="multilabel", outputs=("warm", "dry"))
        now.y[:], now.y_hat[:] = (1, 0), (0.75, 0.75)
        assert outcome(now) == "warm yes, predicted yes 0.75, dry no, predicted yes 0.75"

    def test_of_values(self):
        now = structs.replace(answer(SampleFlow(), build_subject(XOR)), task="regression", outputs=("a", "b"))
        now.y[:], now.y_hat[:] = (1, -2), (0.5, 1e6)
        assert outcome(now) == "a 1, predicted 0.5, b -2, predicted 1.0e+06"

    def test_of_a_diverged_run(self):
        subject = build_subject(XOR)
        subject.network.layers[0].W[...] = np.nan
        assert "diverged" in outcome(answer(SampleFlow(), subject))


def test_it_is_a_panel_with_a_short_help():
    assert issubclass(NetworkPanel, InsidePanel)
    assert len(NetworkPanel.HELP) < 400
