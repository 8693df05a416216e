"""Settings of one's own parts: which entries there are, what may be typed, and what an experiment keeps of it."""

import pytest
from laboratory import compose_of, lab_of, opened, opens, until
from msgspec.structs import replace

from joml_tui.decoding import format_path
from joml_tui.experiment import (
    Experiment,
    LayerSpec,
    Moons,
    OwnDatasetSpec,
    OwnMetricSpec,
    OwnOptimizerSpec,
    OwnSpec,
)
from joml_tui.experiment.yaml_text import dump_experiment, parse_experiment
from joml_tui.ui.compose.own_setting_entries import all_settings_in, find_own_parts, references_in
from joml_tui.ui.compose.setting_changes import hidden_changes, replaced, reset
from joml_tui.ui.compose.setting_entries import SettingError
from joml_tui.ui.compose.settings_dialog import SettingsDialog
from joml_tui.ui.widgets.form_field import Field

MODULE = """
from typing import Annotated, Literal

import numpy as np
from joml import ActivationFunction
from joml.declaration import Setting


class Swish(ActivationFunction):
    '''z sigmoid(beta z).'''

    def __init__(
        self,
        beta: Annotated[float, Setting("Steepness", at_least=0, at_most=10)] = 1.0,
        shape: Literal["round", "sharp"] = "round",
        centre=0,
        copies: int = 1,
        mirrored: bool = False,
        größe: float = 1.0,
        limit: float | None = None,
        table: dict | None = None,
    ):
        if beta == 7:
            raise ValueError("beta of 7 is unlucky")
        self.beta = beta

    def value(self, z):
        return z / (1 + np.exp(-self.beta * z))

    def der(self, z):
        share = 1 / (1 + np.exp(-self.beta * z))
        return share + self.beta * z * share * (1 - share)


class Plain(ActivationFunction):
    def value(self, z):
        return z

    def der(self, z):
        return 1 + 0 * z


class Rule:
    def __init__(self, learning_rate=0.1, inertia=0.5):
        self.learning_rate = learning_rate
        if inertia == 7:
            raise ValueError("inertia of 7 is unlucky")

    def bind(self, theta, gradient):
        raise NotImplementedError


def f_beta(y_hat, y, beta: float = 1.0):
    return beta


def rings(samples: int = 90, width: float = 0.1):
    if width < 0:
        raise ValueError("rings need a width")
    x = np.random.default_rng(0).normal(size=(samples, 2))
    return x, (x[:, 0] > width).astype(int)
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(MODULE)
    return f"{tmp_path / 'mine.py'}:{{}}".format


def experiment_with(chosen, **others):
    return Experiment(
        dataset=Moons(samples=60), layers=(LayerSpec(4, chosen), LayerSpec(4, chosen)), epochs=1, **others
    )


def entries_of(experiment, place=()):
    parts = find_own_parts({reference for _, reference in references_in(experiment)})
    part = experiment.layers[0] if place else experiment
    entries = all_settings_in(part, place, parts)
    return {entry.path[-1]: entry for entry in entries if len(entry.path) > 1 and entry.path[-2] == "settings"}


def test_each_setting_of_the_signature_has_an_entry_with_its_value_and_its_default(mine):
    experiment = experiment_with(OwnSpec(mine("Swish"), (("beta", 2),)))
    entries = entries_of(experiment, ("layers", 0))
    assert {name: (entry.title, entry.text, entry.usual_text, entry.differs) for name, entry in entries.items()} == {
        "beta": ("Beta", "2", "1", True),
        "shape": ("Shape", "round", "round", False),
        "centre": ("Centre", "0", "0", False),
        "copies": ("Copies", "1", "1", False),
        "mirrored": ("Mirrored", "no", "no", False),
        "größe": ("Größe", "1", "1", False),
        "limit": ("Limit", "", "", False),
    }
    wanted = ["0 to 10", "text", "a number", "a whole number", "text", "a number", "a number"]
    assert [entry.allowed for entry in entries.values()] == wanted
    assert entries["shape"].names == ("round", "sharp")
    assert entries["mirrored"].names == ("no", "yes")
    assert [entries[name].help for name in ("beta", "copies")] == [
        "Steepness.", "A setting of Swish: z sigmoid(beta z).",
    ]  # fmt: skip
    assert entries["beta"].group == "Layers"
    assert entries_of(experiment_with(OwnSpec(mine("Plain"))), ("layers", 0)) == {}


def test_entries_stand_beneath_the_part_that_they_are_of(mine):
    experiment = experiment_with(OwnSpec(mine("Swish"), ()))
    parts = find_own_parts({reference for _, reference in references_in(experiment)})
    names = [format_path(entry.path) for entry in all_settings_in(experiment.layers[0], ("layers", 0), parts)]
    start = names.index("layers[0].activation.own")
    assert names[start + 1 : start + 3] == ["layers[0].activation.settings.beta", "layers[0].activation.settings.shape"]
    assert names[start + 8] == "layers[0].initialisation"


def test_what_is_typed_is_checked_as_far_as_the_signature_says(mine):
    entries = entries_of(experiment_with(OwnSpec(mine("Swish"))), ("layers", 0))
    assert [entries[name].read(text) for name, text in (("beta", " 2.5 "), ("copies", "3"), ("beta", ""))] == [
        2.5,
        3,
        1,
    ]
    assert entries["limit"].read("0.5") == 0.5
    assert (entries["limit"].read(""), entries["mirrored"].chosen("yes")) == (None, True)
    for name, text, message in (
        ("beta", "11", "beta must be a number of at least 0 and at most 10"),
        ("copies", "1.5", "copies must be an integer"),
        ("centre", "x", "centre must be a number"),
        ("limit", "x", "limit must be a number"),
    ):
        with pytest.raises(SettingError, match=message):
            entries[name].read(text)


def test_an_experiment_keeps_what_is_not_the_default(mine):
    experiment = experiment_with(OwnSpec(mine("Swish"), (("beta", 2),)))
    entries = entries_of(experiment, ("layers", 0))

    def put(experiment, name, value):
        entry = entries[name]
        return replaced(experiment, entry.path, entry.kept(value))

    changed = put(put(experiment, "shape", "sharp"), "beta", 3.0)
    assert changed.layers[0].activation.settings == (("beta", 3.0), ("shape", "sharp"))
    assert parse_experiment(dump_experiment(changed)) == changed
    assert put(changed, "beta", 1.0).layers[0].activation.settings == (("shape", "sharp"),)
    other = replaced(changed, ("layers", 0, "activation", "own"), "mine:Plain")
    assert other.layers[0].activation == OwnSpec("mine:Plain")
    assert reset(experiment, [entries["beta"]]).layers[0].activation.settings == ()
    assert "Beta" in hidden_changes(experiment)


def test_optimizers_data_sets_and_metrics_have_theirs_in_their_groups(mine):
    metric = OwnMetricSpec(mine("f_beta"), label="f2", settings=(("beta", 2),))
    experiment = Experiment(
        dataset=OwnDatasetSpec(mine("rings")),
        layers=(),
        optimizer=OwnOptimizerSpec(mine("Rule")),
        metrics=("macro-f1", metric),
    )
    entries = entries_of(experiment)
    assert {name: (entry.group, entry.title) for name, entry in entries.items()} == {
        "inertia": ("Optimizer", "Inertia"),
        "beta": ("Training", "f2: Beta"),
        "samples": ("Data set", "Samples"),
        "width": ("Data set", "Width"),
    }
    changed = replaced(experiment, entries["beta"].path, 0.5)
    assert changed.metrics == ("macro-f1", replace(metric, settings=(("beta", 0.5),)))


async def in_dialog(pilot):
    return await opens(pilot, SettingsDialog, "O")


def beneath(dialog, name):
    return dialog.query_one(f"#field-set-{name}", Field).text_beneath


async def test_a_setting_is_typed_in_the_dialog_and_what_the_part_refuses_is_said_beneath_it(mine):
    own = OwnSpec(mine("Swish"))
    async with opened(experiment_with(own)) as pilot:
        dialog = await in_dialog(pilot)
        await dialog.run_action("group(2)")
        name = "layers-0-activation-settings-beta"
        await until(pilot, lambda: dialog.query(f"#set-{name}"))
        entry = dialog.query_one(f"#set-{name}")
        entry.focus()
        entry.value = "7"
        await until(pilot, lambda: "beta of 7 is unlucky" in beneath(dialog, name))
        await pilot.press("f2")
        assert pilot.app.screen is dialog
        await until(pilot, lambda: dialog.query(f"#set-{name}"))
        entry = dialog.query_one(f"#set-{name}")
        entry.value = "2.5"
        await until(pilot, lambda: "unlucky" not in beneath(dialog, name))
        await pilot.press("f2")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        layers = compose_of(pilot).draft.valid_experiment().layers
        assert [layer.activation.settings for layer in layers] == [(("beta", 2.5),)] * 2


async def test_what_a_part_refuses_is_gone_when_its_settings_are_reset(mine):
    async with opened(experiment_with("relu", optimizer=OwnOptimizerSpec(mine("Rule")))) as pilot:
        dialog = await in_dialog(pilot)
        name = "optimizer-settings-inertia"
        await until(pilot, lambda: dialog.query(f"#set-{name}"))
        dialog.query_one(f"#set-{name}").value = "7"
        await until(pilot, lambda: "inertia of 7 is unlucky" in beneath(dialog, name))
        await pilot.click("#reset")
        await until(pilot, lambda: "unlucky" not in beneath(dialog, name))
        await pilot.press("f2")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert compose_of(pilot).draft.valid_experiment().optimizer.settings == ()


async def test_a_part_that_cannot_be_imported_is_named_where_it_is_chosen(mine):
    async with opened(experiment_with(OwnSpec(mine("Sweesh")))) as pilot:
        dialog = await in_dialog(pilot)
        await dialog.run_action("group(2)")
        await until(pilot, lambda: "did you mean Swish" in beneath(dialog, "layers-0-activation"))
        await dialog.run_action("close")


async def test_a_data_set_is_called_with_what_was_typed(mine):
    experiment = Experiment(dataset=OwnDatasetSpec(mine("rings")), layers=(LayerSpec(4),), epochs=1)
    async with opened(experiment) as pilot:
        dialog = await in_dialog(pilot)
        await dialog.run_action("group(-1)")
        await until(pilot, lambda: dialog.query("#set-dataset-settings-width"))
        entry = dialog.query_one("#set-dataset-settings-width")
        entry.focus()
        entry.value = "-1"
        await until(pilot, lambda: "rings need a width" in beneath(dialog, "dataset-settings-width"))
        await dialog.run_action("close")
