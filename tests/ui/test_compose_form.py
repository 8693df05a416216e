"""Where a problem of the next run is shown."""

import pytest

from joml_tui.experiment import CsvFile, Experiment, Problem, Xor
from joml_tui.ui.compose.compose_form import key_of_problem, layer_of_problem
from joml_tui.ui.compose.draft import Draft

DRAFT = Draft.of(Experiment(dataset=Xor()))
OF_A_FILE = Draft.of(Experiment(dataset=CsvFile(path="a.csv")))


@pytest.mark.parametrize(
    ("draft", "path", "key"),
    [
        (DRAFT, "optimizer.learning_rate", "learning-rate"),
        (DRAFT, "optimizer.l2", "more-settings"),
        (DRAFT, "optimizer.beta1", "optimizer"),
        (DRAFT, "output.size", "architecture"),
        (DRAFT, "dataset.samples", "dataset"),
        (DRAFT, "nowhere", "experiment"),
        (OF_A_FILE, "dataset.label", "csv-label"),
        (OF_A_FILE, "dataset.path", "csv-path"),
        (OF_A_FILE, "dataset", "dataset"),
    ],
)
def test_a_problem_has_one_field(draft, path, key):
    assert key_of_problem(Problem(path, ""), draft) == key


@pytest.mark.parametrize(("path", "layer"), [("layers[12].size", 12), ("layers", None), ("output.size", None)])
def test_a_layers_problem_stands_at_the_layer(path, layer):
    assert layer_of_problem(Problem(path, "")) == layer
