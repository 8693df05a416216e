"""The store: what was trained is found again, whatever happened to the program, the disk or the file."""

import errno
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, nullcontext, suppress
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from filelock import FileLock
from msgspec import structs
from recorded_program import recorded_program
from small_disk import can_mount, small_disk_command

from joml_tui.cli import main
from joml_tui.experiment import AdamSpec, CsvFile, Experiment, LayerSpec, Xor
from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.inspect.layer_curves import Layers
from joml_tui.runs.run import RunState, start_run
from joml_tui.store import (
    DataChangedError,
    Recorder,
    StoreError,
    checkpoints,
    database,
    open_store,
    restored,
    resumed,
    schema,
    series_blobs,
    store_path,
)
from joml_tui.store.inspection import examine
from joml_tui.store.location import lock_path
from joml_tui.store.owners import lock_of, owners_folder
from joml_tui.store.state_codec import decode_state, encode_state

HERE = Path(__file__).parent
SHORT = Experiment(
    dataset=Xor(samples=300), layers=(LayerSpec(6, "tanh"),), optimizer=AdamSpec(0.01), epochs=5, batch_size=16
)
LONG = structs.replace(SHORT, epochs=400)
ENDLESS = structs.replace(SHORT, epochs=1_000_000)
TRAIN = ("train_cost", "train_accuracy", "seconds")
TEST = ("test_iteration", "test_cost", "test_accuracy")


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "runs.db") as opened:
        yield opened


def trained(experiment=SHORT):
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    return run


def same_series(run, stored):
    for name in TRAIN + TEST:
        assert np.array_equal(getattr(run.history, name), stored[name], equal_nan=True), name


class TestKeeping:
    def test_a_run_is_found_again_with_every_bit(self, store, tmp_path):
        run = trained()
        number = store.keep(run, name="first")
        with open_store(tmp_path / "runs.db") as other:
            again = restored(other, number)
            assert other.experiment(number) == SHORT
            same_series(run, other.series(number))
        assert again.state is RunState.FINISHED
        assert again.snapshots.latest == run.snapshots.latest
        assert (again.train_cost, again.test_accuracy) == (run.train_cost, run.test_accuracy)
        assert (again.epochs, again.iteration, again.seconds) == (run.epochs, run.iteration, run.seconds)
        record = store.find("first")
        summary = record.summary
        assert (record.number, summary.network, summary.parameters) == (number, "2-6-2", 32)
        assert summary.iteration == run.iteration == summary.total_iterations
        assert summary.test_cost == run.test_cost
        assert set(store.versions(number)) == {"joml", "numpy", "python"}

    def test_replicas_keep_their_spread(self, store):
        run = trained(structs.replace(SHORT, replicas=3))
        series = store.series(store.keep(run))
        assert np.array_equal(run.history.series("test_cost_spread"), series["test_cost_spread"])
        assert series["train_cost_spread"].any()
        again = restored(store, 1)
        assert again.history.has_spread
        assert np.array_equal(again.history.series("train_accuracy_spread"), series["train_accuracy_spread"])

    def test_a_run_is_restored_without_reading_its_data(self, store, tmp_path, monkeypatch):
        path = tmp_path / "data.csv"
        path.write_text("".join(f"{i},{i * i % 7},{'ab'[i % 2]}\n" for i in range(60)))
        experiment = Experiment(dataset=CsvFile(str(path)), layers=(LayerSpec(4),), optimizer=AdamSpec(0.01), epochs=1)
        run = start_run(experiment, engine="thread")
        assert run.wait(300)
        number = store.keep(run)
        read = []
        monkeypatch.setattr("joml_tui.experiment.loading._wanted", read.append)
        again = restored(store, number)
        assert (again.architecture, again.parameter_count) == (run.architecture, run.parameter_count) == ("2-4-2", 22)
        assert not read

    def test_a_restored_run_answers_and_forks_as_the_one_that_was_kept(self, store):
        run = trained()
        again = restored(store, store.keep(run))
        answers = []
        for one in (run, again):
            answered = threading.Event()
            one.ask(Layers(), lambda answer, answered=answered: (answers.append(answer), answered.set()))
            assert answered.wait(300)
        assert type(answers[0]) is type(answers[1])
        longer = structs.replace(SHORT, epochs=9)
        forks = [start_run(longer, engine="thread", forked_from=(one, one.iteration)) for one in (run, again)]
        assert all(fork.wait(300) for fork in forks)
        assert np.array_equal(forks[0].history.train_cost, forks[1].history.train_cost)
        assert forks[0].iteration == 9 * run.iterations_per_epoch

    def test_a_run_that_failed_is_kept_with_its_reason(self, store):
        run = trained(structs.replace(SHORT, batch_size=100_000))
        assert run.state is RunState.FAILED
        again = restored(store, store.keep(run))
        assert again.state is RunState.FAILED
        assert again.message == run.message
        assert again.details == run.details
        assert again.history is None

    def test_one_that_diverged_keeps_what_is_no_number(self, store):
        run = trained(structs.replace(SHORT, optimizer=AdamSpec(1e6), epochs=50))
        same_series(run, store.series(store.keep(run)))

    def test_names_notes_and_tags(self, store):
        number = store.keep(trained())
        store.rename(number, "  ' OR 1=1; \x1b[2J  ")
        store.set_note(number, "two\nlines")
        store.set_tags(number, ["a b", "ü"])
        record = store.run(number)
        assert (record.name, record.note, record.tags) == ("' OR 1=1; \x1b[2J", "two\nlines", ("a b", "ü"))

    def test_the_newest_come_first_and_numbers_are_never_given_again(self, store):
        run = trained()
        assert [store.keep(run) for _ in range(3)] == [1, 2, 3]
        assert store.delete([3, 2, 99]) == 2
        assert store.keep(run) == 4
        assert [record.number for record in store.runs()] == [4, 1]
        assert [record.number for record in store.runs(newest=1)] == [4]
        connection = sqlite3.connect(store.path)
        assert {row[0] for row in connection.execute("SELECT DISTINCT run FROM chunks")} == {1, 4}
        assert {row[0] for row in connection.execute("SELECT run FROM states")} == {1, 4}
        connection.close()

    def test_a_sweep_knows_its_experiments(self, store):
        store.keep(trained(), sweep="s")
        other = structs.replace(SHORT, seed=1)
        assert store.has("s", dump_experiment(SHORT))
        assert not store.has("t", dump_experiment(SHORT))
        assert not store.has("s", dump_experiment(other))


