"""Estimators: scikit-learn's own checks, and networks that are the engine's to the bit."""

import doctest
import pickle
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from joml import (
    Adam,
    AdamW,
    CosineDecay,
    Dataset,
    EarlyStopping,
    Huber,
    Identity,
    Layer,
    MeanSquaredError,
    Nesterov,
    Network,
    OutputLayer,
    Scheduled,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
    WithGradientClipping,
    WithWeightDecay,
)
from joml.data.dataset import split_indices
from joml_tui.estimators import JomlClassifier, JomlRegressor, classifier, network_estimator, regressor
from joml_tui.experiment import HIDDEN_ACTIVATIONS, OptimizerSpec

IRIS = load_iris(return_X_y=True)
GENERATOR = np.random.default_rng(5)
X = GENERATOR.standard_normal((120, 4))
VALUES = np.stack([np.sin(X[:, 0]) + X[:, 1], X[:, 2] * X[:, 3]], axis=1)
CLASSES = np.array(["cold", "mild", "warm"])[np.digitize(VALUES[:, 0], [-0.7, 0.7])]


def one_hot(labels):
    return (labels == np.unique(labels)[:, np.newaxis]).astype(np.float32)


def theta(estimator):
    return estimator.network_.parameters.theta


def trained(trainer):
    while not trainer.finished:
        trainer.advance(trainer.total_iterations)
    return trainer


@pytest.mark.slow
@parametrize_with_checks(
    [
        JomlClassifier(),
        JomlRegressor(),
        JomlClassifier("16x2", activation="silu", normalised=True, dropout=0.05, optimizer="adamw", learning_rate=0.01),
        JomlClassifier("8", class_weight="balanced", initialisation="orthogonal", weight_decay=1e-4),
        JomlRegressor(
            (16, 16),
            activation="tanh",
            cost="huber",
            optimizer="nesterov",
            early_stopping=True,
            metrics=("largest-error",),
        ),
    ]
)
def test_what_scikit_learn_asks_of_every_estimator(estimator, check):
    check(estimator)


