"""Labels that tell runs apart by what differs between them."""

from __future__ import annotations

import msgspec
import pytest

from joml_tui.experiment import LayerSpec
from joml_tui.experiment.presets import DEFAULT_PRESET, find_experiment
from joml_tui.runs.short_labels import short_labels

pytestmark = pytest.mark.quick

BASE = find_experiment(DEFAULT_PRESET)
NETWORK = "14-100-40-4"


def changed(**settings):
    """Return the experiment with some settings, also those of its optimizer, replaced."""
    built = msgspec.to_builtins(BASE)
    for path, value in settings.items():
        part, _, name = path.rpartition("__")
        (built[part] if part else built)[name] = value
    return msgspec.convert(built, type(BASE))


def labels(*experiments):
    return short_labels([(each, NETWORK) for each in experiments])


def test_the_seed_tells_apart_what_is_alike_otherwise():
    assert labels(BASE, changed(seed=3)) == ["seed 0", "seed 3"]


def test_optimizers_have_their_names_and_nothing_else_is_needed():
    other = changed(optimizer={"name": "gradient-descent", "learning_rate": 0.1}, seed=1)
    assert labels(BASE, other) == ["Adam", "SGD"]


def test_as_many_settings_as_are_needed():
    sgd = {"name": "gradient-descent", "learning_rate": 0.1}
    runs = [BASE, changed(seed=1), changed(optimizer=sgd), changed(optimizer=sgd, seed=1)]
    assert labels(*runs) == ["Adam seed 0", "Adam seed 1", "SGD seed 0", "SGD seed 1"]


def test_rates_and_batches_have_short_words():
    assert labels(BASE, changed(optimizer__learning_rate=0.01)) == ["lr 0.002", "lr 0.01"]
    assert labels(BASE, changed(batch_size=64)) == ["batch 32", "batch 64"]


def test_a_rate_beside_its_optimizer_needs_no_word():
    other = changed(optimizer={"name": "gradient-descent", "learning_rate": 0.1})
    assert labels(BASE, changed(optimizer__learning_rate=0.01), other) == ["Adam 0.002", "Adam 0.01", "SGD"]


def test_a_setting_of_one_optimizer_only_is_no_difference():
    other = changed(optimizer={"name": "gradient-descent", "learning_rate": 0.002})
    assert labels(BASE, other, changed(seed=2)) == ["Adam seed 0", "SGD", "Adam seed 2"]


def test_networks_differ_in_sizes_and_activations():
    layers = (LayerSpec(100, "tanh"), LayerSpec(40, "tanh"))
    assert short_labels([(BASE, NETWORK), (BASE, "14-28x6-4")]) == [NETWORK, "14-28x6-4"]
    assert labels(BASE, msgspec.structs.replace(BASE, layers=layers)) == ["relu", "tanh"]


def test_settings_of_a_layer_name_the_layer():
    layers = (LayerSpec(100, dropout=0.2), LayerSpec(40))
    assert labels(BASE, msgspec.structs.replace(BASE, layers=layers)) == ["layer 1 dropout 0", "layer 1 dropout 0.2"]


def test_equal_settings_and_a_single_run_have_no_label():
    assert labels(BASE, BASE) == ["", ""]
    assert labels(BASE) == [""]
    assert labels() == []


def test_a_name_is_no_difference():
    assert labels(BASE, changed(name="another")) == ["", ""]
