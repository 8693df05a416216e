"""Questions to a run, changes of its settings, snapshots and forks: live and afterwards, in a process and a thread."""

import threading
import time

import numpy as np
import pytest
from msgspec import structs

from joml_tui.experiment import AdamSpec, CsvFile, GradientDescentSpec
from joml_tui.experiment.presets import find_experiment
from joml_tui.inspect.layer_curves import Layers
from joml_tui.runs.run import RunState, inspect_experiment, start_run
from joml_tui.runs.worker.snapshot_ring import SnapshotRing
from joml_tui.serialization import pack, pack_state, unpack, unpack_state

ENGINES = ("thread", pytest.param("process", marks=pytest.mark.slow))


@pytest.fixture
def experiment():
    return structs.replace(find_experiment("article-14-100-40-4"), epochs=3)


def ask(run, question):
    heard, answers = threading.Event(), []
    run.ask(question, lambda answer: (answers.append(answer), heard.set()))
    assert heard.wait(300)
    return answers[0]


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def paused_at(experiment, engine, iterations):
    run = start_run(experiment, engine=engine, paused=True)
    run.step(iterations)
    until(lambda: run.state is RunState.PAUSED and run.snapshots.latest_with_iteration[0] == iterations)
    return run


@pytest.mark.parametrize("engine", ENGINES)
class TestQuestions:
    def test_an_ended_run_tells_of_its_layers_as_they_were_at_a_snapshot(self, experiment, engine):
        run = paused_at(experiment, engine, 40)
        run.step(200)
        until(lambda: run.state is RunState.PAUSED and run.snapshots.latest_with_iteration[0] == 240)
        run.stop()
        assert run.wait(300)
        heard, answers = threading.Event(), []
        run.ask(Layers(bins=10), lambda answer: (answers.append(answer), heard.set()), 239)
        assert heard.wait(300)
        before, after = answers[0], ask(run, Layers(bins=10))
        assert (before.iteration, after.iteration) == (40, 240)
        assert before.series.iterations[-1] <= 40
        np.testing.assert_array_equal(after.series.gradient[: len(before.series.iterations)], before.series.gradient)

    def test_a_paused_run_tells_of_its_layers(self, experiment, engine):
        run = paused_at(experiment, engine, 40)
        reply = ask(run, Layers(bins=10))
        assert reply.iteration == 40
        assert reply.names == ("100 relu", "40 relu", "4 softmax")
        assert reply.parameter_counts == (1500, 4040, 164)
        assert reply.weight_counts.sum(axis=1).tolist() == [1400, 4000, 160]
        assert reply.activation_counts.sum(axis=1).tolist() == [100 * 512, 40 * 512]
        series = reply.series
        assert series.iterations[0] == 1
        assert series.gradient.shape == series.update.shape == (len(series.iterations), 3)
        assert (series.gradient > 0).all()
        assert (series.update[:, 0] > 0).all()
        assert ((series.dead >= 0) & (series.dead <= 1)).all()
        assert np.isnan(series.saturated).all()
        run.stop()
        run.wait()

    def test_an_ended_run_tells_what_it_told_at_its_end(self, experiment, engine):
        run = start_run(experiment, engine=engine)
        run.wait()
        first, second = ask(run, Layers()), ask(run, Layers())
        assert first.iteration == run.iteration == 1230
        assert len(first.series.iterations) > 0
        np.testing.assert_array_equal(first.weight_counts, second.weight_counts)
        np.testing.assert_array_equal(first.series.gradient, second.series.gradient)

    def test_questions_do_not_change_the_training(self, experiment, engine):
        asked, left_alone = start_run(experiment, engine=engine), start_run(experiment, engine=engine)
        while not asked.state.ended:
            ask(asked, Layers())
        left_alone.wait()
        np.testing.assert_array_equal(asked.history.train_cost, left_alone.history.train_cost)

    def test_a_run_without_a_network_says_so(self, experiment, engine):
        run = start_run(structs.replace(experiment, input_size=3), engine=engine)
        run.wait()
        assert run.state is RunState.FAILED
        assert "before there was a network" in ask(run, Layers())


@pytest.mark.parametrize("engine", ENGINES)
class TestSettings:
    def test_the_learning_rate_changes_under_way_and_is_recorded(self, experiment, engine):
        plain, changed = (paused_at(experiment, engine, 20) for _ in range(2))
        changed.set_learning_rate(0.05)
        until(lambda: changed.adjustments)
        for run in (plain, changed):
            run.step(20)
            until(lambda run=run: run.iteration == 40)
            run.stop()
            run.wait()
        np.testing.assert_array_equal(plain.history.train_cost[:21], changed.history.train_cost[:21])
        assert plain.history.train_cost[25] != changed.history.train_cost[25]
        (adjusted,) = changed.adjustments
        assert (adjusted.iteration, adjusted.setting, adjusted.value) == (20, "learning_rate", 0.05)

    def test_epochs_can_be_more_or_fewer_but_not_undone(self, experiment, engine):
        run = paused_at(experiment, engine, 420)
        run.set_epochs(5)
        until(lambda: run.adjustments)
        assert (run.epochs, run.total_iterations) == (5, 2050)
        run.set_epochs(1)
        until(lambda: len(run.adjustments) == 2)
        assert run.epochs == 2  # the second has begun
        run.resume()
        run.wait()
        assert run.state is RunState.FINISHED
        assert run.iteration == 820


