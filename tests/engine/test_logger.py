"""Loggers: what they print, write and keep."""

import csv
import pickle
import re

import numpy as np
import pytest
from ear import Ear

from joml import (
    Adam,
    BenchmarkLogger,
    CrossEntropy,
    CSVLogger,
    GradientDescent,
    Huber,
    Identity,
    Network,
    OutputLayer,
    Sigmoid,
    StdoutLogger,
    Trainer,
)
from joml.data.generators.spin_glass import spin_glass_14
from joml.listeners import follow
from joml.training.early_stopping import EarlyStopping

COLUMNS = ["n_iter", "train_cost", "test_cost", "train_acc", "test_acc"]
#: Samples in each mini-batch of an epoch of ``data``.
SIZES = [32] * 19 + [22]


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


def test_a_logger_keeps_the_latest_training(data, network):
    logger = BenchmarkLogger()
    network.with_logger(logger).train(*data[:2], num_epochs=3)
    network.train(*data[:2], num_epochs=1)
    assert logger.results()["n_iter"].tolist() == list(range(1, 21))


def test_stdout_logger_prints_a_line_an_epoch(data, network, capsys):
    ear, twin = BenchmarkLogger(), network.copy()
    network.with_logger(StdoutLogger()).train(*data[:2], num_epochs=3)
    title, *lines = capsys.readouterr().out.splitlines()
    twin.with_logger(ear).train(*data[:2], num_epochs=3)
    results = ear.results()
    assert title == "small net: epochs 1 to 3, of 20 iterations"
    costs, accuracies = (
        np.average(results[name].reshape(3, 20), axis=1, weights=SIZES) for name in ("train_cost", "train_acc")
    )
    assert lines == [
        f"epoch {epoch}: training cost {cost:.4f}, accuracy {accuracy:.4f}"
        for epoch, cost, accuracy in zip((1, 2, 3), costs, accuracies, strict=True)
    ]


def test_stdout_logger_tells_the_tests_of_a_benchmark(data, network, capsys):
    results = network.with_logger(StdoutLogger()).benchmark(*data, num_epochs=2, test_every=3).results()
    lines = capsys.readouterr().out.splitlines()[1:]
    latest = [results["n_iter"].tolist().index(iteration) for iteration in (18, 40)]
    for line, place in zip(lines, latest, strict=True):
        assert line.endswith(
            f"; test cost {results['test_cost'][place]:.4f}, accuracy {results['test_acc'][place]:.4f}"
        )


def test_a_run_that_diverges_is_reported_and_kept(data, network, capsys, tmp_path):
    network.with_logger(StdoutLogger())
    logger = network.benchmark(*data, optimizer=GradientDescent(1e12), test_every=1)
    last = int(logger.results()["n_iter"][-1])
    assert last < 200
    assert capsys.readouterr().out.splitlines()[-1] == f"diverged at iteration {last}: try a smaller learning rate"
    logger.dump_results(tmp_path / "series.csv")
    _, rows = read(tmp_path / "series.csv")
    np.testing.assert_array_equal([float(row[1]) for row in rows], logger.results()["train_cost"])
    logger.plot_benchmark()


def test_a_training_that_stops_early_is_reported(data, network, capsys):
    trainer = Trainer(network, *data, optimizer=Adam(0.1), epochs=500, early_stopping=EarlyStopping(patience=2))
    follow(trainer, StdoutLogger())
    message = f"stopped early, after iteration {trainer.iteration}: the parameters are the best, those after iteration "
    assert capsys.readouterr().out.splitlines()[-1] == f"{message}{trainer.best.iterations[0]}"


def test_a_logger_stays_where_it_is_when_a_network_is_pickled(data, network, capsys):
    pickle.loads(pickle.dumps(network.with_logger(StdoutLogger()))).train(*data[:2], num_epochs=1)
    assert capsys.readouterr().out == ""


