"""Networks of runs in files: other programs predict the same from them, and scripts and experiments give them again."""

import ast
import json
import os
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs

import joml.files.weights
from joml import Network
from joml.data.split import split_indices
from joml_tui.experiment import (
    CsvFile,
    CsvFolder,
    EarlyStoppingSpec,
    EluSpec,
    Experiment,
    GradientDescentSpec,
    HuberSpec,
    LayerSpec,
    LeakyReluSpec,
    OutputSpec,
    OwnDatasetSpec,
    Plane,
    SpinGlass,
    Xor,
    load_data,
)
from joml_tui.experiment.layer_specs import LAYER_SPECS
from joml_tui.experiment.presets import find_experiment
from joml_tui.experiment.yaml_text import load_experiment
from joml_tui.export import (
    FORMATS,
    ExportError,
    default_name,
    read_network,
    weights_path,
    write_experiment,
    write_joml_script,
    write_npz,
    write_onnx,
    write_safetensors,
    write_torch_script,
)
from joml_tui.export import networks as exports
from joml_tui.export.network_source import INLINE_PARAMETERS, joml_script, torch_script
from joml_tui.initial_weights import beginning_from_weights
from joml_tui.runs.run import Run, RunState, start_run
from joml_tui.runs.worker.builder import build_network
from joml_tui.serialization import unpack_state
from joml_tui.store import Recorder, open_store, restored

XOR, PLANE = Xor(samples=200), Plane(samples=200)
CLASSES = OutputSpec()


def small(*layers, dataset=XOR, output=CLASSES, **settings):
    return Experiment(dataset=dataset, layers=layers, output=output, epochs=1, batch_size=20, **settings)


def hidden(activation):
    return small(LayerSpec(6, activation), LayerSpec(5, activation), optimizer=find_experiment("xor").optimizer)


#: Everything that decides how a network predicts.
EXPERIMENTS = {
    "relu": hidden("relu"),
    "leaky-relu": hidden("leaky-relu"),
    "leaky-relu 0.3": hidden(LeakyReluSpec(0.3)),
    "elu": hidden("elu"),
    "elu 0.4": hidden(EluSpec(0.4)),
    "gelu": hidden("gelu"),
    "silu": hidden("silu"),
    "sigmoid": hidden("sigmoid"),
    "tanh": hidden("tanh"),
    "identity": hidden("identity"),
    "no hidden layer": small(),
    "sigmoid output": small(LayerSpec(6), output=OutputSpec(activation="sigmoid")),
    "identity output": small(
        LayerSpec(6, "tanh"), dataset=PLANE, output=OutputSpec(activation="identity", cost="mean-squared-error")
    ),
    "huber": small(LayerSpec(6), dataset=PLANE, output=OutputSpec(activation="identity", cost=HuberSpec(0.5))),
    "leaky output": small(
        LayerSpec(6), dataset=PLANE, output=OutputSpec(activation=LeakyReluSpec(0.2), cost="mean-absolute-error")
    ),
    "normalised": small(LayerSpec(6, normalised=True), LayerSpec(5, "gelu", normalised=True)),
    "residual": small(LayerSpec(2, residual=1), LayerSpec(7), LayerSpec(7), LayerSpec(7, "silu", residual=2)),
    "everything": small(
        LayerSpec(8, "tanh", dropout=0.2),
        LayerSpec(8, "gelu", normalised=True, residual=1, dropout=0.1),
        LayerSpec(8, EluSpec(0.7), residual=2),
        LayerSpec(3, LeakyReluSpec(0.1), normalised=True),
    ),
    "deep and wide": small(*[LayerSpec(28, residual=int(n > 0)) for n in range(6)], dataset=SpinGlass(test_share=0.98)),
    "replicas": small(LayerSpec(6), replicas=3, seed=5),
    "layers of other kinds": small(
        LayerSpec(6),
        LAYER_SPECS["batch-normalisation"](),
        LAYER_SPECS["residual"]((LayerSpec(6, "tanh"), LAYER_SPECS["layer-normalisation"]())),
        LAYER_SPECS["dropout"](0.2),
    ),
}


@dataclass
class Ended:
    """A run that has ended, with its network, put together apart from what is tested."""

    run: Run
    network: Network
    x: Any
    y: Any

    @property
    def y_hat(self):
        """Outputs of the test samples, a row a sample."""
        return self.network.predict(self.x).T

    def write_samples(self, path):
        np.savetxt(path, self.x.T, delimiter=",", fmt="%.9g")