@pytest.mark.parametrize("engine", ENGINES)
class TestForks:
    @pytest.mark.slow
    def test_unchanged_a_fork_repeats_its_origin(self, experiment, engine):
        run = start_run(experiment, engine=engine)
        run.wait()
        assert run.snapshots.iterations[0] == 0
        assert run.snapshots.iterations[-1] == 1230
        for iteration in {0, run.snapshots.iterations[len(run.snapshots.iterations) // 2]}:
            fork = start_run(experiment, engine=engine, forked_from=(run, iteration))
            fork.wait()
            assert fork.state is RunState.FINISHED
            assert fork.forked_from == (run, iteration)
            for name in ("train_cost", "train_accuracy", "test_iteration", "test_cost", "test_accuracy"):
                np.testing.assert_array_equal(getattr(fork.history, name), getattr(run.history, name))
            assert (np.diff(fork.history.seconds) >= 0).all()

    @pytest.mark.slow
    def test_with_another_rate_or_optimizer_the_curves_part(self, experiment, engine):
        origin = paused_at(experiment, engine, 100)
        for optimizer in (AdamSpec(learning_rate=0.02), GradientDescentSpec(learning_rate=0.5)):
            changed = structs.replace(experiment, optimizer=optimizer)
            fork = start_run(changed, engine=engine, paused=True, forked_from=(origin, 100))
            fork.step(50)
            until(lambda fork=fork: fork.iteration == 150)
            np.testing.assert_array_equal(fork.history.train_cost[:100], origin.history.train_cost)
            fork.stop()
            fork.wait()
        origin.step(50)
        until(lambda: origin.iteration == 150)
        assert fork.history.train_cost[100] == origin.history.train_cost[100]
        assert fork.history.train_cost[110] != origin.history.train_cost[110]
        origin.stop()
        origin.wait()

    def test_a_run_that_is_stepped_while_it_is_paused_can_be_forked_where_it_stands(self, experiment, engine):
        origin = start_run(experiment, engine=engine, paused=True)
        until(lambda: origin.state is RunState.PAUSED)
        for steps in (1, 6):
            before = origin.iteration
            origin.step(steps)
            until(lambda before=before, steps=steps: origin.snapshots.latest_with_iteration[0] == before + steps)
        assert origin.snapshot_at(7)[0] == 7
        origin.stop()
        origin.wait()

    @pytest.mark.slow
    def test_a_finished_run_goes_on_with_more_epochs(self, experiment, engine):
        short = start_run(structs.replace(experiment, epochs=1), engine=engine)
        short.wait()
        longer = start_run(structs.replace(experiment, epochs=2), engine=engine, forked_from=(short, 410))
        whole = start_run(structs.replace(experiment, epochs=2), engine=engine)
        longer.wait(), whole.wait()
        np.testing.assert_array_equal(longer.history.train_cost, whole.history.train_cost)

    def test_another_network_is_refused(self, experiment, engine):
        run = paused_at(experiment, engine, 5)
        with pytest.raises(ValueError, match="seed differs"):
            start_run(structs.replace(experiment, seed=1), engine=engine, forked_from=(run, 5))
        run.stop()
        run.wait()


def test_an_experiment_alone_can_be_looked_into(experiment):
    reply = inspect_experiment(experiment, Layers())
    assert reply.iteration == 0
    assert len(reply.series.iterations) == 0
    elsewhere = structs.replace(experiment, dataset=CsvFile("nowhere.csv"), input_size=None)
    with pytest.raises(ValueError, match=r"nowhere\.csv"):
        inspect_experiment(elsewhere, Layers())


class TestSnapshotRing:
    def test_it_stays_bounded_and_spread(self):
        ring = SnapshotRing()
        for iteration in range(2_000):
            ring.add(iteration, b"x" * 100)
        assert len(ring.iterations) == 256
        assert ring.iterations[0] == 0
        assert ring.iterations[-1] == 1999
        assert max(np.diff(ring.iterations)) <= 32
        assert ring.at(700)[0] <= 700
        assert ring.latest == b"x" * 100

    def test_large_states_are_bounded_by_their_bytes(self):
        ring = SnapshotRing()
        for iteration in range(30):
            ring.add(iteration, bytes(10_000_000))
        assert len(ring.iterations) <= 6
        assert ring.at(-1) is None

    def test_the_same_iteration_is_replaced(self):
        ring = SnapshotRing()
        ring.add(0, b"a")
        ring.add(0, b"b")
        assert (ring.iterations, ring.latest) == ((0,), b"b")


class TestPacking:
    def test_arrays_come_back_as_they_were(self):
        state = {
            "a": np.arange(6, dtype=np.float32).reshape(2, 3)[:, ::2],
            "b": np.array(3),
            "c": np.zeros((0, 4), np.int64),
            "d": np.array([np.nan, np.inf, -0.0]),
        }
        unpacked = unpack_state(pack_state(state))
        for name, array in state.items():
            assert unpacked[name].dtype == array.dtype
            np.testing.assert_array_equal(unpacked[name], array)

    def test_objects_are_not_taken(self):
        with pytest.raises((TypeError, ValueError)):
            unpack_state(pack_state({"a": np.array([object()])}))

    def test_a_message_of_another_kind_is_refused(self):
        with pytest.raises(Exception, match="Expected"):
            unpack(pack(Layers()), int)
