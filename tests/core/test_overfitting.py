import numpy as np
import pytest

from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.history import History
from joml_tui.runs.overfitting import find_overfitting
from joml_tui.runs.run import start_run
from joml_tui.runs.run_record import describe_state

EPOCH = 10


def history_of(checked, train=(1.4, 0.05)):
    history = History.create(EPOCH, EPOCH * len(checked), 8, 8 * EPOCH)
    history.append(np.linspace(*train, EPOCH * len(checked)), np.full(EPOCH * len(checked), 0.5))
    for place, cost in enumerate(checked, start=1):
        history.append_check(EPOCH * place, cost, 0.5)
    return history


def test_the_checked_cost_rises_while_the_training_cost_falls():
    costs = [1.0, 0.6, 0.5, 0.52, 0.6, 0.7, 0.8, 0.9, 1.0]
    overfitting = find_overfitting(history_of(costs))
    assert overfitting.lowest == pytest.approx(0.5)
    assert (overfitting.lowest_at, overfitting.latest) == (30, 1.0)
    assert 30 <= overfitting.since <= 50


@pytest.mark.parametrize(
    ("checked", "train"),
    [([1.0, 0.6, 0.5, 0.4, 0.35, 0.3, 0.29, 0.28], (1.4, 0.1)), ([0.5] * 4 + [0.9] * 5, (0.1, 1.4)), ([1, 2], (1, 0))],
)
def test_falling_costs_costs_that_rise_together_and_few_checks_are_none(checked, train):
    assert find_overfitting(history_of(checked, train)) is None


MEMORISED = """version: 1
dataset: {name: xor, samples: 60, noise: 0.9}
layers: [{size: 60, activation: tanh}]
optimizer: {name: adam, learning_rate: 0.02}
batch_size: 8
epochs: 150
"""


def test_the_state_of_an_ended_run_says_that_it_overfitted_unless_its_best_weights_are_kept():
    run = start_run(parse_experiment(MEMORISED), engine="thread")
    assert run.wait(120)
    assert run.results.overfitted_since is not None
    assert describe_state(run.state.value, run.record) == "finished, overfitted"
    careful = parse_experiment(MEMORISED + "early_stopping: {patience: 20}\n")
    run = start_run(careful, engine="thread")
    assert run.wait(120)
    assert run.results.overfitted_since is None
    assert describe_state(run.state.value, run.record) in ("finished", "finished, at chance")
