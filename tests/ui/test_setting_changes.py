"""Changes of single settings, and of several at once."""

import pytest
from laboratory import SHORT
from msgspec import structs

from joml_tui.experiment import (
    AdamSpec,
    EarlyStoppingSpec,
    EluSpec,
    LayerSpec,
    LeakyReluSpec,
    MomentumSpec,
    StepSpec,
    Xor,
    metric_name,
)
from joml_tui.ui.compose.edited_settings import EditedSettings
from joml_tui.ui.compose.setting_changes import hidden_changes, in_all_layers, replaced, reset
from joml_tui.ui.compose.setting_entries import SettingError, settings_in

DEEP = structs.replace(SHORT, layers=(LayerSpec(4, "tanh"), LayerSpec(4, "tanh"), LayerSpec(4, "elu")))


def test_a_function_is_called_by_its_name_alone_where_its_settings_are_usual():
    layer = LayerSpec(4, "leaky-relu")
    other = replaced(layer, ("activation", "slope"), 0.2)
    assert other == LayerSpec(4, LeakyReluSpec(0.2))
    assert replaced(other, ("activation", "slope"), 0.01) == layer


def test_resetting_makes_settings_usual_and_leaves_the_optimizer():
    optimizer = MomentumSpec(momentum=0.5, schedule=StepSpec(ratio=0.5), warm_up=1.0, l2=0.1)
    experiment = structs.replace(SHORT, optimizer=optimizer, early_stopping=EarlyStoppingSpec(2))
    back = reset(experiment, list(settings_in(experiment)))
    assert back == structs.replace(SHORT, dataset=Xor(), optimizer=MomentumSpec())


def test_hidden_changes_are_those_that_the_main_screen_does_not_show():
    assert hidden_changes(structs.replace(DEEP, dataset=Xor())) == []
    layer = LayerSpec(4, EluSpec(0.5), initialisation="he", optimizer=AdamSpec())
    experiment = structs.replace(SHORT, layers=(layer, layer), optimizer=AdamSpec(l2=0.1, schedule="cosine"))
    assert set(hidden_changes(experiment)) == {"Samples", "L2", "Alpha", "Initialisation", "Optimizer"}


def test_the_settings_of_built_in_metrics_stand_beneath_their_list():
    experiment = structs.replace(SHORT, metrics=("macro-f1", "top-k-accuracy"))
    path = ("metrics", "top-k-accuracy", "k")
    (setting,) = [each for each in settings_in(experiment) if each.path[:1] == ("metrics",) and len(each.path) > 1]
    assert (setting.path, setting.title, setting.group, setting.text) == (path, "top-k-accuracy: K", "Training", "2")
    with pytest.raises(SettingError, match="must be a whole number from 1 to 1,000"):
        setting.read("0")
    edited = EditedSettings(experiment)
    edited.group = "Training"
    edited.write(setting, "3")
    assert [metric_name(metric) for metric in edited.experiment.metrics] == ["macro-f1", "top-k-accuracy"]
    assert edited.experiment.metrics[1].k == 3
    (changed,) = [each for each in edited.settings_in_view() if each.path == path]
    assert (changed.text, changed.differs) == ("3", True)
    assert "top-k-accuracy: K" in hidden_changes(edited.experiment)
    assert replaced(edited.experiment, path, 2) == experiment
    edited.reset_group()
    assert edited.experiment.metrics == ()


def test_one_setting_of_the_first_layer_is_copied_to_all():
    layers = (LayerSpec(4, "tanh", dropout=0.2), LayerSpec(5), LayerSpec(6, "elu"))
    same = in_all_layers(structs.replace(SHORT, layers=layers), "activation")
    assert [layer.activation for layer in same.layers] == ["tanh", "tanh", "tanh"]
    assert [(layer.size, layer.dropout) for layer in same.layers] == [(4, 0.2), (5, 0.0), (6, 0.0)]


def test_a_layer_inside_the_experiment_is_changed_by_its_place():
    changed = replaced(DEEP, ("layers", 2, "dropout"), 0.5)
    assert [layer.dropout for layer in changed.layers] == [0, 0, 0.5]
    assert replaced(changed, ("layers", 2, "dropout"), 0.0) == DEEP
