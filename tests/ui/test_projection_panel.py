"""The picture of activations in the plane: its marks, its legend, and that points move smoothly."""

import numpy as np
import pytest
from answered_panel import answered
from msgspec import structs

from joml_tui.experiment import Experiment, LayerSpec, Xor
from joml_tui.inspect import answer
from joml_tui.inspect.projection import Projection
from joml_tui.runs.worker.builder import build_subject
from joml_tui.ui.inside.projection_panel import Frame, ProjectionPanel, frame_for
from joml_tui.ui.inside.shading import Shading

pytestmark = pytest.mark.quick

XOR = Experiment(dataset=Xor(samples=100), layers=(LayerSpec(5, "tanh"), LayerSpec(4)), batch_size=16)


def test_it_begins_with_the_last_hidden_layer_and_says_which_samples_these_are():
    lines = answered(ProjectionPanel, XOR).lines()
    assert lines[0].strip().endswith("iteration 0")
    assert lines[1].startswith("↑↓ layer 2: 4 relu · ")
    assert lines[1].endswith("20 of 20 samples")
    assert len(lines) == 20


def test_keys_change_layer_and_part():
    panel = answered(ProjectionPanel, XOR)
    for title in ("layer 1: 5 tanh", "2 inputs", "2 inputs"):
        panel.do("up")
        assert panel.lines()[1].startswith(f"↑↓ {title}")
    for _ in range(5):
        panel.do("down")
    assert panel.lines()[1].startswith("↑↓ output layer: 2 softmax")
    panel.do("choice")
    assert "80 of 80 samples" in panel.lines()[1]


def test_a_layer_is_chosen_at_once_while_its_answer_is_due():
    panel = answered(ProjectionPanel, XOR)
    panel.ask_again = lambda: None
    panel.do("up")
    panel.do("up")
    assert panel.lines()[1].startswith("↑↓ 2 inputs … below is still layer 2: 4 relu")


def test_every_wrong_sample_is_marked_and_counted():
    panel = answered(ProjectionPanel, XOR)
    wrong = int(panel._now.wrong.sum())
    lines = panel.lines(200)
    assert lines[-1].startswith(f"× wrong: {wrong}")
    assert sum(line.count("×") for line in lines[2:-1]) <= wrong
    panel._shading = Shading.ASCII
    text = "".join(panel.lines(200)[2:-1])
    assert set(text) <= set("AaBb ")
    assert panel.lines(200)[-1].startswith("small letters wrong")


def test_points_stay_where_they_are_if_only_the_signs_of_the_directions_change():
    panel = answered(ProjectionPanel, XOR)
    now, before = panel._now, panel._points
    panel.show_answer(structs.replace(now, points=now.points * np.array([-1, 1], np.float32)))
    np.testing.assert_allclose(panel._points, before, atol=1e-5)


def test_the_frame_is_kept_in_each_direction_as_long_as_the_points_fill_it():
    points = np.array([[1.0, 0.0], [-1.0, -0.5]])
    around = frame_for(points, None)
    assert around.low == pytest.approx((-1.05, -0.5125))
    assert around.high == pytest.approx((1.05, 0.0125))
    assert frame_for(points, around) == around
    wide = Frame((-1.5, -5.0), (1.5, 5.0))
    assert frame_for(points, wide) == Frame((-1.5, around.low[1]), (1.5, around.high[1]))
    assert frame_for(points, Frame((-0.9, -1.0), (1.5, 0.0))).low == pytest.approx((-1.05, -1.0))


def test_a_flat_cloud_fills_the_picture_up_and_down():
    panel = answered(ProjectionPanel, XOR)
    flat = panel._points * np.array([1, 0.3], np.float32)
    panel.show_answer(structs.replace(panel._now, points=flat))
    rows = [line.strip() for line in panel.lines(120)[2:-1]]
    assert rows[0]
    assert rows[-1]


def test_values_are_coloured_from_the_lowest_to_the_highest():
    panel = answered(ProjectionPanel, XOR)
    now = answer(Projection(1), build_subject(XOR))
    labels = np.linspace(2, 7, len(now.labels))
    panel._layer = 1
    panel.show_answer(structs.replace(now, task="regression", names=("price",), labels=labels))
    assert panel.lines()[-1].split() == ["•", "2", "•", "7", "price"]
    panel._shading = Shading.ASCII
    assert panel.lines()[-1].split() == ["L", "2", "H", "7", "price"]