class TestFinding:
    def test_by_number_name_and_last(self, store):
        run = trained()
        store.keep(run, name="alpha")
        store.keep(run, name="beta")
        assert [store.find(text).number for text in ("1", "#2", "beta", "last", " alpha ")] == [1, 2, 2, 2, 1]

    def test_what_is_not_there_is_reported_with_the_way_out(self, store):
        with pytest.raises(StoreError, match=r"no run in .* yet"):
            store.find("last")
        store.keep(trained(), name="alpha")
        store.keep(trained(), name="twice")
        store.keep(trained(), name="twice")
        with pytest.raises(StoreError, match=r"did you mean alpha"):
            store.find("alpah")
        with pytest.raises(StoreError, match=r"there is no run 77 in .*runs list"):
            store.find("77")
        with pytest.raises(StoreError, match=r"2 runs are called twice: .* its number, the newest first: 3, 2"):
            store.find("twice")
        for change in (lambda: store.rename(9, "x"), lambda: store.experiment_yaml(9)):
            with pytest.raises(StoreError, match=r"no run 9"):
                change()

    def test_where_it_is(self, monkeypatch, tmp_path):
        monkeypatch.setenv("JOML_STORE", str(tmp_path / "named.db"))
        assert store_path() == tmp_path / "named.db"
        assert store_path(tmp_path / "other.db") == tmp_path / "other.db"
        monkeypatch.delenv("JOML_STORE")
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        assert store_path().name == "runs.db"
        assert store_path().parent.name == "joml-tui"


@pytest.mark.parametrize("name", series_blobs.TYPES)
@pytest.mark.parametrize("count", [1, 3, 1000])
def test_series_come_back_bit_for_bit(name, count):
    generator = np.random.default_rng(count)
    bits = generator.integers(0, 2**32, count, np.uint32)  # every float there is: nan with a payload, -0.0, subnormal
    values = bits.view(np.float32) if series_blobs.TYPES[name].kind == "f" else bits.astype(np.int64)
    again = series_blobs.decode(name, count, series_blobs.encode(name, values))
    assert again.dtype == series_blobs.TYPES[name]
    assert again.tobytes() == values.tobytes()


def test_states_come_back_bit_for_bit():
    state = trained().snapshots.latest
    assert decode_state(encode_state(state)) == state
    assert len(encode_state(state)) < len(state)
    with pytest.raises(ValueError, match=r".+"):
        decode_state(b"\xc1 something else")


class TestRecording:
    @pytest.mark.slow
    def test_a_run_is_on_the_disk_while_it_trains(self, store):
        recorder = Recorder(store)
        run = start_run(ENDLESS, engine="thread")
        recorder.add(run, name="live", tags=("t",))
        seen = []
        end = time.monotonic() + 300
        while len(set(seen)) < 4:
            assert time.monotonic() < end
            time.sleep(0.1)
            with open_store(store.path) as other:
                seen += [len(other.series(record.number).get("train_cost", ())) for record in other.runs()]
                assert all(record.state is not RunState.INTERRUPTED for record in other.runs())
        run.pause()
        while run.state is not RunState.PAUSED:
            time.sleep(0.01)
        assert recorder.flush(120)
        same_series(run, store.series(1))
        assert store.run(1).state is RunState.PAUSED
        assert store.state(1)[0] == run.iteration
        run.stop()
        assert run.wait(300)
        assert recorder.close()
        assert store.run(1).state is RunState.STOPPED
        same_series(run, store.series(1))

    def test_changes_under_way_are_kept(self, store):
        recorder = Recorder(store)
        run = start_run(ENDLESS, engine="thread", paused=True)
        recorder.add(run)
        run.set_learning_rate(0.5)
        run.set_epochs(3)
        run.resume()
        assert run.wait(300)
        recorder.describe(run, name="changed", note="n", tags=("x",))
        assert recorder.flush(120)
        again = restored(store, recorder.number_of(run))
        assert [(change.setting, change.value) for change in again.adjustments] == [
            ("learning_rate", 0.5),
            ("epochs", 3),
        ]
        assert again.learning_rate == 0.5
        assert again.epochs == 3
        assert store.run(1).name == "changed"
        recorder.delete(run)
        assert recorder.flush(120)
        assert store.runs() == []
        assert recorder.close()

    def test_a_fork_knows_its_origin(self, store):
        recorder = Recorder(store)
        origin = trained()
        recorder.add(origin)
        fork = start_run(structs.replace(SHORT, epochs=7), engine="thread", forked_from=(origin, origin.iteration))
        recorder.add(fork)
        assert fork.wait(300)
        assert recorder.close()
        record = store.run(2)
        assert (record.origin, record.origin_iteration) == (1, origin.iteration)

    @pytest.mark.slow
    def test_long_series_are_several_chunks_and_short_ones_one(self, store):
        recorder = Recorder(store)
        run = start_run(structs.replace(SHORT, epochs=1_200), engine="thread")
        recorder.add(run)
        assert run.wait(300)
        assert recorder.close()
        connection = sqlite3.connect(store.path)
        rows = connection.execute(
            "SELECT first, count FROM chunks WHERE series = 'train_cost' ORDER BY first"
        ).fetchall()
        connection.close()
        assert rows == [(first, min(16_384, run.iteration - first)) for first in range(0, run.iteration, 16_384)]
        same_series(run, store.series(1))


