"""An experiment's file without an output layer gets the one that suits its task."""

import pytest

from joml_tui.experiment import name_of, problems
from joml_tui.experiment.yaml_text import dump_experiment, parse_experiment
from joml_tui.sweep.sweep_file import parse_sweep

CLASSES, VALUES = "{name: xor}", "{name: sine}"
ANSWERS = "{name: npz, path: answers.npz, task: multilabel}"


def output_of(dataset, output=""):
    text = f"version: 1\ndataset: {dataset}\n" + (f"output: {output}\n" if output else "")
    layer = parse_experiment(text).output
    return name_of(layer.activation), name_of(layer.cost)


@pytest.mark.parametrize(
    ("dataset", "output", "expected"),
    [
        (CLASSES, "", ("softmax", "cross-entropy")),
        (ANSWERS, "", ("sigmoid", "cross-entropy")),
        (VALUES, "", ("identity", "mean-squared-error")),
        (VALUES, "{cost: huber}", ("identity", "huber")),
        (VALUES, "{cost: {name: huber, delta: 0.5}}", ("identity", "huber")),
        (VALUES, "{activation: tanh}", ("tanh", "mean-squared-error")),
        (VALUES, "{activation: softmax}", ("softmax", "cross-entropy")),  # which is refused as ever
        (CLASSES, "{activation: sigmoid}", ("sigmoid", "cross-entropy")),
        (CLASSES, "{activation: identity}", ("identity", "mean-squared-error")),
        (CLASSES, "{cost: mean-squared-error}", ("softmax", "mean-squared-error")),
        (CLASSES, "{size: 2}", ("softmax", "cross-entropy")),
    ],
)
def test_what_is_not_written_suits_the_task_and_what_is_written_stays(dataset, output, expected):
    assert output_of(dataset, output) == expected


def test_a_regression_needs_no_output_layer_to_be_right():
    experiment = parse_experiment(f"version: 1\ndataset: {VALUES}\n")
    assert problems(experiment) == []
    assert parse_experiment(dump_experiment(experiment)) == experiment


def test_so_does_the_base_of_a_sweep():
    sweep = parse_sweep(f"base: {{dataset: {VALUES}}}\ngrid: {{epochs: [1, 2]}}\n")
    outputs = [parse_experiment(job.yaml).output for cell in sweep.cells for job in cell.jobs]
    assert [name_of(output.cost) for output in outputs] == ["mean-squared-error"] * 2
