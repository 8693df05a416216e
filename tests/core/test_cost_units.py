"""What costs are in: told wherever a cost is, and by one function."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from command_line import document, given, lines

from joml_tui.experiment import (
    AdamSpec,
    CsvFile,
    Diabetes,
    Experiment,
    HuberSpec,
    LayerSpec,
    OutputSpec,
    Plane,
    Xor,
    cost_unit_of,
    load_data,
)
from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.inspect import TrainingContext
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
    assert f"cost: {unit}" in given("run", folder / "0.yaml", store=store).stdout
    assert document("run", folder / "1.yaml", store=store)["cost_unit"] == "squared error"
    assert [run["cost_unit"] for run in lines("runs", "list", store=store)] == ["squared error", unit]
    assert unit in given("runs", "list", store=store, columns=120).stdout
    assert f"({unit})" in given("runs", "show", "1", store=store).stdout
    assert "costs are those of the standardised values" in given("explain", "1", store=store).stdout
    assert "costs: squared error, in the data's units" in given("explain", "2", store=store).stdout
    assert document("explain", "1", store=store)["cost_unit"] == unit
    compared = {line["path"]: line["values"] for line in document("runs", "compare", "1", "2", store=store)["lines"]}
    assert compared["result.cost_unit"] == [unit, "squared error"]
    given("runs", "export", "--table", "--output", folder / "runs.csv", store=store)
    with (folder / "runs.csv").open() as file:
        assert sorted(row["cost_unit"] for row in csv.DictReader(file)) == ["squared error", unit]


def test_runs_of_an_earlier_version_have_it_and_the_name_of_their_file(tmp_path):
    shutil.copy(STORES / "version-2-flowers.db", tmp_path / "runs.db")
    with open_store(tmp_path / "runs.db") as store:
        assert {(run.summary.dataset, run.summary.cost_unit) for run in store.runs()} == {("flowers.csv", "nats")}