class TestTheEnginesTraining:
    def test_a_classifier_is_the_network_of_its_seed(self):
        classifier = JomlClassifier(
            "12-8x2", activation="tanh", dropout=0.2, optimizer=Nesterov(0.05), epochs=7, batch_size=16, random_state=3
        ).fit(X, CLASSES)
        network = Network(4, seed=3)
        for size in (12, 8, 8):
            network.stack(Layer(size, Tanh(), dropout=0.2))
        network.output(SoftMaxCrossEntropyOutputLayer(3))
        network.train(X.T, one_hot(CLASSES), 7, batch_size=16, optimizer=Nesterov(0.05))
        np.testing.assert_array_equal(theta(classifier), network.parameters.theta)
        assert classifier.network_.architecture == "4-12-8x2-3"
        np.testing.assert_allclose(classifier.predict_proba(X), network.predict(X.T).T, atol=1e-5)

    def test_a_regressor_is_the_network_of_its_seed(self):
        regressor = JomlRegressor(9, epochs=5, weight_decay=0.01, random_state=4).fit(X, VALUES)
        network = Network(4, seed=4)
        network.stack(Layer(9))
        network.output(OutputLayer(2, Identity(), MeanSquaredError()))
        network.train(X.T, VALUES.T, 5, optimizer=WithWeightDecay(Adam(), l2=0.01))
        np.testing.assert_array_equal(theta(regressor), network.parameters.theta)
        np.testing.assert_allclose(regressor.predict(X), network.predict(X.T).T, atol=1e-5)

    def test_early_stopping_tests_on_the_datasets_split(self):
        stopping = EarlyStopping(patience=3, least_improvement=0.001)
        classifier = JomlClassifier(
            "16", learning_rate=0.02, early_stopping=stopping, validation_fraction=0.25, random_state=2
        ).fit(X, CLASSES)
        data = Dataset.split(X.T, one_hot(CLASSES), test_share=0.25, seed=2)
        network = Network.from_architecture("4-16-3", seed=2)
        parts = data.x_train, data.y_train, data.x_test, data.y_test
        trainer = trained(Trainer(network, *parts, optimizer=Adam(0.02), epochs=100, early_stopping=stopping))
        np.testing.assert_array_equal(theta(classifier), network.parameters.theta)
        assert classifier.n_iter_ == trainer.iteration / trainer.iterations_per_epoch < 100
        assert len(classifier.validation_loss_curve_) == len(classifier.loss_curve_) == classifier.n_iter_
        assert min(classifier.validation_loss_curve_) == trainer.best.costs[0] == network.cost(data.x_test, data.y_test)
        assert classifier.best_epoch_ == 1 + int(np.argmin(classifier.validation_loss_curve_)) < classifier.n_iter_
        assert classifier.validation_scores_[classifier.best_epoch_ - 1] == network.test(data.x_test, data.y_test)[2]

    def test_a_class_that_is_set_aside_as_a_whole_is_warned_of(self):
        x, kinds = np.random.default_rng(0).normal(size=(21, 2)), np.array(["a", "b"] * 10 + ["rare"])
        seed = next(seed for seed in range(100) if 20 in split_indices(21, 0.1, seed)[1])
        with pytest.warns(UserWarning, match="all samples of the class 'rare' were kept for early stopping"):
            JomlClassifier("3", epochs=1, early_stopping=True, random_state=seed).fit(x, kinds)

    def test_metrics_are_those_of_the_network_that_is_kept(self):
        def share_right(y_hat, y):
            return float((y_hat.argmax(axis=0) == y.argmax(axis=0)).mean())

        stopping = EarlyStopping(patience=3, metric="macro-f1")
        classifier = JomlClassifier(
            "8", epochs=20, early_stopping=stopping, metrics=["macro-f1", share_right], random_state=1
        ).fit(X, CLASSES)
        curves, best = classifier.validation_metrics_, classifier.best_epoch_ - 1
        assert curves.keys() == classifier.metrics_.keys() == {"macro-f1", "share_right"}
        assert len(curves["macro-f1"]) == classifier.n_iter_
        assert curves["macro-f1"][best] == max(curves["macro-f1"])
        assert curves["share_right"] == classifier.validation_scores_
        train, aside = split_indices(len(X), 0.1, 1)
        for samples, reached in ((train, classifier.metrics_["macro-f1"]), (aside, curves["macro-f1"][best])):
            expected = f1_score(CLASSES[samples], classifier.predict(X[samples]), average="macro")
            assert reached == pytest.approx(expected)

    def test_metrics_without_a_validation_part_and_epoch_by_epoch(self):
        regressor = JomlRegressor("8", epochs=3, metrics=("largest-error",), random_state=1).fit(X, VALUES)
        largest = np.abs(regressor.predict(X) - VALUES).max()
        assert regressor.metrics_ == {"largest-error": pytest.approx(largest, rel=1e-5)}
        assert regressor.validation_metrics_ == {}
        grown = clone(regressor)
        for _ in range(3):
            grown.partial_fit(X, VALUES)
        assert grown.metrics_ == regressor.metrics_
        assert JomlRegressor("8", epochs=1).fit(X, VALUES).metrics_ == {}

    def test_a_metric_that_fails_is_warned_of(self):
        def broken(y_hat, y):
            raise RuntimeError("no ruler")

        with pytest.warns(UserWarning, match="metric broken could not be measured: RuntimeError: no ruler"):
            classifier = JomlClassifier("3", epochs=1, metrics=[broken]).fit(X, CLASSES)
        assert np.isnan(classifier.metrics_["broken"])

    @pytest.mark.parametrize("class_weight", ["balanced", {"cold": 2.0, "warm": 0.5}], ids=["balanced", "dict"])
    def test_class_weights(self, class_weight):
        classifier = JomlClassifier("8", epochs=4, class_weight=class_weight, random_state=1).fit(X, CLASSES)
        network = Network.from_architecture("4-8-3", seed=1)
        weights = class_weight if class_weight == "balanced" else [2.0, 1.0, 0.5]
        trained(Trainer(network, X.T, one_hot(CLASSES), epochs=4, class_weights=weights))
        np.testing.assert_array_equal(theta(classifier), network.parameters.theta)

    def test_the_loss_curve_is_the_mean_over_each_epochs_samples(self):
        classifier = JomlClassifier("8", epochs=3, batch_size=50, random_state=1).fit(X, CLASSES)
        network = Network.from_architecture("4-8-3", seed=1)
        costs = [step.cost for step in Trainer(network, X.T, one_hot(CLASSES), epochs=3, batch_size=50)]
        expected = [np.average(costs[start : start + 3], weights=[50, 50, 20]) for start in (0, 3, 6)]
        assert classifier.loss_curve_ == pytest.approx(expected)
        assert classifier.n_iter_ == 3
        assert classifier.validation_loss_curve_ == []

    @pytest.mark.parametrize("optimizer", ["adam", "nesterov"])
    def test_epochs_one_by_one_are_one_fit(self, optimizer):
        settings = {"optimizer": optimizer, "dropout": 0.1, "class_weight": {"mild": 3.0}, "random_state": 6}
        whole = JomlClassifier("8x2", epochs=4, **settings).fit(X, CLASSES)
        step_by_step = JomlClassifier("8x2", **settings)
        for _ in range(2):
            step_by_step.partial_fit(X, CLASSES, classes=["warm", "cold", "mild"])
        step_by_step = pickle.loads(pickle.dumps(step_by_step))
        for _ in range(2):
            step_by_step.partial_fit(X, CLASSES)
        np.testing.assert_array_equal(theta(step_by_step), theta(whole))
        assert step_by_step.loss_curve_ == whole.loss_curve_

    def test_a_fit_may_be_gone_on_with(self):
        short = JomlRegressor("8", epochs=3, random_state=1).fit(X, VALUES[:, 0])
        long = JomlRegressor("8", epochs=5, random_state=1).fit(X, VALUES[:, 0])
        short.partial_fit(X, VALUES[:, 0]).partial_fit(X, VALUES[:, 0])
        np.testing.assert_array_equal(short.predict(X), long.predict(X))
        assert short.n_iter_ == 5

    def test_values_may_be_one_of_two(self):
        switches = np.tile([1.0, 0.0], (120, 1))
        regressor = JomlRegressor("8", learning_rate=0.01, random_state=1).fit(X, switches)
        assert np.abs(regressor.predict(X) - switches).mean() < 0.05
        switches[::2] = 0, 1
        assert regressor.partial_fit(X[:1], switches[:1]).predict(X).shape == (120, 2)

    def test_other_samples_and_another_rate_while_it_learns(self):
        regressor = JomlRegressor("16", learning_rate=0.01, random_state=1)
        for start in (0, 40, 80) * 20:
            regressor.partial_fit(X[start : start + 40], VALUES[start : start + 40, 0])
        assert regressor.score(X, VALUES[:, 0]) > 0.8
        before = theta(regressor).copy()
        regressor.set_params(learning_rate=1e-30).partial_fit(X, VALUES[:, 0])
        np.testing.assert_array_equal(theta(regressor), before)


