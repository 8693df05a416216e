"""What a grid offers and how many runs it says it makes."""

import pytest

from joml_tui.experiment import Experiment, LayerSpec, Xor
from joml_tui.experiment.grid import GridError, GridSetting
from joml_tui.ui.queue.grid_dialog import describe_count, setting_choices

EXPERIMENT = Experiment(dataset=Xor(samples=200), layers=(LayerSpec(4),))


def test_the_settings_tried_most_come_first_by_their_titles_and_each_once():
    choices = setting_choices(EXPERIMENT)
    assert [choice.name for choice in choices[:3]] == ["Learning rate", "Layers", "Seed"]
    paths = [choice.value for choice in choices]
    assert len(paths) == len(set(paths))
    assert "dataset.samples" in paths


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"seed": "0"}, "1 run"),
        ({"seed": "0..4"}, "5 runs"),
        ({"seed": "0..4", "optimizer": "adam, momentum", "epochs": "1"}, "5 × 2 × 1 = 10 runs"),
    ],
)
def test_how_many_runs_is_said_as_a_product(settings, line):
    assert describe_count([GridSetting.parse(path, values) for path, values in settings.items()]) == line


def test_the_same_setting_twice_makes_no_runs():
    with pytest.raises(GridError, match="chosen twice"):
        describe_count([GridSetting.parse("seed", "0"), GridSetting.parse("seed", "1")])