class TestCheckpoints:
    @pytest.mark.slow
    def test_some_states_of_the_whole_run_are_kept_and_can_be_gone_back_to(self, store):
        run = trained(structs.replace(SHORT, epochs=1_200))
        number = store.keep(run)
        again = restored(store, number)
        there = again.snapshots.iterations
        assert len(there) == checkpoints.MOST + 1
        assert (there[0], there[-1]) == (0, run.iteration)
        assert max(np.diff(there)) <= run.iteration / 3
        for iteration in there:
            assert again.snapshots.at(iteration) == run.snapshots.at(iteration)
        longer = structs.replace(run.experiment, epochs=1_201)
        forks = [start_run(longer, engine="thread", forked_from=(one, there[3])) for one in (run, again)]
        assert all(fork.wait(300) for fork in forks)
        assert forks[0].forked_from[1] == forks[1].forked_from[1] == there[3]
        assert np.array_equal(forks[0].history.train_cost, forks[1].history.train_cost)
        assert restored(store, number, checkpoints=False).snapshots.iterations == there[-1:]

    @pytest.mark.slow
    def test_they_are_on_the_disk_while_it_trains_and_outlast_a_resumption(self, store):
        recorder = Recorder(store)
        run = start_run(ENDLESS, engine="thread")
        recorder.add(run)
        end = time.monotonic() + 300
        while recorder.number_of(run) is None or len(store.checkpoint_iterations(1)) < 4:
            assert time.monotonic() < end
            time.sleep(0.05)
        run.stop()
        assert run.wait(300)
        assert recorder.flush(120)
        before = store.checkpoint_iterations(1)
        again, written = resumed(store, 1, engine="thread", paused=True)
        assert set(before) <= set(again.snapshots.iterations)
        recorder.add_resumed(again, written)
        again.step(20)
        while again.iteration < run.iteration + 20:
            time.sleep(0.01)
        again.stop()
        assert again.wait(300)
        assert recorder.close()
        after = store.checkpoint_iterations(1)
        assert after[0] == 0
        assert len(after) <= checkpoints.MOST
        assert len(set(before) & set(after)) >= len(before) - 2
        assert store.check() == []

    def test_those_of_old_runs_make_room(self, store, monkeypatch):
        run = trained()
        size = sum(len(encode_state(run.snapshots.at(each)[1])) for each in run.snapshots.iterations[:-1])
        monkeypatch.setattr(checkpoints, "ALL_BYTES", int(2.5 * size))
        numbers = [store.keep(run) for _ in range(5)]
        assert [bool(store.checkpoints(number)) for number in numbers] == [False, False, False, True, True]
        assert all(store.state(number) is not None for number in numbers)
        store.delete(numbers)
        connection = sqlite3.connect(store.path)
        assert connection.execute("SELECT count(*) FROM checkpoints").fetchone() == (0,)
        connection.close()

    def test_of_states_that_are_too_large_none_is_kept(self, store, monkeypatch):
        run = trained(LONG)
        monkeypatch.setattr(checkpoints, "MOST_BYTES", len(run.snapshots.latest) - 1)
        assert store.checkpoint_iterations(store.keep(run)) == []
        monkeypatch.setattr(checkpoints, "MOST_BYTES", 2 * len(run.snapshots.latest))
        assert len(store.checkpoint_iterations(store.keep(run))) == 2

    def test_a_damaged_one_is_reported_and_left_out(self, store):
        number = store.keep(trained())
        first, *rest = store.checkpoint_iterations(number)
        connection = sqlite3.connect(store.path)
        connection.execute("UPDATE checkpoints SET data = zeroblob(length(data)) WHERE iteration = ?", (first,))
        connection.commit()
        connection.close()
        assert store.check() == [f"run {number}: its state of iteration {first:,} is damaged"]
        assert restored(store, number).snapshots.iterations[:-1] == tuple(rest)


