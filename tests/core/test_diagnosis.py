"""Diagnoses: on series made for the purpose, and on the article's networks, which are healthy."""

import threading

import numpy as np
import pytest
from msgspec import structs

from joml.statistics.intervals import Interval
from joml_tui.experiment import (
    AdamSpec,
    CostScale,
    CsvFile,
    Experiment,
    GradientDescentSpec,
    LayerSpec,
    Moons,
    SpinGlass,
    SplitSpec,
)
from joml_tui.experiment.presets import find_experiment
from joml_tui.inspect.baseline_scores import BaselineScore
from joml_tui.inspect.health_report import BalancedScore, Health, HealthReport
from joml_tui.inspect.layer_record import LayerSeries
from joml_tui.reports.explanation import diagnose_closely
from joml_tui.runs.diagnosis import diagnose, judge
from joml_tui.runs.history import History
from joml_tui.runs.run import start_run

EPOCH = 100
DEEP = Experiment(dataset=SpinGlass(), layers=(LayerSpec(14),) * 28)
SHALLOW = Experiment(dataset=SpinGlass(), layers=(LayerSpec(20), LayerSpec(20)))


def history_of(train_cost, test_cost=(), test_accuracy=()):
    history = History.create(EPOCH, len(train_cost), 32, 32 * EPOCH)
    history.append(np.asarray(train_cost, float), np.zeros(len(train_cost)))
    for epoch, cost in enumerate(test_cost, start=1):
        history.append_check(epoch * EPOCH, cost, test_accuracy[epoch - 1] if len(test_accuracy) else 0.5)
    return history


def layers_of(dead=(), gradient=(1.0, 1.0, 1.0), measurements=10):
    def rows(values):
        return np.tile(np.asarray(values, np.float32), (measurements, 1))

    nothing = rows(np.full(len(dead), np.nan))
    return LayerSeries(
        np.arange(1, measurements + 1) * 10, rows(gradient), rows(gradient), rows(gradient), rows(dead), nothing
    )


def health(majority=0.28, samples=3277, **layers):
    return HealthReport(1000, "classes", majority, samples, layers_of(**layers))


def kinds(findings):
    return [finding.kind for finding in findings]


def noise(count, deviation, seed=0):
    return np.random.default_rng(seed).normal(0, deviation, count)


class TestDiverged:
    @pytest.mark.parametrize("cost", [np.nan, np.inf, 1e6])
    def test_a_cost_beyond_all_measure_is_the_rates_doing(self, cost):
        (finding,) = diagnose(SHALLOW, history_of([1.4, 1.3, cost]), None, 1e6)
        assert (finding.kind, finding.since) == ("diverged", 3)
        assert "1e+06" in finding.sentence

    def test_nothing_done_is_nothing_wrong(self):
        assert diagnose(SHALLOW, history_of([])) == []