class TestSettings:
    def test_names_are_those_of_experiments(self):
        named = {kind.__struct_config__.tag for kind in get_args(OptimizerSpec)}
        assert set(network_estimator._OPTIMIZERS) == named - {"own"}
        assert set(network_estimator._HIDDEN_ACTIVATIONS) == set(HIDDEN_ACTIVATIONS)

    @pytest.mark.parametrize("sizes", ["6x2", (6, 6), [6, 6], np.array([6, 6]), "6-6", ["6", 6]], ids=str)
    def test_hidden_layers_in_any_spelling(self, sizes):
        network = JomlClassifier(sizes, epochs=1).fit(*IRIS).network_
        assert network.architecture == "4-6x2-3"

    @pytest.mark.parametrize("none", ["", ()], ids=["text", "sequence"])
    def test_no_hidden_layer(self, none):
        assert JomlClassifier(none, epochs=1).fit(*IRIS).network_.architecture == "4-3"

    def test_random_state_decides_all(self):
        once, again, other = (
            JomlClassifier("8", epochs=3, dropout=0.1, random_state=seed).fit(X, CLASSES) for seed in (1, 1, 2)
        )
        np.testing.assert_array_equal(theta(once), theta(again))
        assert (theta(once) != theta(other)).any()
        assert once.fit(X, CLASSES).predict_proba(X).tolist() == again.predict_proba(X).tolist()
        first, second = (
            JomlClassifier("8", epochs=1, random_state=np.random.RandomState(7)).fit(X, CLASSES) for _ in range(2)
        )
        np.testing.assert_array_equal(theta(first), theta(second))
        assert first.network_.seed != JomlClassifier("8", epochs=1).fit(X, CLASSES).network_.seed

    def test_a_learning_rate_is_the_base_rate_of_an_optimizers_schedule(self):
        schedule = CosineDecay(12)
        by_setting = JomlRegressor("8", optimizer=Scheduled(WithGradientClipping(Adam()), schedule), learning_rate=0.02)
        by_object = JomlRegressor("8", optimizer=Scheduled(WithGradientClipping(Adam(0.02)), schedule))
        usual = JomlRegressor("8", optimizer=Scheduled(WithGradientClipping(Adam()), schedule))
        thetas = [theta(each.set_params(epochs=3, random_state=1).fit(X, VALUES)) for each in (by_setting, by_object)]
        np.testing.assert_array_equal(*thetas)
        assert (theta(usual.set_params(epochs=3, random_state=1).fit(X, VALUES)) != thetas[0]).any()

    def test_weight_decay_of_adamw_is_its_own(self):
        settings = {"epochs": 3, "random_state": 1}
        by_name = JomlRegressor("8", optimizer="adamw", weight_decay=0.3, **settings).fit(X, VALUES)
        by_object = JomlRegressor("8", optimizer=AdamW(weight_decay=0.3), **settings).fit(X, VALUES)
        np.testing.assert_array_equal(theta(by_name), theta(by_object))

    @pytest.mark.parametrize(
        ("setting", "value", "message"),
        [
            ("hidden_layers", "28y", "hidden_layers must be sizes such as '28x6'.* got '28y'"),
            ("hidden_layers", None, "hidden_layers must be sizes"),
            ("hidden_layers", (3, -1), "hidden_layers must be sizes"),
            ("activation", "softmax", "activation must be one of relu, .*, got 'softmax'"),
            ("activation", Tanh, "activation must be"),
            ("initialisation", "uniform", "initialisation must be one of he, glorot"),
            ("initialisation", 3, "initialisation must be a name"),
            ("optimizer", "lbfgs", "optimizer must be one of gradient-descent, .*, got 'lbfgs'"),
            ("optimizer", Adam, "optimizer must be"),
            ("learning_rate", 0, "learning_rate must be a number above 0"),
            ("weight_decay", -1, "weight_decay must be a number of at least 0"),
            ("dropout", 1.0, "dropout must be a number of at least 0 and below 1"),
            ("epochs", 0, "epochs must be an integer of at least 1"),
            ("batch_size", 2.5, "batch_size must be an integer of at least 1"),
            ("early_stopping", 5, "early_stopping must be True, False or joml.EarlyStopping"),
            ("metrics", ["r2"], "metrics of JomlClassifier may be accuracy, .*macro-f1.*, got 'r2'"),
            ("metrics", ["macrof1"], "there is no metric 'macrof1'"),
            ("metrics", "macro-f1", r"metrics must be a list of metrics, such as \['macro-f1'\]"),
            ("random_state", -1, "random_state must be an integer of at least 0"),
            ("class_weight", "even", "class_weight must be None, 'balanced' or a dict"),
            ("class_weight", {0: 0}, "the class_weight of 0 must be a number above 0"),
        ],
    )
    def test_what_is_wrong_is_named(self, setting, value, message):
        with pytest.raises(ValueError, match=message):
            JomlClassifier(**{"epochs": 1, setting: value}).fit(*IRIS)

    def test_a_share_that_is_none(self):
        with pytest.raises(ValueError, match="validation_fraction must be a number above 0 and below 1, got 1"):
            JomlClassifier(early_stopping=True, validation_fraction=1).fit(*IRIS)

    def test_a_cost_that_is_none(self):
        with pytest.raises(ValueError, match=r"cost must be one of mean-squared-error, .*, got 'cross-entropy'"):
            JomlRegressor(cost="cross-entropy").fit(X, VALUES)

    def test_a_training_that_diverges_says_what_to_do(self):
        with pytest.raises(ValueError, match=r"diverged at iteration .* lower learning_rate, or scale"):
            JomlRegressor(optimizer="gradient-descent", learning_rate=100.0, random_state=1).fit(X * 100, VALUES)


