"""Metrics of classes, answers and values, against scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics as peer

from joml.declaration import parts_of
from joml.statistics import task_metrics


@pytest.fixture
def classes():
    """Probabilities and one-hot classes, of which one never occurs and another is never predicted."""
    generator = np.random.default_rng(1)
    labels = generator.integers(0, 4, 300)
    y_hat = generator.random((5, 300)) + 0.5 * np.eye(5)[labels].T
    y_hat[3] = 0
    return y_hat, np.eye(5)[labels].T, y_hat.argmax(axis=0), labels


def test_class_metrics_are_those_of_scikit_learn(classes):
    y_hat, y, predicted, true = classes
    assert task_metrics.balanced_accuracy(y_hat, y) == pytest.approx(
        np.mean([(predicted == true)[true == each].mean() for each in range(4)])
    )
    assert task_metrics.macro_f1(y_hat, y) == pytest.approx(
        peer.f1_score(true, predicted, average="macro", zero_division=0)
    )
    assert task_metrics.macro_precision(y_hat, y) == pytest.approx(
        peer.precision_score(true, predicted, average="macro", zero_division=0)
    )
    assert task_metrics.matthews(y_hat, y) == pytest.approx(peer.matthews_corrcoef(true, predicted))
    for k in (1, 2, 3):
        assert task_metrics.top_k_accuracy(y_hat, y, k) == pytest.approx(
            peer.top_k_accuracy_score(true, y_hat.T, k=k, labels=range(5))
        )


def test_a_single_predicted_class_has_no_correlation():
    y = np.eye(2)[[0, 1, 1, 0]].T
    assert task_metrics.matthews(np.array([[1.0] * 4, [0.0] * 4]), y) == 0


def test_answer_metrics_are_those_of_scikit_learn():
    generator = np.random.default_rng(2)
    y = (generator.random((3, 200)) > [[0.5], [0.8], [0.3]]).astype(float)
    y_hat = 0.6 * y + 0.7 * generator.random(y.shape)
    predicted = y_hat > 0.5
    assert task_metrics.answers_f1(y_hat, y) == pytest.approx(peer.f1_score(y.T, predicted.T, average="macro"))
    assert task_metrics.exact_match(y_hat, y) == pytest.approx(peer.accuracy_score(y.T, predicted.T))


def test_value_metrics_are_those_of_scikit_learn():
    generator = np.random.default_rng(3)
    y = generator.normal(size=(2, 150)) * [[1], [20]]
    y_hat = y + generator.normal(size=y.shape)
    assert task_metrics.root_mean_squared_error(y_hat, y) == pytest.approx(
        np.sqrt(peer.mean_squared_error(y.T, y_hat.T))
    )
    assert task_metrics.median_absolute_error(y_hat, y) == pytest.approx(peer.median_absolute_error(y.T, y_hat.T))
    assert task_metrics.largest_error(y_hat[:1], y[:1]) == pytest.approx(peer.max_error(y[0], y_hat[0]))


def test_each_metric_is_best_for_the_truth_in_its_direction(classes):
    y_hat, y, _, _ = classes
    generator = np.random.default_rng(4)
    truths = {"classes": y, "multilabel": y, "regression": generator.normal(size=y.shape)}
    for part in parts_of("metric").values():
        for task in part.traits.tasks:
            right, wrong = part.make(truths[task], truths[task]), part.make(y_hat, truths[task])
            assert right > wrong if part.traits.better == "higher" else right < wrong, part.name
