"""Forks of runs: exactly as it was, with other settings, of changed and of ended runs."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from msgspec import structs

from joml_tui.experiment import (
    AdamSpec,
    AdamWSpec,
    CosineSpec,
    EarlyStoppingSpec,
    Experiment,
    LayerSpec,
    MomentumSpec,
    SpinGlass,
    Xor,
)
from joml_tui.runs.forks import continued, fork_problems, forked, moment_at, moments, thin_snapshots
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.worker.snapshot_ring import SnapshotRing

EXPERIMENT = Experiment(dataset=SpinGlass(), layers=(LayerSpec(20),), optimizer=AdamSpec(0.002), epochs=3)


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def paused_at(experiment, iterations):
    run = start_run(experiment, engine="thread", paused=True)
    run.step(iterations)
    until(lambda: run.iteration == iterations and run.state is RunState.PAUSED)
    return run


def started(fork):
    run = start_run(fork.experiment, engine="thread", forked_from=(fork.origin, fork.iteration), epochs=fork.epochs)
    assert run.wait(300)
    return run


def finished(experiment):
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    return run


def require_same(fork, origin):
    np.testing.assert_array_equal(fork.history.train_cost, origin.history.train_cost)
    np.testing.assert_array_equal(fork.history.test_cost, origin.history.test_cost)


def test_moments_tell_how_the_training_stood():
    run = finished(EXPERIMENT)
    taken = moments(run)
    assert [moment.iteration for moment in taken] == list(run.snapshots.iterations)
    first, last = taken[0], taken[-1]
    assert (first.iteration, first.epoch, first.train_cost, first.check_accuracy, first.seconds) == (
        0,
        0,
        None,
        None,
        0,
    )
    assert (last.iteration, last.epoch) == (1230, 3)
    sizes = [32] * 99 + [13_107 - 409 * 32]  # the last mini-batch of the epoch has what is left
    assert last.train_cost == pytest.approx(np.average(run.history.train_cost[-100:], weights=sizes))
    assert last.check_accuracy == pytest.approx(run.test_accuracy)
    assert last.learning_rate == 0.002
    middle = moment_at(run, 500)
    assert middle.epoch == 2
    assert middle.check_cost == float(run.history.test_cost[0])


@pytest.mark.slow
def test_going_on_repeats_the_origin_bit_for_bit():
    origin = finished(EXPERIMENT)
    for iteration in origin.snapshots.iterations[:-1]:
        require_same(started(continued(origin, iteration)), origin)


def test_terms_of_the_features_go_on_and_cannot_be_others():
    origin = finished(Experiment(dataset=Xor(200), features=("x1", "x1*x2"), layers=(LayerSpec(4, "tanh"),), epochs=4))
    require_same(started(continued(origin, origin.snapshots.iterations[1])), origin)
    others = structs.replace(origin.experiment, features=("x1", "x2"))
    with pytest.raises(ValueError, match="features differs from the forked run"):
        start_run(others, engine="thread", forked_from=(origin, 0))


def test_a_rate_that_was_changed_under_way_holds_in_the_fork():
    origin = paused_at(EXPERIMENT, 100)
    origin.set_learning_rate(0.01)
    until(lambda: origin.adjustments)
    origin.step(50)
    until(lambda: origin.iteration == 150 and origin.state is RunState.PAUSED)
    assert (origin.rate_at(99), origin.rate_at(100), origin.learning_rate) == (0.002, 0.01, 0.01)
    origin.resume()
    assert origin.wait(300)
    fork = continued(origin, 150)
    assert fork.experiment.optimizer.learning_rate == 0.01
    require_same(started(fork), origin)


@pytest.mark.slow
def test_a_schedule_keeps_its_length_where_epochs_were_changed_under_way():
    origin = paused_at(structs.replace(EXPERIMENT, optimizer=AdamSpec(0.01, schedule=CosineSpec(0.1))), 100)
    origin.set_epochs(5)
    until(lambda: origin.adjustments)
    origin.resume()
    assert origin.wait(300)
    assert origin.iteration == 5 * 410
    late = [iteration for iteration in origin.snapshots.iterations if 3 * 410 < iteration < 5 * 410]
    for iteration in (100, *late[:1]):
        fork = started(continued(origin, iteration))
        assert fork.epochs == 5
        require_same(fork, origin)


def test_a_finished_run_goes_on_with_more_epochs_as_if_it_had_had_them():
    origin = finished(EXPERIMENT)
    longer = started(forked(origin, 1230, epochs=5))
    require_same(longer, finished(structs.replace(EXPERIMENT, epochs=5)))


@pytest.mark.slow
def test_another_rate_or_optimizer_parts_from_the_origin_at_the_snapshot():
    origin = paused_at(EXPERIMENT, 200)
    for changes in ({"learning_rate": 0.02}, {"optimizer": MomentumSpec(0.05), "learning_rate": 0.05}):
        run = started(forked(origin, 200, **changes))
        assert run.forked_from == (origin, 200)
        assert run.state is RunState.FINISHED
        np.testing.assert_array_equal(run.history.train_cost[:200], origin.history.train_cost)
    origin.resume()
    assert origin.wait(300)
    assert (run.history.train_cost[201:] != origin.history.train_cost[201:]).any()


def test_another_optimizer_keeps_the_rate_unless_said():
    origin = paused_at(EXPERIMENT, 10)
    assert forked(origin, 10, optimizer=AdamWSpec(0.5)).experiment.optimizer == AdamWSpec(0.002)
    origin.stop()
    origin.wait(300)


def test_what_cannot_go_on_is_said():
    origin = finished(EXPERIMENT)
    (problem,) = fork_problems(continued(origin, 1230))
    assert problem.field == "epochs"
    assert "3 epochs are done" in problem.message
    assert fork_problems(continued(origin, 410)) == []
    assert [problem.field for problem in fork_problems(forked(origin, 410, epochs=0))] == ["epochs"]
    rate = fork_problems(forked(origin, 410, learning_rate=-1.0))
    assert [problem.field for problem in rate] == ["optimizer.learning_rate"]
    diverged = finished(structs.replace(EXPERIMENT, optimizer=AdamSpec(1e6)))
    (problem,) = fork_problems(forked(diverged, diverged.iteration, learning_rate=0.1))
    assert "diverged here" in problem.message
    assert fork_problems(forked(diverged, 0, learning_rate=0.002)) == []


STOPPING = structs.replace(EXPERIMENT, test_every=50, early_stopping=EarlyStoppingSpec(1, least_improvement=10.0))


@pytest.mark.slow
def test_a_run_that_was_stopped_early_goes_on_from_its_end_with_its_patience_anew():
    origin = finished(STOPPING)
    assert origin.stopped_early
    assert origin.iteration == 100
    for fork in (continued(origin, 100), forked(origin, 100, learning_rate=0.001), forked(origin, 100, epochs=9)):
        assert fork_problems(fork) == []
        run = started(fork)
        assert run.iteration == 150
        np.testing.assert_array_equal(run.history.train_cost[:100], origin.history.train_cost)
        assert np.isfinite(run.history.train_cost).all()
    require_same(started(continued(origin, 0)), origin)


@pytest.mark.slow
def test_a_run_that_diverged_goes_on_from_before():
    origin = finished(structs.replace(EXPERIMENT, optimizer=AdamSpec(1e6)))
    assert origin.state is RunState.DIVERGED
    run = started(forked(origin, 0, learning_rate=0.002))
    assert run.state is RunState.FINISHED
    require_same(run, finished(EXPERIMENT))


@pytest.mark.slow
def test_snapshots_of_ended_runs_are_thinned_oldest_first():
    runs = [finished(structs.replace(EXPERIMENT, test_every=41)) for _ in range(3)]
    alive = paused_at(EXPERIMENT, 10)
    for run in runs:
        _, state = run.snapshots.at(0)
        run.snapshots.keep(())
        for iteration in (0, 205, 410, 615, 820, 1230):
            run.snapshots.add(iteration, state)
    each = len(state)
    full = [run.snapshots.iterations for run in (*runs, alive)]
    thin_snapshots([*runs, alive], 100 * each)
    assert [run.snapshots.iterations for run in (*runs, alive)] == full
    thin_snapshots([*runs, alive], 20 * each)
    first, second, third = (run.snapshots.iterations for run in runs)
    tests = runs[0].history.test_iteration.tolist()
    best = min((0, 205, 410, 615, 820, 1230)[1:], key=lambda at: runs[0].history.test_cost[tests.index(at)])
    assert set(first) == {0, best, 1230}
    assert second == third == full[2]
    thin_snapshots([*runs, alive], 0)
    assert [run.snapshots.iterations for run in runs] == [(1230,)] * 3
    assert alive.snapshots.iterations == full[3]
    alive.stop()
    alive.wait(300)


@pytest.mark.slow
def test_a_thousand_runs_keep_within_the_memory():
    states = 1_000 * [bytes(100)]
    runs = [SimpleNamespace(state=RunState.FINISHED, history=None, snapshots=SnapshotRing()) for _ in states]
    for place, run in enumerate(runs, start=1):
        for iteration, state in enumerate(states[:20]):
            run.snapshots.add(iteration, state)
        thin_snapshots(runs[:place], 250_000)
        assert sum(each.snapshots.size for each in runs[:place]) <= 250_000
    assert all(run.snapshots.latest is not None for run in runs)