@cache
def ended(name):
    experiment = EXPERIMENTS[name]
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    assert run.state is RunState.FINISHED, run.message
    network = build_network(experiment)
    state = unpack_state(run.snapshots.latest)
    network.parameters.theta[...] = state["theta"][0] if experiment.replicas > 1 else state["theta"]
    network.parameters.state[...] = state.get("layer_state", 0)  # running means
    data = load_data(experiment)
    return Ended(run, network, data.x_test[:, :300], data.y_test[:, :300])


every_network = pytest.mark.parametrize("name", list(EXPERIMENTS))


def run_script(script, *arguments, path=None):
    """Run a script in a process of its own; give the rows that it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=path,
    )
    assert done.returncode == 0, done.stderr
    return np.array([[float(cell) for cell in line.split(",")] for line in done.stdout.splitlines()])


class TestWeights:
    @pytest.mark.parametrize("write", [write_npz, write_safetensors])
    @every_network
    def test_the_experiment_s_network_reads_them_and_predicts_the_same(self, name, write, tmp_path):
        own = ended(name)
        write(own.run, tmp_path / "weights")
        read = read_network(EXPERIMENTS[name], tmp_path / "weights")
        np.testing.assert_array_equal(read.parameters.theta, own.network.parameters.theta)
        np.testing.assert_array_equal(read.predict(own.x), own.network.predict(own.x))

    def test_they_say_where_they_come_from(self, tmp_path):
        from safetensors import safe_open

        own = ended("everything")
        write_safetensors(own.run, tmp_path / "weights.safetensors")
        with safe_open(tmp_path / "weights.safetensors", "np") as archive:
            metadata = archive.metadata()
        assert metadata["architecture"] == own.run.architecture == "2-8x3-3-2"
        assert json.loads(metadata["activation_functions"])[1:4] == ["GELU()", "ELU(alpha=0.7)", "LeakyReLu(slope=0.1)"]
        assert metadata["joml_version"] == __import__("joml_tui").__version__
        assert (metadata["dataset"], metadata["seed"], metadata["iteration"]) == ("xor", "0", str(own.run.iteration))

    def test_what_does_not_fit_is_reported_by_layer(self, tmp_path):
        path = tmp_path / "weights.npz"
        write_npz(ended("relu").run, path)
        other = structs.replace(EXPERIMENTS["relu"], layers=(LayerSpec(6), LayerSpec(7)))
        with pytest.raises(ExportError, match=r"layer 2: W is \(5, 6\) in the file, \(7, 6\) in the network"):
            read_network(other, path)
        path.write_bytes(path.read_bytes()[:-9])
        with pytest.raises(ExportError, match="not an NPZ file, or is damaged"):
            read_network(EXPERIMENTS["relu"], path)
        with pytest.raises(ExportError, match="could not be read: No such file"):
            read_network(EXPERIMENTS["relu"], tmp_path / "missing.npz")

    def test_without_safetensors_it_is_said_how_to_get_it(self, tmp_path, monkeypatch):
        monkeypatch.setattr("joml.files.weights.find_spec", lambda _: None)
        with pytest.raises(ExportError, match=r"pip install 'joml-tui\[weights\]'"):
            write_safetensors(ended("relu").run, tmp_path / "weights.safetensors")
        assert list(tmp_path.iterdir()) == []


class TestWhichNetwork:
    def test_early_stopping_leaves_the_best(self, tmp_path):
        experiment = small(
            LayerSpec(30), optimizer=structs.replace(find_experiment("xor").optimizer, learning_rate=0.3)
        )
        experiment = structs.replace(experiment, epochs=200, test_every=3, early_stopping=EarlyStoppingSpec(patience=4))
        run = start_run(experiment, engine="thread")
        assert run.wait(300)
        assert run.stopped_early
        assert run.history.check_cost.argmin() < run.history.checks - 1  # the best check was not the last
        write_npz(run, tmp_path / "best.npz")
        data = load_data(experiment)
        best = read_network(experiment, tmp_path / "best.npz")
        assert best.cost(data.x_validation, data.y_validation) == pytest.approx(run.history.check_cost.min(), rel=1e-5)

    def test_a_run_under_way_has_the_weights_of_its_pause(self, tmp_path):
        run = start_run(structs.replace(EXPERIMENTS["relu"], epochs=1000), engine="thread", paused=True)
        try:
            for _ in range(1000):
                if run.state is RunState.PAUSED and run.snapshots.iterations:
                    break
                run.wait(0.01)
            write_npz(run, tmp_path / "weights.npz")
            started = build_network(EXPERIMENTS["relu"])
            read = read_network(EXPERIMENTS["relu"], tmp_path / "weights.npz")
            np.testing.assert_array_equal(read.parameters.theta, started.parameters.theta)
        finally:
            run.stop()
            run.wait(300)

    def test_a_run_out_of_the_store_has_its_network_when_its_data_are_gone(self, tmp_path):
        data = tmp_path / "points.csv"
        rows = np.random.default_rng(0).normal(size=(60, 3))
        data.write_text("\n".join(f"{a},{b},{c},{'yes' if a > b else 'no'}" for a, b, c in rows))
        experiment = small(LayerSpec(6, "gelu"), dataset=CsvFile(str(data)))
        run = start_run(experiment, engine="thread")
        assert run.wait(300)
        x = load_data(experiment).x_test
        write_joml_script(run, tmp_path / "before.py")
        with open_store(tmp_path / "runs.db") as store:
            number = store.keep(run)
            data.unlink()
            again = restored(store, number)
        assert again.architecture == "3-6-2"
        write_joml_script(again, tmp_path / "after.py")
        before, after = ((tmp_path / name).read_text() for name in ("before.py", "after.py"))
        assert "Inputs: standardised, each feature minus its mean" in after
        assert before[before.index("network = Network") : before.index("if __name__")] in after
        write_npz(again, tmp_path / "weights.npz")
        sized = structs.replace(experiment, input_size=3, output=OutputSpec(2))
        assert read_network(sized, tmp_path / "weights.npz").predict(x).shape == (2, x.shape[1])

    @pytest.mark.parametrize("name", ["safetensors", "npz", "onnx", "joml", "torch"])
    def test_a_run_that_never_began_has_none(self, name, tmp_path):
        write = next(each.write for each in FORMATS if each.name == name)
        with pytest.raises(ExportError, match="has no network to write"):
            write(Run(EXPERIMENTS["relu"]), tmp_path / "file")
        assert list(tmp_path.iterdir()) == []


class TestOnnx:
    def session(self, path):
        import onnxruntime

        return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    @every_network
    def test_onnxruntime_predicts_the_same(self, name, tmp_path):
        own = ended(name)
        write_onnx(own.run, tmp_path / "network.onnx")
        (y_hat,) = self.session(tmp_path / "network.onnx").run(None, {"x": own.x.T})
        np.testing.assert_allclose(y_hat, own.y_hat, rtol=0, atol=1e-5)

    def test_rows_are_samples_as_many_as_one_likes(self, tmp_path):
        own = ended("everything")
        write_onnx(own.run, tmp_path / "network.onnx")
        session = self.session(tmp_path / "network.onnx")
        ((x,), (y_hat,)) = session.get_inputs(), session.get_outputs()
        assert (x.name, x.shape, y_hat.name, y_hat.shape) == ("x", ["batch", 2], "y_hat", ["batch", 2])
        for samples in (1, 2, 33):
            (outputs,) = session.run(["y_hat"], {"x": np.ascontiguousarray(own.x.T[:samples])})
            np.testing.assert_allclose(outputs, own.y_hat[:samples], rtol=0, atol=1e-5)

    def test_the_model_is_valid_and_says_where_it_comes_from(self, tmp_path):
        import onnx

        own = ended("deep and wide")
        write_onnx(own.run, tmp_path / "network.onnx")
        model = onnx.load(tmp_path / "network.onnx")
        onnx.checker.check_model(model, full_check=True)
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        assert (metadata["architecture"], metadata["dataset"]) == ("14-28x6-4", "spin-glass-14")
        initializers = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        np.testing.assert_array_equal(initializers["layers.3.W"], own.network.layers[3].W)

    def test_without_onnx_it_is_said_how_to_get_it(self, tmp_path, monkeypatch):
        monkeypatch.setattr("joml_tui.export.onnx_file.find_spec", lambda _: None)
        with pytest.raises(ExportError, match=r"ONNX files need onnx; .*pip install 'joml-tui\[onnx\]'"):
            write_onnx(ended("relu").run, tmp_path / "network.onnx")
        assert list(tmp_path.iterdir()) == []


class TestJomlScript:
    @every_network
    def test_it_predicts_the_same(self, name, tmp_path):
        own = ended(name)
        write_joml_script(own.run, tmp_path / "net.py")
        module = {"__file__": str(tmp_path / "net.py"), "__name__": "net"}
        exec((tmp_path / "net.py").read_text(encoding="utf-8"), module)
        np.testing.assert_allclose(module["predict"](own.x).T, own.y_hat, rtol=0, atol=1e-5)
        assert module["network"].architecture == own.run.architecture
        np.testing.assert_array_equal(module["network"].parameters.theta, own.network.parameters.theta)

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["everything", "deep and wide"])
    def test_as_a_program_it_needs_joml_alone(self, name, tmp_path):
        own = ended(name)
        write_joml_script(own.run, tmp_path / "net.py")
        own.write_samples(tmp_path / "samples.csv")
        watched = tmp_path / "watched.py"
        watched.write_text(
            "import runpy, sys\nsys.argv[:] = sys.argv[1:]\nrunpy.run_path(sys.argv[0], run_name='__main__')\n"
            "assert not {'joml_tui', 'msgspec', 'textual', 'yaml', 'onnx'} & set(sys.modules)\n"
        )
        outputs = run_script(watched, tmp_path / "net.py", tmp_path / "samples.csv")
        np.testing.assert_allclose(outputs, own.y_hat, rtol=0, atol=1e-5)

    @pytest.mark.parametrize(
        "write",
        [
            pytest.param(write_joml_script, id="joml"),
            pytest.param(write_torch_script, id="torch", marks=pytest.mark.slow),  # it imports torch
        ],
    )
    def test_a_script_ends_without_a_word_when_its_reader_has_left(self, tmp_path, write):
        if write is write_torch_script:
            pytest.importorskip("torch", reason="the script for PyTorch needs torch to run")
        own = ended("everything")
        write(own.run, tmp_path / "net.py")
        own.write_samples(tmp_path / "samples.csv")
        nobody, stdout = os.pipe()
        os.close(nobody)
        done = subprocess.run(
            [sys.executable, tmp_path / "net.py", tmp_path / "samples.csv"],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=100,
            check=False,
        )
        os.close(stdout)
        assert (done.returncode, done.stderr) == (0, "")

    def test_few_weights_stand_in_the_script_and_many_beside_it(self, tmp_path):
        few, many = ended("everything"), ended("deep and wide")
        assert few.run.parameter_count <= INLINE_PARAMETERS < many.run.parameter_count
        write_joml_script(few.run, tmp_path / "few.py")
        write_joml_script(many.run, tmp_path / "many.py")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["few.py", "many.py", "many.weights.npz"]
        assert "for _ in range(5):\n    network.stack(Layer(" in (tmp_path / "many.py").read_text()

    @pytest.mark.slow
    def test_the_two_files_move_together(self, tmp_path):
        own = ended("deep and wide")
        write_joml_script(own.run, tmp_path / "net.py")
        own.write_samples(tmp_path / "samples.csv")
        moved = tmp_path / "else where"
        moved.mkdir()
        for path in (tmp_path / "net.py", tmp_path / "net.weights.npz"):
            path.rename(moved / path.name)
        outputs = run_script(moved / "net.py", tmp_path / "samples.csv", path=tmp_path)
        np.testing.assert_allclose(outputs, own.y_hat, rtol=0, atol=1e-5)

    def test_a_diverged_network_is_written_too(self, tmp_path):
        run = start_run(small(LayerSpec(6), optimizer=GradientDescentSpec(1e10)), engine="thread")
        assert run.wait(300)
        assert run.state is RunState.DIVERGED
        write_joml_script(run, tmp_path / "net.py")
        compile((tmp_path / "net.py").read_text(), "net.py", "exec")


class TestUnits:
    """Features that were standardised in training are standardised by the files' users, or by the scripts."""

    @pytest.fixture
    def values(self, tmp_path):
        """A run on a file whose columns, one of them constant, and values are far from standardised."""
        generator = np.random.default_rng(1)
        x = generator.normal([500, -3, 7], [40, 0.01, 0], size=(120, 3))
        y = 1000 + 0.5 * x[:, 0] - 2000 * x[:, 1]
        path = tmp_path / "values.csv"
        np.savetxt(path, np.column_stack([x, y]), delimiter=",", header="a,b,c,y", comments="", fmt="%.12g")
        output = OutputSpec(activation="identity", cost="mean-squared-error")
        dataset = CsvFile(str(path), task="regression", standardize_y=True)
        experiment = small(LayerSpec(6, "tanh"), dataset=dataset, output=output)
        run = start_run(experiment, engine="thread")
        assert run.wait(300)
        data = load_data(experiment)
        plain = structs.replace(experiment.dataset, standardize=False, standardize_y=False)
        raw = load_data(structs.replace(experiment, dataset=plain))
        return run, data, raw

    @pytest.mark.slow
    def test_a_script_takes_and_gives_the_file_s_own_units(self, values, tmp_path):
        run, data, raw = values
        write_joml_script(run, tmp_path / "net.py")
        np.savetxt(tmp_path / "samples.csv", raw.x_test.T, delimiter=",", fmt="%.9g")
        outputs = run_script(tmp_path / "net.py", tmp_path / "samples.csv")
        write_npz(run, tmp_path / "weights.npz")
        y_hat = read_network(run.experiment, tmp_path / "weights.npz").predict(data.x_test)
        y = raw.y_train.astype(np.float64)
        np.testing.assert_allclose(outputs.T, y_hat * y.std() + y.mean(), rtol=1e-4)

    @pytest.mark.slow
    def test_the_script_for_torch_too(self, values, tmp_path):
        pytest.importorskip("torch", reason="the script for PyTorch needs torch to run")
        run, _, raw = values
        np.savetxt(tmp_path / "samples.csv", raw.x_test.T, delimiter=",", fmt="%.9g")
        outputs = []
        for write, name in ((write_joml_script, "net.py"), (write_torch_script, "net-torch.py")):
            write(run, tmp_path / name)
            outputs.append(run_script(tmp_path / name, tmp_path / "samples.csv"))
        np.testing.assert_allclose(*outputs, rtol=1e-5)

    @pytest.mark.slow
    def test_several_answers_are_the_same_of_every_file(self, tmp_path):
        onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
        generator = np.random.default_rng(2)
        x = generator.normal([50, -2, 3], [10, 0.1, 1], size=(150, 3))
        y = np.stack([x[:, 0] > 50, x[:, 1] > -2, x[:, 2] + x[:, 0] / 10 > 8], axis=1)
        folder = tmp_path / "data"
        folder.mkdir()
        for part, rows in (("train", slice(100)), ("test", slice(100, None))):
            np.savetxt(folder / f"x_{part}.csv", x[rows], delimiter=",", fmt="%.9g")
            np.savetxt(folder / f"y_{part}.csv", y[rows], delimiter=",", fmt="%d")
        experiment = small(
            LayerSpec(8, "gelu", normalised=True),
            LayerSpec(8, "silu", residual=1, dropout=0.1),
            dataset=CsvFolder(str(folder), task="multilabel", standardize=True),
            output=OutputSpec(activation="sigmoid"),
        )
        run = start_run(experiment, engine="thread")
        assert run.wait(300)
        assert run.state is RunState.FINISHED, run.message
        raw, data = folder / "x_test.csv", load_data(experiment)
        write_npz(run, tmp_path / "weights.npz")
        expected = read_network(experiment, tmp_path / "weights.npz").predict(data.x_test).T
        assert expected.shape == (50, 3)
        write_joml_script(run, tmp_path / "net.py")
        np.testing.assert_allclose(run_script(tmp_path / "net.py", raw), expected, rtol=0, atol=1e-5)
        write_onnx(run, tmp_path / "net.onnx")
        metadata = {entry.key: entry.value for entry in onnx.load(tmp_path / "net.onnx").metadata_props}
        mean, deviation = (np.array(json.loads(metadata[f"inputs_{name}"])) for name in ("mean", "deviation"))
        scaled = ((np.loadtxt(raw, delimiter=",") - mean) / deviation).astype(np.float32)
        session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
        np.testing.assert_allclose(session.run(None, {"x": scaled})[0], expected, rtol=0, atol=1e-5)
        if find_spec("torch"):
            write_torch_script(run, tmp_path / "net-torch.py")
            np.testing.assert_allclose(run_script(tmp_path / "net-torch.py", raw), expected, rtol=0, atol=1e-5)

    def test_files_say_means_deviations_and_names(self, values, tmp_path):
        run, _, raw = values
        write_npz(run, tmp_path / "weights.npz")
        metadata = joml.files.weights.read(tmp_path / "weights.npz").metadata
        assert json.loads(metadata["outputs"]) == ["y"]
        mean, deviation = json.loads(metadata["inputs_mean"]), json.loads(metadata["inputs_deviation"])
        x = raw.x_train.astype(np.float64)
        # These are of the file's numbers; the data set has them in single precision.
        np.testing.assert_allclose(mean, x.mean(axis=1), rtol=1e-6)
        np.testing.assert_allclose(deviation, [*x.std(axis=1)[:2], 1], rtol=1e-5)
        assert json.loads(metadata["outputs_mean"]) == pytest.approx([raw.y_train.mean(dtype=np.float64)])

    def test_what_single_precision_cannot_tell_is_exact(self, tmp_path):
        path = tmp_path / "times.csv"
        path.write_text("".join(f"{1.7e12 + n},{n % 2}\n" for n in range(50)))
        run = start_run(small(LayerSpec(4), dataset=CsvFile(str(path))), engine="thread")
        assert run.wait(300)
        write_npz(run, tmp_path / "weights.npz")
        metadata = joml.files.weights.read(tmp_path / "weights.npz").metadata
        assert metadata["inputs"].startswith("standardised")
        seconds = 1.7e12 + split_indices(50, 0.2, run.experiment.seed)[0]
        assert json.loads(metadata["inputs_mean"]) == [pytest.approx(seconds.mean(), rel=1e-15)]
        assert json.loads(metadata["inputs_deviation"]) == [pytest.approx(seconds.std(), rel=1e-12)]

    def test_names_of_classes_are_no_code(self, tmp_path):
        path = tmp_path / "flowers.csv"
        names = ['a\'"""', "$x {y}", "ü\\"]
        path.write_text("".join(f'{n},{n * n % 7},"{names[n % 3].replace(chr(34), 2 * chr(34))}"\n' for n in range(60)))
        run = start_run(small(LayerSpec(4), dataset=CsvFile(str(path))), engine="thread")
        assert run.wait(300), run.message
        for write in (write_joml_script, write_torch_script):
            write(run, tmp_path / "net.py", overwrite=True)
            assert (tmp_path / "net.py").read_text().isascii()
            line = next(line for line in (tmp_path / "net.py").read_text().splitlines() if line.startswith("OUTPUTS"))
            assert sorted(eval(line.partition("=")[2])) == sorted(names)


