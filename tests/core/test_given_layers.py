"""The gradients of weights in files for layers of all kinds: central differences, the same names, refusals in words."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

from joml import Network, SoftMaxCrossEntropyOutputLayer
from joml.compiled.passes import TrainingPass, run_quietly
from joml.files.weights import gradients_of, read, save
from joml.layers.layer_stack import parse_layers
from joml_tui.cli import main
from joml_tui.reports.given_gradients import Given, GivenError, compute_gradients
from joml_tui.reports.given_layers import (
    compute_layer_gradients,
    explain_layer_gradients,
    has_layers_of_kinds,
)

TEXT = "1@3x4-c2k2(tanh)-bn-r(c2k3b1-bn)-p2s1-5(tanh)-r(5-ln)-3"


def network_of(text):
    stack = parse_layers(text)
    network = Network(stack.input_shape, dtype=np.float64)
    for layer in stack.layers:
        network.stack(layer)
    return network.output(SoftMaxCrossEntropyOutputLayer(stack.output_size))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    generator = np.random.default_rng(1)
    network = network_of(TEXT)
    network.parameters.theta[...] += 0.1 * generator.normal(size=network.parameters.theta.size)
    save(network, tmp_path / "w.npz")
    rows = generator.normal(size=(4, 12))
    (tmp_path / "x.csv").write_text("\n".join(",".join(map(repr, row)) for row in rows.tolist()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def given(folder, **changes):
    files = {"weights": folder / "w.npz", "biases": None, "samples": folder / "x.csv", "labels": "2,0,1,1"}
    return Given(**{"architecture": TEXT, **files, **changes})


def test_they_are_the_slopes_of_the_mean_cost(folder):
    gradients = compute_layer_gradients(given(folder))
    network = gradients.network
    step = TrainingPass(network.layers, network.parameters, 12, 4, keeps_z=True, generators=(np.random.default_rng(0),))
    step.x[...], step.y[...] = gradients.x, gradients.y
    assert gradients.arrays.keys() == {name for name in read(folder / "w.npz").arrays if "running" not in name}
    views = {"layers.0.W": network.layers[0].W, "layers.2.0.b": network.layers[2].layers[0].b,
             "layers.1.gamma": network.layers[1].gamma, "layers.5.0.W": network.layers[5].layers[0].W,
             "layers.6.W": network.layers[6].W}  # fmt: skip
    for name, view in views.items():
        assert gradients.arrays[name].shape == view.shape
        place = (0,) * view.ndim
        costs = []
        for moved in (1e-6, -2e-6):
            view[place] += moved
            run_quietly(step.forward)
            costs.append(float(np.mean(network.output_layer.costs(step.z, step.y))))
        view[place] += 1e-6
        assert gradients.arrays[name][place] == pytest.approx((costs[0] - costs[1]) / 2e-6, abs=1e-8), name


def test_the_lesson_has_the_same_gradients(folder):
    gradients = compute_layer_gradients(given(folder))
    before = gradients.network.parameters.theta.copy()
    taken = explain_layer_gradients(gradients)
    np.testing.assert_array_equal(gradients.network.parameters.theta, before)
    assert taken.samples == 4
    assert taken.output.cost == pytest.approx(gradients.cost)
    np.testing.assert_allclose(taken.layers[0].W.gradient, gradients.arrays["layers.0.W"], rtol=1e-6)
    np.testing.assert_allclose(taken.layers[-1].W.gradient[..., 0, 0], gradients.arrays["layers.6.W"], rtol=1e-6)


def test_the_command_writes_them_by_the_names_of_the_weights(folder):
    arguments = ["gradients", TEXT, "--weights", "w.npz", "--samples", "x.csv", "--labels", "2,0,1,1"]
    result = CliRunner().invoke(main, [*arguments, "--output-dir", "out"], catch_exceptions=False)
    assert result.exit_code == 0
    assert re.search(r"layers\.2\.0\.W +2 x 2 x 3 x 3 +\d", result.output)
    with np.load(folder / "out" / "gradients.npz") as written:
        expected = compute_layer_gradients(given(folder))
        np.testing.assert_array_equal(written["layers.4.W"], expected.arrays["layers.4.W"])
    assert CliRunner().invoke(main, [*arguments, "--output-dir", "out"]).exit_code == 1  # it exists
    document = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).output)
    assert document["gradients"]["layers.6.b"] == pytest.approx(expected.arrays["layers.6.b"].tolist())
    refused = CliRunner().invoke(main, [*arguments, "--expected", "dw.csv", "db.csv"])
    assert refused.exit_code == 2
    assert "fully connected layers alone: name one NPZ file" in refused.output


def test_they_are_compared_with_expected_ones_by_name(folder):
    arguments = ["gradients", TEXT, "--weights", "w.npz", "--samples", "x.csv", "--labels", "2,0,1,1"]
    assert CliRunner().invoke(main, [*arguments, "--output-dir", "out"]).exit_code == 0
    agreeing = CliRunner().invoke(main, [*arguments, "--expected", "out/gradients.npz"])
    assert agreeing.exit_code == 0
    assert "The gradients agree with the expected ones" in agreeing.output
    arrays = dict(np.load(folder / "out" / "gradients.npz"))
    arrays["layers.2.0.W"][0, 0, 0, 0] += 0.5 * np.abs(arrays["layers.2.0.W"]).max()
    np.savez(folder / "wrong.npz", **arrays)
    differing = CliRunner().invoke(main, [*arguments, "--expected", "wrong.npz", "--json"])
    assert differing.exit_code == 1
    errors = json.loads(differing.stdout)["errors"]
    assert {name for name, error in errors.items() if error} == {"layers.2.0.W"}
    assert errors["layers.2.0.W"] > 0.2
    del arrays["layers.2.0.W"]
    np.savez(folder / "short.npz", **arrays)
    refused = CliRunner().invoke(main, [*arguments, "--expected", "short.npz"])
    assert refused.exit_code == 2
    assert "the gradients in short.npz do not fit the network" in refused.output
    assert "layer 3.1: W is missing in the file" in refused.output


def test_dropout_drops_nothing_or_what_a_seed_draws(folder):
    text, plain = "12-5(tanh)-d0.4-r(5-d0.25)-3", "12-5(tanh)-d0-r(5-d0)-3"
    save(network_of(text), folder / "d.npz")
    save(network_of(plain), folder / "p.npz")
    off = compute_layer_gradients(given(folder, architecture=text, weights=folder / "d.npz"))
    without = compute_layer_gradients(given(folder, architecture=plain, weights=folder / "p.npz"))
    for name, gradient in without.arrays.items():
        np.testing.assert_array_equal(off.arrays[name], gradient)
    drawn = [
        compute_layer_gradients(given(folder, architecture=text, weights=folder / "d.npz", seed=seed))
        for seed in (3, 3, 4)
    ]
    assert drawn[0].cost == drawn[1].cost
    assert len({off.cost, drawn[0].cost, drawn[2].cost}) == 3
    taken = explain_layer_gradients(drawn[0])
    np.testing.assert_allclose(taken.layers[0].W.gradient[..., 0, 0], drawn[0].arrays["layers.0.W"], rtol=1e-6)
    dropped = taken.layers[1]
    assert set(np.unique((dropped.after / dropped.before).round(4))) == {0, np.float32(1.6667)}

    command = ["gradients", text, "--weights", "d.npz", "--samples", "x.csv", "--labels", "2,0,1,1"]
    assert "Dropout is off" in CliRunner().invoke(main, command).stderr
    assert "the seed 3 draws" in CliRunner().invoke(main, [*command, "--seed", "3"]).stderr
    document = json.loads(CliRunner().invoke(main, [*command, "--seed", "3", "--json"]).stdout)
    assert (document["architecture"], document["dropout_seed"]) == (text, 3)
    idle = [word.replace(text, plain).replace("d.npz", "p.npz") for word in command]
    assert CliRunner().invoke(main, [*idle, "--seed", "3"]).exit_code == 0


def test_fully_connected_layers_with_functions_of_their_own_are_read_from_tables(folder):
    text = "12-5(tanh)-4(sigmoid)-3"
    network = network_of(text)
    save(network, folder / "t.csv")
    save(network, folder / "t.npz")
    assert not has_layers_of_kinds(given(folder, architecture=text))
    command = ["gradients", text, "--samples", "x.csv", "--labels", "2,0,1,1"]
    result = CliRunner().invoke(main, [*command, "--weights", "t.csv", "--output-dir", "out"])
    assert result.exit_code == 0, result.output
    assert "tanh and sigmoid and softmax" in result.stdout
    again = CliRunner().invoke(main, [*command, "--weights", "t.npz", "--expected", "out/dw.csv", "out/db.csv"])
    assert again.exit_code == 0, again.output
    ours = compute_gradients(given(folder, architecture=text, weights=folder / "t.npz"))
    network.compute_gradients(ours.x, ours.y)
    np.savez(folder / "e.npz", **gradients_of(network).arrays)
    named = CliRunner().invoke(main, [*command, "--weights", "t.npz", "--expected", "e.npz"])
    assert named.exit_code == 0, named.output
    for wrong in (["out/dw.csv"], ["out/dw.csv", "out/db.csv", "--expected", "e.npz"]):
        refused = CliRunner().invoke(main, [*command, "--weights", "t.npz", "--expected", *wrong])
        assert refused.exit_code == 2
        assert "dw.csv db.csv" in refused.output or "there are 3 files" in refused.output


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": "x.csv"}, "tables of weights are those of fully connected layers alone"),
        ({"biases": "x.csv"}, "holds the biases too"),
        ({"architecture": "1@3x4-c2k2-3"}, "do not fit the network"),
        ({"architecture": "2@3x4-c2k2-3"}, "layer 1: W"),
        ({"labels": "4,0,1,1"}, "classes are numbered from 0 to 2 here, got 4"),
        ({"activation": "tanh"}, "names the function of each of its layers itself"),
        ({"samples": "absent.csv"}, "absent.csv: No such file or directory"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(folder, changes, message):
    changes = {
        name: folder / value if name in ("weights", "biases", "samples") else value for name, value in changes.items()
    }
    with pytest.raises(GivenError) as error:
        compute_layer_gradients(given(folder, **changes))
    assert message in str(error.value)


def test_a_normalisation_of_one_sample_is_refused(folder):
    text = "12-4-bn-3"
    save(network_of(text), folder / "n.npz")
    (folder / "one.csv").write_text((folder / "x.csv").read_text().splitlines()[0])
    asked = given(folder, architecture=text, weights=folder / "n.npz", samples=folder / "one.csv", labels="1")
    with pytest.raises(GivenError, match="bn needs at least 2 samples"):
        compute_layer_gradients(asked)


def test_which_architectures_have_layers_of_other_kinds(folder):
    assert has_layers_of_kinds(given(folder))
    assert not has_layers_of_kinds(given(folder, architecture="3-5-4"))
    assert not has_layers_of_kinds(given(folder, architecture="3-five-4"))