class TestResuming:
    @pytest.mark.parametrize("engine", ["thread", pytest.param("process", marks=pytest.mark.slow)])
    def test_a_stopped_run_goes_on_as_if_nothing_had_been(self, store, engine):
        whole = trained(LONG)
        recorder = Recorder(store)
        run = start_run(LONG, engine="thread", paused=True)
        recorder.add(run)
        run.step(whole.iteration // 3)
        while run.iteration < whole.iteration // 3:
            time.sleep(0.01)
        run.stop()
        assert run.wait(300)
        assert recorder.flush(120)
        again, written = resumed(store, 1, engine=engine)
        recorder.add_resumed(again, written)
        assert again.wait(300)
        assert recorder.close()
        assert again.state is RunState.FINISHED
        for name in ("train_cost", "train_accuracy", "test_iteration", "test_cost"):
            series = getattr(again.history, name)
            if name.startswith("test"):  # the stop was tested too
                series = np.delete(series, np.setdiff1d(np.arange(len(series)), _shared(whole, again)))
            assert np.array_equal(getattr(whole.history, name), series), name
        same_series(again, store.series(1))
        assert store.run(1).state is RunState.FINISHED
        assert [record.number for record in store.runs()] == [1]

    def test_where_its_data_are_not_as_they_were_what_it_had_reached_stays(self, store, tmp_path):
        data = tmp_path / "points.csv"
        rows = [f"{n % 17},{n * n % 23},{n % 2}\n" for n in range(400)]
        data.write_text("".join(rows))
        recorder = Recorder(store)
        run = start_run(structs.replace(SHORT, dataset=CsvFile(str(data)), epochs=9), engine="thread", paused=True)
        recorder.add(run)
        run.step(50)
        while run.iteration < 50:
            time.sleep(0.01)
        run.stop()
        assert run.wait(300)
        assert recorder.flush(120)
        before = store.run(1).summary
        data.write_text("".join(rows[:200]))
        with pytest.raises(DataChangedError, match=r"points.csv has changed since run 1 was trained: 200 rows fewer"):
            resumed(store, 1, engine="thread")
        assert (store.run(1).state, store.run(1).summary) == (RunState.STOPPED, before)
        for text, message in (("1,2,3,0\n2,3,4,1\n" * 200, "has the data set changed since?"), ("", "empty")):
            data.write_text(text)
            again, written = resumed(store, 1, engine="thread", changed_data=True)
            recorder.add_resumed(again, written)
            assert again.wait(300)
            assert recorder.flush(120)
            record = store.run(1)
            assert (record.state, record.summary) == (RunState.FAILED, before)
            assert message in record.message
            same_series(run, store.series(1))
        data.write_text("".join(rows))
        again, written = resumed(store, 1, engine="thread")
        recorder.add_resumed(again, written)
        assert again.wait(300)
        assert recorder.close()
        assert (store.run(1).state, store.run(1).summary.iteration) == (RunState.FINISHED, 9 * 20)

    def test_what_came_to_its_end_is_not_gone_on_with(self, store):
        store.keep(trained())
        with pytest.raises(StoreError, match=r"has finished: fork it"):
            resumed(store, 1)

    def test_what_trains_elsewhere_is_not_gone_on_with(self, store):
        with open_store(store.path) as other:
            recorder = Recorder(other)
            run = start_run(ENDLESS, engine="thread")
            recorder.add(run)
            assert recorder.flush(120)
            assert store.find_interrupted() == []
            with pytest.raises(StoreError, match=r"training in another program"):
                resumed(store, 1)
            run.stop()
            assert run.wait(300)
            assert recorder.close()


def _shared(whole, again):
    return np.flatnonzero(np.isin(again.history.test_iteration, whole.history.test_iteration))


class TestOpening:
    def test_a_damaged_store_is_set_aside_and_told(self, tmp_path):
        path = tmp_path / "runs.db"
        with open_store(path) as store:
            for _ in range(3):
                store.keep(trained())
        body = bytearray(path.read_bytes())
        body[100:8_000] = random.Random(1).randbytes(7_900)
        path.write_bytes(body)
        with open_store(path) as store:
            (notice,) = store.notices
            assert store.runs() == []
            assert store.keep(trained()) == 1
        (aside,) = tmp_path.glob("runs.damaged-*.db")
        assert str(aside) in notice
        assert aside.read_bytes() == bytes(body)

    def test_a_file_that_is_no_database_is_set_aside(self, tmp_path):
        path = tmp_path / "runs.db"
        path.write_text("not a database, but somebody's own words " * 50)
        with open_store(path) as store:
            assert "was renamed to" in store.notices[0]
        (aside,) = tmp_path.glob("runs.damaged-*.db")
        assert "somebody's own words" in aside.read_text()

    def damaged_where_runs_are_added(self, path):
        """Make a store that opens and lists its runs, and that none can be added to."""
        run = trained()
        with open_store(path) as store:
            for _ in range(40):
                store.keep(run, name="old")
        connection = sqlite3.connect(path)
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'descriptions'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        connection.close()
        body = bytearray(path.read_bytes())
        body[(root - 1) * size : root * size] = bytes(size)
        path.write_bytes(body)
        return bytes(body)

    def test_a_file_of_another_kind_stays_where_it_is(self, tmp_path):
        path = tmp_path / "experiment.yaml"
        path.write_text("version: 1\nname: mine\n")
        with pytest.raises(StoreError, match=r"experiment.yaml is not a store of runs: name another file"):
            open_store(path)
        assert [each.name for each in tmp_path.iterdir()] == ["experiment.yaml"]
        assert path.read_text() == "version: 1\nname: mine\n"
        assert "not a store of runs" in examine(path).faults[0]

    @pytest.mark.parametrize(
        "damage",
        [
            lambda whole: whole[:60] + b"\xff" + whole[61:],  # the version
            lambda whole: whole.replace(b"CREATE TABLE runs", b"\xffREATE TABLE runs"),
        ],
    )
    def test_damage_in_the_schema_is_examined_and_set_aside(self, tmp_path, damage):
        path = tmp_path / "runs.db"
        open_store(path).close()
        whole = path.read_bytes()
        path.write_bytes(damage(whole))
        assert path.read_bytes() != whole
        assert len(examine(path).faults) == 1
        open_store(path).close()
        assert len(list(tmp_path.glob("runs.damaged-*.db"))) == 1

    def test_a_store_of_any_name_is_set_aside_when_its_beginning_is_damaged(self, tmp_path):
        path = tmp_path / "mine"
        with open_store(path) as store:
            store.keep(trained())
        path.write_bytes(bytes(200) + path.read_bytes()[200:])
        with open_store(path) as store:
            assert "was renamed to" in store.notices[0]

    def test_one_found_damaged_while_it_is_written_is_set_aside_too_and_nothing_new_is_lost(self, tmp_path):
        path = tmp_path / "runs.db"
        body = self.damaged_where_runs_are_added(path)
        messages = []
        with open_store(path) as store:
            assert store.notices == []
            assert len(store.runs()) == 40
            recorder = Recorder(store, messages.append)
            run = trained()
            recorder.add(run, name="new")
            assert recorder.flush(120)
            assert [record.name for record in store.runs()] == ["new"]
            assert recorder.number_of(run) == 1
            same_series(run, store.series(1))
            assert recorder.close()
        (aside,) = tmp_path.glob("runs.damaged-*.db")
        (notice,) = messages
        assert str(aside) in notice
        assert aside.read_bytes() == body
        with open_store(aside) as old:
            assert len(old.runs()) == 40

    def test_where_another_program_records_it_stays_where_it_is(self, tmp_path):
        path = tmp_path / "runs.db"
        self.damaged_where_runs_are_added(path)
        messages = []
        with open_store(path) as store, open_store(path) as other:
            with pytest.raises(StoreError, match="is damaged"):
                other.keep(trained())  # it holds a lock from now on
            recorder = Recorder(store, messages.append)
            recorder.add(trained())
            assert not recorder.flush(30)
            assert "another program records into it" in messages[0]
            assert not list(tmp_path.glob("*.damaged*"))
            other.close()
            assert recorder.flush(120)
            assert list(tmp_path.glob("runs.damaged-*.db"))
            assert recorder.close()

    def test_damage_within_is_reported_by_run_and_series(self, store):
        store.keep(trained())
        store.keep(trained())
        assert store.check() == []
        connection = sqlite3.connect(store.path)
        connection.execute("UPDATE chunks SET data = zeroblob(length(data)) WHERE run = 1 AND series = 'seconds'")
        connection.execute("UPDATE states SET data = zeroblob(length(data)) WHERE run = 1")
        connection.commit()
        connection.close()
        with pytest.raises(StoreError, match=r"run 1 .*its seconds is damaged from the value 1 on"):
            store.series(1)
        with pytest.raises(StoreError, match=r"run 1 .*weights are damaged"):
            store.state(1)
        assert len(store.check()) == 2
        assert store.series(2)

    def test_a_newer_store_is_refused_and_left_as_it_is(self, tmp_path):
        path = tmp_path / "runs.db"
        open_store(path).close()
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
        connection.close()
        before = path.read_bytes()
        with pytest.raises(StoreError, match=r"is of version .* use the newer joml-tui"):
            open_store(path)
        assert path.read_bytes() == before

    def test_another_programs_database_is_refused(self, tmp_path):
        path = tmp_path / "bookmarks.db"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.commit()
        connection.close()
        with pytest.raises(StoreError, match=r"of another program"):
            open_store(path)

    @pytest.mark.parametrize("statements", [[], ["PRAGMA auto_vacuum = INCREMENTAL"]], ids=["empty", "first page"])
    def test_a_store_whose_maker_was_killed_becomes_one(self, tmp_path, statements):
        path = tmp_path / "runs.db"
        path.touch()
        connection = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            connection.execute(statement)
        assert connection.execute("PRAGMA page_count").fetchone()[0] == len(statements)
        connection.close()
        for _ in range(2):
            with open_store(path) as store:
                assert (store.notices, store.check(), store.runs()) == ([], [], [])
        assert path.stat().st_mode & 0o777 == 0o600

    def test_another_program_s_database_without_tables_is_refused(self, tmp_path):
        path = tmp_path / "bookmarks.db"
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA application_id = 12345")
        connection.close()
        before = path.read_bytes()
        with pytest.raises(StoreError, match=r"of another program"):
            open_store(path)
        assert path.read_bytes() == before

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_a_folder_that_cannot_be_written(self, tmp_path):
        tmp_path.chmod(0o500)
        with pytest.raises(StoreError, match=r"cannot be used"):
            open_store(tmp_path / "runs.db")

    def test_a_path_that_cannot_be_is_reported(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreError, match=r"cannot be used.*--store"):
            open_store(tmp_path / "file" / "runs.db")


class TestMigrations:
    @pytest.mark.parametrize("version", range(1, len(schema.MIGRATIONS) + 1))
    def test_a_store_of_every_version_is_read(self, tmp_path, version):
        path = tmp_path / "runs.db"
        shutil.copy(HERE / "stores" / f"version-{version}.db", path)
        with open_store(path) as store:
            assert store.notices == []
            (record,) = store.runs()
            assert (record.name, record.tags, record.state) == ("kept", ("old",), RunState.FINISHED)
            again = restored(store, record.number)
            assert again.iteration == record.summary.iteration == len(store.series(record.number)["train_cost"])
            connection = sqlite3.connect(path)
            assert schema.version_of(connection) == len(schema.MIGRATIONS)
            connection.close()

    def test_a_run_that_an_earlier_version_stopped_early_has_the_figures_of_the_weights_it_kept(self, tmp_path):
        path = tmp_path / "runs.db"
        shutil.copy(HERE / "stores" / "version-2-stopped-early.db", path)
        with open_store(path) as store:
            (record,) = store.runs()
            run = restored(store, record.number)
        best = int(run.history.test_cost.argmin())
        assert record.summary.kept_iteration == run.history.test_iteration[best] < run.iteration
        assert record.summary.test_cost == run.test_cost == pytest.approx(float(run.history.test_cost[best]))
        assert record.summary.test_accuracy == pytest.approx(float(run.history.test_accuracy[best]))
        assert record.summary.train_cost is None  # it was never measured
        assert run.stopped_early

    def test_a_store_whose_update_was_interrupted_is_updated_the_next_time(self, tmp_path, monkeypatch):
        path = tmp_path / "runs.db"
        shutil.copy(HERE / "stores" / "version-2-stopped-early.db", path)

        def interrupted(_):
            raise KeyboardInterrupt

        with monkeypatch.context() as context:
            context.setattr("joml_tui.store.database._complete_older_records", interrupted)
            with pytest.raises(KeyboardInterrupt):
                open_store(path)
        with open_store(path) as store:
            assert store.runs()[0].summary.results is not None

    def test_ctrl_c_right_after_a_step_is_ctrl_c(self, tmp_path):
        class Interrupted(sqlite3.Connection):
            def execute(self, statement, *values):
                cursor = super().execute(statement, *values)
                if statement == "COMMIT":
                    raise KeyboardInterrupt
                return cursor

        connection = sqlite3.connect(tmp_path / "runs.db", isolation_level=None, factory=Interrupted)
        with pytest.raises(KeyboardInterrupt):
            schema.migrate(connection, ["CREATE TABLE a (x);"])
        assert schema.version_of(connection) == 1
        connection.close()

    def test_a_step_is_taken_wholly_or_not_at_all(self, tmp_path):
        connection = sqlite3.connect(tmp_path / "runs.db", isolation_level=None)
        steps = ["CREATE TABLE a (x);", "CREATE TABLE b (x);\nCREATE TABLE a (y);"]
        with pytest.raises(sqlite3.OperationalError):
            schema.migrate(connection, steps)
        assert schema.version_of(connection) == 1
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("a",)]
        schema.migrate(connection, [steps[0], "CREATE TABLE b (x);"])
        assert schema.version_of(connection) == 2
        connection.close()

    @pytest.mark.slow
    def test_two_that_open_a_new_store_at_once_make_one(self, tmp_path):
        program = f"from joml_tui.store import open_store; open_store({str(tmp_path / 'runs.db')!r}).close()"
        processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]
        assert [process.wait(300) for process in processes] == [0] * 4
        assert not list(tmp_path.glob("*.damaged*"))


