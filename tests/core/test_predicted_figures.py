"""Figures of predictions, measured block by block, are those of all predictions at once."""

import numpy as np
import pytest

from joml import (
    CrossEntropy,
    Identity,
    Layer,
    MeanSquaredError,
    Network,
    OutputLayer,
    Sigmoid,
    SoftMaxCrossEntropyOutputLayer,
)
from joml.statistics.metrics import r2
from joml.statistics.task_metrics import (
    answers_average_precision,
    average_precision,
    balanced_accuracy,
    root_mean_squared_error,
)
from joml_tui.runs.worker import predicted_figures
from joml_tui.runs.worker.predicted_figures import measure_predictions


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(predicted_figures, "_BLOCK", 37)


def classifier(classes, seed=0):
    network = Network(input_size=3, seed=seed)
    return network.stack(Layer(size=5)).output(SoftMaxCrossEntropyOutputLayer(size=classes))


def samples(classes, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(3, 200)).astype(np.float32)
    return x, np.eye(classes, dtype=np.float32)[generator.integers(0, classes, 200)].T


@pytest.mark.parametrize("classes", [2, 4])
def test_classes(classes):
    network, (x, y) = classifier(classes), samples(classes)
    measured = measure_predictions([network], x, y, "classes").classes
    y_hat = network.predict(x)
    assert measured.balanced_accuracy == balanced_accuracy(y_hat, y)
    assert measured.average_precision == average_precision(y_hat, y)
    assert len(measured.recalls) == len(measured.precisions) == classes


def test_replicas_have_the_mean():
    networks, (x, y) = [classifier(3, seed) for seed in (1, 2)], samples(3)
    both = measure_predictions(networks, x, y, "classes").classes
    single = [measure_predictions([network], x, y, "classes").classes for network in networks]
    assert both.average_precision == pytest.approx(np.mean([each.average_precision for each in single]))
    assert both.balanced_accuracy == pytest.approx(np.mean([each.balanced_accuracy for each in single]))
    np.testing.assert_allclose(both.recalls, np.mean([each.recalls for each in single], axis=0))


def test_values():
    network = Network(input_size=3, seed=0).output(OutputLayer(2, Identity(), MeanSquaredError()))
    x = samples(2)[0]
    y = x[:2] * np.float32(3)
    measured = measure_predictions([network], x, y, "regression")
    assert measured.root_mean_squared_error == pytest.approx(root_mean_squared_error(network.predict(x), y))
    assert measured.classes is None
    y_hat = network.predict(x).astype(np.float64)
    errors = y_hat - y
    assert measured.values.root_mean_squared_errors == pytest.approx(np.sqrt(np.square(errors).mean(axis=1)))
    assert measured.values.mean_absolute_errors == pytest.approx(np.abs(errors).mean(axis=1))
    assert measured.values.r2s == pytest.approx([r2(y_hat[[place]], y[[place]]) for place in (0, 1)])


def test_a_single_value_has_no_figures_of_each_and_one_that_does_not_vary_no_r2():
    network = Network(input_size=3, seed=0).output(OutputLayer(1, Identity(), MeanSquaredError()))
    x = samples(2)[0]
    assert measure_predictions([network], x, x[:1], "regression").values is None
    network = Network(input_size=3, seed=0).output(OutputLayer(2, Identity(), MeanSquaredError()))
    measured = measure_predictions([network], x, np.stack([x[0], np.ones_like(x[0])]), "regression")
    assert np.isnan(measured.values.r2s).tolist() == [False, True]


def answering(seed=0):
    return Network(input_size=3, seed=seed).output(OutputLayer(3, Sigmoid(), CrossEntropy()))


def test_answers():
    x = samples(2)[0]
    y = (x > np.array([[0], [1], [9]])).astype(np.float32)  # nobody says yes to the last
    networks = [answering(seed) for seed in (1, 2)]
    measured = [measure_predictions([network], x, y, "multilabel").answers for network in networks]
    for network, answers in zip(networks, measured, strict=True):
        y_hat = network.predict(x)
        assert answers.average_precision == answers_average_precision(y_hat, y)
        assert answers.rights == pytest.approx(((y_hat > 0.5) == y).mean(axis=1))
        yes = [(row > 0.5) & (true > 0.5) for row, true in zip(y_hat, y, strict=True)]
        assert answers.recalls[0] == pytest.approx(yes[0].sum() / y[0].sum())
        assert answers.precisions[0] == pytest.approx(yes[0].sum() / (y_hat[0] > 0.5).sum())
        assert np.isnan((answers.recalls[2], answers.average_precisions[2])).all()
    both = measure_predictions(networks, x, y, "multilabel").answers
    assert both.average_precision == pytest.approx(np.mean([each.average_precision for each in measured]))
    assert both.rights == pytest.approx(np.mean([each.rights for each in measured], axis=0))


def test_a_part_of_too_many_outputs_to_sort_has_no_average_precision(monkeypatch):
    monkeypatch.setattr(predicted_figures, "_MOST_OUTPUTS", 399)
    x, y = samples(2)
    measured = measure_predictions([classifier(2)], x, y, "classes").classes
    assert measured.average_precision is None
    answers = measure_predictions([answering()], x, np.vstack([y, y[:1]]), "multilabel").answers
    assert (answers.average_precision, answers.average_precisions, len(answers.rights)) == (None, (), 3)
    assert 0 < measured.balanced_accuracy < 1


def test_a_network_that_has_diverged_has_no_figures():
    network, (x, y) = classifier(2), samples(2)
    network.layers[-1].W[...] = np.nan
    measured = measure_predictions([network], x, y, "classes").classes
    assert np.isnan([measured.balanced_accuracy, measured.average_precision, *measured.recalls]).all()
