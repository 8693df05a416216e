"""Settings of an experiment as text: present and default values, what may be typed, and what it becomes."""

from typing import get_args

import pytest
from laboratory import SHORT
from msgspec import structs

from joml_tui.experiment import (
    AdamSpec,
    AdamWSpec,
    CsvFile,
    LayerSpec,
    LeakyReluSpec,
    MomentumSpec,
    OptimizerSpec,
    OwnMetricSpec,
    OwnOptimizerSpec,
    TableFile,
)
from joml_tui.ui.compose.setting_entries import SettingError, settings_in


def setting_of(experiment, *path):
    part, place = (experiment.layers[path[1]], path[:2]) if path[0] == "layers" else (experiment, ())
    return next(each for each in settings_in(part, place) if each.path == path)


def test_metrics_are_named_in_a_list_and_own_ones_keep_their_settings():
    own = OwnMetricSpec("m.py:f", label="f2", better="lower", settings=(("beta", 2),))
    setting = setting_of(structs.replace(SHORT, metrics=("macro-f1", own)), "metrics")
    assert setting.text == "macro-f1, f2"
    assert setting.read("f2, MacroPrecision") == (own, "macro-precision")
    assert setting.read("none") == ()
    assert setting.read("") == ()
    with pytest.raises(SettingError, match="must be none, or names of metrics, such as accuracy"):
        setting.read("macro-f2, f2")


def test_input_features_are_typed_with_commas():
    setting = setting_of(structs.replace(SHORT, features=("x1", "x1^2")), "features")
    assert (setting.title, setting.group, setting.text) == ("Input features", "Data set", "x1, x1^2")
    assert (setting.allowed, setting.usual_text, setting.differs) == ("terms such as x1^2 or none", "none", True)
    assert setting.read('sin(x1),x1*x2, "a,b^2"') == ("sin(x1)", "x1*x2", "a,b^2")
    assert setting.read("") == setting.read("none") == ()


def test_one_label_column_is_typed_or_several():
    label = setting_of(structs.replace(SHORT, dataset=TableFile("a.parquet", ("q", "p, high"))), "dataset", "label")
    assert (label.text, label.allowed) == ('q, "p, high"', "names or positions from 0")
    assert [label.read(text) for text in (label.text, "q", "-1", "")] == [("q", "p, high"), "q", -1, -1]


def test_what_is_typed_becomes_a_value_and_nothing_the_usual_one():
    beta = setting_of(SHORT, "optimizer", "beta1")
    assert (beta.read(" 0.8 "), beta.read("0"), beta.read("")) == (0.8, 0, 0.9)
    clip = setting_of(SHORT, "optimizer", "clip_norm")
    assert (clip.read("5"), clip.read("")) == (5, None)
    weights = setting_of(SHORT, "class_weights")
    assert [weights.read(text) for text in ("balanced", "1, 2.5", "")] == ["balanced", (1.0, 2.5), "none"]
    tests = setting_of(SHORT, "test_every")
    assert [tests.read(text) for text in ("epoch", "1,000")] == ["epoch", 1000]


def test_columns_that_are_ignored_are_names_and_positions():
    experiment = structs.replace(SHORT, dataset=CsvFile("a.csv"))
    ignored = setting_of(experiment, "dataset", "ignore")
    assert [ignored.read(text) for text in ("", "none", "id, -1")] == [None, (), ("id", -1)]
    for columns in (("a, b", 0), ("it's", 'the "best"', "x y"), (), (3,)):
        changed = setting_of(structs.replace(SHORT, dataset=CsvFile("a.csv", ignore=columns)), "dataset", "ignore")
        assert changed.differs
        assert ignored.read(changed.text) == columns


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("optimizer.beta1", "1", "must be a number from 0 to below 1"),
        ("optimizer.beta1", "nan", "must be a number from 0 to below 1"),
        ("optimizer.beta1", "1e999", "must be a number from 0 to below 1"),
        ("optimizer.epsilon", "[/]", "must be a number above 0"),
        ("optimizer.clip_norm", "0", "must be a number above 0, or empty"),
        ("test_every", "1.5", "must be epoch, or a whole number of 1 or more"),
        ("class_weights", "1, -2", "must be two or more numbers above 0, such as 1, 2.5"),
    ],
)
def test_what_is_no_value_is_refused_with_what_would_be_one(path, text, message):
    with pytest.raises(SettingError) as refused:
        setting_of(SHORT, *path.split(".")).read(text)
    assert str(refused.value) == message


def test_another_optimizer_takes_over_what_was_changed_but_not_the_rate():
    setting = setting_of(structs.replace(SHORT, optimizer=AdamSpec(0.5, beta1=0.8, l2=0.1)), "optimizer")
    assert setting.chosen("adamw") == AdamWSpec(beta1=0.8, l2=0.1)
    assert setting.chosen("momentum") == MomentumSpec(l2=0.1)


@pytest.mark.parametrize("optimizer", get_args(OptimizerSpec), ids=lambda optimizer: optimizer.__name__)
def test_every_field_of_every_optimizer_has_an_entry(optimizer):
    own = optimizer is OwnOptimizerSpec
    experiment = structs.replace(SHORT, optimizer=optimizer(own="parts:Rule") if own else optimizer())
    shown = {each.path[1] for each in settings_in(experiment) if len(each.path) == 2}
    # The main screen has the learning rate, an experiment's file the settings of an optimizer of one's own.
    fields = {field.name for field in structs.fields(optimizer)} - {"learning_rate", *(["settings"] if own else [])}
    assert fields <= shown


@pytest.mark.parametrize(
    ("experiment", "path", "title", "message"),
    [
        (SHORT, ("optimizer", "beta2"), "Beta2", "Decay rate of the squared gradient's mean."),
        (SHORT, ("optimizer", "l2"), "L2", "Factor of theta added to the gradient."),
        (SHORT, ("optimizer", "clip_norm"), "Clip norm", "Greatest length of the gradient."),
        (
            structs.replace(SHORT, layers=(LayerSpec(4, LeakyReluSpec(0.2)),)).layers[0],
            ("activation", "slope"),
            "Slope",
            "Derivative below 0.",
        ),
        (SHORT, ("optimizer", "schedule"), "Schedule", "Momentum with a per-weight step."),
    ],
)
def test_what_is_said_of_a_setting_is_what_the_engine_declares(experiment, path, title, message):
    (setting,) = [each for each in settings_in(experiment) if each.path == path]
    assert (setting.title, setting.help) == (title, message)