class TestPartialFit:
    def test_the_first_call_needs_all_classes(self):
        with pytest.raises(ValueError, match="the first call of partial_fit needs classes"):
            JomlClassifier().partial_fit(X, CLASSES)

    def test_a_class_that_was_not_said(self):
        with pytest.raises(ValueError, match=r"'warm'.* is not among classes"):
            JomlClassifier().partial_fit(X, CLASSES, classes=["cold", "mild"])

    def test_other_classes_than_before(self):
        classifier = JomlClassifier("4").partial_fit(X, CLASSES, classes=["cold", "mild", "warm"])
        with pytest.raises(ValueError, match="a network keeps its outputs"):
            classifier.partial_fit(X, CLASSES, classes=["cold", "mild", "warm", "hot"])

    def test_one_class_alone_teaches_nothing(self):
        with pytest.raises(ValueError, match=r"only one class, 'mild'"):
            JomlClassifier("4").fit(X[CLASSES == "mild"], CLASSES[CLASSES == "mild"])

    @pytest.mark.parametrize(
        ("estimator", "message"),
        [
            (JomlClassifier(early_stopping=True), "partial_fit cannot use early stopping"),
            (JomlRegressor(early_stopping=True), "partial_fit cannot use early stopping"),
            (JomlClassifier(class_weight="balanced"), "partial_fit cannot balance classes"),
        ],
    )
    def test_there_is_none_for_what_needs_all_samples_at_once(self, estimator, message):
        assert not hasattr(estimator, "partial_fit")
        with pytest.raises(AttributeError) as caught:
            estimator.partial_fit(*IRIS)
        assert message in str(caught.value.__cause__)

    def test_other_outputs_than_before(self):
        regressor = JomlRegressor("4").partial_fit(X, VALUES)
        with pytest.raises(ValueError, match="y for 4-4-2 has the shape"):
            regressor.partial_fit(X, VALUES[:, 0])


