"""The range test and the health of a training as questions: to live, ended and composed networks."""

import threading
import time

import numpy as np
import pytest
from msgspec import structs

from joml.analysis.rate_range import rate_range
from joml.statistics.baselines import majority
from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Sine, SpinGlass, load_data
from joml_tui.inspect.health_report import Health
from joml_tui.inspect.range_test import Rates
from joml_tui.runs.run import RunState, inspect_experiment, start_run
from joml_tui.runs.worker.builder import build_trainer

EXPERIMENT = Experiment(dataset=SpinGlass(), layers=(LayerSpec(40),), optimizer=AdamSpec(0.002), epochs=3)


def ask(run, question):
    heard, answers = threading.Event(), []
    run.ask(question, lambda answer: (answers.append(answer), heard.set()))
    assert heard.wait(300)
    return answers[0]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["thread", "process"])
def test_a_range_test_changes_nothing_and_is_the_engines_own(engine):
    run = start_run(EXPERIMENT, engine=engine, paused=True)
    run.step(100)
    end = time.monotonic() + 300
    while not (run.iteration == 100 and run.state is RunState.PAUSED):
        assert time.monotonic() < end
        time.sleep(0.005)
    reply = ask(run, Rates())
    trainer = build_trainer(EXPERIMENT)
    while trainer.iteration < 100:
        trainer.advance(100 - trainer.iteration)
    expected = rate_range(trainer)
    np.testing.assert_array_equal(reply.smoothed, expected.smoothed)
    assert reply.suggested == expected.suggested
    assert (reply.iteration, reply.learning_rate) == (100, 0.002)
    run.resume()
    assert run.wait(300)
    alone = start_run(EXPERIMENT, engine=engine)
    assert alone.wait(300)
    np.testing.assert_array_equal(run.history.train_cost, alone.history.train_cost)


@pytest.mark.slow
def test_an_ended_run_and_a_composed_network_can_be_tried():
    run = start_run(EXPERIMENT, engine="thread")
    assert run.wait(300)
    assert ask(run, Rates()).iteration == 1230
    reply = inspect_experiment(EXPERIMENT, Rates(1e-4, 1.0, 100))
    assert reply.iteration == 0
    assert 1e-4 < reply.suggested < 1
    assert len(reply.rates) == len(reply.smoothed) <= 100


def test_a_diverged_run_says_that_there_is_nothing_to_try():
    run = start_run(structs.replace(EXPERIMENT, optimizer=AdamSpec(1e6)), engine="thread")
    assert run.wait(300)
    assert "diverged" in ask(run, Rates())


def test_health_knows_what_chance_is():
    reply = inspect_experiment(EXPERIMENT, Health())
    data = load_data(EXPERIMENT)
    assert reply.majority == majority(data).accuracy
    assert (reply.task, reply.checked_samples) == ("classes", data.test_size)
    values = Experiment(
        dataset=Sine(),
        output=structs.replace(EXPERIMENT.output, activation="identity", cost="mean-squared-error"),
    )
    assert inspect_experiment(values, Health()).majority is None
