"""Sweeps over real processes: the coordinator killed midway, a worker killed, a cluster that loses a worker."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from command_line import SCRIPT, given
from held_queue import HELD

from joml_tui.pool import workers
from joml_tui.runs.run import start_run
from joml_tui.serialization import unpack_state
from joml_tui.store import open_store, restored
from joml_tui.sweep.coordinator import train_sweep
from joml_tui.sweep.executors import Crew, processes
from joml_tui.sweep.sweep_file import load_sweep, parse_sweep
from joml_tui.sweep.sweep_worker import train_batch

HERE = Path(__file__).parent
#: Eight runs of a fraction of a second.
SWEEP = """
name: eight
base: article-14-100-40-4
grid:
  epochs: [1]
  optimizer.learning_rate: [0.002, 0.001]
seeds: 4
"""
#: A cluster of two worker processes, one of which is killed while the sweep on it is held after two runs.
ON_A_CLUSTER = """
import os, signal, subprocess, sys
from distributed import LocalCluster

if __name__ == "__main__":
    held, sweep, store = sys.argv[1:]
    with LocalCluster(processes=True, n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        command = [sys.executable, held, "2", "queue", sweep, "--store", store, "--json"]
        command += ["--dask", cluster.scheduler_address]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while process.stderr.readline() != "held\\n":
                assert process.poll() is None, "it ended before a worker could be killed"
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            process.stdin.close()
            sys.stderr.write(process.stderr.read())
        sys.exit(process.returncode)
"""


@pytest.fixture
def sweep(tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text(SWEEP)
    return path


def command(sweep, store, *more):
    return [SCRIPT, "queue", sweep, "--store", store, "--workers", "2", *more]


def kept(path):
    """Count the runs in a store that another process writes."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as store:
        try:
            return store.execute("SELECT count(*) FROM runs").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


@contextmanager
def held_process(sweep, store, runs, **settings):
    """Run the sweep in a process that is held once so many runs are stored."""
    program = [sys.executable, HERE / "held_queue.py", str(runs), *command(sweep, store)[1:]]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings) as process:
        while process.stderr.readline() != HELD:
            assert process.poll() is None, "it ended too early"
        yield process


def train_but_hold_one(flag, experiments, seconds=0.0):
    """Train a batch as a worker does; the process that comes first says which it is, and waits to be killed."""
    try:
        with flag.open("x") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        return train_batch(experiments, seconds)
    threading.Event().wait()
    raise AssertionError("it was to be killed")


