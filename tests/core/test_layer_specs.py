"""Layers of all kinds in experiments: what a file says of them, and what is written."""

import pytest

from joml_tui.experiment import LayerSpec, architecture_of, problems
from joml_tui.experiment.layer_specs import with_kind, without_kind
from joml_tui.experiment.yaml_text import ExperimentError, dump_experiment, parse_experiment, parse_kept_experiment

BASE = "version: 1\ndataset: {name: digits}\nlayers:\n"
KINDS = """\
- {layer: convolution, channels: 8, kernel: 3, activation: tanh}
- {layer: max-pooling, kernel: [2, 3]}
- {layer: residual, layers: [{layer: batch-normalisation}, {size: 48, activation: relu}]}
- {layer: activation, activation: gelu}
- {own: 'my_layers:Maxout', units: 10}
- {size: 28, activation: relu}
"""


def test_every_kind_is_written_as_it_is_read():
    experiment = parse_experiment(BASE + KINDS)
    text = dump_experiment(experiment)
    assert KINDS in text
    assert parse_experiment(text) == parse_kept_experiment(text, "") == experiment


def test_a_size_alone_is_a_fully_connected_layer_and_a_kind_without_settings_stands_alone():
    first, second = parse_experiment(f"{BASE}- {{size: 28}}\n- Flatten\n").layers
    assert first == LayerSpec(28)
    assert second.__struct_config__.tag == "flatten"


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("{layer: convolutoin, channels: 8, kernel: 3}", "layers[0].layer: expected fully-connected, convolution, "),
        ("{layer: convolution, channels: 8}", "layers[0].kernel: this key is missing"),
        ("{layer: convolution, channels: 0, kernel: 3}", "layers[0].channels: expected an integer >= 1, got 0"),
        ("{layer: convolution, channels: 8, kernel: [3]}", "layers[0].kernel: expected at least 2 items, got 1"),
        ("{layer: dropout, shere: 0.1}", "layers[0].shere: unknown key; did you mean share?"),
        ("{layer: residual, layers: [{layer: residual}]}", "layers[0].layers[0].layers: this key is missing"),
        ("convolution", "layers[0].channels: this key is missing"),
        ("{}", "layers[0].size: this key is missing; expected an integer"),
    ],
)
def test_a_wrong_layer_is_refused_with_its_place(layer, expected):
    with pytest.raises(ExperimentError) as refused:
        parse_experiment(f"{BASE}- {layer}\n")
    assert f"4: {expected}" in str(refused.value)


def test_kinds_are_added_for_reading_and_left_out_for_programs():
    plain = [{"size": 3}, {"layer": "residual", "layers": [{"layer": "fully-connected", "size": 3}]}]
    assert without_kind(with_kind(plain)) == [{"size": 3}, {"layer": "residual", "layers": [{"size": 3}]}]
    assert with_kind("28x6") == "28x6"


def test_columns_of_an_embedding_are_names_or_pairs():
    with pytest.raises(ExperimentError, match=r"layers\[0\]\.columns\[0\]: expected text or a list, got 1"):
        parse_experiment(f"{BASE}- {{layer: embedding, size: 2, columns: [1]}}\n")
    for text in ("size: 2", "size: 2, columns: [city, [3, 10]]"):
        written = f"- {{layer: embedding, {text}}}\n"
        assert written in dump_experiment(parse_experiment(BASE + written))


def test_a_block_inside_a_block_is_written_as_it_is_read():
    block = "- {layer: residual, layers: [{layer: residual, layers: [{size: 64, activation: relu}]}]}\n"
    experiment = parse_experiment(BASE + block)
    assert block in dump_experiment(experiment)
    assert str(architecture_of(experiment)) == "64-r(r(64))-10"
    optimizer = block.replace("activation: relu", "optimizer: {name: sgd}")
    (problem,) = problems(parse_experiment(BASE + optimizer))
    assert problem.field == "layers[0].layers[0].layers[0].optimizer"