class TestStalled:
    def stuck(self, tests=12, since=0):
        accuracy = np.concatenate([np.full(since, 0.6), 0.28 + noise(tests - since, 0.003)])
        cost = np.concatenate([np.full(since, 1.0), 1.377 + noise(tests - since, 0.001)])
        return history_of(1.38 + noise(tests * EPOCH, 0.02), cost, accuracy)

    def test_a_deep_plain_network_at_chance(self):
        (finding,) = diagnose(DEEP, self.stuck(), health())
        assert finding.kind == "stalled"
        assert finding.since == 0
        assert "28 plain layers" in finding.sentence
        assert "residual" in finding.sentence

    def test_a_dead_layer_is_named(self):
        (finding,) = diagnose(DEEP, self.stuck(), health(dead=(0.2, 1.0, 0.9)))
        assert "layer 2 is dead" in finding.sentence

    def test_a_gradient_that_does_not_arrive_is_named(self):
        (finding,) = diagnose(SHALLOW, self.stuck(), health(gradient=(1e-6, 1e-3, 0.1)))
        assert "vanishes on its way to layer 1" in finding.sentence

    @pytest.mark.parametrize("weights, is_advised", [("none", True), ("balanced", False)])
    def test_class_weights_are_the_advice_where_nearly_all_samples_are_of_one_class(self, weights, is_advised):
        history = history_of(np.full(1200, 0.05), np.full(12, 0.06), np.full(12, 0.99))
        experiment = structs.replace(SHALLOW, class_weights=weights)
        (finding,) = diagnose(experiment, history, health(majority=0.99, samples=100))
        assert finding.kind == "stalled"
        assert ("class_weights: balanced" in finding.why) == is_advised

    def test_layers_without_rectifiers_have_no_dead_units(self):
        (finding,) = diagnose(SHALLOW, self.stuck(), health(dead=(np.nan, np.nan)))
        assert "learning rate" in finding.sentence

    def test_a_network_that_falls_back_to_chance_is_reported_since_when(self):
        (finding,) = diagnose(DEEP, self.stuck(20, since=5), health())
        assert finding.since == 5 * EPOCH

    def test_it_waits_before_it_judges(self):
        assert diagnose(DEEP, self.stuck(9), health()) == []

    def test_a_cost_that_falls_is_being_learnt(self):
        falling = history_of(np.linspace(1.4, 1.2, 1200), np.linspace(1.38, 1.3, 12), np.full(12, 0.28))
        assert diagnose(DEEP, falling, health()) == []

    def test_a_few_test_samples_allow_for_their_chance(self):
        tests = np.full(12, 0.5), np.full(12, 0.36)
        assert kinds(diagnose(DEEP, history_of(np.full(1200, 0.5), *tests), health(samples=50))) == ["stalled"]
        assert diagnose(DEEP, history_of(np.full(1200, 0.5), *tests), health(samples=3277)) == []

    @pytest.mark.parametrize("training, kind", [(0.53, "overfits"), (0.34, "stalled")])
    def test_what_learns_something_of_its_training_samples_alone_is_not_stuck(self, training, kind):
        history = history_of(np.full(1200, 1.3), np.full(12, 1.6), np.full(12, 0.2))
        history.append(np.full(EPOCH, 1.3), np.full(EPOCH, training))
        (finding,) = diagnose(SHALLOW, history, health(majority=0.24))
        assert finding.kind == kind
        if kind == "overfits":
            reached = "training accuracy 0.5300, test accuracy 0.2000, the majority class alone 0.2400."
            assert finding.what == f"Overfits: only the training samples are learnt: {reached}"
            assert "more units" not in finding.why

    def regression(self, r2, samples=1000, cost=1.0):
        tests = np.full(12, cost) + noise(12, 0.001), r2 + noise(12, 0.001)
        health = HealthReport(1000, "regression", None, samples, layers_of())
        return diagnose(SHALLOW, history_of(cost + noise(1200, 0.02), *tests), health)

    @pytest.mark.parametrize("r2", [0.0, -0.1, -3.0])
    def test_a_regression_that_explains_nothing(self, r2):
        (finding,) = self.regression(r2)
        assert finding.kind == "stalled"
        assert "R2" in finding.sentence
        assert "the mean" in finding.sentence
        assert "accuracy" not in finding.sentence

    def test_a_regression_that_explains_little_is_not_stuck(self):
        assert self.regression(0.05) == []
        assert kinds(self.regression(0.05, samples=50)) == ["stalled"]

    def test_a_regression_whose_cost_falls_is_being_learnt(self):
        falling = history_of(np.linspace(1.4, 1.2, 1200), np.linspace(1.3, 1.2, 12), np.zeros(12))
        assert diagnose(SHALLOW, falling, HealthReport(1000, "regression", None, 1000, layers_of())) == []

    def test_a_regression_is_waited_for(self):
        few = history_of(np.ones(900), np.ones(9), np.zeros(9))
        assert diagnose(SHALLOW, few, HealthReport(900, "regression", None, 1000, layers_of())) == []


class TestOverfits:
    def series(self, rise, deviation=0.01, tests=20, train=None):
        test = 0.5 + 0.5 * np.exp(-np.arange(tests) / 1.5) + rise * np.maximum(0, np.arange(tests) - 6)
        training = np.linspace(1.4, 0.05, tests * EPOCH) if train is None else train
        return history_of(training, test + noise(tests, deviation), np.full(tests, 0.8))

    def test_a_rising_test_cost_beside_a_falling_training_cost(self):
        (finding,) = diagnose(SHALLOW, self.series(0.03))
        assert finding.kind == "overfits"
        assert 400 <= finding.since <= 900
        assert "epoch" in finding.sentence

    @pytest.mark.parametrize(
        ("scale", "costs"),
        [
            (None, "test cost 0.25 at epoch 3, now 0.36."),
            (
                CostScale("price", 100.0, is_squared=True),
                "test root mean squared error of price 50 at epoch 3, now 60.",
            ),
        ],
    )
    def test_costs_of_one_value_are_errors_in_its_unit(self, scale, costs):
        checks = [0.5, 0.3, 0.25, 0.25, 0.25, 0.25, 0.3, *[0.36] * 6]
        history = history_of(np.linspace(1.4, 0.05, len(checks) * EPOCH), checks, np.full(len(checks), 0.8))
        (finding,) = diagnose(SHALLOW, history, cost_scale=scale)
        assert finding.what.endswith(costs)

    @pytest.mark.parametrize("seed", range(5))
    def test_noise_is_none(self, seed):
        tests = 0.5 + noise(20, 0.05, seed)
        assert diagnose(SHALLOW, history_of(np.linspace(1.4, 0.4, 2000), tests, np.full(20, 0.8))) == []

    def test_where_the_training_cost_rises_too_it_is_something_else(self):
        assert diagnose(SHALLOW, self.series(0.03, train=np.linspace(0.1, 1.4, 2000))) == []

    def test_few_tests_tell_nothing(self):
        assert diagnose(SHALLOW, history_of(np.linspace(1, 0.1, 500), [0.5, 0.6, 0.7, 0.8, 0.9])) == []


