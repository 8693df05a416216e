"""Figures of each class, against scikit-learn's, and where they are not defined."""

import numpy as np
import pytest
from sklearn import metrics as peer

from joml.statistics import class_figures
from joml.statistics.metrics import confusion
from joml.statistics.task_metrics import answers_average_precision, average_precision, balanced_accuracy


def predicted_classes(classes, samples=400, seed=0, decimals=2):
    """Return rounded outputs, so that many are equal, and one-hot classes of which the last is rare."""
    generator = np.random.default_rng(seed)
    shares = np.arange(classes, 0, -1) ** 2.0
    labels = generator.choice(classes, samples, p=shares / shares.sum())
    y_hat = np.round(generator.random((classes, samples)) + 0.4 * np.eye(classes)[labels].T, decimals)
    return y_hat, np.eye(classes)[labels].T, labels


@pytest.mark.parametrize(("classes", "seed"), [(2, 1), (3, 2), (7, 3)])
def test_recall_and_precision_are_those_of_scikit_learn(classes, seed):
    y_hat, y, labels = predicted_classes(classes, seed=seed)
    counts, predicted = confusion("classes", y_hat, y).counts[0], y_hat.argmax(axis=0)
    expected = peer.precision_recall_fscore_support(labels, predicted, labels=range(classes), zero_division=np.nan)
    np.testing.assert_allclose(class_figures.precisions(counts), expected[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(class_figures.recalls(counts), expected[1], rtol=0, atol=1e-12)
    assert balanced_accuracy(y_hat, y) == pytest.approx(peer.balanced_accuracy_score(labels, predicted), abs=1e-12)


@pytest.mark.parametrize(("classes", "seed"), [(3, 4), (7, 5)])
def test_average_precision_is_that_of_scikit_learn_one_class_against_the_others(classes, seed):
    y_hat, y, _ = predicted_classes(classes, seed=seed)
    each = peer.average_precision_score(y.T, y_hat.T, average=None)
    np.testing.assert_allclose(class_figures.average_precisions(y_hat, y), each, rtol=0, atol=1e-12)
    assert average_precision(y_hat, y) == pytest.approx(each.mean(), abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_average_precision_of_two_classes_is_that_of_the_second(dtype):
    y_hat, y, labels = predicted_classes(2, seed=6)
    y_hat = y_hat.astype(dtype)
    assert average_precision(y_hat, y) == pytest.approx(peer.average_precision_score(labels, y_hat[1]), abs=1e-12)


def test_average_precision_of_answers_is_that_of_scikit_learn_each_and_macro():
    generator = np.random.default_rng(7)
    y = (generator.random((4, 300)) < np.array([[0.5], [0.1], [0.03], [0.7]])).astype(np.float32)
    y_hat = np.round(generator.random((4, 300)) * 0.7 + 0.3 * y, 2).astype(np.float32)
    each = peer.average_precision_score(y.T, y_hat.T, average=None)
    np.testing.assert_allclose(class_figures.average_precisions_of_answers(y_hat, y), each, rtol=0, atol=1e-12)
    macro = peer.average_precision_score(y.T, y_hat.T, average="macro")
    assert answers_average_precision(y_hat, y) == pytest.approx(macro, abs=1e-12)


def test_an_answer_without_a_yes_has_no_average_precision_and_is_left_out_of_the_mean():
    y, y_hat = np.array([[0, 0, 0], [1, 0, 0]]), np.array([[0.2, 0.4, 0.9], [0.9, 0.1, 0.2]])
    np.testing.assert_array_equal(class_figures.average_precisions_of_answers(y_hat, y), [np.nan, 1])
    assert answers_average_precision(y_hat, y) == 1
    assert np.isnan(answers_average_precision(y_hat, np.zeros((2, 3))))


def test_what_has_no_samples_is_not_defined_and_left_out_of_the_means():
    y_hat, y = np.eye(4)[:, [0, 1, 1, 0]], np.eye(4)[:, [0, 1, 2, 0]]
    counts = confusion("classes", y_hat, y).counts[0]
    np.testing.assert_array_equal(class_figures.recalls(counts), [1, 1, 0, np.nan])
    np.testing.assert_array_equal(class_figures.precisions(counts), [1, 0.5, np.nan, np.nan])
    np.testing.assert_array_equal(np.isnan(class_figures.average_precisions(y_hat, y)), [False, False, False, True])
    assert class_figures.balanced_accuracy_of(counts) == pytest.approx(2 / 3)
    assert np.isnan(class_figures.balanced_accuracy_of(np.zeros((2, 2))))


def test_average_precision_is_not_defined_without_the_class_or_for_outputs_that_are_not_finite():
    outputs = np.array([0.1, 0.7, 0.4])
    assert np.isnan(class_figures.average_precision_of(outputs, np.array([False] * 3)))
    assert class_figures.average_precision_of(outputs, np.array([True] * 3)) == 1
    broken = np.array([0.1, np.nan, 0.4])
    assert np.isnan(class_figures.average_precision_of(broken, np.array([True, False, False])))
    assert np.isnan(class_figures.mean_average_precision([np.nan, np.nan, np.nan]))


def test_predictions_that_ignore_the_class_seldom_exceed_the_bound_of_chance():
    generator = np.random.default_rng(7)
    labels = np.repeat([0, 1], [900, 100])
    exceeded = 0
    for _ in range(400):
        chosen = generator.random(1000) < 0.4
        counts = np.array([[np.sum(chosen[labels == true] == predicted) for predicted in (0, 1)] for true in (0, 1)])
        exceeded += class_figures.balanced_accuracy_of(counts) > class_figures.balanced_accuracy_by_chance(counts)
    assert 1 <= exceeded <= 30


def test_a_single_predicted_class_does_not_exceed_chance_and_a_rare_class_that_is_found_does():
    one_class, rare = np.array([[950, 0], [50, 0]]), np.array([[700, 250], [10, 40]])
    assert class_figures.balanced_accuracy_by_chance(one_class) == 0.5
    assert class_figures.balanced_accuracy_of(one_class) == 0.5
    assert class_figures.balanced_accuracy_of(rare) > class_figures.balanced_accuracy_by_chance(rare)
    assert np.isnan(class_figures.balanced_accuracy_by_chance(np.zeros((2, 2))))
