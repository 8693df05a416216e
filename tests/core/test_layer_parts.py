"""The engine's layers of an experiment, and back."""

import pytest
from msgspec.structs import replace

from joml import ArchitectureError
from joml.layers.layer_stack import parse_hidden_layers, parse_layers
from joml_tui.experiment import LayerSpec, OwnLayerSpec, OwnSpec, ResidualSpec, architecture_of, with_architecture
from joml_tui.experiment.layer_parts import build_layer, layer_spec, notation_of, read_architecture, read_hidden_layers
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


def test_parts_of_one_name_are_told_by_their_places_and_refused_elsewhere(tmp_path):
    code = (
        "import numpy as np\nfrom joml import ActivationFunction, OwnLayer\n\n\nclass Swish(ActivationFunction):\n"
        "    def __init__(self, beta: float = 1.0):\n        self.beta = beta\n\n"
        "    def value(self, z):\n        return z / (1 + np.exp(-self.beta * z))\n\n"
        "    def der(self, z):\n        return np.ones_like(z)\n\n\n"
        "class Times(OwnLayer):\n    def __init__(self, factor: float = 2.0):\n"
        "        super().__init__()\n        self.factor = factor\n\n"
        "    def forward(self, x):\n        return self.factor * x\n"
    )
    (tmp_path / "own_parts.py").write_text(code)
    file = tmp_path / "own_parts.py"
    soft, steep = (OwnSpec(f"{file}:Swish", (("beta", beta),)) for beta in (1.0, 4.0))
    twice, thrice = (OwnLayerSpec(f"{file}:Times", (("factor", factor),)) for factor in (2.0, 3.0))
    experiment = replace(DIGITS, layers=(LayerSpec(5, soft), twice, LayerSpec(6, steep), thrice))
    name = notation_of(twice)
    text = f"64-9(swish)-{name}-8(swish)-{name}-10"
    changed = with_architecture(experiment, read_architecture(text, experiment.layers))
    assert changed.layers == (LayerSpec(9, soft), twice, LayerSpec(8, steep), thrice)
    fifth = r"hidden layer 5: several parts of your own are called swish"
    with pytest.raises(ArchitectureError, match=fifth):
        read_architecture(text.replace("-10", "-7(swish)-10"), experiment.layers)
    with pytest.raises(ArchitectureError, match=f"hidden layer 1: several parts of your own are called {name}"):
        read_hidden_layers(f"{name}-5", experiment.layers)
    # One part with other settings of its layer is one part.
    frozen = replace(DIGITS, layers=(LayerSpec(5, soft), LayerSpec(6, soft), twice, replace(twice, frozen=True)))
    read_architecture(f"64-r({name})-5-5-5(swish)-10", frozen.layers)


def test_the_name_stands_for_a_layer_of_ones_own_that_cannot_be_imported():
    (own,) = parse_experiment("version: 1\ndataset: {name: xor}\nlayers: [{own: nowhere:Maxout}]").layers
    assert notation_of(own) == "Maxout"