@pytest.mark.slow
class TestTorchScript:
    @every_network
    def test_it_is_python(self, name, tmp_path):
        own = ended(name)
        write_torch_script(own.run, tmp_path / "net.py")
        compile((tmp_path / "net.py").read_text(encoding="utf-8"), "net.py", "exec")
        with np.load(weights_path(tmp_path / "net.py")) as archive:
            np.testing.assert_array_equal(archive["layers.0.W"], own.network.layers[0].W)

    @every_network
    def test_torch_predicts_the_same(self, name, tmp_path):
        pytest.importorskip("torch", reason="the script for PyTorch needs torch to run")
        own = ended(name)
        write_torch_script(own.run, tmp_path / "net.py")
        write_safetensors(own.run, tmp_path / "net.safetensors")
        module = {"__file__": str(tmp_path / "net.py"), "__name__": "net"}
        exec((tmp_path / "net.py").read_text(encoding="utf-8"), module)
        for weights in ((), (tmp_path / "net.safetensors",)):
            net = module["load"](*weights)
            np.testing.assert_allclose(module["predict"](net, own.x.T), own.y_hat, rtol=0, atol=1e-5)

    def test_as_a_program_it_reads_rows(self, tmp_path):
        pytest.importorskip("torch", reason="the script for PyTorch needs torch to run")
        own = ended("everything")
        write_torch_script(own.run, tmp_path / "net.py")
        own.write_samples(tmp_path / "samples.csv")
        outputs = run_script(tmp_path / "net.py", tmp_path / "samples.csv")
        np.testing.assert_allclose(outputs, own.y_hat, rtol=0, atol=1e-5)


