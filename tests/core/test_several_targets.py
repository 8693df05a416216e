"""Several columns of one table as targets, from the command to the exports."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from command_line import document, given

from joml_tui.experiment import CsvFile, NpzFile
from joml_tui.experiment.several_targets import with_fitting_task
from joml_tui.experiment.yaml_text import load_experiment, parse_experiment
from joml_tui.sweep.sweep_file import load_sweep

ANSWERS, VALUES = ("wet", "cold, dark", "late"), ("price", "rent")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a table of answers, one of values, and a run of each in a store."""
    folder = tmp_path_factory.mktemp("several")
    generator = np.random.default_rng(5)
    x = generator.normal(size=(300, 3))
    colours = np.array(["red", "green"])[generator.integers(0, 2, 300)]
    with (folder / "answers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "colour", *ANSWERS])
        for row, colour in zip(x, colours, strict=True):
            answers = [int(row[0] + row[1] > 0), ["no", "yes"][int(row[1] * row[2] > 0)], (colour == "red")]
            writer.writerow([*(f"{number:.4f}" for number in row), colour, *answers])
    with (folder / "values.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["price", "a", "b", "c", "colour", "rent"])
        for row, colour in zip(x, colours, strict=True):
            price = 50_000 + 9_000 * row[0] * row[1]
            rent = 0.01 * (np.sin(2 * row[2]) + (colour == "red")) - 3
            writer.writerow([f"{price:.2f}", *(f"{number:.4f}" for number in row), colour, f"{rent:.6f}"])
    store = folder / "runs.db"
    given("run", folder / "answers.csv", "--target", "wet", "--target", "cold, dark", "--target", "late", store=store)
    given("run", folder / "values.csv", "--target", "price,rent", store=store)
    return folder


def rows_of(text):
    return list(csv.reader(text.splitlines()))


@pytest.mark.slow
def test_answers_beat_the_baselines_and_have_figures_each(folder):
    ran = document("run", folder / "answers.csv", "--target", 'wet,"cold, dark",late', store=folder / "other.db")
    assert [each["name"] for each in ran["answers"]] == list(ANSWERS)
    assert ran["test_accuracy"] > max(ran["baselines"].values()) + 0.05
    assert ran["test_accuracy"] == pytest.approx(np.mean([each["right"] for each in ran["answers"]]))
    mean = np.mean([each["average_precision"] for each in ran["answers"]])
    assert ran["test_average_precision"] == pytest.approx(mean)


@pytest.mark.slow
def test_values_beat_the_baselines_and_have_figures_each_in_their_units(folder):
    ran = document("run", folder / "values.csv", "--target", "0,-1", "--task", "values", store=folder / "other.db")
    assert [each["name"] for each in ran["values"]] == list(VALUES)
    assert ran["test_r2"] > max(ran["baselines"].values()) + 0.2
    assert ran["test_r2"] == pytest.approx(np.mean([each["r2"] for each in ran["values"]]))
    price, rent = (each["root_mean_squared_error"] for each in ran["values"])
    assert 100 < price < 9_000
    assert 1e-5 < rent < 0.01


@pytest.mark.parametrize(
    ("run", "name", "targets"), [("1", "answers", ANSWERS), ("2", "values", VALUES)], ids=["answers", "values"]
)
class TestStoredRuns:
    def test_predictions_have_a_column_for_each_target(self, folder, run, name, targets):
        rows = rows_of((folder / f"{name}.csv").read_text())[:8]
        places = [place for place, column in enumerate(rows[0]) if column not in targets]
        shuffled = folder / f"{name}-new.csv"
        with shuffled.open("w", newline="") as file:
            csv.writer(file).writerows([row[place] for place in reversed(places)] for row in rows)
        head, *predicted = rows_of(given("predict", run, shuffled, store=folder / "runs.db").stdout)
        assert head[: len(targets)] == list(targets)
        whole = given("predict", run, folder / f"{name}.csv", store=folder / "runs.db").stdout
        np.testing.assert_allclose(np.array(rows_of(whole)[1:8], float), np.array(predicted, float), rtol=1e-5)
        if name == "answers":
            assert head[len(targets) :] == [f"probability {target}" for target in targets]
            chances = np.array(predicted, float)
            assert ((chances[:, 3:] > 0.5) == chances[:, :3]).all()

    def test_the_experiment_that_is_written_runs_again_with_equal_figures(self, folder, run, name, targets):
        written = folder / f"{name}.yaml"
        given("runs", "export", run, "--output", written, "--overwrite", store=folder / "runs.db")
        assert load_experiment(written).dataset.label == targets
        again = document("run", written, "--no-store", "--quiet", store=folder / "runs.db")
        stored = document("runs", "show", run, store=folder / "runs.db")
        assert again["test_cost"] == stored["test_cost"]

    def test_explain_and_baselines_name_each_target(self, folder, run, name, targets):
        text = given("explain", run, store=folder / "runs.db").stdout
        lines = [line.strip() for line in text.splitlines()]
        for target in targets:
            assert any(line.startswith(f"{target}  ") for line in lines)
        assert json.loads(given("explain", run, "--json", store=folder / "runs.db").stdout)

    @pytest.mark.slow
    @pytest.mark.parametrize("format", ["joml", "torch", "onnx"])
    def test_exports_give_the_answers_of_predict(self, folder, run, name, targets, format):
        if format == "torch":
            pytest.importorskip("torch")
        source, store = folder / f"{name}.csv", folder / "runs.db"
        rows = rows_of(source.read_text())[:9]
        places = [place for place, column in enumerate(rows[0]) if column not in targets]
        with (folder / f"{name}-few.csv").open("w", newline="") as file:
            csv.writer(file).writerows([row[place] for place in places] for row in rows)
        predicted = np.array(rows_of(given("predict", run, source, store=store).stdout)[1:9], float)
        expected = predicted[:, 3:] if name == "answers" else predicted
        scale = np.ones(3) if name == "answers" else np.array([9_000, 0.01])
        output = folder / f"{name}-{format}{'.onnx' if format == 'onnx' else '.py'}"
        given("runs", "export", run, "--format", format, "--output", output, store=store)
        if format == "onnx":
            session = pytest.importorskip("onnxruntime").InferenceSession(output)
            columns = {rows[0][place]: [row[place] for row in rows[1:]] for place in places}
            types = {"tensor(string)": np.object_, "tensor(double)": np.float64, "tensor(float)": np.float32}
            feeds = {
                each.name: np.array(columns[each.name], types[each.type])[:, np.newaxis]
                for each in session.get_inputs()
            }
            given_answers = session.run(None, feeds)[0]
        else:
            done = subprocess.run(
                [sys.executable, output, folder / f"{name}-few.csv"],
                capture_output=True,
                text=True,
                check=True,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )
            given_answers = np.array([row.split(",") for row in done.stdout.splitlines()[-8:]], float)
        np.testing.assert_allclose(given_answers / scale, expected / scale, rtol=0, atol=2e-5)


@pytest.mark.slow
def test_runs_of_the_same_targets_are_compared_over_seeds(folder):
    path, store = folder / "answers.csv", folder / "runs.db"
    settings = ("--target", "wet,late", "--set", "epochs=2", "--set", "layers=8")
    compared = given("compare", path, path, "--seeds", "2", *settings, "--processes", "1", store=store)
    assert compared.exit_code == 0, compared.stderr
    assert "logistic regression" in compared.stdout


@pytest.mark.slow
def test_gradients_are_checked_and_one_task_for_another_is_refused(folder):
    assert given("check", folder / "answers.csv", "--target", "wet,late").exit_code == 0
    assert given("check", folder / "values.csv", "--target", "price,rent").exit_code == 0
    refused = given("run", folder / "answers.csv", "--target", "wet,late", "--task", "classes", "--no-store")
    assert refused.exit_code == 2
    assert "the task classes takes one label column, and 2 are named: write task: multilabel" in refused.stderr
    refused = given("run", folder / "answers.csv", "--target", "wet", "--task", "multilabel", "--no-store")
    assert "name several, as in label: [a, b], or write task: classes for this one" in refused.stderr
    refused = given("run", folder / "answers.csv", "--target", "wet,lat", "--no-store")
    assert "answers.csv: no column is named 'lat'; did you mean 'late'?" in refused.stderr
    refused = given("run", folder / "answers.csv", "--target", "wet,a", "--set", "split.stratified=true", "--no-store")
    assert refused.exit_code == 2


def test_a_file_of_an_experiment_without_a_task_has_that_of_its_targets(folder):
    for name, label, task in (("answers", "[wet, late]", "multilabel"), ("values", "[0, -1]", "regression")):
        path = folder / f"short-{name}.yaml"
        path.write_text(f"version: 1\ndataset: {{name: csv, path: {name}.csv, label: {label}}}\n")
        experiment = load_experiment(path)
        assert (experiment.dataset.task, experiment.output.activation) == (
            task,
            "sigmoid" if task == "multilabel" else "identity",
        )
    # Text on the command line names columns of the experiment's file too.
    shown = given("run", folder / "short-values.yaml", "--target", "rent,price", "--yaml").stdout
    assert "  label: [rent, price]\n" in shown


def test_the_task_of_a_data_set_follows_the_number_of_its_targets(folder):
    answers = CsvFile(str(folder / "answers.csv"), ("wet", "late"))
    fitting = with_fitting_task(answers)
    assert (fitting.task, fitting.standardize_y) == ("multilabel", False)
    assert with_fitting_task(fitting) == fitting
    assert with_fitting_task(CsvFile(answers.path, "wet", task="multilabel")).task == "classes"
    values = with_fitting_task(CsvFile(str(folder / "values.csv"), VALUES))
    assert (values.task, values.standardize_y) == ("regression", True)
    assert with_fitting_task(NpzFile("a.npz", task="multilabel")).task == "multilabel"
    assert with_fitting_task(CsvFile(str(folder / "none.csv"), ("a", "b"))).task == "multilabel"


def test_a_sweep_over_targets_has_the_task_of_those_of_its_base(folder):
    experiment = "{version: 1, dataset: {name: csv, path: answers.csv, label: [wet, late]}, epochs: 1}"
    path = folder / "sweep.yaml"
    path.write_text(f"version: 1\nbase: {experiment}\ngrid: {{dataset.label: [[wet, late], ['cold, dark', late]]}}\n")
    cells = load_sweep(path).cells
    assert [cell.values for cell in cells] == [(["wet", "late"],), (["cold, dark", "late"],)]
    jobs = [parse_experiment(job.yaml) for cell in cells for job in cell.jobs]
    assert [(job.dataset.label, job.dataset.task, job.output.activation) for job in jobs] == [
        (("wet", "late"), "multilabel", "sigmoid"),
        (("cold, dark", "late"), "multilabel", "sigmoid"),
    ]