RECORDING = """
import sys
from pathlib import Path
from joml_tui.experiment.yaml_text import load_experiment
from joml_tui.runs.run import start_run
from joml_tui.store import open_store, Recorder
store = open_store(sys.argv[1])
recorder = Recorder(store)
run = start_run(load_experiment(sys.argv[2]), engine="thread")
recorder.add(run)
while True:
    if recorder.flush(120):
        number = recorder.number_of(run)
        print(number, len(store.series(number).get("train_cost", ())), flush=True)
    if run.wait(0.02):
        break
recorder.close()
"""


#: Records without ever being asked to.
BY_ITSELF = """
import sys
from pathlib import Path
from joml_tui.experiment.yaml_text import load_experiment
from joml_tui.runs.run import start_run
from joml_tui.store import open_store, Recorder
recorder = Recorder(open_store(sys.argv[1]))
run = start_run(load_experiment(sys.argv[2]), engine="thread")
recorder.add(run)
print("begun", flush=True)
run.wait()
"""


def recording(path, experiment, tmp_path):
    yaml = tmp_path / "experiment.yaml"
    yaml.write_text(dump_experiment(experiment))
    return subprocess.Popen([sys.executable, "-c", RECORDING, str(path), str(yaml)], stdout=subprocess.PIPE, text=True)