class TestBesideScikitLearn:
    @pytest.mark.slow
    def test_digits_as_well_as_its_own_network(self):
        pixels, digits = load_digits(return_X_y=True)
        parts = train_test_split(pixels / 16, digits, test_size=0.3, random_state=0, stratify=digits)
        x_train, x_test, y_train, y_test = parts
        ours, theirs = [], []
        for seed in range(4):
            classifier = JomlClassifier("64", epochs=30, random_state=seed).fit(x_train, y_train)
            peer = MLPClassifier(64, alpha=0, batch_size=32, max_iter=30, n_iter_no_change=31, random_state=seed)
            with pytest.warns(match="Maximum iterations"):
                peer.fit(x_train, y_train)
            ours.append(classifier.score(x_test, y_test))
            theirs.append(peer.score(x_test, y_test))
        assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=0.01)
        assert min(ours) > 0.96

    @pytest.mark.slow
    def test_without_hidden_layers_it_is_least_squares(self):
        features, progression = load_diabetes(return_X_y=True)
        features, progression = StandardScaler().fit_transform(features), (progression - 152) / 77
        regressor = JomlRegressor(
            "", optimizer="gradient-descent", learning_rate=0.05, batch_size="all", epochs=3000, random_state=0
        )
        plane = LinearRegression().fit(features, progression)
        np.testing.assert_allclose(
            regressor.fit(features, progression).predict(features), plane.predict(features), atol=0.05
        )

    @pytest.mark.slow
    def test_a_grid_search_over_a_pipeline(self):
        pipeline = make_pipeline(StandardScaler(), JomlClassifier(epochs=20, random_state=0))
        grid = {
            "jomlclassifier__hidden_layers": ["8", "8x2", (16,)],
            "jomlclassifier__optimizer": ["adam", Nesterov(0.05)],
        }
        search = GridSearchCV(pipeline, grid, cv=3).fit(*IRIS)
        assert search.best_score_ > 0.9
        assert len(search.cv_results_["params"]) == 6
        assert search.best_estimator_[-1].network_.input_size == 4

    @pytest.mark.slow
    def test_a_grid_search_in_several_processes(self):
        grid = {"hidden_layers": ["8", "16"], "learning_rate": [0.003, 0.01]}
        one, two = (
            GridSearchCV(JomlClassifier(epochs=20, random_state=0), grid, cv=3, n_jobs=jobs).fit(*IRIS)
            for jobs in (1, 2)
        )
        np.testing.assert_array_equal(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])

    def test_cross_validation_and_a_transformed_target(self):
        features, progression = load_diabetes(return_X_y=True)
        network = make_pipeline(StandardScaler(), JomlRegressor("16", epochs=40, random_state=0))
        scores = cross_val_score(
            TransformedTargetRegressor(network, transformer=StandardScaler()), features, progression
        )
        assert scores.mean() > 0.35

    def test_probabilities_serve_its_metrics(self):
        classifier = JomlClassifier("16", epochs=10, random_state=1).fit(X, CLASSES)
        probabilities = classifier.predict_proba(X)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
        assert log_loss(CLASSES, probabilities) == pytest.approx(
            classifier.network_.cost(X.T, one_hot(CLASSES)), rel=1e-5
        )
        assert classifier.score(X, CLASSES) == accuracy_score(CLASSES, classifier.predict(X))
        assert classifier.classes_.tolist() == ["cold", "mild", "warm"]

    def test_one_among_others_of_its_kind(self):
        assert OneVsRestClassifier(JomlClassifier("8", epochs=40, random_state=1)).fit(*IRIS).score(*IRIS) > 0.6

    def test_a_pickled_one_predicts_the_same_and_a_clone_knows_nothing(self):
        regressor = JomlRegressor("8x2", cost=Huber(0.5), activation=Tanh(), epochs=2, random_state=1).fit(X, VALUES)
        again = pickle.loads(pickle.dumps(regressor))
        np.testing.assert_array_equal(again.predict(X), regressor.predict(X))
        twin = clone(regressor)
        assert repr(twin.get_params()) == repr(regressor.get_params())
        with pytest.raises(NotFittedError):
            twin.predict(X)

    def test_a_samples_prediction_does_not_depend_on_the_others(self):
        classifier = JomlClassifier("64x3", epochs=2, random_state=1).fit(X, CLASSES)
        alone = np.concatenate([classifier.predict_proba(row[np.newaxis]) for row in X])
        np.testing.assert_allclose(alone, classifier.predict_proba(X), rtol=1e-12)


