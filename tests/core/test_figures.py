"""Every figure of a run, recomputed from its exported weights and the raw data by plain NumPy; see docs/figures.md."""

import csv
import json

import numpy as np
import plain_numpy as plain
import pytest
from command_line import document, given, lines
from msgspec import structs
from sklearn import metrics as peer

from joml import (
    Adam,
    CrossEntropy,
    CSVLogger,
    Huber,
    Identity,
    Layer,
    MeanAbsoluteError,
    MeanSquaredError,
    Network,
    OutputLayer,
    Sigmoid,
    SiLU,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
)
from joml.logger import follow
from joml_tui.experiment import AdamSpec, EarlyStoppingSpec, Experiment, LayerSpec, NpzFile, OutputSpec, load_data
from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.runs.worker.builder import build_trainer
from joml_tui.store import open_store, restored

#: Task, hidden activation, output activation, cost.
RUNS = {
    "classes": ("classes", "tanh", "softmax", "cross-entropy"),
    "classes by sigmoids": ("classes", "relu", "sigmoid", "cross-entropy"),
    "classes by values": ("classes", "gelu", "identity", "mean-squared-error"),
    "multilabel": ("multilabel", "elu", "sigmoid", "cross-entropy"),
    "answers by values": ("multilabel", "silu", "sigmoid", "mean-squared-error"),
    "regression": ("regression", "leaky-relu", "identity", "mean-squared-error"),
    "values by huber": ("regression", "sigmoid", "identity", "huber"),
    "values by absolute errors": ("regression", "tanh", "tanh", "mean-absolute-error"),
}


def samples(task, count, seed):
    """Draw x, (samples, 3), and y, (samples, outputs)."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(count, 3)).astype(np.float32)
    noise = 0.5 * generator.normal(size=(count, 3))
    linear = x @ np.array([[1, -1, 0.5], [0.3, 2, -1], [-1, 0.2, 1]]) + noise
    if task == "classes":
        return x, np.eye(3)[linear.argmax(axis=1)]
    if task == "multilabel":
        return x, (linear > 0).astype(float)
    return x, np.tanh(linear[:, :2])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """An archive with a test part of its own for each task."""
    folder = tmp_path_factory.mktemp("samples")
    for task in ("classes", "multilabel", "regression"):
        x, y = samples(task, 130, 1)
        x_test, y_test = samples(task, 70, 2)
        np.savez(folder / f"{task}.npz", x=x, y=y, x_test=x_test, y_test=y_test)
    return folder


def experiment_of(files, name, stopping):
    task, hidden, output, cost = RUNS[name]
    return Experiment(
        dataset=NpzFile(str(files / f"{task}.npz"), standardize=False, task=task),
        layers=(LayerSpec(5, hidden), LayerSpec(4, hidden)),
        output=OutputSpec(activation=output, cost=cost),
        optimizer=AdamSpec(0.05),
        batch_size=24,
        epochs=20 if stopping else 4,
        early_stopping=EarlyStoppingSpec(patience=1) if stopping else None,
        seed=3,
    )


def functions_of(experiment):
    return [*(layer.activation for layer in experiment.layers), experiment.output.activation]


class Recomputed:
    """The figures of some weights on some samples, by plain NumPy."""

    def __init__(self, experiment, task, weights, x, y):
        functions = functions_of(experiment)
        self.y_hat = plain.outputs(weights, functions, x)
        self.cost = plain.cost(experiment.output.cost, functions[-1], self.y_hat, y)
        self.score = plain.score(task, self.y_hat, y)


@pytest.fixture(scope="module")
def trained(files):
    """Train with the command, once for each name, with and without early stopping; give what it left."""
    kept = {}

    def train(name, stopping):
        if (name, stopping) not in kept:
            folder = files / f"{name} {stopping}".replace(" ", "-")
            folder.mkdir()
            experiment = experiment_of(files, name, stopping)
            (folder / "run.yaml").write_text(dump_experiment(experiment))
            store = folder / "runs.db"
            printed = document("run", folder / "run.yaml", "--quiet", store=store)
            for kind, file in (("npz", "net.npz"), ("csv", "series.csv"), ("jsonl", "series.jsonl")):
                result = given("runs", "export", "1", "--format", kind, "--output", folder / file, store=store)
                assert result.exit_code == 0, result.stderr
            result = given("runs", "export", "--table", "--output", folder / "table.csv", store=store)
            assert result.exit_code == 0, result.stderr
            kept[name, stopping] = (experiment, store, folder, printed)
        return kept[name, stopping]

    return train


def samples_to_test(files, task):
    with np.load(files / f"{task}.npz") as archive:
        return archive["x_test"].T, archive["y_test"].T


def parts_of(files, experiment, task):
    """Return the raw samples of each part; those to validate on are among those of the file's training part."""
    data = load_data(experiment)
    parts = {"train": (data.x_train, data.y_train), "test": samples_to_test(files, task)}
    if data.validation_size:
        parts["validation"] = data.x_validation, data.y_validation
    with np.load(files / f"{task}.npz") as archive:
        whole = np.vstack([archive["x"].T, archive["y"].T]).astype(np.float32)
    learnt = np.hstack([np.vstack(both) for part, both in parts.items() if part != "test"])
    assert sorted(map(tuple, learnt.T)) == sorted(map(tuple, whole.T))
    return parts


