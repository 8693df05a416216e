"""A run is listed by its data's file, found by it, and called as its experiment."""

import pytest

from joml_tui.experiment import CsvFile, CsvFolder, IdxFiles, NpzFile, SpinGlass, TableFile, source_of
from tests.core.command_line import document, given, lines


@pytest.mark.parametrize(
    ("dataset", "source"),
    [
        (CsvFile("/data/iris.csv"), "iris.csv"),
        (CsvFile("iris.txt"), "csv iris.txt"),
        (NpzFile("a/b.NPZ"), "b.NPZ"),
        (CsvFolder("a/flowers/"), "csv-folder flowers"),
        (TableFile("C:\\data\\a.parquet"), "table a.parquet"),
        (IdxFiles("train-images-idx3-ubyte.gz", "l"), "train-images-idx3-ubyte.gz"),
        (SpinGlass(), "spin-glass-14"),
    ],
)
def test_a_data_set_is_named_by_its_file(dataset, source):
    assert source_of(dataset) == source


@pytest.fixture
def flowers(tmp_path):
    """An experiment on a file, with a name and nothing else, and the store of its run."""
    rows = [f"{place % 3},{place % 2},{'abc'[place % 3]}" for place in range(60)]
    (tmp_path / "iris.csv").write_text("\n".join(["p,q,species", *rows]))
    (tmp_path / "run.yaml").write_text(
        "version: 1\nname: flowers\ndataset: {name: csv, path: iris.csv, label: species}\nepochs: 2\n"
    )
    return tmp_path


def test_a_run_is_listed_and_found_by_its_file_and_called_as_its_experiment(flowers):
    store = flowers / "runs.db"
    trained = given("run", flowers / "run.yaml", store=store)
    assert trained.exit_code == 0
    (listed,) = lines("runs", "list", "--filter", "data:iris", store=store)
    assert (listed["dataset"], listed["name"]) == ("iris.csv", "flowers")
    assert "iris.csv" in given("runs", "list", store=store, columns=160).stdout
    assert given("predict", "flowers", flowers / "iris.csv", store=store).exit_code == 0
    assert document("explain", "flowers", store=store)["dataset"] == "iris.csv"


def test_a_run_of_the_defaults_says_that_it_was_too_short(flowers):
    """What is left out keeps the defaults of the file's version, so the reader is told what they are too little for."""
    trained = given("run", flowers / "run.yaml", "--no-store")
    assert "4 iterations are too few to learn" in trained.stderr
    assert "4 iterations" not in given("run", flowers / "run.yaml", "--no-store", "--quiet").stderr
    kinds = [each["kind"] for each in document("run", flowers / "run.yaml", "--no-store")["findings"]]
    assert kinds == ["short"]
    assert [each["kind"] for each in document("run", "xor", "--epochs", "20", "--no-store")["findings"]] == []


@pytest.mark.slow
def test_values_of_another_scale_are_named_by_run_and_explain_until_they_are_standardised(tmp_path):
    rows = [f"{place % 7},{place % 5},{200_000 + 9_000 * (place % 7) - 4_000 * (place % 5)}" for place in range(100)]
    (tmp_path / "house.csv").write_text("\n".join(["rooms,age,price", *rows]))
    text = (
        "version: 1\ndataset: {name: csv, path: house.csv, task: regression, standardize_y: SCALED}\n"
        "layers: [{size: 8}]\noutput: {activation: identity, cost: mse}\n"
        "optimizer: {name: adam, learning_rate: 0.01}\nepochs: 30\n"
    )
    (tmp_path / "raw.yaml").write_text(text.replace("SCALED", "false"))
    (tmp_path / "scaled.yaml").write_text(text.replace("SCALED", "true"))
    store = tmp_path / "runs.db"
    assert "Set standardize_y: true in the data set" in given("run", tmp_path / "raw.yaml", store=store).stderr
    assert "standardize_y: true" in given("explain", "last", store=store).stdout
    assert "standardize_y" not in given("run", tmp_path / "scaled.yaml", store=store).stderr
    assert document("explain", "last", store=store)["findings"] == []
