"""Settings while they are edited, without a screen."""

import pytest

from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Problem, Xor
from joml_tui.ui.compose.edited_settings import EditedSettings

EXPERIMENT = Experiment(
    dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"), LayerSpec(3, "tanh")), optimizer=AdamSpec(0.01)
)


def edited(group="Optimizer", **changes):
    settings = EditedSettings(EXPERIMENT, **changes)
    settings.group = group
    return settings


def setting(settings, name):
    (chosen,) = (each for each in settings.settings_in_view() if str(each.path[-1]) == name)
    return chosen


def test_what_is_typed_is_in_the_experiment_at_once():
    settings = edited()
    settings.write(setting(settings, "beta1"), "0.8")
    assert settings.experiment.optimizer == AdamSpec(0.01, beta1=0.8)
    settings.write(setting(settings, "beta1"), "")
    assert settings.experiment.optimizer == AdamSpec(0.01)


def test_what_is_no_value_stays_as_typed_until_it_is_mended():
    settings = edited()
    settings.write(setting(settings, "beta1"), "2")
    beta1 = setting(settings, "beta1")
    assert settings.experiment == EXPERIMENT
    assert settings.text_of(beta1) == "2"
    assert settings.problem_of(beta1)
    assert settings.first_wrong() == ("optimizer", "beta1")
    settings.write(beta1, "0.7")
    assert settings.problem_of(setting(settings, "beta1")) is None
    assert settings.first_wrong() is None


def test_a_wrong_value_of_a_setting_that_is_gone_holds_nothing_up():
    settings = edited()
    settings.write(setting(settings, "beta1"), "2")
    settings.choose(setting(settings, "optimizer"), "momentum")
    assert settings.first_wrong() is None


def test_all_hidden_layers_follow_the_first():
    settings = edited("Layers")
    settings.choose(setting(settings, "activation"), "relu")
    assert [layer.activation for layer in settings.experiment.layers] == ["relu", "relu"]
    settings.write(setting(settings, "dropout"), "0.2")
    assert [layer.dropout for layer in settings.experiment.layers] == [0.2, 0.2]


def test_one_layer_is_changed_alone_and_the_first_says_that_they_differ():
    settings = EditedSettings(EXPERIMENT, place=("layers", 1))
    settings.write(setting(settings, "dropout"), "0.2")
    assert [layer.dropout for layer in settings.experiment.layers] == [0.0, 0.2]
    settings.place = ("layers",)
    assert settings.note_on(setting(settings, "dropout")) == "layers differ"
    assert settings.note_on(setting(settings, "activation")) == ""


def test_a_group_is_reset_and_others_stay():
    settings = edited()
    settings.write(setting(settings, "beta1"), "0.8")
    settings.write(setting(settings, "beta2"), "7")
    settings.group = "Regularisation"
    settings.write(setting(settings, "l2"), "0.1")
    settings.group = "Optimizer"
    settings.reset_group()
    assert settings.experiment.optimizer == AdamSpec(0.01, l2=0.1)
    assert settings.first_wrong() is None


def test_problems_beside_other_settings_are_said_until_one_is_changed():
    settings = edited("Training", problems=[Problem("class_weights", "3 weights are given")])
    weights = setting(settings, "class_weights")
    assert settings.problem_of(weights) == "3 weights are given"
    settings.write(weights, "balanced")
    assert settings.problem_of(setting(settings, "class_weights")) is None


@pytest.mark.parametrize(
    ("path", "group", "place"),
    [
        (("layers", 1, "dropout"), "Layers", ("layers", 1)),
        (("layers", 0, "dropout"), "Layers", ("layers",)),
        (("output", "initialisation"), "Layers", ("output",)),
        (("optimizer", "l2"), "Regularisation", ("layers",)),
    ],
)
def test_a_setting_is_brought_into_view(path, group, place):
    settings = edited()
    settings.bring_into_view(path)
    assert (settings.group, settings.place) == (group, place)
    assert path in [each.path for each in settings.settings_in_view()]
