"""Trainings that begin from weights in a file."""

import numpy as np
import pytest
from click.testing import CliRunner
from msgspec import structs

from joml.files.parameter_tables import Layout, write_biases, write_weights
from joml.files.weights import BiasesNeededError
from joml.training.averaging import TRAINED
from joml_tui.cli import main
from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Xor
from joml_tui.experiment.layer_specs import LAYER_SPECS
from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.export import ExportError
from joml_tui.export.networks import trained
from joml_tui.export.weight_files import write_npz, write_safetensors
from joml_tui.initial_weights import beginning_from_weights
from joml_tui.runs.run import RunState, start_run
from joml_tui.serialization import unpack_state
from joml_tui.store import Recorder, open_store, resumed

EXPERIMENT = Experiment(
    dataset=Xor(samples=300), layers=(LayerSpec(6, "tanh"),), optimizer=AdamSpec(0.01), epochs=4, batch_size=16
)


@pytest.fixture(scope="module")
def origin():
    run = start_run(EXPERIMENT, engine="thread")
    assert run.wait(300)
    return run


def theta_at(run, iteration):
    _, state = run.snapshots.at(iteration)
    return unpack_state(state)["theta"]


@pytest.mark.parametrize("write", [write_npz, write_safetensors])
def test_it_begins_where_the_other_ended_with_all_else_its_own(origin, tmp_path, write):
    if write is write_safetensors:
        pytest.importorskip("safetensors")
    path = tmp_path / "weights"
    path = path.with_suffix(".npz" if write is write_npz else ".safetensors")
    write(origin, path)
    experiment = structs.replace(EXPERIMENT, seed=5)
    run = start_run(experiment, engine="thread", beginning=beginning_from_weights(experiment, path))
    assert run.wait(300)
    assert run.state is RunState.FINISHED
    assert np.array_equal(theta_at(run, 0), theta_at(origin, origin.iteration))
    plain = start_run(experiment, engine="thread")
    assert plain.wait(300)
    assert run.iteration == plain.iteration
    assert run.history.train_cost[0] < plain.history.train_cost[0]


def test_replicas_all_begin_from_them(origin, tmp_path):
    write_npz(origin, tmp_path / "w.npz")
    experiment = structs.replace(EXPERIMENT, replicas=3)
    theta = unpack_state(beginning_from_weights(experiment, tmp_path / "w.npz").state)["theta"]
    assert theta.shape[0] == 3
    assert (theta == theta_at(origin, origin.iteration)).all()


def test_an_average_of_weights_begins_from_them_too(origin, tmp_path):
    write_npz(origin, tmp_path / "w.npz")
    experiment = structs.replace(EXPERIMENT, average=0.9)
    state = unpack_state(beginning_from_weights(experiment, tmp_path / "w.npz").state)
    for name in ("theta", TRAINED):
        assert (state[name] == theta_at(origin, origin.iteration)).all()


def test_weights_that_do_not_fit_are_reported_by_layer(origin, tmp_path):
    write_npz(origin, tmp_path / "w.npz")
    other = structs.replace(EXPERIMENT, layers=(LayerSpec(7, "tanh"),))
    with pytest.raises(ExportError, match=r"layer 1: W is \(6, 2\) in the file, \(7, 2\) in the network"):
        beginning_from_weights(other, tmp_path / "w.npz")


def test_interrupted_before_its_first_step_it_keeps_its_weights(origin, tmp_path):
    write_npz(origin, tmp_path / "w.npz")
    with open_store(tmp_path / "runs.db") as store:
        recorder = Recorder(store)
        run = start_run(
            EXPERIMENT, engine="thread", paused=True, beginning=beginning_from_weights(EXPERIMENT, tmp_path / "w.npz")
        )
        recorder.add(run)
        assert recorder.flush(120)
        run.stop()
        assert run.wait(300)
        assert recorder.flush(120)
        again, written = resumed(store, 1, engine="thread")
        recorder.add_resumed(again, written)
        assert again.wait(300)
        assert recorder.close()
    assert np.array_equal(theta_at(again, 0), theta_at(origin, origin.iteration))


def test_running_means_are_taken_too(tmp_path):
    experiment = structs.replace(EXPERIMENT, layers=(LayerSpec(6), LAYER_SPECS["batch-normalisation"]()))
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    write_npz(run, tmp_path / "w.npz")
    state = unpack_state(beginning_from_weights(experiment, tmp_path / "w.npz").state)
    _, last = run.snapshots.at(run.iteration)
    assert state["layer_state"].any()
    np.testing.assert_array_equal(state["layer_state"], unpack_state(last)["layer_state"])


def test_tables_of_weights_and_biases_in_files_of_their_own(origin, tmp_path, monkeypatch):
    W, b = trained(origin).network.get_Ws_bs()
    weights, biases = tmp_path / "w.csv", tmp_path / "b.csv"
    weights.write_text(write_weights(W, Layout("units")))
    biases.write_text(write_biases(b, Layout("layers")))
    beginning = beginning_from_weights(EXPERIMENT, weights, biases)
    np.testing.assert_allclose(unpack_state(beginning.state)["theta"], theta_at(origin, origin.iteration), rtol=1e-6)
    assert beginning.description.endswith("b.csv")
    with pytest.raises(BiasesNeededError, match=r"w\.csv has weights alone: name a table of the biases too"):
        beginning_from_weights(EXPERIMENT, weights)
    write_npz(origin, tmp_path / "w.npz")
    with pytest.raises(ExportError, match="holds the biases too: leave out"):
        beginning_from_weights(EXPERIMENT, tmp_path / "w.npz", biases)

    (tmp_path / "e.yaml").write_text(dump_experiment(EXPERIMENT))
    monkeypatch.chdir(tmp_path)
    command = ["run", "e.yaml", "--no-store", "--epochs", "1"]
    alone = CliRunner().invoke(main, [*command, "--weights", "w.csv"])
    assert (alone.exit_code, "name a table of the biases too, with --biases" in alone.stderr) == (2, True)
    assert CliRunner().invoke(main, [*command, "--weights", "w.csv", "--biases", "b.csv"]).exit_code == 0
    without = CliRunner().invoke(main, [*command, "--biases", "b.csv"])
    assert (without.exit_code, "with --weights" in without.stderr) == (2, True)
