"""Gradients of a run in a table of text: those of the network over its training samples."""

import numpy as np
import pytest

from joml.files.parameter_tables import read_parameters
from joml_tui.experiment import CsvFile, Experiment, LayerSpec, Xor, load_data
from joml_tui.experiment.layer_specs import LAYER_SPECS
from joml_tui.export import ExportError, format_of
from joml_tui.export.networks import trained
from joml_tui.runs.run import start_run

write = format_of("gradients").write


def run_of(experiment):
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    return run


def test_they_are_those_of_the_mean_cost_of_all_training_samples(tmp_path):
    run = run_of(Experiment(dataset=Xor(samples=60), layers=(LayerSpec(5, "tanh", dropout=0.3),), epochs=1))
    path = tmp_path / "g.csv"
    write(run, path)
    assert path.read_text().startswith("dW layer 1 input 1,")
    dW, db, _ = read_parameters(path, None, [2, 5, 2])
    data, network = load_data(run.experiment), trained(run).network.copy(np.float64)
    wanted_dW, wanted_db = network.gradients(data.x_train, data.y_train)
    for given, wanted in zip((*dW, *db), (*wanted_dW, *wanted_db), strict=True):
        np.testing.assert_allclose(given, wanted, rtol=1e-12)


def test_a_normalised_layer_is_named(tmp_path):
    run = run_of(Experiment(dataset=Xor(samples=60), layers=(LayerSpec(5, normalised=True),), epochs=1))
    with pytest.raises(ExportError, match="not written: layer 1 is normalised"):
        write(run, tmp_path / "g.csv")
    assert list(tmp_path.iterdir()) == []


def test_arrays_have_those_of_layers_of_any_kind(tmp_path):
    layers = (LayerSpec(5, "tanh", normalised=True), LAYER_SPECS["dropout"](0.3), LAYER_SPECS["batch-normalisation"]())
    run = run_of(Experiment(dataset=Xor(samples=60), layers=layers, epochs=1))
    with pytest.raises(ExportError, match="the format gradients-npz holds them"):
        write(run, tmp_path / "g.csv")
    format_of("gradients-npz").write(run, tmp_path / "g.npz")
    data, network = load_data(run.experiment), trained(run).network.copy(np.float64)
    with np.load(tmp_path / "g.npz") as written:
        assert set(written) == {"layers.0.W", "layers.0.b", "layers.0.gamma", "layers.0.beta", "layers.2.gamma",
                                "layers.2.beta", "layers.3.W", "layers.3.b"}  # fmt: skip
        for name, view in (("layers.0.W", network.layers[0].W), ("layers.2.gamma", network.layers[2].gamma)):
            place, costs = (1,) * view.ndim, []
            for moved in (1e-6, -2e-6):
                view[place] += moved
                costs.append(network.cost(data.x_train, data.y_train))
            view[place] += 1e-6
            assert written[name][place] == pytest.approx((costs[0] - costs[1]) / 2e-6, abs=1e-8)


def test_data_that_have_changed_are_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b,kind\n" + "".join(f"{n},{n * n % 7},{'xy'[n % 2]}\n" for n in range(40)))
    run = run_of(Experiment(dataset=CsvFile(str(path)), layers=(LayerSpec(3),), epochs=1))
    path.write_text(path.read_text().replace("39,2,y", "40,2,y"))
    with pytest.raises(ExportError, match=r"the gradients are those of the run's data, and rows\.csv has changed"):
        write(run, tmp_path / "g.csv")
    path.unlink()
    with pytest.raises(ExportError, match=r"the gradients are those of the run's data, and .*rows\.csv"):
        write(run, tmp_path / "g.csv")
