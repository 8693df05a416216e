"""Problems of layers of other kinds, each with its place."""

import pytest

from joml_tui.experiment import problems
from joml_tui.experiment.layer_problems import mini_batch_problems
from joml_tui.experiment.yaml_text import parse_experiment

CONVOLUTION = "{layer: convolution, channels: 4, kernel: 3}"


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (f"dataset: {{name: xor}}\nlayers: [{CONVOLUTION}]", "layers[0]", "c4k3 needs images, and the data set does"),
        (
            f"dataset: {{name: digits}}\nlayers: [{{size: 64}}, {CONVOLUTION}]",
            "layers[1]",
            "needs images, of the shape",
        ),
        ("dataset: {name: digits}\nlayers: [{layer: max-pooling, kernel: 9}]", "layers[0]", "a kernel of 9x9"),
        ("dataset: {name: digits}\ninput_shape: [1, 8, 9]", "input_shape", "images of 1@8x9 have 72 numbers, the data"),
        ("dataset: {name: digits}\ninput_shape: [1, 4, 16]", "input_shape", "the data set has images of 1@8x8, not of"),
        ("dataset: {name: digits}\ninput_shape: [1, 8, 8]\ninput_size: 64", "input_size", "leave one of them out"),
        (
            f"dataset: {{name: digits}}\nfeatures: [x1, x2]\nlayers: [{CONVOLUTION}]",
            "layers[0]",
            "terms of the features are none",
        ),
        (
            "dataset: {name: digits}\nlayers: [{layer: residual, layers: [{size: 3}]}]",
            "layers[0]",
            "a residual block adds its inputs to its outputs",
        ),
        (
            "dataset: {name: digits}\nlayers: [{layer: residual, layers: [{size: 64, optimizer: {name: sgd}}]}]",
            "layers[0].layers[0].optimizer",
            "give it to the block",
        ),
        (
            "dataset: {name: digits}\nlayers: [flatten, {size: 9, residual: 1}]",
            "layers[1]",
            "a residual block adds what it starts from",
        ),
        ("dataset: {name: digits}\nlayers: [{own: nowhere:Maxout}]", "layers[0]", "no module nowhere is installed"),
        (
            "dataset: {name: digits}\nlayers: [{layer: convolution, channels: 65536, kernel: 1}]",
            "layers[0]",
            "more than the 1,048,576 allowed",
        ),
    ],
)
def test_what_does_not_go_together_is_a_problem_of_its_layer(text, field, expected):
    (problem,) = problems(parse_experiment(f"version: 1\n{text}\n"))
    assert problem.field == field
    assert expected in problem.message


def test_layers_that_follow_each_other_have_no_problem():
    layers = f"[{CONVOLUTION}, {{layer: max-pooling, kernel: 2}}, {{size: 9}}]"
    assert problems(parse_experiment(f"version: 1\ndataset: {{name: digits}}\nlayers: {layers}")) == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("layers: [batch-normalisation]\nbatch_size: 1", "layer 1, bn, needs at least 2 samples in a mini-batch"),
        ("layers: [batch-normalisation]\nbatch_size: 1437", "the last one of an epoch of 1,438 has 1"),
        (
            "layers: [{layer: convolution, channels: 9999, kernel: 1}]\nbatch_size: all",
            "would take 7.4 GB for 1,438 samples",
        ),
    ],
)
def test_mini_batches_that_do_not_suit_the_layers_are_a_problem(settings, expected, monkeypatch):
    monkeypatch.setattr("joml_tui.experiment.layer_problems._MOST_IN_BATCH", 10**9)
    (problem,) = problems(parse_experiment(f"version: 1\ndataset: {{name: digits}}\n{settings}\n"))
    assert problem.field == "batch_size"
    assert expected in problem.message


def test_a_network_of_small_layers_has_no_problem_with_its_mini_batches():
    experiment = parse_experiment("version: 1\ndataset: {name: digits}\nlayers: [batch-normalisation]\n")
    assert mini_batch_problems(experiment, 1_438) == []


@pytest.mark.parametrize(
    ("layer", "field"), [("own: ''", "layers[0]"), ("size: 3, activation: {own: ''}", "layers[0].activation")]
)
def test_a_custom_part_without_a_name_is_a_problem(layer, field):
    (problem,) = problems(parse_experiment(f"version: 1\ndataset: {{name: digits}}\nlayers: [{{{layer}}}]\n"))
    assert problem.field == field
