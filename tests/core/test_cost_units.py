"""What costs are in: told wherever a cost is, and by one function."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from command_line import document, given, lines
from msgspec import structs

from joml_tui.experiment import (
    AdamSpec,
    CostScale,
    CrossEntropySpec,
    CsvFile,
    Diabetes,
    Experiment,
    HuberSpec,
    LayerSpec,
    OutputSpec,
    Plane,
    Xor,
    cost_scale_of,
    cost_unit_of,
    load_data,
)
from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.inspect import TrainingContext
from joml_tui.runs.run import start_run
from joml_tui.runs.worker.builder import build_subject
from joml_tui.store import open_store

SQUARED = OutputSpec(activation="identity", cost="mean-squared-error")
STORES = Path(__file__).parent / "stores"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("units")
    x = np.random.default_rng(0).normal(size=(60, 2))
    rows = np.column_stack([x, 500 + 40 * x.sum(axis=1)])
    np.savetxt(folder / "values.csv", rows, delimiter=",", header="a,b,y", comments="")
    return folder


def experiment(dataset, output=SQUARED):
    return Experiment(dataset=dataset, layers=(LayerSpec(3),), output=output, optimizer=AdamSpec(0.01), epochs=2)


@pytest.mark.parametrize(
    ("dataset", "output", "unit"),
    [
        (Xor(samples=60), OutputSpec(), "nats"),
        (Xor(samples=60), OutputSpec(cost="mean-squared-error"), "squared error"),
        (Plane(samples=60), SQUARED, "squared error"),
        (Plane(samples=60), OutputSpec(activation="identity", cost=HuberSpec(0.5)), "Huber error"),
        (Plane(samples=60), OutputSpec(activation="identity", cost="mean-absolute-error"), "absolute error"),
        ("values.csv", SQUARED, "squared error, standardised"),
        (Diabetes(), SQUARED, "squared error, standardised"),
        (Diabetes(standardize=False), SQUARED, "squared error"),
    ],
    ids=["nats", "classes", "plane", "huber", "absolute", "standardised", "diabetes", "diabetes as it is"],
)
def test_the_unit_is_that_of_what_the_network_learns(folder, dataset, output, unit):
    if isinstance(dataset, str):
        dataset = CsvFile(str(folder / dataset), task="regression", standardize_y=True)
    wanted = experiment(dataset, output)
    assert cost_unit_of(wanted) == unit
    assert TrainingContext.standardised.fget(build_subject(wanted)) == unit.endswith("standardised")
    assert load_data(wanted).preparation is not None


def test_every_list_and_file_says_it(folder):
    store = folder / "runs.db"
    runs = [CsvFile(str(folder / "values.csv"), task="regression", standardize_y=scaled) for scaled in (True, False)]
    for place, dataset in enumerate(runs):
        (folder / f"{place}.yaml").write_text(dump_experiment(experiment(dataset)))
    unit = "squared error, standardised"
    assert "RMSE (y)" in given("run", folder / "0.yaml", store=store).stdout
    assert document("run", folder / "1.yaml", store=store)["cost_unit"] == "squared error"
    assert [run["cost_unit"] for run in lines("runs", "list", store=store)] == ["squared error", unit]
    listed = given("runs", "list", store=store, columns=140).stdout
    assert "test RMSE" in listed and unit not in listed
    chosen = given("runs", "list", "--columns", "run,test_cost,cost_unit", store=store).stdout
    assert "test RMSE" in chosen and chosen.count("root mean squared error of y") == 2  # as without the option
    assert f"({unit})" in given("runs", "show", "1", store=store).stdout
    assert "costs are those of the standardised values" in given("explain", "1", store=store).stdout
    assert "costs: squared error, in the data's units" in given("explain", "2", store=store).stdout
    assert document("explain", "1", store=store)["cost_unit"] == unit
    compared = {line["path"]: line["values"] for line in document("runs", "compare", "1", "2", store=store)["lines"]}
    assert compared["result.cost_unit"] == [unit, "squared error"]
    given("runs", "export", "--table", "--output", folder / "runs.csv", store=store)
    with (folder / "runs.csv").open() as file:
        assert sorted(row["cost_unit"] for row in csv.DictReader(file)) == ["squared error", unit]


class TestInTheUnitsOfTheData:
    """One standardised value: its cost is an error in its own unit."""

    @pytest.fixture
    def trained(self, folder, tmp_path):
        """Return the record of a run whose values are standardised, with a cost."""

        def train(cost="mean-squared-error", replicas=1, standardize_y=True):
            dataset = CsvFile(str(folder / "values.csv"), task="regression", standardize_y=standardize_y)
            wanted = experiment(dataset, OutputSpec(activation="identity", cost=cost))
            run = start_run(structs.replace(wanted, replicas=replicas), engine="thread")
            assert run.wait(300)
            return run.record

        return train

    def test_the_squared_error_is_its_root(self, trained):
        record = trained()
        assert str(record.cost_scale) == "root mean squared error of y"
        for part in ("train", "test"):
            error = record.results.of(part).root_mean_squared_error
            assert record.cost_in_units(part) == pytest.approx(error, rel=1e-5)

    def test_values_as_they_are_have_the_same_errors(self, trained):
        record = trained(standardize_y=False)
        assert record.cost_scale == CostScale("y", 1.0, is_squared=True)
        assert record.cost_in_units("test") == pytest.approx(record.results.test.root_mean_squared_error, rel=1e-5)

    def test_the_absolute_error_is_in_proportion(self, trained):
        for replicas in (1, 2):
            record = trained("mean-absolute-error", replicas)
            assert str(record.cost_scale) == "mean absolute error of y"
            assert record.cost_in_units("test") == pytest.approx(record.results.test.mean_absolute_error, rel=1e-5)

    def test_the_squared_error_of_replicas_is_the_mean_of_their_roots_at_the_end(self, trained):
        record = trained(replicas=2)
        assert str(record.cost_scale) == "root mean squared error of y"
        error = record.results.test.root_mean_squared_error
        assert record.cost_in_units("test") == error
        over_all = structs.replace(record, results=None).cost_in_units("test")  # as in the curves
        assert error < over_all == pytest.approx(error, rel=0.5)

    def test_without_an_exact_conversion_there_is_none(self, trained):
        assert trained(HuberSpec(0.5)).cost_scale is None
        assert (
            cost_scale_of(experiment(Xor(samples=60), OutputSpec()), load_data(experiment(Xor(60))).preparation) is None
        )
        assert cost_scale_of(experiment(Diabetes()), None) is None

    def test_arrays_are_converted_as_numbers_are(self):
        scale = CostScale("price", 50.0, True)
        costs = np.array([0.0, 0.25, np.nan, np.inf], np.float32)
        assert scale.convert(costs).dtype == np.float32
        np.testing.assert_array_equal(scale.convert(costs), np.float32([0, 25, np.nan, np.inf]))
        assert scale.convert(0.25) == 25
        assert CostScale("price", 50.0, False).convert(0.25) == 12.5

    def test_names_of_values_are_shown_in_one_line(self):
        assert str(CostScale("a\nb\x1b", 1.0, True)) == r"root mean squared error of a\nb\x1b"

    def test_commands_write_it_and_json_keeps_the_cost(self, folder, tmp_path):
        store = tmp_path / "runs.db"
        dataset = CsvFile(str(folder / "values.csv"), task="regression", standardize_y=True)
        (tmp_path / "run.yaml").write_text(dump_experiment(experiment(dataset)))
        described = document("run", tmp_path / "run.yaml", store=store)
        error = described["test_root_mean_squared_error"]
        assert described["test_cost"] < 10 < error
        assert f"root mean squared error of y {error:.6g}" in given("runs", "show", "1", store=store).stdout
        assert f"root mean squared error of y {error:.6g}" in given("explain", "1", store=store).stdout
        listed = given("runs", "list", store=store, columns=100).stdout
        assert "test RMSE" in listed
        assert f"{error:.4g}" in listed
        assert "standardised" not in listed
        assert lines("runs", "list", store=store)[0]["test_cost"] == described["test_cost"]
        assert given("run", tmp_path / "run.yaml", "--set", "seed=1", store=store).exit_code == 0
        compared = {
            line["path"]: line["values"] for line in document("runs", "compare", "1", "2", store=store)["lines"]
        }
        assert compared["result.test_root_mean_squared_error"][0] == f"{error:.4g}"


def test_runs_of_an_earlier_version_have_it_and_the_name_of_their_file(tmp_path):
    shutil.copy(STORES / "version-2-flowers.db", tmp_path / "runs.db")
    with open_store(tmp_path / "runs.db") as store:
        assert {(run.summary.dataset, run.summary.cost_unit) for run in store.runs()} == {("flowers.csv", "nats")}


@pytest.mark.slow
def test_exported_charts_show_errors_if_all_runs_have_the_same(folder, tmp_path):
    store = tmp_path / "runs.db"
    for name, cost in (("squared", "mean-squared-error"), ("huber", HuberSpec(0.5))):
        dataset = CsvFile(str(folder / "values.csv"), task="regression", standardize_y=True)
        output = OutputSpec(activation="identity", cost=cost)
        (tmp_path / f"{name}.yaml").write_text(dump_experiment(experiment(dataset, output)))
        assert given("run", tmp_path / f"{name}.yaml", store=store).exit_code == 0
    error = document("explain", "1", store=store)["test_root_mean_squared_error"]
    text = given("runs", "export", "1", "--format", "txt", "--output", "-", store=store).stdout
    assert ": root mean squared error of y" in text
    assert f"{error:.3g}" in text
    both = given("runs", "export", "1", "2", "--format", "txt", "--output", "-", store=store).stdout
    assert ": cost" in both
    assert "root mean squared error" not in both
    pytest.importorskip("matplotlib")
    figure = tmp_path / "curves.svg"
    assert given("runs", "export", "1", "--output", figure, store=store).exit_code == 0
    assert "root mean squared error of y" in figure.read_text()


def test_costs_of_smoothed_labels_are_told_from_others():
    plain = Experiment(dataset=Xor())
    smoothed = structs.replace(plain, output=OutputSpec(cost=CrossEntropySpec(smoothing=0.1)))
    assert (cost_unit_of(plain), cost_unit_of(smoothed)) == ("nats", "nats of smoothed labels")