def near(value):
    return pytest.approx(value, rel=2e-5, abs=2e-6)


@pytest.mark.parametrize("stopping", [False, True], ids=["to the end", "early stopping"])
@pytest.mark.parametrize("name", RUNS)
class TestTheRunsFigures:
    def test_of_each_part_are_those_of_the_exported_weights(self, files, trained, name, stopping):
        experiment, store, folder, printed = trained(name, stopping)
        task = RUNS[name][0]
        score = "r2" if task == "regression" else "accuracy"
        explained = document("explain", "1", store=store)
        listed, shown = lines("runs", "list", store=store)[0], document("runs", "show", "1", store=store)
        with (folder / "table.csv").open() as file:
            (row,) = csv.DictReader(file)
        parts = parts_of(files, experiment, task)
        assert ("validation" in parts) == stopping
        with np.load(folder / "net.npz") as weights:
            for part, (x, y) in parts.items():
                right = Recomputed(experiment, task, weights, x, y)
                for figures in (printed, explained, listed, shown, row):
                    assert float(figures[f"{part}_cost"]) == near(right.cost)
                    assert float(figures[f"{part}_{score}"]) == near(right.score)
                assert int(row[f"{part}_samples"]) == y.shape[1]
        for figures in (printed, explained, listed, shown, row):
            kept = int(figures["kept_iteration"])
            assert kept == int(row["kept_iteration"]) <= int(figures["iteration"])
        assert stopping == (kept < int(row["iteration"]))

    def test_of_the_kept_iteration_stand_in_the_series_too(self, files, trained, name, stopping):
        _, _, folder, printed = trained(name, stopping)
        part, score = "validation" if stopping else "test", "r2" if RUNS[name][0] == "regression" else "accuracy"
        with (folder / "series.csv").open() as file:
            rows = [row for row in csv.DictReader(file) if row[f"{part}_cost"]]
        (kept,) = (row for row in rows if int(row["iteration"]) == printed["kept_iteration"])
        assert float(kept[f"{part}_cost"]) == near(printed[f"{part}_cost"])
        assert float(kept[f"{part}_{score}"]) == near(printed[f"{part}_{score}"])
        if stopping:
            assert float(kept["validation_cost"]) == min(float(row["validation_cost"]) for row in rows)

    def test_of_each_class_are_counted_in_the_exported_weights_predictions(self, files, trained, name, stopping):
        experiment, store, folder, _ = trained(name, stopping)
        task = RUNS[name][0]
        x, y = samples_to_test(files, task)
        with np.load(folder / "net.npz") as weights:
            y_hat = Recomputed(experiment, task, weights, x, y).y_hat
        explained = document("explain", "1", store=store)
        if task == "regression":
            assert explained["mean_absolute_error"] == near(np.abs(y_hat - y).mean())
        else:
            assert explained["confusion"]["counts"] == plain.confusion(task, y_hat, y)

    def test_of_rare_classes_and_errors_are_those_of_scikit_learn(self, files, trained, name, stopping):
        experiment, store, folder, printed = trained(name, stopping)
        task = RUNS[name][0]
        explained = document("explain", "1", store=store)
        parts = parts_of(files, experiment, task)
        with np.load(folder / "net.npz") as weights:
            for part, (x, y) in parts.items():
                y_hat = Recomputed(experiment, task, weights, x, y).y_hat
                for figures in (printed, explained):
                    if task == "regression":
                        assert figures[f"{part}_root_mean_squared_error"] == near(np.sqrt(np.square(y_hat - y).mean()))
                        assert figures[f"{part}_mean_absolute_error"] == near(np.abs(y_hat - y).mean())
                    elif task == "classes":
                        true, predicted = y.argmax(axis=0), y_hat.argmax(axis=0)
                        recall = peer.balanced_accuracy_score(true, predicted)
                        assert figures[f"{part}_balanced_accuracy"] == near(recall)
                        average = peer.average_precision_score(y.T, y_hat.T, average="macro")
                        assert figures[f"{part}_average_precision"] == pytest.approx(average, abs=1e-3)
            if task == "classes":
                true, predicted = parts["test"][1].argmax(axis=0), plain_classes(experiment, weights, parts["test"][0])
                each = peer.precision_recall_fscore_support(true, predicted, labels=range(3), zero_division=np.nan)
                shown = [[row["precision"], row["recall"]] for row in printed["classes"]]
                np.testing.assert_allclose(np.array(shown, float).T, each[:2], rtol=0, atol=1e-12)