@pytest.mark.parametrize("write", [write_joml_script, write_torch_script])
class TestScriptsAndTheirWeights:
    def test_names_that_users_choose_are_no_code(self, write, tmp_path):
        experiment = structs.replace(EXPERIMENTS["relu"], name='"""\nraise SystemExit(1)\n"""$x {y} \\')
        run = start_run(experiment, engine="thread")
        run.wait(300)
        for name in ('o\'clock """.py', "$weights {x}.py", "übung\n.py"):
            write(run, tmp_path / name)
            text = (tmp_path / name).read_text(encoding="utf-8")
            compile(text, "net.py", "exec")
            assert "SystemExit" not in text
            assert text.isascii()

    def test_neither_file_is_replaced_unasked(self, write, tmp_path):
        run, script = ended("deep and wide").run, tmp_path / "net.py"
        weights = weights_path(script)
        weights.write_text("mine")
        with pytest.raises(ExportError, match=r"net\.weights\.npz exists already"):
            write(run, script)
        assert not script.exists()
        weights.unlink()
        script.write_text("mine")
        with pytest.raises(ExportError, match=r"net\.py exists already"):
            write(run, script)
        assert script.read_text() == "mine"
        assert not weights.exists()
        write(run, script, overwrite=True)
        assert script.read_text().startswith('"""14-28x6-4 in ')