class TestDeadUnits:
    def test_layers_are_named_with_their_shares(self):
        (finding,) = diagnose(SHALLOW, history_of(np.linspace(1, 0.5, 300)), health(dead=(0.1, 0.95)))
        assert (finding.kind, finding.since) == ("dead", 0)
        assert "layer 2 95 %" in finding.sentence
        assert "layer 1" not in finding.sentence

    def test_four_in_five_are_usual_in_deep_networks(self):
        assert diagnose(DEEP, history_of(np.linspace(1, 0.5, 300)), health(dead=(0.5, 0.8))) == []

    def test_a_few_measurements_hang_on_their_mini_batch(self):
        few = health(dead=(0.1, 0.95), measurements=3)
        assert diagnose(SHALLOW, history_of(np.linspace(1, 0.5, 300)), few) == []


def diagnosed(experiment):
    """Train, and diagnose with what the run tells of itself."""
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    heard, answers = threading.Event(), []
    run.ask(Health(), lambda answer: (answers.append(answer), heard.set()))
    assert heard.wait(300)
    return diagnose(experiment, run.history, answers[0])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("preset", ["article-14-100-40-4", "article-14-28x6-4", "recipe-14-14x28-4"])
def test_the_articles_networks_are_healthy(preset, seed):
    experiment = structs.replace(find_experiment(preset), seed=seed)
    assert diagnosed(structs.replace(experiment, epochs=min(experiment.epochs, 10))) == []


def test_a_rate_of_a_million_diverges():
    experiment = Experiment(dataset=SpinGlass(), layers=(LayerSpec(20),), optimizer=AdamSpec(1e6), epochs=2)
    assert kinds(diagnosed(experiment)) == ["diverged"]


def test_a_network_much_larger_than_its_training_set_overfits():
    experiment = Experiment(
        dataset=Moons(samples=120, noise=0.5, test_share=0.7),
        layers=(LayerSpec(64), LayerSpec(64)),
        optimizer=AdamSpec(0.01),
        epochs=200,
    )
    assert "overfits" in kinds(diagnosed(experiment))


def test_a_rate_of_nothing_stays_at_chance():
    experiment = Experiment(
        dataset=SpinGlass(), layers=(LayerSpec(10),) * 8, optimizer=GradientDescentSpec(1e-12), epochs=4
    )
    (finding,) = diagnosed(experiment)
    assert finding.kind == "stalled"


def values(middle, spread, majority=None, samples=100):
    return HealthReport(4, "regression", majority, samples, layers_of(), target_middle=middle, target_spread=spread)