def plain_classes(experiment, weights, x):
    return plain.outputs(weights, functions_of(experiment), x).argmax(axis=0)


def test_standardised_values_are_judged_in_the_units_of_the_data(files):
    x, y = samples("regression", 130, 1)
    x_test, y_test = samples("regression", 70, 2)
    scale, shift = np.array([2000.0, 0.01]), np.array([50_000.0, -3.0])
    np.savez(files / "units.npz", x=x, y=y * scale + shift, x_test=x_test, y_test=y_test * scale + shift)
    experiment = structs.replace(
        experiment_of(files, "regression", False),
        dataset=NpzFile(str(files / "units.npz"), standardize=False, task="regression", standardize_y=True),
    )
    (files / "units.yaml").write_text(dump_experiment(experiment))
    store = files / "units.db"
    printed = document("run", files / "units.yaml", "--quiet", store=store)
    given("runs", "export", "1", "--format", "npz", "--output", files / "units-net.npz", store=store)
    explained, text = document("explain", "1", store=store), given("explain", "1", store=store).stdout
    mean, deviation = (y * scale + shift).mean(axis=0)[:, None], (y * scale + shift).std(axis=0)[:, None]
    true = (y_test * scale + shift).T
    with np.load(files / "units-net.npz") as weights:
        right = Recomputed(experiment, "regression", weights, x_test.T, (true - mean) / deviation)
    errors = np.abs(right.y_hat * deviation + mean - true).mean(axis=1)
    assert list(explained["mean_absolute_errors"].values()) == [near(error) for error in errors]
    assert explained["costs_of_standardised_values"]
    assert f"mean absolute error, in the data's units: {errors[0]:.6g} of y1, {errors[1]:.6g} of y2" in text
    assert "costs are those of the standardised values that the network learns" in text
    for figures in (printed, explained):
        assert figures["test_r2"] == near(plain.score("regression", right.y_hat * deviation + mean, true))
        assert figures["test_cost"] == near(right.cost)


