"""A fork as typed, without a screen."""

import pytest

from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, MomentumSpec, Xor
from joml_tui.runs.forks import moments
from joml_tui.runs.run import start_run
from joml_tui.ui.fork.typed_fork import describe_fork, read_fork

EXPERIMENT = Experiment(
    dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"),), optimizer=AdamSpec(0.01), epochs=3, batch_size=16
)


@pytest.fixture(scope="module")
def run():
    run = start_run(EXPERIMENT, engine="thread")
    assert run.wait(300)
    return run


def description_of(run, moment, optimizer, rate, epochs):
    fork, problems = read_fork(run, moment, optimizer, rate, epochs)
    assert problems == []
    return describe_fork(fork, run, moment, optimizer, 7)


def test_nothing_else_is_the_same_run_again(run):
    first = moments(run)[0]
    assert description_of(run, first, None, "0.01", "3").startswith(
        "Unchanged: from iteration 0 it continues exactly like #7"
    )


def test_each_change_is_named(run):
    first = moments(run)[0]
    line = description_of(run, first, MomentumSpec(0.1), "0.5", "20")
    assert line == (
        "Forks from #7 at iteration 0: another optimizer, which starts with no memory, learning rate 0.5, 20 epochs."
    )


@pytest.mark.parametrize(
    ("rate", "epochs", "field", "words"),
    [
        ("-1", "30", "optimizer.learning_rate", "must be a number above 0"),
        ("0.01", "many", "epochs", "must be a whole number"),
        ("0.01", "1", "epochs", "epochs are done here: enter more to continue"),
    ],
)
def test_what_cannot_be_is_said_of_its_field(run, rate, epochs, field, words):
    last = moments(run)[-1]
    fork, problems = read_fork(run, last, None, rate, epochs)
    assert fork is None
    assert [problem.field for problem in problems] == [field]
    assert words in problems[0].message
