"""The samples behind a cell of the confusion matrix, by keys and clicks; images of any shape."""

import numpy as np
import pytest
from answered_panel import answered

from joml_tui.experiment import Experiment, LayerSpec, OutputSpec, Plane, Xor
from joml_tui.inspect.worst_samples import Worst
from joml_tui.ui.inside.confusion_panel import ConfusionMatrix
from tests.core.image_training import image_data, training

pytestmark = pytest.mark.quick


@pytest.fixture
def panel():
    return answered(ConfusionMatrix, None, subject=training())


def test_enter_shows_the_samples_of_the_most_frequent_mistake_and_the_table_again(panel):
    counts = panel._now.counts[0]
    wrong = counts - np.diag(np.diag(counts))
    true, predicted = np.unravel_index(wrong.argmax(), wrong.shape)
    assert "Enter: samples of a mistake" in panel.lines(100)[-1]
    panel.do("large")
    lines = panel.lines(100)
    assert lines[1].startswith(f"true {true}, predicted {predicted}: {wrong.max()} of 20 samples")
    assert sum(line.count(f"{true} as {predicted} ") for line in lines) == wrong.max()
    panel.do("large")
    assert "recall %" in panel.lines(100)[1]


def test_a_click_shows_the_samples_of_a_cell_also_right_ones(panel):
    right = int(panel._now.counts[0, 0, 0])
    assert right
    assert "samples(0, 0)" in panel.actions(100)
    panel.action_samples(0, 0)
    assert panel.lines(100)[1].startswith(f"true 0, predicted 0: {right} of 20 samples")
    panel.do("right")  # to the mistakes
    assert panel.question().cell in panel._mistakes()


def test_the_other_part_has_other_samples_of_the_cell(panel):
    panel.action_samples(0, 0)
    panel.do("choice")
    assert panel.question() == Worst(24, "train", (0, 0))
    panel.forget()
    assert not isinstance(panel.question(), Worst)


def test_values_have_no_cells():
    output = OutputSpec(activation="identity", cost="mean-squared-error")
    panel = answered(ConfusionMatrix, Experiment(dataset=Plane(samples=60), layers=(LayerSpec(3),), output=output))
    panel.do("large")
    assert not isinstance(panel.question(), Worst)


def test_images_keep_their_shape_and_their_channels_are_averaged():
    panel = answered(ConfusionMatrix, None, subject=training(data=image_data((3, 20, 10))))
    panel.action_samples(0, 0)
    lines = panel.lines(100)
    assert panel._samples.x.shape[1] == 600
    assert len(lines[2].split("  ")[0]) <= 14  # 7 of 10 columns, two cells each
    assert " as " in lines[2 + 14]


def test_features_are_written_where_samples_are_no_images():
    panel = answered(ConfusionMatrix, Experiment(dataset=Xor(samples=60), layers=(LayerSpec(3, "tanh"),)))
    true, predicted = panel._mistakes()[0]
    panel.do("large")
    assert panel.lines(100)[2].split() == ["sample", "true", "predicted", "cost", "x1", "x2"]
    assert panel._samples.cell == (true, predicted)