class TestUnscaledValues:
    SOUGHT = structs.replace(SHALLOW, dataset=CsvFile("house.csv", task="regression"))

    @pytest.mark.parametrize(
        ("middle", "spread"), [(3.2e5, 1.3e5), (5.6, 0.87), (0.0, 50.0), (0.0, 1e-6), (-80.0, 1.0)]
    )
    def test_one_check_is_enough_to_name_the_scale_and_the_way_out(self, middle, spread):
        history = history_of([1e9] * EPOCH, [1e9], [-6.2])
        (finding,) = diagnose(self.SOUGHT, history, values(middle, spread))
        assert finding.kind == "scale"
        assert f"{middle:.3g} ± {spread:.3g}" in finding.what
        assert "R2 -6.2" in finding.what
        assert "standardize_y: true" in finding.why

    @pytest.mark.parametrize(
        ("middle", "spread", "score"), [(0.0, 1.0, -6.2), (1.5, 0.4, -6.2), (3.2e5, 1.3e5, 0.4), (6.5, 3.0, np.nan)]
    )
    def test_values_of_the_outputs_scale_and_those_that_are_learnt_are_fine(self, middle, spread, score):
        history = history_of([1e9] * EPOCH, [1e9], [score])
        assert kinds(diagnose(self.SOUGHT, history, values(middle, spread))) == []

    def test_a_divergence_has_the_scale_for_its_cause(self):
        history = history_of([1e9, np.nan])
        (finding,) = diagnose(self.SOUGHT, history, values(3.2e5, 1.3e5))
        assert finding.kind == "scale"
        assert finding.what.startswith("Diverged at iteration 2. ")
        assert kinds(diagnose(self.SOUGHT, history, values(0.0, 1.0))) == ["diverged"]

    def test_generated_values_have_no_such_setting(self):
        history = history_of([1e9] * EPOCH, [1e9], [-6.2])
        (finding,) = diagnose(SHALLOW, history, values(100.0, 1.0))
        assert "standardize_y" not in finding.why


class TestTooFewSteps:
    def test_a_training_that_is_over_before_it_learnt_is_called_short(self):
        history = history_of([2.0] * EPOCH, [2.0], [0.28])
        (finding,) = diagnose(SHALLOW, history, health(), 0.001, ended=True)
        assert finding.kind == "short"
        assert finding.what.startswith("100 iterations are too few to learn: test accuracy 0.2800")
        assert "larger learning rate than 0.001" in finding.why
        assert diagnose(SHALLOW, history, health(), 0.001) == []  # it may still learn

    def test_what_was_better_once_or_took_longer_is_not(self):
        assert diagnose(SHALLOW, history_of([2.0] * 2 * EPOCH, [2.0, 2.0], [0.9, 0.28]), health(), ended=True) == []
        long = history_of(np.linspace(2, 1, 10 * EPOCH), np.linspace(2, 1, 10), [0.28] * 10)
        assert kinds(diagnose(SHALLOW, long, health(), ended=True)) == []

    @pytest.mark.parametrize(
        ("costs", "training", "kind"),
        [
            ([0.8, 0.7, 0.72, 0.73, 0.73, 0.73], 0.53, "overfits"),
            ([0.69, 0.69, 0.69, 0.69, 0.69, 0.69], 0.25, "stalled"),
            ([0.8, 0.79, 0.78, 0.77, 0.76, 0.75], 0.25, "short"),
        ],
    )
    def test_what_no_longer_gets_better_needs_no_more_epochs(self, costs, training, kind):
        history = History.create(EPOCH, 6 * EPOCH, 32, 32 * EPOCH)
        history.append(np.full(6 * EPOCH, 0.7), np.full(6 * EPOCH, training))
        for epoch, cost in enumerate(costs, 1):
            history.append_check(epoch * EPOCH, cost, 0.2)
        (finding,) = diagnose(SHALLOW, history, health(majority=0.24), ended=True)
        assert finding.kind == kind

    def test_what_is_learnt_by_heart_is_neither_short_nor_stuck(self):
        for epochs in (1, 20):
            history = History.create(EPOCH, epochs * EPOCH, 32, 32 * EPOCH)
            history.append(np.full(epochs * EPOCH, 0.01), np.ones(epochs * EPOCH))
            for epoch in range(epochs):
                history.append_check((epoch + 1) * EPOCH, 2.0, 0.4)
            (finding,) = diagnose(SHALLOW, history, health(majority=0.6, samples=5), ended=True)
            assert finding.kind == "overfits"
            assert "learnt by heart: training accuracy 1.0000, test accuracy 0.4000" in finding.what
            assert "a score of 5 samples may also be low by chance" in finding.why

    @pytest.mark.parametrize(
        ("average", "accumulate", "kind"), [(0.99, 1, "short"), (0.5, 1, "overfits"), (0.5, 40, "short")]
    )
    def test_an_average_of_weights_that_lags_is_not_taken_for_overfitting(self, average, accumulate, kind):
        experiment = structs.replace(SHALLOW, average=average, accumulate=accumulate)
        for epochs in (1, 20):
            epoch = 90 // epochs
            history = History.create(epoch, epochs * epoch, 32, 32 * epoch)
            history.append(np.full(epochs * epoch, 0.01), np.ones(epochs * epoch))
            for each in range(epochs):
                history.append_check((each + 1) * epoch, 2.0, 0.4)
            (finding,) = diagnose(experiment, history, health(majority=0.6, samples=5), ended=True)
            assert finding.kind == kind
            follows = "The moving average of the weights follows slowly: training accuracy 1.0000, test accuracy 0.4000"
            assert finding.what.startswith(follows) == (kind == "short")

    @pytest.mark.parametrize(("majority", "score"), [(1.0, 1.0), (0.5, 0.8)])
    def test_a_high_score_of_few_samples_is_no_sign_of_chance(self, majority, score):
        history = History.create(EPOCH, EPOCH, 32, 32 * EPOCH)
        history.append(np.full(EPOCH, 0.01), np.ones(EPOCH))
        history.append_check(EPOCH, 0.1, score)
        assert diagnose(SHALLOW, history, health(majority=majority, samples=5), ended=True) == []

    def test_values_too(self):
        (finding,) = diagnose(SHALLOW, history_of([2.0] * 5 + [2.0] * 95, [2.0], [-0.3]), values(0.0, 1.0), ended=True)
        assert "test R2 -0.3000, predicting the mean alone 0" in finding.what


