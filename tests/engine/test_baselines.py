"""Baselines against scikit-learn's models on the same split."""

import numpy as np
import pytest
from sklearn import metrics as peer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from joml import Dataset
from joml.compiled.blas import ThreadLimit
from joml.data.dataset import one_hot
from joml.data.generators.planar import blobs, spirals
from joml.data.generators.spin_glass import spin_glass_14
from joml.data.sklearn_sets import digits, iris
from joml.statistics.baselines import baselines, least_squares, logistic_regression, majority, mean_predictor
from joml.statistics.intervals import wilson

SETS = {"spin-glass": spin_glass_14, "digits": digits, "iris": iris, "blobs": blobs, "spirals": spirals}


@pytest.fixture(params=SETS)
def data(request):
    return SETS[request.param](seed=2)


def test_the_majority_class_is_what_scikit_learn_says_without_x(data):
    model = DummyClassifier(strategy="prior").fit(data.x_train.T, data.y_train.argmax(axis=0))
    baseline, truth = majority(data), data.y_test.argmax(axis=0)
    assert baseline.accuracy == model.score(data.x_test.T, truth)
    assert baseline.cost == pytest.approx(peer.log_loss(truth, model.predict_proba(data.x_test.T)))
    assert baseline.interval == wilson(round(baseline.accuracy * data.test_size), data.test_size)


@pytest.mark.slow
@pytest.mark.parametrize("l2", [1e-4, 1e-2])
def test_logistic_regression_converges_to_that_of_scikit_learn(data, l2):
    # Newton's way to the minimum, for ours by L-BFGS to be held against; for two classes it has one vector of weights.
    c = (2 if data.output_size == 2 else 1) / (l2 * data.train_size)
    solver = LogisticRegression(C=c, tol=1e-10, max_iter=1_000, solver="newton-cholesky")
    with ThreadLimit():
        model = make_pipeline(StandardScaler(), solver).fit(np.float64(data.x_train.T), data.y_train.argmax(axis=0))
    baseline, truth = logistic_regression(data, l2), data.y_test.argmax(axis=0)
    probabilities = model.predict_proba(np.float64(data.x_test.T))
    assert baseline.cost == pytest.approx(peer.log_loss(truth, probabilities), rel=1e-4)
    assert baseline.accuracy == pytest.approx(model.score(np.float64(data.x_test.T), truth), abs=1.5 / data.test_size)
    assert baseline.accuracy in baseline.interval


def test_a_little_l2_changes_little_where_classes_overlap():
    data = spin_glass_14()
    solver = LogisticRegression(C=1e9, tol=1e-10, solver="newton-cholesky")
    model = solver.fit(np.float64(data.x_train.T), data.y_train.argmax(axis=0))
    cost = peer.log_loss(data.y_test.argmax(axis=0), model.predict_proba(np.float64(data.x_test.T)))
    assert logistic_regression(data).cost == pytest.approx(cost, rel=1e-5)


def test_logistic_regression_is_the_same_every_time():
    data = digits()
    assert logistic_regression(data) == logistic_regression(data)


def test_on_the_articles_data_no_linear_model_is_above_chance():
    data = spin_glass_14()
    constant, linear = baselines(data)
    assert (constant.name, linear.name) == ("majority class", "logistic regression")
    assert linear.accuracy <= constant.interval.high


def test_separable_classes_and_features_of_any_scale_are_no_trouble():
    x = np.float32([[-2, -1, 1, 2], [1e30, 1e30, -1e30, 1e30], [5, 5, 5, 5]])
    y = one_hot([0, 0, 1, 1], 2)
    baseline = logistic_regression(Dataset(x, y, x, y))
    assert baseline.accuracy == 1
    assert 0 < baseline.cost < 0.01


def test_a_class_that_training_never_saw_costs_the_majority_infinity():
    x, y = np.float32([[0, 1, 2, 3]]), one_hot([0, 0, 1, 0], 3)
    baseline = majority(Dataset(x, y, x, one_hot([0, 1, 2, 0], 3)))
    assert (baseline.accuracy, baseline.cost) == (0.5, np.inf)


def test_l2_is_above_0():
    with pytest.raises(ValueError, match="l2 must be a number above 0"):
        logistic_regression(iris(), l2=0)


@pytest.fixture
def values():
    generator = np.random.default_rng(4)
    x = generator.normal(size=(3, 300)) * [[1], [100], [0.01]] + 7
    y = np.array([[1, 0.02, -30], [0.5, 0, 10]]) @ x + generator.normal(size=(2, 300))
    parts = {"x_train": x[:, :200], "y_train": y[:, :200], "x_test": x[:, 200:], "y_test": y[:, 200:]}
    return Dataset(**parts, task="regression")


