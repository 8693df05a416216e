"""Benchmarks: their series as arrays and as files."""

import csv
import re
import subprocess
import sys

import numpy as np
import pytest
from ear import Ear

from joml import (
    Adam,
    BenchmarkLogger,
    Network,
    Trainer,
)
from joml.data.generators.spin_glass import spin_glass_14
from joml.files.atomic_write import whole_file

COLUMNS = ["n_iter", "train_cost", "test_cost", "train_acc", "test_acc"]


@pytest.fixture(scope="module")
def data():
    """A part of the article's: 20 mini-batches an epoch, the last one smaller."""
    whole = spin_glass_14()
    return whole.x_train[:, :630], whole.y_train[:, :630], whole.x_test[:, :200], whole.y_test[:, :200]


@pytest.fixture
def network():
    return Network.from_architecture("14-10-4", name="small net", seed=3)


def read(path):
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


@pytest.mark.slow
def test_the_articles_benchmark_runs_as_printed(tmp_path):
    program = """
import os, sys
os.chdir(sys.argv[1])
from time import gmtime, strftime
from joml import Network
from joml.data.generators.spin_glass import spin_glass_14
data = spin_glass_14()
x_train, y_train, x_test, y_test = data.x_train, data.y_train, data.x_test, data.y_test
n1, n2, n3 = (Network.from_architecture(text, text + " net") for text in ("14-100-40-4", "14-28x6-4", "14-14x28-4"))
for network in [n1, n2, n3]:
    # Define a log file
    current_datetime = strftime("%Y%m%d%H:%M:%S", gmtime())
    logs_folder = os.path.join("..", "logs")
    out_file = os.path.join(logs_folder, f"benchmark_{network.name}{current_datetime}.csv")
    # Benchmark the network
    logger = network.benchmark(x_train, y_train, x_test, y_test, csv_file_name=out_file, num_epochs=10)
    # Dump results in a CSV file
    logger.dump_results()
    logger.plot_benchmark()
"""
    (tmp_path / "here").mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, tmp_path / "here"],
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.stdout.count("accuracy") == 3
    files = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert [re.sub(r"\d{10}:\d\d:\d\d", " at ", name) for name in files] == [
        "benchmark_14-100-40-4 net at .csv",
        "benchmark_14-14x28-4 net at .csv",
        "benchmark_14-28x6-4 net at .csv",
    ]
    for name in files:
        header, rows = read(tmp_path / "logs" / name)
        assert header == COLUMNS
        assert [int(row[0]) for row in rows] == list(range(20, 4101, 20))
    best = max(float(row[-1]) for row in read(tmp_path / "logs" / files[0])[1])
    assert 0.92 < best < 0.975


def test_a_benchmark_trains_as_train_does_bit_for_bit(data, network):
    alone, heard = network.copy(), network.copy().with_logger(Ear())
    alone.train(*data[:2], num_epochs=3, seed=5)
    heard.benchmark(*data, num_epochs=3, seed=5, test_every=1)
    np.testing.assert_array_equal(alone.parameters.theta, heard.parameters.theta)


def test_results_are_what_single_steps_measure(data, network):
    twin = network.copy()
    results = network.benchmark(*data, num_epochs=2, optimizer=Adam(0.01), test_every=7).results()
    steps = list(Trainer(twin, *data, optimizer=Adam(0.01), epochs=2, test_every=7))
    tested = [step for step in steps if step.test is not None]
    assert list(results) == COLUMNS
    assert results["n_iter"].tolist() == [step.iteration for step in tested] == [7, 14, 21, 28, 35, 40]
    assert results["train_cost"].tolist() == [step.cost for step in tested]
    assert results["train_acc"].tolist() == [step.accuracy for step in tested]
    assert results["test_cost"].tolist() == [step.test.cost for step in tested]
    assert results["test_acc"].tolist() == [step.test.accuracy for step in tested]
    x_test, y_test = data[2:]
    y_hat = network.predict(x_test)
    assert results["test_acc"][-1] == (y_hat.argmax(axis=0) == y_test.argmax(axis=0)).mean()
    assert results["test_cost"][-1] == pytest.approx(-np.log((y_hat * y_test).sum(axis=0)).mean(), rel=1e-5)