def assert_every_job_once_as_run_trains_it(sweep, path):
    jobs = load_sweep(sweep).jobs
    with open_store(path) as store:
        numbers = {store.experiment_yaml(run.number): run.number for run in store.runs()}
        assert len(store.runs()) == len(jobs)
        assert numbers.keys() == {job.yaml for job in jobs}
        for job in (jobs[0], jobs[-1]):
            run, stored = start_run(job.experiment, engine="thread"), restored(store, numbers[job.yaml])
            assert run.wait(300)
            np.testing.assert_array_equal(stored.history.train_cost, run.history.train_cost)
            np.testing.assert_array_equal(stored.history.test_accuracy, run.history.test_accuracy)
            ours, theirs = (unpack_state(each.snapshots.latest)["theta"] for each in (stored, run))
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
def test_a_sweep_whose_coordinator_was_killed_goes_on_where_it_stopped(sweep, tmp_path):
    path = tmp_path / "runs.db"
    with held_process(sweep, path, 2, stdout=subprocess.DEVNULL) as process:
        process.kill()
    before = kept(path)
    assert before == 2
    result = subprocess.run(command(sweep, path, "--json"), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert (
        f"eight: {before} of 8 runs are in the store already; the other {8 - before} are trained now" in result.stderr
    )
    whole = json.loads(result.stdout)
    assert (whole["done"], [setting["n"] for setting in whole["settings"]]) == (8, [4, 4])
    assert_every_job_once_as_run_trains_it(sweep, path)
    again = subprocess.run(command(sweep, path), capture_output=True, text=True, check=False)
    assert again.returncode == 0
    assert "8 of 8 runs are in the store already; nothing is left to train" in again.stderr
    assert kept(path) == 8


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done(sweep, tmp_path):
    path = tmp_path / "runs.db"
    with held_process(sweep, path, 2, stdout=subprocess.PIPE, start_new_session=True) as process:
        os.killpg(process.pid, signal.SIGINT)
        table, errors = process.communicate(timeout=300)  # closes its standard input too
    assert process.returncode == 130
    assert f"interrupted: {kept(path)} of 8 runs are in the store; repeat the command to continue" in errors
    assert "Traceback" not in errors
    assert "test accuracy" in table
    assert 2 <= kept(path) < 8


@pytest.mark.slow
def test_the_runs_of_a_killed_process_are_given_out_again(sweep, tmp_path):
    pools, notes = [], []

    @contextmanager
    def pool():
        with workers(2) as pool_of_two:
            pools.append(pool_of_two)
            yield pool_of_two

    train = partial(train_but_hold_one, tmp_path / "held")
    with open_store(tmp_path / "runs.db") as store:
        crew = Crew(pool, lambda: 2)
        for place, _ in enumerate(train_sweep(load_sweep(sweep), crew, store, tell=notes.append, train=train)):
            if place == 0:  # the other process is held since before, in the midst of a batch
                os.kill(int((tmp_path / "held").read_text()), signal.SIGKILL)
    assert len(pools) == 2
    assert any("a worker died" in text for text in notes)
    assert_every_job_once_as_run_trains_it(sweep, tmp_path / "runs.db")


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_trains_every_job_once(sweep, tmp_path):
    pytest.importorskip("distributed")
    program, path = tmp_path / "on_a_cluster.py", tmp_path / "runs.db"
    program.write_text(ON_A_CLUSTER)
    result = subprocess.run(
        [sys.executable, program, HERE / "held_queue.py", sweep, path],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["done"] == 8
    assert_every_job_once_as_run_trains_it(sweep, path)


@pytest.mark.slow
def test_a_process_trains_as_a_thread_does(tmp_path):
    sweep = parse_sweep("base: xor\ngrid: {epochs: [1]}\nseeds: 2")
    with open_store(tmp_path / "runs.db") as store:
        outcomes = list(train_sweep(sweep, processes(1), store))
        assert [outcome.job.experiment.seed for outcome in outcomes] == [0, 1]
        stored, run = restored(store, outcomes[1].run.number), start_run(sweep.jobs[1].experiment, engine="thread")
        assert run.wait(300)
        np.testing.assert_array_equal(stored.history.train_cost, run.history.train_cost)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.yaml"], "none.yaml: no such file"),
        (["bad.yaml"], "bad.yaml:2: grid: expected a mapping of settings to lists of values, got 3"),
        (["good.yaml", "--dask", "nowhere"], "--dask: expected a scheduler's address"),
        (["good.yaml", "--store", "."], "the store"),
        (["good.yaml", "--workers", "0"], "--workers"),
    ],
    ids=["no-file", "bad-file", "no-address", "no-store", "no-workers"],
)
def test_bad_input_is_refused_with_one_message(arguments, message, tmp_path, monkeypatch):
    (tmp_path / "bad.yaml").write_text("base: xor\ngrid: 3\n")
    (tmp_path / "good.yaml").write_text("base: xor\n")
    monkeypatch.chdir(tmp_path)
    result = given("queue", *arguments)
    assert result.exit_code == 2, result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.slow
def test_quiet_tells_nothing_but_the_results(tmp_path):
    (tmp_path / "good.yaml").write_text("base: xor\nname: q\n")
    result = subprocess.run(
        command(tmp_path / "good.yaml", tmp_path / "runs.db", "--quiet"), capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == 3