def test_values_have_the_mean_and_least_squares(values):
    constant, linear = baselines(values)
    assert constant == mean_predictor(values)
    assert linear == least_squares(values)
    assert constant.interval is None
    model = LinearRegression().fit(np.float64(values.x_train.T), values.y_train.T)
    y_hat = model.predict(np.float64(values.x_test.T))
    assert linear.cost == pytest.approx(peer.mean_squared_error(values.y_test.T, y_hat))
    assert linear.accuracy == pytest.approx(peer.r2_score(values.y_test.T, y_hat))
    mean = np.broadcast_to(values.y_train.T.mean(axis=0), y_hat.shape)
    assert constant.cost == pytest.approx(peer.mean_squared_error(values.y_test.T, mean), rel=1e-5)
    assert constant.accuracy <= 0 < 0.5 < linear.accuracy


@pytest.mark.parametrize("outputs", [1, 3])
def test_answers_have_a_logistic_regression_each(outputs):
    generator = np.random.default_rng(5)
    x = generator.normal(size=(4, 500))
    y = generator.normal(size=(outputs, 4)) @ x + generator.normal(size=(outputs, 500)) > 0.5
    parts = {"x_train": x[:, :400], "y_train": y[:, :400], "x_test": x[:, 400:], "y_test": y[:, 400:]}
    data = Dataset(**parts, task="multilabel")
    constant, linear = baselines(data)
    assert (constant.name, linear.name) == ("majority answer", "logistic regression")
    scaler = StandardScaler().fit(np.float64(data.x_train.T))
    train, test = (scaler.transform(np.float64(part.T)) for part in (data.x_train, data.x_test))
    accuracies, costs, constants = [], [], []
    for row, truth in zip(data.y_train, data.y_test, strict=True):
        model = LogisticRegression(C=1 / (1e-4 * 400), tol=1e-10, solver="newton-cholesky").fit(train, row)
        accuracies.append(model.score(test, truth))
        costs.append(peer.log_loss(truth, model.predict_proba(test)))
        prior = DummyClassifier(strategy="prior").fit(train, row)
        constants.append((prior.score(test, truth), peer.log_loss(truth, prior.predict_proba(test))))
    assert linear.accuracy == pytest.approx(np.mean(accuracies), abs=1.5 / 100 / outputs)
    assert linear.cost == pytest.approx(sum(costs), rel=1e-4)
    assert (constant.accuracy, constant.cost) == pytest.approx((np.mean(constants, 0)[0], np.sum(constants, 0)[1]))
    assert constant.accuracy in constant.interval


def test_a_large_training_part_is_represented_by_a_sample_and_said_to_be(monkeypatch, values):
    """With the bounds made small: who learns from a sample says so, and is what a data set of that sample gives."""
    from joml.statistics import baselines as module

    monkeypatch.setattr(module, "_MOST_SAMPLES", 50)
    whole = digits()
    baseline = logistic_regression(whole)
    assert baseline.name == f"logistic regression (on 50 of {whole.train_size:,} samples)"
    assert baseline == logistic_regression(whole)
    chosen = module._sample(whole, 10**9)
    assert len(set(chosen.tolist())) == 50
    of_sample = Dataset(whole.x_train[:, chosen], whole.y_train[:, chosen], whole.x_test, whole.y_test)
    assert (baseline.cost, baseline.accuracy) == (
        logistic_regression(of_sample).cost,
        logistic_regression(of_sample).accuracy,
    )
    assert least_squares(values).name == "least squares (on 50 of 200 samples)"
    assert mean_predictor(values).name == "mean"


def test_the_steps_of_a_large_logistic_regression_have_an_end(monkeypatch):
    from joml.statistics import baselines as module

    asked = []
    minimum = module._minimum
    monkeypatch.setattr(module, "_minimum", lambda *given: (asked.append(given[2]), minimum(*given))[1])
    monkeypatch.setattr(module, "_MOST_WORK", 1)
    logistic_regression(iris())
    assert asked == [module._LEAST_STEPS]


def test_many_classes_are_learnt_from_fewer_samples_and_said_so(monkeypatch):
    data = blobs(samples=500, classes=4)
    monkeypatch.setattr("joml.statistics.baselines._MOST_OUTPUTS", 400)
    assert logistic_regression(data).name == "logistic regression (on 100 of 400 samples)"


def test_the_majoritys_cost_does_not_depend_on_the_blocks_it_is_computed_in(monkeypatch):
    data = blobs(samples=500, classes=4)
    whole = majority(data)
    monkeypatch.setattr("joml.statistics.baselines._BLOCK", 7)
    assert majority(data) == whole