def test_every_iteration_has_its_training_figures_and_blanks_where_nothing_was_tested(data, network, tmp_path):
    logger = network.benchmark(*data, num_epochs=2, test_every="epoch")
    results = logger.results(every_iteration=True)
    assert results["n_iter"].tolist() == list(range(1, 41))
    assert np.flatnonzero(np.isfinite(results["test_cost"])).tolist() == [19, 39]
    assert np.isfinite(results["train_cost"]).all()
    logger.dump_results(tmp_path / "all.csv", every_iteration=True)
    _, rows = read(tmp_path / "all.csv")
    assert [row[2] != "" and row[4] != "" for row in rows] == [place in (19, 39) for place in range(40)]
    assert all(row[1] and row[3] for row in rows)


def test_a_training_without_tests_has_a_row_an_iteration(data, network, tmp_path):
    logger = BenchmarkLogger(tmp_path / "train.csv")
    network.with_logger(logger).train(*data[:2], num_epochs=2)
    logger.dump_results()
    header, rows = read(tmp_path / "train.csv")
    assert header == COLUMNS
    assert len(rows) == 40
    assert {(row[2], row[4]) for row in rows} == {("", "")}


def test_the_numbers_of_the_file_read_back_exactly(data, network, tmp_path):
    logger = network.benchmark(*data, csv_file_name=tmp_path / "new" / "folders" / "series.csv", num_epochs=2)
    logger.dump_results()
    header, rows = read(tmp_path / "new" / "folders" / "series.csv")
    results = logger.results()
    assert header == COLUMNS
    for column, values in zip(zip(*rows, strict=True), results.values(), strict=True):
        np.testing.assert_array_equal(np.array(column, values.dtype), values)
    assert [path.name for path in (tmp_path / "new" / "folders").iterdir()] == ["series.csv"]


@pytest.mark.parametrize(("epochs", "tests"), [(1, 20), (10, 200), (20, 200), (31, 207)])
def test_a_benchmark_tests_about_200_times_unless_told(data, network, epochs, tests):
    logger = network.benchmark(*data, num_epochs=epochs)
    assert len(logger.results()["n_iter"]) == tests
    assert logger.results()["n_iter"][-1] == 20 * epochs


def test_a_file_that_is_there_is_refused_before_the_training(data, network, tmp_path):
    path = tmp_path / "series.csv"
    path.write_text("another training")
    before = network.parameters.theta.copy()
    with pytest.raises(FileExistsError, match=r"series\.csv exists already: give another name"):
        network.benchmark(*data, csv_file_name=path)
    np.testing.assert_array_equal(network.parameters.theta, before)


def test_a_file_is_replaced_only_when_asked(data, network, tmp_path):
    logger = network.benchmark(*data, csv_file_name=tmp_path / "series.csv", num_epochs=1)
    (tmp_path / "series.csv").write_text("came in between")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        logger.dump_results()
    assert (tmp_path / "series.csv").read_text() == "came in between"
    logger.dump_results(overwrite=True)
    assert len(read(tmp_path / "series.csv")[1]) == 20


def test_files_that_cannot_be_written_are_reported(data, network, tmp_path):
    (tmp_path / "file").write_text("")
    logger = network.benchmark(*data, num_epochs=1)
    with pytest.raises(ValueError, match=r"no file to write to.*series\.csv"):
        logger.dump_results()
    with pytest.raises(OSError, match=r"x\.csv could not be written"):
        logger.dump_results(tmp_path / "file" / "x.csv")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        logger.dump_results(tmp_path, overwrite=True)
    with pytest.raises(RuntimeError, match="not seen a training"):
        BenchmarkLogger(tmp_path / "never.csv").dump_results()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_interrupted_write_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "series.csv"
    path.write_text("whole")
    with pytest.raises(KeyboardInterrupt), whole_file(path, overwrite=True) as temporary:
        temporary.write_text("ha")
        raise KeyboardInterrupt
    assert path.read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["series.csv"]


def test_batch_gradient_descent_is_benchmarked_too(data, network):
    logger = network.benchmark(*data, num_epochs=450, batch_size="all")
    assert len(logger.results()["n_iter"]) == 225


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_epochs": 0}, "epochs must be an integer of at least 1"),
        ({"batch_size": 0}, "batch_size must be an integer of at least 1"),
        ({"test_every": 0}, "test_every must be an integer of at least 1"),
    ],
    ids=["epochs", "batch_size", "test_every"],
)
def test_impossible_settings_are_reported(data, network, settings, message):
    with pytest.raises(ValueError, match=message):
        network.benchmark(*data, **settings)
