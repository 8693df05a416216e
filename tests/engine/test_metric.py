"""Metrics beside cost and score: measured at every look, awaited by early stopping, and never in the way."""

import numpy as np
import pytest

from joml import EarlyStopping, GradientDescent, Metric, Network, Trainer
from joml.data.generators.planar import moons
from joml.statistics.task_metrics import macro_f1


@pytest.fixture(scope="module")
def data():
    dataset = moons(300, 0.3)
    return dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test


def trainer_of(data, metrics=(), **settings):
    return Trainer(Network.from_architecture("2-8-2"), *data, metrics=metrics, **{"epochs": 4} | settings)


def share_of_yes(y, y_hat):
    return (y_hat.argmax(axis=0) == 1).mean()


def test_metrics_are_of_the_outputs_and_change_no_training(data):
    plain, measured = (
        trainer_of(data),
        trainer_of(data, ["macro-f1", share_of_yes, Metric("size", lambda y_hat, y: y.size)]),
    )
    plain.advance(1000)
    steps = measured.advance(1000)
    np.testing.assert_array_equal(plain.network.parameters.theta, measured.network.parameters.theta)
    y_hat = measured.network.predict(data[2])
    assert dict(steps.checked.metrics) == {
        "macro-f1": macro_f1(y_hat, data[3]),
        "share_of_yes": share_of_yes(data[3], y_hat),
        "size": data[3].size,
    }
    assert all(len(check.metrics) == 3 for _, check in steps.checks)
    assert measured.metric_faults == {}
    assert not plain.test().metrics


@pytest.mark.parametrize(
    ("function", "fault"),
    [
        (lambda y_hat, y: 1 // 0, "ZeroDivisionError"),
        (lambda y_hat, y: np.nan, "which is not a finite number"),
        (lambda y_hat, y: y_hat, "which is not a finite number"),
        (lambda y_hat, y: "good", "it returned 'good'"),
        (lambda y_hat, y: y.sort(), "read-only"),
        (lambda y_hat, y: exit(), "SystemExit"),
        (lambda y_hat: 1.0, "TypeError"),
    ],
)
def test_a_metric_that_cannot_be_measured_says_why_and_ends_nothing(data, function, fault):
    trainer = trainer_of(data, [Metric("mine", function), "accuracy"])
    check = trainer.advance(1000).checked
    assert trainer.iteration == trainer.total_iterations
    assert np.isnan(check.metrics["mine"])
    assert check.metrics["accuracy"] == check.accuracy
    assert fault in trainer.metric_faults["mine"]


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_early_stopping_waits_for_a_metric_in_its_direction(data, better):
    values = [3, 5, 4, 4, 9] if better == "higher" else [3, 1, 2, 2, 0]
    looks = iter(values)
    metric = Metric("mine", lambda y_hat, y: next(looks), better)
    trainer = trainer_of(data, [metric], epochs=20, early_stopping=EarlyStopping(patience=2, metric="mine"))
    thetas = []
    while not trainer.finished:
        trainer.advance(trainer.iterations_per_epoch)
        thetas.append(trainer.network.parameters.theta.copy())
    assert len(thetas) == 4
    assert trainer.kept_iterations[0] == 2 * trainer.iterations_per_epoch
    np.testing.assert_array_equal(thetas[-1], thetas[1])


def test_a_look_without_the_metric_counts_neither_way(data):
    looks = iter([3, 2, np.nan, np.nan, np.nan, 4, 3, 3])
    metric = Metric("mine", lambda y_hat, y: next(looks))
    trainer = trainer_of(data, [metric], epochs=20, early_stopping=EarlyStopping(patience=2, metric="mine"))
    trainer.advance(10_000)
    assert trainer.iteration == 8 * trainer.iterations_per_epoch
    assert trainer.kept_iterations[0] == 6 * trainer.iterations_per_epoch


def test_replicas_have_the_mean_of_their_metrics(data):
    trainer = trainer_of(data, ["macro-f1"], replicas=3)
    check = trainer.advance(1000).checked
    single = [macro_f1(each.predict(data[2]), data[3]) for each in trainer.networks]
    assert check.metrics["macro-f1"] == pytest.approx(np.mean(single))


def test_a_diverged_network_has_no_metric_and_no_fault(data):
    trainer = trainer_of(data, [share_of_yes], optimizer=GradientDescent(1e30))
    trainer.advance(1000)
    evaluation = trainer.test()
    assert np.isnan(evaluation.accuracy) == np.isnan(evaluation.metrics["share_of_yes"])
    assert trainer.metric_faults == {}


def test_mistakes_say_what_there_is(data):
    with pytest.raises(ValueError, match="there is no metric 'f1'; there are accuracy"):
        trainer_of(data, ["f1"])
    with pytest.raises(ValueError, match="two metrics are called 'macro-f1'"):
        trainer_of(data, ["macro-f1", Metric("macro-f1", macro_f1)])
    with pytest.raises(ValueError, match="waits for 'f1', and there are cost, macro-f1"):
        trainer_of(data, ["macro-f1"], early_stopping=EarlyStopping(metric="f1"))
    with pytest.raises(ValueError, match="better must be higher or lower"):
        Metric("mine", macro_f1, "up")
    with pytest.raises(ValueError, match=r"metrics must be a list of metrics, such as \['macro-f1'\]"):
        trainer_of(data, "macro-f1")