class TestCSVLogger:
    def test_a_row_an_epoch_is_there_as_soon_as_the_epoch_is_over(self, data, network, tmp_path):
        path = tmp_path / "new" / "epochs.csv"
        logger, ear = CSVLogger(path), BenchmarkLogger()
        trainer = Trainer(network, *data, epochs=3, test_every=15)
        rows_then = []

        class Reader(Ear):
            def hear(self, steps):
                if trainer.iteration % trainer.iterations_per_epoch == 0:
                    rows_then.append(len(read(path)[1]))

        follow(trainer, logger, ear, Reader())
        assert rows_then == [1, 2, 3]
        header, rows = read(path)
        assert header == COLUMNS
        results = ear.results(every_iteration=True)
        for epoch, row in enumerate(rows):
            place = slice(20 * epoch, 20 * epoch + 20)
            latest = np.flatnonzero(np.isfinite(results["test_cost"][place]))[-1]
            cost, accuracy = (np.average(results[name][place], weights=SIZES) for name in ("train_cost", "train_acc"))
            expected = [20 * epoch + 20, cost, results["test_cost"][place][latest]]
            expected += [accuracy, results["test_acc"][place][latest]]
            np.testing.assert_allclose([float(cell) for cell in row], expected, rtol=1e-12)

    def test_where_nothing_is_tested_the_cells_are_empty(self, data, network, tmp_path):
        network.with_logger(CSVLogger(tmp_path / "epochs.csv")).train(*data[:2], num_epochs=2)
        _, rows = read(tmp_path / "epochs.csv")
        assert [(row[0], row[2], row[4]) for row in rows] == [("20", "", ""), ("40", "", "")]

    def test_a_training_that_ends_within_an_epoch_has_a_row_of_it(self, data, network, tmp_path):
        logger = CSVLogger(tmp_path / "epochs.csv")
        trainer = Trainer(network, *data, optimizer=GradientDescent(1e12), epochs=3)
        follow(trainer, logger)
        assert read(logger.csv_file_name)[1][-1][0] == str(trainer.diverged_at)

    def test_a_file_that_is_there_is_refused_before_the_training(self, data, network, tmp_path):
        path, before = tmp_path / "epochs.csv", network.parameters.theta.copy()
        path.write_text("precious")
        with pytest.raises(FileExistsError, match=r"epochs\.csv exists already: give another name"):
            network.with_logger(CSVLogger(path)).train(*data[:2])
        assert path.read_text() == "precious"
        np.testing.assert_array_equal(network.parameters.theta, before)
        network.with_logger(CSVLogger(path, overwrite=True)).train(*data[:2], num_epochs=1)
        assert len(read(path)[1]) == 1

    def test_what_it_hears_before_a_training_begins_is_reported(self, data, network):
        steps = Trainer(network, *data).advance(1)
        for logger in (CSVLogger("never.csv"), StdoutLogger()):
            with pytest.raises(RuntimeError, match="begin"):
                logger.hear(steps)


@pytest.mark.parametrize("kind", ["multilabel", "regression"])
def test_stdout_logger_calls_the_score_what_it_is(kind, capsys):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(2, 50))
    y = (x[:1] > 0).astype(float) if kind == "multilabel" else x[:1] * x[1:]
    output = OutputLayer(1, Sigmoid(), CrossEntropy()) if kind == "multilabel" else OutputLayer(1, Identity(), Huber())
    network = Network(2)
    network.output(output)
    network.with_logger(StdoutLogger()).benchmark(x, y, x[:, :1], y[:, :1], num_epochs=1)
    line = capsys.readouterr().out.splitlines()[1]
    if kind == "multilabel":
        assert re.search(r"; test cost 0\.\d{4}, right answers [01]\.0000$", line)
    else:
        assert re.search(r"training cost \S+, R2 -?\d\.\d{4}; test cost \S+, R2 -$", line)  # one sample has no R2
