"""Tasks and their names, also the earlier ones, wherever a task is named."""

import pickle

import numpy as np
import pytest

from joml import Dataset, Identity, Layer, MeanSquaredError, Network, OutputLayer, Preparation, Trainer
from joml.data.readers.csv_file import read_csv
from joml.data.readers.csv_folder import read_csv_folder_samples
from joml.data.readers.npz_file import read_npz
from joml.statistics.metrics import predictions, score
from joml.task import find_task, task_of

X = np.random.default_rng(0).normal(size=(2, 20))
Y = X[:1] * 3


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("classes", "classes"),
        ("multilabel", "multilabel"),
        ("answers", "multilabel"),
        ("regression", "regression"),
        ("values", "regression"),
        ("labels", None),
        (None, None),
        ([], None),
    ],
)
def test_a_task_is_found_by_its_name_and_its_earlier_one(name, task):
    assert find_task(name) == task


def test_a_data_set_is_of_the_task_that_an_earlier_name_means(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", x=X.T, y=Y.T)
    np.savetxt("a.csv", np.vstack((X, Y)).T, delimiter=",")
    for name in ("x_train", "y_train"):
        np.savetxt(f"{name}.csv", (X if name[0] == "x" else Y).T, delimiter=",")
    data = Dataset.split(X, Y, task="values")
    assert data.task == data.preparation.task == "regression"
    assert read_csv("a.csv", task="values").task == "regression"
    assert read_npz("a.npz", task="values").task == "regression"
    assert read_csv_folder_samples(".", task="values").task == "regression"
    stored = data.preparation.to_json() | {"task": "values"}
    assert Preparation.from_json(stored).task == "regression"


def test_what_is_trained_and_judged_takes_an_earlier_name():
    network = Network(2).stack(Layer(3)).output(OutputLayer(1, Identity(), MeanSquaredError()))
    assert Trainer(network, X, Y, task="values").task == network.task == "regression"
    assert network.evaluate(X, Y, "answers").accuracy == network.evaluate(X, Y, "multilabel").accuracy
    y_hat = network.predict(X)
    np.testing.assert_array_equal(predictions("values", y_hat), y_hat)
    assert score("values", y_hat, Y) == score("regression", y_hat, Y)


def test_a_network_pickled_by_an_earlier_version_has_its_task():
    network = Network(2).stack(Layer(3)).output(OutputLayer(1, Identity(), MeanSquaredError()))
    network.task = "values"
    assert pickle.loads(pickle.dumps(network)).task == "regression"


@pytest.mark.parametrize(
    ("y", "task"),
    [
        ([[0, 1], [1, 0]], "classes"),
        ([[0, 1], [1, 1]], "multilabel"),
        ([[0, 1]], "multilabel"),
        ([[0.5, 1]], "regression"),
    ],
)
def test_a_task_is_told_from_y(y, task):
    assert task_of(y) == task