def test_terms_of_the_features_are_the_inputs_of_the_network():
    x = np.random.default_rng(0).uniform(-1, 1, (120, 2))
    y = x[:, 0] * x[:, 1] > 0
    settings = {"epochs": 30, "learning_rate": 0.05, "random_state": 0}
    tried = JomlClassifier("", features=["x1*x2", "sin(x1)"], **settings).fit(x, y)
    assert tried.network_.sizes == (2, 2) and tried.score(x, y) > 0.95
    by_hand = np.column_stack([x[:, 0] * x[:, 1], np.sin(x[:, 0])]).astype(np.float32)
    plain = JomlClassifier("", **settings).fit(by_hand, y)
    np.testing.assert_allclose(tried.predict_proba(x), plain.predict_proba(by_hand), rtol=1e-4)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(tried)).predict(x), tried.predict(x))
    stepwise = clone(tried)
    for _ in range(30):
        stepwise.partial_fit(x, y, classes=[False, True])
    np.testing.assert_array_equal(stepwise.predict(x), tried.predict(x))
    assert tried.set_params(features=None).fit(x, y).network_.sizes == (2, 2)


@pytest.mark.parametrize(
    ("features", "message"),
    [("x1", "a list of texts"), (["x3^2"], "there is no feature 'x3'"), (["x1^2"], "too large"), ([1], "a list of")],
)
def test_terms_that_cannot_be_computed_are_refused(features, message):
    with pytest.raises(ValueError, match=message):
        JomlRegressor(features=features, epochs=1).fit([[1e30, 2], [3, 4], [5, 6]], [1, 2, 3])


def test_the_examples_show_what_they_give():
    for module in (classifier, regressor):
        done = doctest.testmod(module)
        assert done.attempted and not done.failed


def test_without_scikit_learn_the_sentence_names_the_extra():
    code = "import sys; sys.modules['sklearn'] = None; import joml_tui.estimators"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip().splitlines()[-1] == (
        "ImportError: joml_tui.estimators needs scikit-learn, 1.6 or newer; install it with: "
        "pip install 'joml-tui[sklearn]'"
    )


