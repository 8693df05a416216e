"""The gradients of weights and samples in files: central differences, the same layout, and every refusal in words."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from joml import Network
from joml.files.parameter_tables import Layout, read_parameters, write_biases, write_weights
from joml_tui.cli import main
from joml_tui.inspect.step_numbers import StepTaken
from joml_tui.reports.given_gradients import Given, GivenError, compute_gradients, explain_gradients

SIZES = (3, 5, 4)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    generator = np.random.default_rng(2)
    W = [generator.normal(size=(5, 3)), generator.normal(size=(4, 5))]
    b = [generator.normal(size=5), generator.normal(size=4)]
    names = tuple(f"weights of layer{place}" for place in range(8))
    (tmp_path / "w.csv").write_text(write_weights(W, Layout("inputs", names)))
    (tmp_path / "b.csv").write_text(write_biases(b, Layout("layers")))
    (tmp_path / "x.csv").write_text("0.5,-1,2\n1,0.25,-0.75\n")
    (tmp_path / "y.csv").write_text("1,0,2,3\n0.5,0.5,0,1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def given(folder, **changes):
    files = {"weights": folder / "w.csv", "biases": folder / "b.csv", "samples": folder / "x.csv", "labels": "3,0"}
    return Given(**{"architecture": "3-5-4", **files, **changes})


def differences(gradients, step=1e-6):
    network = gradients.network.copy()
    theta, slopes = network.parameters.theta, []
    for place in range(theta.size):
        value = theta[place]
        costs = []
        for moved in (value + step, value - step):
            theta[place] = moved
            costs.append(network.cost(gradients.x, gradients.y))
        theta[place] = value
        slopes.append((costs[0] - costs[1]) / (2 * step))
    return np.array(slopes)


@pytest.mark.parametrize("changes", [{}, {"activation": "tanh"}, {"labels": "", "targets": "y.csv"}], ids=str)
def test_they_are_the_slopes_of_the_mean_cost(folder, changes):
    if "targets" in changes:
        changes = {**changes, "targets": folder / "y.csv"}
    gradients = compute_gradients(given(folder, **changes))
    blocks = [np.column_stack([dW, db]).ravel() for dW, db in zip(gradients.dW, gradients.db, strict=True)]
    np.testing.assert_allclose(np.concatenate(blocks), differences(gradients), atol=1e-8)


def test_the_command_writes_them_in_the_layout_it_read_and_compares_them(folder):
    command = ["gradients", "3-5-4", "--weights", "w.csv", "--biases", "b.csv", "--samples", "x.csv", "--labels", "3,0"]
    result = CliRunner().invoke(main, [*command, "--output-dir", "out"])
    assert result.exit_code == 0, result.output
    ours = compute_gradients(given(folder))
    dW, db, layouts = read_parameters(folder / "out/dw.csv", folder / "out/db.csv", SIZES)
    for written, computed in zip((*dW, *db), (*ours.dW, *ours.db), strict=True):
        np.testing.assert_array_equal(written, computed)
    assert layouts == ours.layouts

    again = CliRunner().invoke(main, [*command, "--expected", "out/dw.csv", "out/db.csv", "--json"])
    assert again.exit_code == 0
    document = json.loads(again.stdout)
    assert document["cost"] == ours.cost
    assert [layer["error_dW"] for layer in document["layers"]] == [0, 0]
    np.testing.assert_array_equal(document["layers"][1]["db"], ours.db[1])

    (folder / "turned.csv").write_text(write_weights(dW, Layout("units")))
    turned = CliRunner().invoke(main, [*command, "--expected", "turned.csv", "out/db.csv"])
    assert turned.exit_code == 0, turned.output

    wrong = [array + (array == array.max()) * 0.5 * np.abs(array).max() for array in dW]
    (folder / "wrong.csv").write_text(write_weights(wrong, layouts[0]))
    differing = CliRunner().invoke(main, [*command, "--expected", "wrong.csv", "out/db.csv"])
    assert differing.exit_code == 1
    assert "DIFFER" in differing.stdout

    refused = CliRunner().invoke(main, [*command, "--output-dir", "out"])
    assert refused.exit_code == 1
    assert "dw.csv exists already" in refused.output


def test_an_npz_file_has_the_biases_too(folder):
    network = Network.from_architecture("3-5-4", dtype=np.float64)
    W, b, _ = read_parameters(folder / "w.csv", folder / "b.csv", SIZES)
    for layer, weights, biases in zip(network.layers, W, b, strict=True):
        layer.W, layer.b = weights, biases
    from joml.files.weights import save

    save(network, folder / "w.npz")
    packed = compute_gradients(given(folder, weights=folder / "w.npz", biases=None))
    np.testing.assert_array_equal(packed.dW[0], compute_gradients(given(folder)).dW[0])
    with pytest.raises(GivenError, match="holds the biases too"):
        compute_gradients(given(folder, weights=folder / "w.npz"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "3-five-4"}, "part 2 'five' is no layer"),
        ({"architecture": "1@3x3-c2k2-4"}, "tables are those of fully connected layers alone"),
        ({"architecture": "3-6-4"}, "w.csv, line 1: layer 1 has 3 rows of 6 numbers"),
        ({"biases": None}, "has weights alone"),
        ({"labels": "4,0"}, "classes are numbered from 0 to 3 here, got 4"),
        ({"labels": "3"}, "a label is needed for each of the 2 samples, got 1"),
        ({"labels": "absent.csv"}, "absent.csv: No such file or directory"),
        ({"labels": "x.csv"}, "x.csv: classes are whole numbers from 0, got '0.5'"),
        ({"activation": "softplus"}, "activation: one of relu"),
        (
            {"labels": "", "targets": "b.csv"},
            "b.csv, line 1: a row of 4 numbers is needed, one for each unit, and this row has 5",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_words(folder, changes, message):
    changes = {name: folder / value if name == "targets" else value for name, value in changes.items()}
    with pytest.raises(GivenError) as error:
        compute_gradients(given(folder, **changes))
    assert message in str(error.value)


def test_the_lesson_has_the_same_gradients(folder):
    gradients = compute_gradients(given(folder))
    taken = explain_gradients(gradients)
    assert isinstance(taken, StepTaken)
    assert (taken.samples, taken.cost) == (2, gradients.cost)
    np.testing.assert_allclose(taken.layers[0].dW, gradients.dW[0], rtol=1e-6)
    np.testing.assert_allclose(taken.layers[1].W_after, taken.layers[1].W - 0.1 * taken.layers[1].dW, rtol=1e-5)