def last_told(heard):
    """Return the last that a killed program told."""
    last = None
    with suppress(EOFError):
        while True:
            last = heard.recv()
    return last


@pytest.mark.slow
def test_killed_two_dozen_times_every_acknowledged_record_is_found(tmp_path):
    path, chance, yaml = tmp_path / "runs.db", random.Random(0), dump_experiment(ENDLESS)
    acknowledged = {}
    for _ in range(12):  # two at once, into the same store
        with recorded_program(path, yaml) as one, recorded_program(path, yaml) as two:
            for process, heard in (one, two):
                first = heard.recv()
                time.sleep(chance.uniform(0, 0.3))
                process.kill()
                number, rows = last_told(heard) or first
                acknowledged[number] = rows
    with open_store(path) as store:
        assert store.notices == []
        assert store.check() == []
        match = {record.number: record for record in store.runs()}
        assert set(acknowledged) <= set(match)
        assert len(acknowledged) == 24
        reference = None
        for number, rows in acknowledged.items():
            assert match[number].state is RunState.INTERRUPTED
            series = store.series(number).get("train_cost", np.empty(0))
            assert len(series) >= rows
            assert match[number].summary.iteration == len(series)
            reference = series if reference is None or len(series) > len(reference) else reference
        for number in acknowledged:  # the same experiment: the same bits, as far as each came
            series = store.series(number).get("train_cost", np.empty(0))
            assert np.array_equal(series, reference[: len(series)])
        again, _ = resumed(store, max(acknowledged, key=acknowledged.get), engine="thread", paused=True)
        again.step(500)
        while again.iteration < len(reference):
            time.sleep(0.01)
            if again.state is RunState.PAUSED:
                again.step(500)
        assert np.array_equal(again.history.train_cost[: len(reference)], reference)
        again.stop()
        assert again.wait(300)


@pytest.mark.slow
def test_a_program_that_is_killed_has_recorded_by_itself_again_and_again(tmp_path):
    path, yaml = tmp_path / "runs.db", tmp_path / "experiment.yaml"
    yaml.write_text(dump_experiment(ENDLESS))
    process = subprocess.Popen([sys.executable, "-c", BY_ITSELF, str(path), str(yaml)], stdout=subprocess.PIPE)
    assert process.stdout.readline()
    seen, end = [0], time.monotonic() + 500
    with open_store(path) as other:
        while len(seen) < 4 or (other.state(1) or [0])[0] == 0:
            assert time.monotonic() < end
            rows = len(other.series(1).get("train_cost", ())) if other.count() else 0
            seen += [rows] if rows > seen[-1] else []
            time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    process.wait()
    with open_store(path) as store:
        (record,) = store.runs()
        assert record.state is RunState.INTERRUPTED
        assert record.summary.iteration == len(store.series(1)["train_cost"]) >= seen[-1]
        iteration, _, _ = store.state(record.number)
        assert 0 < iteration <= record.summary.iteration