class TestStreams:
    def test_a_part_of_one_declared_class_is_trained_on(self):
        stream = JomlClassifier("8", random_state=0)
        stream.partial_fit([[1.0], [2.0], [3.0]], ["a", "b", "c"], classes=["a", "b", "c", "d"])
        before = theta(stream).copy()
        stream.partial_fit([[4.0]], ["d"])
        assert not np.array_equal(theta(stream), before)
        assert JomlClassifier("8").partial_fit([[4.0]], ["d"], classes=["d", "e"]).predict_proba([[1.0]]).shape == (
            1,
            2,
        )
        with pytest.raises(ValueError, match=r"classes are \['d'\]: give two or more"):
            JomlClassifier("8").partial_fit([[4.0]], ["d"], classes=["d"])

    @pytest.mark.parametrize(
        "changed",
        [
            {"optimizer": "momentum"},
            {"optimizer": Adam(beta1=0.5)},
            {"weight_decay": 0.1},
            {"hidden_layers": "9"},
            {"activation": "tanh"},
            {"dropout": 0.5},
        ],
        ids=str,
    )
    def test_a_setting_that_decides_is_refused_when_it_was_changed(self, changed):
        stream = JomlClassifier("8", optimizer="adam", random_state=0, epochs=2).fit(X, CLASSES)
        name = next(iter(changed))
        stream.set_params(**changed)
        with pytest.raises(ValueError, match=f"the {name} was changed: call fit"):
            stream.partial_fit(X, CLASSES)
        stream.fit(X, CLASSES).partial_fit(X, CLASSES)

    def test_what_decides_is_the_same_after_a_pickle_and_the_rate_may_change(self):
        stream = JomlRegressor("8", optimizer=Adam(), activation=Tanh(), cost=Huber(0.5), random_state=0, epochs=2)
        again = pickle.loads(pickle.dumps(stream.fit(X, VALUES)))
        again.set_params(learning_rate=0.05, batch_size=10).partial_fit(X, VALUES)
        assert np.isfinite(again.predict(X)).all()

    @pytest.mark.parametrize(
        "ask",
        [
            lambda: JomlClassifier("8").fit(X, np.full(len(X), "mild")),
            lambda: JomlClassifier("8", epochs=1).fit(X, CLASSES).partial_fit(X, np.full(len(X), "hot")),
            lambda: JomlClassifier("8", epochs=1).fit(X, CLASSES).partial_fit(X, CLASSES, classes=["mild", "hot"]),
        ],
    )
    def test_labels_in_messages_are_pythons(self, ask):
        with pytest.raises(ValueError, match=r"'(mild|hot)'") as error:
            ask()
        assert "np." not in str(error.value)


@pytest.mark.parametrize("estimator", [JomlClassifier("8", epochs=2), JomlRegressor("8", epochs=2)], ids=["c", "r"])
def test_estimators_answer_several_threads(estimator):
    from joblib import Parallel, delayed

    fitted = estimator.set_params(random_state=0).fit(X, CLASSES if isinstance(estimator, JomlClassifier) else VALUES)
    parts = [X[place::4] for place in range(4)] * 10
    predictions = Parallel(4, prefer="threads")(delayed(fitted.predict)(part) for part in parts)
    assert all(np.array_equal(one, fitted.predict(part)) for one, part in zip(predictions, parts, strict=True))


def test_hidden_layers_may_be_of_any_kind():
    x, y = np.random.default_rng(0).normal(size=(40, 16)), np.arange(40) % 2
    made = JomlClassifier("1@4x4-c2k3-bn-5(tanh)", epochs=1).fit(x, y)
    assert made.network_.architecture == "1@4x4-c2k3-bn-5(tanh)-2"
    assert JomlClassifier("bn-5", epochs=1).fit(x, y).predict(x).shape == (40,)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_layers": "1@3x3-c2k3"}, "hidden_layers begins with 1@3x3, and X has 16 features"),
        ({"hidden_layers": "c2k3"}, "needs images"),
        ({"hidden_layers": "bn-5", "dropout": 0.1}, "dropout is for fully connected layers alone"),
        ({"hidden_layers": "1@4x4-q3"}, "part 2 'q3' is no layer"),
    ],
)
def test_hidden_layers_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        JomlClassifier(**settings, epochs=1).fit(np.zeros((4, 16)), [0, 1, 0, 1])