@pytest.mark.parametrize("name", RUNS)
def test_figures_on_the_way_are_those_of_the_weights_before_each_update(files, trained, name):
    experiment, _, folder, _ = trained(name, False)
    task, functions = RUNS[name][0], functions_of(experiment)
    trainer = build_trainer(experiment)
    with np.load(files / f"{task}.npz") as archive:
        x, y = archive["x"].T, archive["y"].T
    x_test, y_test = samples_to_test(files, task)
    costs, scores, sizes, tests = [], [], [], {}
    while not trainer.finished:
        weights = weights_of(trainer.network)
        place = trainer.iteration % trainer.iterations_per_epoch
        trainer.advance(1)
        order = trainer.state()["order"] if place + 1 < trainer.iterations_per_epoch else order  # noqa: F821
        chosen = order[24 * place : 24 * place + 24]
        y_hat = plain.outputs(weights, functions, x[:, chosen])
        costs.append(plain.cost(experiment.output.cost, functions[-1], y_hat, y[:, chosen]))
        scores.append(plain.score(task, y_hat, y[:, chosen], around=y))
        sizes.append(len(chosen))
        if place + 1 == trainer.iterations_per_epoch:
            tests[trainer.iteration] = Recomputed(experiment, task, weights_of(trainer.network), x_test, y_test)
    score = "r2" if task == "regression" else "accuracy"
    with (folder / "series.csv").open() as file:
        rows = list(csv.DictReader(file))
    of_lines = [json.loads(line) for line in (folder / "series.jsonl").read_text().splitlines()]
    assert sizes[:6] == [24, 24, 24, 24, 24, 10]
    for series in (rows, of_lines):
        np.testing.assert_allclose([float(row["train_cost"]) for row in series], costs, rtol=2e-5, atol=2e-6)
        np.testing.assert_allclose([float(row[f"train_{score}"]) for row in series], scores, rtol=2e-5, atol=2e-6)
        tested = {int(row["iteration"]): row for row in series if row["test_cost"] not in ("", None)}
        assert list(tested) == list(tests)
        for iteration, right in tests.items():
            assert float(tested[iteration]["test_cost"]) == near(right.cost)
            assert float(tested[iteration][f"test_{score}"]) == near(right.score)
    with open_store(folder / "runs.db") as store:
        history = restored(store, 1).history
    for epoch in (1, 4):
        batches = slice(6 * epoch - 6, 6 * epoch)
        means = [np.average(values[batches], weights=sizes[batches]) for values in (costs, scores)]
        assert history.epoch_mean("train_cost", epoch) == near(means[0])
        assert history.epoch_mean("train_accuracy", epoch) == near(means[1])


def weights_of(network):
    return {
        f"layers.{place}.{name}": np.array(getattr(layer, name), np.float64)
        for place, layer in enumerate(network.layers)
        for name in "Wb"
    }