class TestRareClasses:
    """A run with class weights is judged by its balanced accuracy: the majority class has a higher accuracy."""

    FOUND, MISSED = BalancedScore(0.85, 0.57, 0.5), BalancedScore(0.51, 0.57, 0.5)

    def report(self, balanced):
        return HealthReport(1000, "classes", 0.96, 200, layers_of(), balanced=balanced)

    def test_a_network_that_finds_the_rare_class_is_neither_stuck_nor_short(self):
        stuck = history_of(np.full(1200, 0.5), np.full(12, 0.5), np.full(12, 0.82))
        short = history_of([0.5] * EPOCH, [0.5], [0.82])
        for history in (stuck, short):
            assert diagnose(SHALLOW, history, self.report(None), ended=True) != []
            assert diagnose(SHALLOW, history, self.report(self.FOUND), ended=True) == []

    def test_a_network_that_does_not_is_told_its_balanced_accuracy(self):
        (finding,) = diagnose(SHALLOW, history_of([0.5] * EPOCH, [0.5], [0.82]), self.report(self.MISSED), ended=True)
        assert "test balanced accuracy 0.5100, the majority class alone 0.5000" in finding.what
        stuck = history_of(np.full(1200, 0.5), np.full(12, 0.5), np.full(12, 0.82))
        (finding,) = diagnose(SHALLOW, stuck, self.report(self.MISSED))
        assert finding.what.startswith("Stuck at chance from the beginning: test balanced accuracy 0.5100")

    def test_a_run_that_finds_a_class_too_rare_for_its_checks_is_judged_by_its_training_part(self, tmp_path):
        generator = np.random.default_rng(0)
        rare = generator.random(1000) < 0.05
        x = generator.normal(size=(1000, 3)) + rare[:, np.newaxis]
        path = tmp_path / "rare.csv"
        np.savetxt(path, np.column_stack([x, rare]), delimiter=",", fmt=["%.4f"] * 3 + ["%d"])
        weighted = Experiment(
            dataset=CsvFile(str(path)),
            split=SplitSpec(validation=0.02),
            layers=(LayerSpec(8),),
            optimizer=AdamSpec(0.01),
            class_weights="balanced",
            seed=1,
        )
        run = start_run(weighted, engine="thread")
        assert run.wait(300)
        assert diagnose_closely(run) == []
        assert run.results.train.classes.balanced_accuracy > 0.7


BASELINES = (BaselineScore("majority class", None, 0.7), BaselineScore("logistic regression", None, 0.8))


@pytest.mark.parametrize(
    ("score", "interval", "balanced", "sentence"),
    [
        (0.9, Interval(0.85, 0.95), None, "Clearly better than logistic regression."),
        (0.9, None, None, "Better than logistic regression."),
        (0.82, Interval(0.75, 0.88), None, "Not clearly better than logistic regression: it may be chance."),
        (
            0.8,
            Interval(0.75, 0.88),
            None,
            "No better than logistic regression: the network has learnt nothing that needs it.",
        ),
        (0.6, Interval(0.5, 0.7), BalancedScore(0.85, 0.57, 0.5), "Balanced accuracy 0.8500, the majority class alone"),
        (0.6, Interval(0.5, 0.7), BalancedScore(0.51, 0.57, 0.5), "No better than logistic regression"),
    ],
)
def test_a_score_is_judged_beside_the_baselines(score, interval, balanced, sentence):
    assert judge(score, interval, BASELINES, balanced).startswith(sentence)
