"""What a grid offers and how many runs it says it makes."""

import pytest
from msgspec.structs import replace

from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Xor
from joml_tui.experiment.grid import GridError, GridSetting
from joml_tui.ui.queue.grid_dialog import describe_count, describe_rates, setting_choices

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


class TestRates:
    def test_a_grid_over_optimizers_says_their_learning_rates(self):
        composed = replace(EXPERIMENT, optimizer=AdamSpec(0.002))
        line = describe_rates(composed, [GridSetting.parse("optimizer", "Adam, sgd, momentum")])
        assert "Learning rates: adam 0.002, gradient-descent 0.1, momentum 0.01." in line

    def test_a_grid_with_rates_needs_no_words(self):
        settings = [GridSetting.parse("optimizer", "adam, sgd"), GridSetting.parse("optimizer.learning_rate", "0.1")]
        assert describe_rates(EXPERIMENT, settings) == ""
        assert describe_rates(EXPERIMENT, [GridSetting.parse("seed", "0..2")]) == ""

    def test_an_unknown_optimizer_is_refused_while_it_is_typed(self):
        with pytest.raises(GridError, match="did you mean adam"):
            describe_rates(EXPERIMENT, [GridSetting.parse("optimizer", "adm")])