OUTPUTS = {
    "classes": lambda: SoftMaxCrossEntropyOutputLayer(3),
    "multilabel": lambda: OutputLayer(3, Sigmoid(), CrossEntropy()),
    "regression": lambda: OutputLayer(2, Identity(), MeanSquaredError()),
    "values by huber": lambda: OutputLayer(2, Identity(), Huber()),
    "values by absolute errors": lambda: OutputLayer(2, Tanh(), MeanAbsoluteError()),
}


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 2e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("name", OUTPUTS)
def test_the_librarys_figures_are_as_exact_as_its_numbers(name, dtype, rtol, tmp_path):
    task = name.split()[0]
    (x, y), (x_test, y_test) = (
        (a.T.astype(dtype), b.T.astype(dtype)) for a, b in (samples(task, 130, 1), samples(task, 70, 2))
    )
    network = Network(3, seed=2, dtype=dtype)
    network.stack(Layer(6, SiLU()))
    network.output(OUTPUTS[name]())
    functions = [layer.activation_function.name for layer in network.layers]
    cost_name = network.output_layer.cost_function.name
    follow(
        Trainer(network.copy(), x, y, x_test, y_test, optimizer=Adam(0.02), epochs=2, batch_size=24),
        CSVLogger(tmp_path / "epochs.csv"),
    )
    trainer = Trainer(network, x, y, x_test, y_test, optimizer=Adam(0.02), epochs=2, batch_size=24)
    costs, scores, sizes = [], [], []
    while not trainer.finished:
        weights = weights_of(network)
        place = trainer.iteration % trainer.iterations_per_epoch
        steps = trainer.advance(1)
        order = trainer.state()["order"] if place + 1 < trainer.iterations_per_epoch else order  # noqa: F821
        chosen = order[24 * place : 24 * place + 24]
        y_hat = plain.outputs(weights, functions, x[:, chosen])
        costs.append(plain.cost(cost_name, functions[-1], y_hat, y[:, chosen]))
        scores.append(plain.score(task, y_hat, y[:, chosen], around=y))
        sizes.append(len(chosen))
        assert steps.costs.dtype == steps.accuracies.dtype == dtype
        np.testing.assert_allclose([steps.costs[0], steps.accuracies[0]], [costs[-1], scores[-1]], rtol=rtol, atol=rtol)
    y_hat = plain.outputs(weights_of(network), functions, x_test)
    right = [plain.cost(cost_name, functions[-1], y_hat, y_test), plain.score(task, y_hat, y_test)]
    for evaluation in (steps.test, trainer.test(), network.evaluate(x_test, y_test)):
        np.testing.assert_allclose([evaluation.cost, evaluation.accuracy], right, rtol=rtol, atol=rtol)
    assert network.test(x_test, y_test)[2] == steps.test.accuracy
    means = [np.average(values[-6:], weights=sizes[-6:]) for values in (costs, scores)]
    assert steps.denoised_cost == pytest.approx(means[0], rel=rtol)
    with (tmp_path / "epochs.csv").open() as file:
        last = list(csv.DictReader(file))[-1]
    written = [float(last[name]) for name in ("train_cost", "train_acc", "test_cost", "test_acc")]
    np.testing.assert_allclose(written, [*means, *right], rtol=rtol, atol=rtol)


def test_what_is_looked_into_of_replicas_is_said_to_be_of_the_first_and_the_figures_are_of_all(files):
    for task in ("regression", "classes"):
        experiment = structs.replace(experiment_of(files, task, False), replicas=3, epochs=2)
        (files / f"replicas-{task}.yaml").write_text(dump_experiment(experiment))
        store = files / f"replicas-{task}.db"
        document("run", files / f"replicas-{task}.yaml", "--quiet", store=store)
        given("runs", "export", "1", "--format", "npz", "--output", files / f"replicas-{task}.npz", store=store)
        x, y = samples_to_test(files, task)
        with np.load(files / f"replicas-{task}.npz") as weights:
            first = Recomputed(experiment, task, weights, x, y)
        explained, text = document("explain", "1", store=store), given("explain", "1", store=store).stdout
        assert explained["replicas"] == 3
        if task == "classes":
            assert explained["confusion"]["counts"] == plain.confusion(task, first.y_hat, y)
            assert explained["accounting"]["test"]["accuracy"] == near(first.score)
            assert "The article's accounting beside the true one, by the first replica" in text
            continue
        errors = np.abs(first.y_hat - y).mean(axis=1)
        assert list(explained["mean_absolute_errors"].values()) == [near(error) for error in errors]
        assert f"mean absolute error, by the first replica, in the data's units: {errors[0]:.6g} of y1" in text
        assert explained["mean_absolute_error"] != near(errors.mean())
        assert explained["mean_absolute_error"] == lines("runs", "list", store=store)[0]["mean_absolute_error"]


def test_errors_in_different_units_have_no_mean(files):
    x, y = samples("regression", 40, 1)
    np.savez(files / "two-units.npz", x=x, y=y * [1e6, 1e-3])
    experiment = structs.replace(
        experiment_of(files, "regression", False),
        dataset=NpzFile(str(files / "two-units.npz"), task="regression", standardize_y=True),
    )
    (files / "two-units.yaml").write_text(dump_experiment(experiment))
    document("run", files / "two-units.yaml", "--quiet", store=files / "two-units.db")
    explained = document("explain", "1", store=files / "two-units.db")
    assert explained["mean_absolute_error"] is None
    assert len(explained["mean_absolute_errors"]) == 2