@pytest.mark.slow
def test_two_processes_write_at_once(tmp_path):
    path = tmp_path / "runs.db"
    processes = [recording(path, structs.replace(LONG, seed=seed), tmp_path) for seed in (0, 0)]
    assert [process.wait(300) for process in processes] == [0, 0]
    for process in processes:
        process.stdout.close()
    with open_store(path) as store:
        assert [record.state for record in store.runs()] == [RunState.FINISHED] * 2
        whole = trained(LONG)
        for record in store.runs():
            assert np.array_equal(store.series(record.number)["train_cost"], whole.history.train_cost)


@pytest.mark.slow
def test_a_full_disk_stops_no_training_and_nothing_is_lost_once_there_is_room(store):
    messages = []
    store._connection.execute("PRAGMA max_page_count = 20")
    recorder = Recorder(store, messages.append)
    run = start_run(structs.replace(SHORT, epochs=1_000), engine="thread")
    recorder.add(run)
    assert run.wait(300)
    assert run.state is RunState.FINISHED
    assert not recorder.flush(30)
    assert "is full: make room there" in messages[0]
    assert len(messages) == 1
    store._connection.execute("PRAGMA max_page_count = 1000000")
    assert recorder.flush(120)
    assert "nothing was lost" in messages[1]
    same_series(run, store.series(1))
    assert store.run(1).state is RunState.FINISHED
    assert recorder.close()


@pytest.mark.parametrize("now", [-86_400.0, 1e12], ids=["never set", "far ahead"])
def test_a_clock_that_is_wrong_makes_no_run_a_damaged_one(tmp_path, monkeypatch, now):
    monkeypatch.setattr(time, "time", lambda: now)
    with open_store(tmp_path / "runs.db") as store:
        store.keep(trained())
        assert (len(store.runs()), store.check()) == (1, [])


def test_runs_are_named_by_numbers_too_and_missing_ones_have_no_series(tmp_path):
    run = start_run(SHORT, engine="thread")
    assert run.wait(120)
    store = open_store(tmp_path / "runs.db")
    store.keep(run)
    assert store.find(1).number == store.find("1").number == 1
    store.set_tags(1, "spirals")
    assert store.find(1).tags == ("spirals",)
    with pytest.raises(StoreError, match="there is no run 2"):
        store.series(2)
    store.close()
    with pytest.raises(StoreError, match=r"runs.db is closed: open it again"):
        store.runs()


ON_A_SMALL_DISK = """
import sys
from joml_tui.experiment.yaml_text import load_experiment
from joml_tui.runs.run import start_run
from joml_tui.store import open_store, Recorder
told = []
store = open_store(sys.argv[1] + "/runs.db")
recorder = Recorder(store, told.append)
run = start_run(load_experiment(sys.argv[2]), engine="thread")
recorder.add(run)
assert run.wait(500)
recorder.flush(120)
(record,) = store.runs()
print(run.state.value, told[0] if told else "nothing was told", store.check(), record.summary.iteration, sep=" | ")
"""


