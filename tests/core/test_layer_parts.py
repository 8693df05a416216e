"""The engine's layers of an experiment, and back."""

import pytest
from msgspec.structs import replace

from joml import ArchitectureError
from joml.layers.layer_stack import parse_hidden_layers, parse_layers
from joml_tui.experiment import LayerSpec, OwnLayerSpec, ResidualSpec, architecture_of, with_architecture
from joml_tui.experiment.layer_parts import build_layer, layer_spec, notation_of, read_architecture
from joml_tui.experiment.yaml_text import dump_experiment, parse_experiment

DIGITS = parse_experiment("version: 1\ndataset: {name: digits}\nlayers: [{size: 28, dropout: 0.1}]\n")


@pytest.mark.parametrize(
    "text", ["c8k3s2b1(tanh)", "c4k2x3", "p2", "p3x2s1", "a2", "g", "f", "bn", "ln", "d0.2", "gelu", "e4(3:10,13:5)"]
)
def test_a_layer_of_the_notation_comes_back_from_an_experiment(text):
    (layer,) = parse_hidden_layers(text)
    assert notation_of(layer_spec(layer)) == build_layer(layer_spec(layer)).notation == text


def test_an_architecture_becomes_layers_that_name_it_again():
    text = "1@8x8-c8k3-p2-r(c8k3b1-bn)-d0.2-30(tanh)-10"
    changed = with_architecture(DIGITS, parse_layers(text))
    assert str(architecture_of(changed)) == str(architecture_of(parse_experiment(dump_experiment(changed)))) == text
    assert (changed.input_size, changed.input_shape) == (None, (1, 8, 8))


def test_settings_that_the_notation_lacks_stay_with_a_layer_of_the_same_kind():
    (kept,) = with_architecture(DIGITS, parse_layers("1@8x8-30(tanh)-10")).layers
    assert kept == LayerSpec(30, "tanh", dropout=0.1)


def test_the_images_of_a_data_set_are_used_where_a_layer_asks_for_them_alone():
    convolution = parse_experiment(
        "version: 1\ndataset: {name: digits}\nlayers: [{layer: convolution, channels: 2, kernel: 8}]"
    )
    assert str(architecture_of(convolution)) == "1@8x8-c2k8-10"
    normalised = parse_experiment("version: 1\ndataset: {name: digits}\nlayers: [batch-normalisation]")
    assert str(architecture_of(normalised)) == "64-bn-10"


def test_a_text_may_name_the_layers_of_ones_own_that_are_there(tmp_path):
    code = "from joml import OwnLayer\n\n\nclass Twice(OwnLayer):\n    def forward(self, x):\n        return 2 * x\n"
    (tmp_path / "own_twice.py").write_text(code)
    own = OwnLayerSpec(f"{tmp_path / 'own_twice.py'}:Twice")
    experiment = replace(DIGITS, layers=(LayerSpec(5), own))
    changed = with_architecture(experiment, read_architecture("64-twice-r(twice)-7-10", experiment.layers))
    assert changed.layers == (own, ResidualSpec((own,)), LayerSpec(7))
    assert str(architecture_of(changed)) == "64-twice-r(twice)-7-10"
    with pytest.raises(ArchitectureError, match="part 2 'twice' is no layer"):
        read_architecture("64-twice-10", DIGITS.layers)


def test_the_name_stands_for_a_layer_of_ones_own_that_cannot_be_imported():
    (own,) = parse_experiment("version: 1\ndataset: {name: xor}\nlayers: [{own: nowhere:Maxout}]").layers
    assert notation_of(own) == "Maxout"