class TestExperiment:
    def test_it_trains_the_run_again_bit_for_bit(self, tmp_path):
        own = ended("everything")
        write_experiment(own.run, tmp_path / "again.yaml")
        experiment = load_experiment(tmp_path / "again.yaml")
        assert experiment == EXPERIMENTS["everything"]
        run = start_run(experiment, engine="thread")
        assert run.wait(300)
        np.testing.assert_array_equal(run.history.train_cost, own.run.history.train_cost)
        np.testing.assert_array_equal(run.history.test_cost, own.run.history.test_cost)
        theta = unpack_state(run.snapshots.latest)["theta"]
        np.testing.assert_array_equal(theta, own.network.parameters.theta)

    def test_data_files_are_found_from_any_folder(self, tmp_path, monkeypatch):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "points.csv").write_text("1,2,a\n3,4,b\n5,6,a\n7,8,b\n")
        monkeypatch.chdir(tmp_path / "data")
        run = Run(small(dataset=CsvFile("points.csv")))
        write_experiment(run, tmp_path / "again.yaml")
        monkeypatch.chdir("/")
        assert load_experiment(tmp_path / "again.yaml").dataset.path == str(tmp_path / "data" / "points.csv")

    def test_what_was_changed_under_way_stands_in_comments(self, tmp_path):
        run = start_run(structs.replace(EXPERIMENTS["relu"], epochs=20), engine="thread", paused=True)
        run.step(5)
        run.set_learning_rate(0.0625)
        run.set_epochs(30)
        run.step(3)
        end = time.monotonic() + 300
        while run.iteration < 8 or len(run.adjustments) < 2:
            assert time.monotonic() < end, "waited in vain"
            run.wait(0.01)
        run.stop()
        assert run.wait(300)
        write_experiment(run, tmp_path / "again.yaml")
        text = (tmp_path / "again.yaml").read_text()
        comments = [line for line in text.splitlines() if line.startswith("#")]
        assert comments[0].startswith("# 2-6-5-2, stopped after 8 iterations")
        changed = [f"{change.setting} was set to {change.value:g}." for change in run.adjustments]
        assert changed == ["learning_rate was set to 0.0625.", "epochs was set to 30."]
        assert comments[1].startswith("# Trained by joml ")
        assert comments[2].startswith("# Data: xor, 160 samples to train on, 40 to test on; fingerprint ")
        assert [line for line in comments if line.endswith(tuple(changed))] == comments[3:5]
        assert comments[5:] == [
            "# It was stopped by hand; planned were 240 iterations.",
            "# Training this file does not repeat these changes.",
        ]
        assert load_experiment(tmp_path / "again.yaml") == run.experiment

    def test_a_fork_says_that_it_is_one(self, tmp_path):
        origin = ended("relu").run
        run = start_run(structs.replace(origin.experiment, epochs=2), engine="thread", forked_from=(origin, 8))
        assert run.wait(300)
        write_experiment(run, tmp_path / "fork.yaml")
        assert "# It continued from iteration 8 of another run, 2-6-5-2, whose" in (tmp_path / "fork.yaml").read_text()
        write_experiment(origin, tmp_path / "origin.yaml")
        assert "does not repeat" not in (tmp_path / "origin.yaml").read_text()

    def test_out_of_the_store_it_says_all_that_it_said_before(self, tmp_path):
        origin = ended("relu").run
        write_npz(origin, tmp_path / "w.npz")
        with open_store(tmp_path / "runs.db") as store:
            recorder = Recorder(store)
            recorder.add(origin)
            fork = start_run(structs.replace(origin.experiment, epochs=2), engine="thread", forked_from=(origin, 8))
            recorder.add(fork)
            beginning = beginning_from_weights(origin.experiment, tmp_path / "w.npz")
            begun = start_run(origin.experiment, engine="thread", beginning=beginning)
            recorder.add(begun)
            assert fork.wait(300)
            assert begun.wait(300)
            assert recorder.close()
            with sqlite3.connect(store.path) as connection:
                versions = {"joml": "0.0.9", "numpy": "2.0.0", "python": "3.11.0"}
                connection.execute("UPDATE descriptions SET versions = ? WHERE run = 1", (json.dumps(versions),))
            connection.close()
            for number in (1, 2, 3):
                write_experiment(restored(store, number), tmp_path / f"{number}.yaml")
        first, second, third = ((tmp_path / f"{number}.yaml").read_text() for number in (1, 2, 3))
        assert "# Trained by joml 0.0.9, numpy 2.0.0, python 3.11.0; " in first
        assert "went on from" not in first
        assert "# It continued from iteration 8 of run 1, whose" in second
        assert f"# It continued from the weights in {tmp_path / 'w.npz'}, whose" in third
        assert "does not repeat" in second
        assert "does not repeat" in third

    @pytest.mark.parametrize("replicas", [1, 3])
    def test_out_of_the_store_it_trains_the_run_again_bit_for_bit(self, tmp_path, replicas):
        own = structs.replace(EXPERIMENTS["everything"], replicas=replicas)
        run = start_run(own, engine="thread")
        assert run.wait(300)
        with open_store(tmp_path / "runs.db") as store:
            write_experiment(restored(store, store.keep(run)), tmp_path / "again.yaml")
        again = start_run(load_experiment(tmp_path / "again.yaml"), engine="thread")
        assert again.wait(300)
        np.testing.assert_array_equal(again.history.train_cost, run.history.train_cost)
        np.testing.assert_array_equal(again.history.test_cost, run.history.test_cost)
        theta, same = (unpack_state(each.snapshots.latest)["theta"] for each in (run, again))
        np.testing.assert_array_equal(theta, same)


