"""The curves of a run in words: where they began, where they ended, and what was best."""

import numpy as np
import pytest
from msgspec import structs

from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Xor
from joml_tui.experiment.experiment import AugmentSpec
from joml_tui.experiment.layer_specs import ResidualSpec
from joml_tui.experiment.presets import find_experiment
from joml_tui.reports.sentences.curve_sentences import describe_curves, tabulate_curves
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.history import History
from joml_tui.runs.run import Run, start_run

SMALL = Experiment(
    dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"),), optimizer=AdamSpec(0.01), epochs=4, batch_size=16
)


class Recorded:
    """A run as the sentences see it, with a history of our own."""

    task, cost_scale, message = "classes", None, ""

    def __init__(self, costs, accuracies, checks, experiment=SMALL, ended=True, message="", metrics=()):
        self.experiment, self.message = experiment, message
        self.state = type("State", (), {"ended": ended})
        count = len(costs)
        self.history = History.create(10, 100, 16, 160, metrics=metrics)
        self.history.append(np.array(costs), np.array(accuracies), np.arange(count) / 10)
        for iteration, cost, accuracy, *measured in checks:
            values = dict(zip(metrics, measured, strict=True))
            self.history.append_check(iteration, cost, accuracy, metrics=values)


def falling(**settings):
    costs, accuracies = np.linspace(1.4, 0.1, 100), np.linspace(0.25, 0.95, 100)
    checks = [(20, 0.9, 0.5), (50, 0.3, 0.9), (100, 0.4, 0.88)]
    return Recorded(costs, accuracies, checks, **settings)


def test_a_sentence_has_begin_end_best_and_last():
    (cost,) = describe_curves(falling(), "#3", "cost")
    assert cost.startswith("Cost of #3 fell from 1.34 to 0.159 in 100 iterations; ")
    assert cost.endswith("test cost is lowest, 0.3, at iteration 50, and 0.4 at the end.")
    (accuracy,) = describe_curves(falling(), "#3", "accuracy")
    assert accuracy.startswith("Accuracy of #3 rose from 28.2 % to 91.8 % in 100 iterations; ")
    assert accuracy.endswith("test accuracy is highest, 90.0 %, at iteration 50, and 88.0 % at the end.")


def test_commands_write_scores_as_their_tables_do():
    (accuracy,) = describe_curves(falling(), "this run", "accuracy", format_figure)
    assert accuracy.startswith("Accuracy of this run rose from 0.2818 to 0.9182 in 100 iterations; ")
    assert accuracy.endswith("test accuracy is highest, 0.9000, at iteration 50, and 0.8800 at the end.")


def test_costs_that_are_weighted_by_class_are_called_so():
    weighted = falling(experiment=structs.replace(SMALL, class_weights="balanced"))
    sentence = "Training costs weigh each sample by its class; test costs and results do not."
    assert describe_curves(weighted, "#3", "cost")[1:] == [sentence]
    assert sentence not in describe_curves(weighted, "#3", "accuracy") + describe_curves(falling(), "#3", "cost")


@pytest.mark.parametrize(
    ("settings", "measured"),
    [
        ({"average": 0.9}, "with the weights before they are averaged"),
        (
            {"augment": AugmentSpec(noise=0.1), "average": 0.9},
            "on augmented samples and with the weights",
        ),
        ({"layers": (LayerSpec(4, dropout=0.2),)}, "with dropout"),
        ({"layers": (ResidualSpec(find_experiment("digits-convolution").layers[-1:]),)}, "with dropout"),
    ],
)
def test_training_curves_that_are_measured_otherwise_than_results_are_called_so(settings, measured):
    run = falling(experiment=structs.replace(SMALL, **settings))
    for figure in ("cost", "accuracy"):
        (sentence,) = describe_curves(run, "#3", figure)[1:]
        assert sentence.startswith(f"Training curves are measured {measured}")
        assert sentence.endswith("; test curves and results are not.")


def test_a_run_that_trains_has_come_so_far():
    (cost,) = describe_curves(falling(ended=False), "#3", "cost")
    assert " in 100 iterations so far; " in cost
    assert cost.endswith("and 0.4 now.")


def test_a_best_value_at_the_end_is_written_once():
    run = Recorded([1.0] * 20, [0.5] * 20, [(10, 0.9, 0.5), (20, 0.8, 0.6)])
    assert describe_curves(run, "#1", "cost") == [
        "Cost of #1 stayed at about 1 in 20 iterations; test cost is lowest at the end, 0.8."
    ]


def test_numbers_that_are_not_finite_and_the_end_of_the_run_are_named():
    run = Recorded([1.0, 3.0, np.inf], [0.5, 0.5, 0.5], [(3, np.nan, 0.5)], message="diverged at iteration 3")
    first, second = describe_curves(run, "#1", "cost")
    assert first == "Cost of #1 began at 1 and is no longer finite after 3 iterations; test cost is unknown."
    assert second == "Diverged at iteration 3."
    assert tabulate_curves(run, "cost")[2].split() == ["3", "infinite", "unknown"]


def test_a_score_that_is_not_defined_beside_finite_costs_is_called_so():
    run = Recorded([1.0] * 20, [np.nan] * 20, [(10, 0.5, np.nan), (20, 0.4, np.nan)])
    assert describe_curves(run, "#3", "accuracy") == ["Accuracy of #3 is not defined; test accuracy is not defined."]


def test_a_metric_has_checks_alone():
    checks = [(10, 0.9, 0.5, 0.4), (20, 0.8, 0.6, 0.7)]
    experiment = structs.replace(SMALL, metrics=("macro-f1",))
    run = Recorded([1.0] * 20, [0.5] * 20, checks, experiment=experiment, metrics=("macro-f1",))
    figure = "metric:macro-f1"
    assert describe_curves(run, "#1", figure) == ["Test macro F1 of #1 is highest at the end, 0.7."]
    assert tabulate_curves(run, figure)[1].split() == ["iteration", "test"]
    assert describe_curves(run, "#1", "metric:auc") == ["#1 does not measure auc."]
    assert tabulate_curves(run, "metric:auc") == []


def test_a_table_has_values_spread_over_the_run():
    lines = tabulate_curves(falling(), "cost")
    assert lines[0] == "Cost:"
    assert lines[1].split() == ["iteration", "training", "test"]
    assert [line.split()[0] for line in lines[2:5]] == ["20", "50", "100"]
    assert [line.split()[2] for line in lines[2:5]] == ["0.9", "0.3", "0.4"]


def test_before_the_first_iteration_there_are_no_curves():
    run = Recorded([], [], [])
    assert describe_curves(run, "#1", "cost") == ["#1 has no curves yet."]
    assert tabulate_curves(run, "cost") == []
    run.history = None
    assert describe_curves(run, "#1", "accuracy") == ["#1 has no curves yet."]


@pytest.mark.parametrize("replicas", [1, 3])
def test_runs_of_the_engine_are_described(replicas):
    run: Run = start_run(structs.replace(SMALL, replicas=replicas), engine="thread")
    assert run.wait(300)
    (cost,) = describe_curves(run, "#1", "cost")
    assert ("the mean of 3 replicas" in cost) == (replicas == 3)
    assert len(tabulate_curves(run, "accuracy")) > 3


def test_costs_are_in_the_units_of_the_data_where_they_can_be():
    run = start_run(structs.replace(find_experiment("multi-gaussian"), epochs=1), engine="thread")
    assert run.wait(300)
    (score,) = describe_curves(run, "#1", "accuracy")
    assert score.startswith("R2 of #1 ")