@pytest.mark.slow
def test_a_disk_that_fills_up_under_way(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if not can_mount(disk):
        pytest.skip("no disk of its own can be mounted here")
    yaml = tmp_path / "experiment.yaml"
    # Pure noise compresses badly: what is to be kept is larger than the disk, however often it is written.
    noise = structs.replace(SHORT, dataset=Xor(samples=300, noise=3.0), epochs=3_000)
    yaml.write_text(dump_experiment(noise))
    result = subprocess.run(
        small_disk_command(disk, sys.executable, "-c", ON_A_SMALL_DISK, str(disk), str(yaml), size="320k"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    state, messages, damage, iteration = result.stdout.split(" | ")
    assert state == "finished"
    assert "not recorded for now" in messages
    assert damage == "[]"
    assert int(iteration) > 0


def test_numbers_in_the_description_are_json(store):
    number = store.keep(trained())
    assert json.loads(store._description(number, "adjustments")) == []


def test_damage_is_told_from_what_passes():
    assert database.is_damage(sqlite3.DatabaseError("database disk image is malformed"))
    assert not database.is_damage(sqlite3.OperationalError("database is locked"))


class TestOpeningWithoutALock:
    """One program at a time makes, upgrades or renames a store; any number of them opens one that is ready."""

    @pytest.fixture
    def locked(self, tmp_path, monkeypatch):
        """Another program has the lock, and nobody waits for it."""
        monkeypatch.setattr(database, "_BUSY_SECONDS", 0.0)
        open_store(tmp_path / "runs.db").close()
        with FileLock(lock_path(tmp_path / "runs.db")):
            yield tmp_path / "runs.db"

    def test_a_store_of_this_version_is_opened_while_another_program_has_the_lock(self, locked):
        with open_store(locked) as store:
            assert store.runs() == []

    @pytest.mark.parametrize("kind", ["none", "empty", "older", "damaged"])
    def test_others_wait_for_the_lock(self, locked, kind):
        if kind == "older":
            with sqlite3.connect(locked) as connection:
                connection.execute("PRAGMA user_version = 1")
            connection.close()
        else:
            locked.unlink()
            if kind != "none":
                locked.write_bytes(b"" if kind == "empty" else b"SQLite format 3\0" + bytes(5_000))
        before = locked.read_bytes() if locked.exists() else None
        with pytest.raises(StoreError, match="cannot be used"):
            open_store(locked)
        assert (locked.read_bytes() if locked.exists() else None) == before

    def test_a_store_that_is_renamed_meanwhile_is_not_used(self, tmp_path, monkeypatch):
        path = tmp_path / "runs.db"
        open_store(path).close()
        opened = database._opened

        def renamed_meanwhile(path):
            monkeypatch.setattr(database, "_opened", opened)
            connection = opened(path)
            path.rename(path.with_name("aside.db"))
            return connection

        monkeypatch.setattr(database, "_opened", renamed_meanwhile)
        with open_store(path) as store:
            assert store.runs() == []
        assert path.exists()
        assert (tmp_path / "aside.db").exists()


class TestReadOnlyStore:
    """A store of somebody else, or on read-only media."""

    @pytest.fixture(params=["mode=ro", "immutable=1"])
    def kept(self, request, tmp_path, monkeypatch):
        """A store with a run that cannot be opened to write, and by one option alone to read."""
        path = tmp_path / "runs.db"
        with open_store(path) as store:
            recorder = Recorder(store)
            recorder.add(trained())
            recorder.close()
        connected = database._connected_to_read

        def connected_by(path, option):
            if option != request.param:
                raise sqlite3.OperationalError("unable to open database file")
            return connected(path, option)

        monkeypatch.setattr(os, "access", lambda at, mode: mode == os.R_OK or not Path(at).is_relative_to(tmp_path))
        monkeypatch.setattr(database, "_opened_at_once", lambda _: None)
        monkeypatch.setattr(database, "_connected_to_read", connected_by)
        return path

    def test_all_of_it_is_read_and_nothing_is_changed(self, kept):
        before = kept.read_bytes()
        with open_store(kept, to_read=True) as store:
            assert [run.number for run in store.runs()] == [1]
            assert store.experiment(1) == SHORT
            assert store.state(1) is not None
            assert store.check() == []
            assert store.interrupted == []
            with pytest.raises(StoreError, match="can only be read: copy it into a folder of your own"):
                store.delete([1])
        assert examine(kept).faults == []
        assert kept.read_bytes() == before

    @pytest.mark.parametrize(("works", "state"), [(True, "running"), (False, "interrupted")])
    def test_a_run_whose_program_has_ended_is_interrupted_wherever_it_is_shown(self, kept, works, state):
        owner = "ab" * 16
        with closing(sqlite3.connect(kept)) as connection, connection:
            connection.execute("UPDATE runs SET state = 'running', owner = ?", (owner,))
        before = kept.read_bytes()
        with lock_of(kept, owner) if works else nullcontext(), open_store(kept, to_read=True) as store:
            assert store.runs()[0].state.value == state
            assert store.run(1).state.value == state
            assert store.find("last").state.value == state
            assert store.find(store.run(1).name or "1").state.value == state
            shown = {
                view: CliRunner().invoke(main, ["runs", *view.split(), "--store", str(kept)]).output
                for view in ("list", "list --json", "show 1", "show 1 --json", "export --table --format csv --output -")
            }
        assert {view: text for view, text in shown.items() if state not in text} == {}
        assert kept.read_bytes() == before

    def test_one_that_cannot_be_read_is_an_error_in_a_sentence(self, kept, monkeypatch):
        def broken(_):
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(database, "is_something_else", broken)
        with pytest.raises(StoreError, match="cannot be read: Input/output error; copy it"):
            open_store(kept, to_read=True)

    def test_one_of_an_earlier_version_is_not_upgraded(self, kept):
        with sqlite3.connect(kept) as connection:
            connection.execute("PRAGMA user_version = 1")
        connection.close()
        with pytest.raises(StoreError, match="earlier version, and cannot be upgraded here: copy it"):
            open_store(kept, to_read=True)

    @pytest.mark.parametrize("kept", ["immutable=1"], indirect=True)
    def test_one_in_use_is_not_read_without_its_latest_runs(self, kept):
        kept.with_name("runs.db-wal").write_bytes(b"pages of the latest runs")
        with pytest.raises(StoreError, match="cannot be read: unable to open database file; copy it"):
            open_store(kept, to_read=True)


class TestOwnersThatAreNone:
    """Files in the place of the locks beside a store, such as a program that copies folders leaves there."""

    OWNER = "ab" * 16

    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "runs.db"
        with open_store(path) as store:
            recorder = Recorder(store)
            recorder.add(trained())
            recorder.close()
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE runs SET state = 'running', owner = ?", (self.OWNER,))
        shutil.rmtree(owners_folder(path))
        return path

    @pytest.mark.parametrize("what", ["a file", "a folder as lock", "a link as lock"])
    def test_hides_no_run(self, path, what):
        folder = owners_folder(path)
        if what == "a file":
            folder.write_text("")
        else:
            folder.mkdir()
            lock = folder / self.OWNER
            lock.mkdir() if what == "a folder as lock" else lock.symlink_to(path)
        with open_store(path) as store:
            assert [(run.number, run.state.value) for run in store.runs()] == [(1, "running")]

    def test_does_not_let_a_run_be_recorded_without_a_sentence(self, path):
        owners_folder(path).write_text("")
        with open_store(path) as store:
            for _ in range(2):  # the second time it is no more held than the first
                with pytest.raises(StoreError, match="owners beside it must be a folder to write to"):
                    store.begin(trained())


class TestStoreTakenAway:
    """A store whose file is deleted, moved or replaced while a program records into it."""

    @pytest.mark.parametrize("what", ["deleted", "moved", "replaced"])
    def test_is_no_place_to_record_into_in_silence(self, tmp_path, what):
        path, aside = tmp_path / "runs.db", tmp_path / "aside.db"
        warnings = []
        with open_store(path) as store:
            recorder = Recorder(store, warnings.append)
            recorder.add(trained())
            recorder.flush()
            assert warnings == []
            path.rename(aside)
            if what == "replaced":
                shutil.copy(aside, path)
            elif what == "deleted":
                aside.unlink()
            recorder.add(trained())
            recorder.close()
        assert any("was deleted, moved or replaced after this program had opened it" in each for each in warnings)

    def test_that_is_put_back_has_all_runs(self, tmp_path):
        path, aside = tmp_path / "runs.db", tmp_path / "aside.db"
        with open_store(path) as store:
            path.rename(aside)
            with pytest.raises(StoreError, match="put it back"):
                store.begin(trained())
            aside.rename(path)
            assert store.begin(trained()).number == 1