@pytest.mark.parametrize("name", [each.name for each in FORMATS])
class TestEveryFormat:
    @pytest.mark.parametrize(
        ("where", "why"), [("missing/file", "there is no folder"), (".", "is a folder"), ("x" * 300, "name too long")]
    )
    def test_what_cannot_be_written_says_why(self, name, where, why, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        wanted = next(each for each in FORMATS if each.name == name)
        with pytest.raises(ExportError, match=why):
            wanted.write(ended("deep and wide").run, Path(where))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.slow
    def test_it_writes_under_its_own_name_and_replaces_nothing_unasked(self, name, tmp_path):
        run, wanted = ended("deep and wide").run, next(each for each in FORMATS if each.name == name)
        path = tmp_path / default_name(run, wanted)
        assert path.name.endswith(wanted.suffix)
        path.write_text("mine")
        with pytest.raises(ExportError, match="exists already"):
            wanted.write(run, path)
        assert path.read_text() == "mine"
        wanted.write(run, path, overwrite=True)
        assert path.read_bytes() != b"mine"
        assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_a_data_set_s_name_does_not_become_code():
    """A store may come from somebody else, and a function may be called anything."""
    own = exports.trained(ended("relu").run)
    dataset = OwnDatasetSpec('mine.py:f"""\nraise SystemExit\n"""\\\u202e')
    hostile = replace(own, experiment=structs.replace(own.experiment, dataset=dataset))
    for script in (lambda each: joml_script(each, "w.npz"), lambda each: torch_script(each, "w.npz")):
        (_, *code), (_, *expected) = (ast.parse(script(each)).body for each in (hostile, own))
        assert list(map(ast.dump, code)) == list(map(ast.dump, expected))
        assert script(hostile).isascii()


def test_names_of_formats_and_files_are_different():
    run = ended("relu").run
    assert len({each.name for each in FORMATS}) == len({default_name(run, each) for each in FORMATS}) == len(FORMATS)


def test_a_full_disk_leaves_neither_script_nor_weights(tmp_path, monkeypatch):
    def full(_, __):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    for write in (write_npz, write_safetensors, write_onnx, write_torch_script):
        with pytest.raises(ExportError, match="No space left on device"):
            write(ended("deep and wide").run, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_what_is_optional_is_imported_by_what_needs_it():
    code = (
        "from joml_tui.export import *; import sys; "
        "print(*{'onnx', 'safetensors', 'torch', 'google'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == ""
