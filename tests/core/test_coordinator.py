"""Sweeps: what a file asks for, and that any executor trains it as `run` does, each job once in the store."""

import hashlib
import json
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from msgspec import structs

from joml_tui.experiment import (
    CsvFile,
    Experiment,
    IdxFiles,
    LayerSpec,
    NpzFile,
    Xor,
    load_data,
    loading,
    with_architecture,
)
from joml_tui.experiment.presets import find_experiment, package_folder
from joml_tui.experiment.yaml_text import ExperimentError, dump_experiment, parse_experiment
from joml_tui.interruption import interruptions_counted
from joml_tui.runs.run import RunState, start_run
from joml_tui.serialization import unpack_state
from joml_tui.store import open_store, restored
from joml_tui.store.run_summary import fingerprint
from joml_tui.sweep import scheduler
from joml_tui.sweep.coordinator import SweepError, alone, kept_before, train_sweep
from joml_tui.sweep.executors import Crew, CrewError, cluster
from joml_tui.sweep.packed_run import pack_run, unpack_run
from joml_tui.sweep.scheduler import schedule
from joml_tui.sweep.sweep_file import load_sweep, parse_sweep
from joml_tui.sweep.sweep_results import as_json, result_table
from joml_tui.sweep.sweep_worker import train_batch

BASE = """
base:
  dataset: {name: xor, samples: 200}
  layers: [{size: 4, activation: tanh}]
  epochs: 2
"""
SMALL = f"""
name: small
{BASE}
grid:
  optimizer.learning_rate: [0.01, 0.001]
  network: [2-4-2, 2-3x2-2]
seeds: [0, 5, 2]
"""


def refusal(text, folder=None):
    with pytest.raises(ExperimentError) as raised:
        parse_sweep(text, "s.yaml", folder)
    return str(raised.value)


def threads(count=2):
    return Crew(lambda: ThreadPoolExecutor(count), lambda: count)


def trained(experiment):
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    return run


def assert_same_bits(actual, expected):
    assert (actual.state, actual.message, actual.epochs) == (expected.state, expected.message, expected.epochs)
    for name in ("train_cost", "train_accuracy", "test_iteration", "test_cost", "test_accuracy"):
        np.testing.assert_array_equal(getattr(actual.history, name), getattr(expected.history, name))
    iteration, state = actual.snapshots.latest_with_iteration
    expected_iteration, expected_state = expected.snapshots.latest_with_iteration
    assert iteration == expected_iteration
    state, expected_state = unpack_state(state), unpack_state(expected_state)
    assert state.keys() == expected_state.keys()
    for name, array in state.items():
        np.testing.assert_array_equal(array, expected_state[name])


# --- what a file asks for -------------------------------------------------------------------------------------------


def test_a_sweep_is_every_combination_from_every_seed():
    sweep = parse_sweep(SMALL)
    assert sweep.identity == sweep.name == "small"
    assert sweep.paths == ("optimizer.learning_rate", "network")
    assert [cell.values for cell in sweep.cells] == [
        (rate, network) for rate in (0.01, 0.001) for network in ("2-4-2", "2-3x2-2")
    ]
    assert [[job.experiment.seed for job in cell.jobs] for cell in sweep.cells] == [[0, 5, 2]] * 4
    assert [job.place for job in sweep.jobs] == list(range(12))
    job = sweep.jobs[4]
    assert job.label == "learning rate 0.01, network 2-3x2-2, seed 5"
    assert [layer.size for layer in job.experiment.layers] == [3, 3]
    assert parse_experiment(job.yaml) == job.experiment


def test_a_sweep_whose_task_has_another_name_now_is_the_one_that_the_store_knows(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n" + "".join(f"{n},{n}.5\n" for n in range(20)))
    base = "{version: 1, dataset: {name: csv, path: a.csv, task: values}, output: {activation: identity, cost: huber}}"
    sweep = parse_sweep(f"version: 1\nbase: {base}\nseeds: 2\n", folder=tmp_path)
    written = [job.yaml.replace("task: regression", "task: values") for job in sweep.jobs]
    assert written != [job.yaml for job in sweep.jobs]
    assert sweep.identity == f"sweep-{hashlib.sha256(''.join(written).encode()).hexdigest()[:16]}"
    assert [fingerprint(job.yaml) for job in sweep.jobs] == [
        hashlib.sha256(text.encode()).hexdigest() for text in written
    ]


def test_a_job_is_the_experiment_that_run_trains_with_the_same_options():
    sweep = parse_sweep("base: article-14-100-40-4\ngrid: {network: 14-28x6-4}\nseeds: [7]")
    base = find_experiment("article-14-100-40-4")
    from joml import parse_architecture

    expected = structs.replace(with_architecture(base, parse_architecture("14-28x6-4")), seed=7)
    assert [job.experiment for job in sweep.jobs] == [expected]


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [("3", [0, 1, 2]), ("[3]", [3]), ("[9, 1]", [9, 1]), ("2..4", [2, 3, 4]), (None, [11])],
)
def test_seeds_are_a_number_of_them_a_list_or_a_range(seeds, expected):
    text = BASE + "  seed: 11\n" + (f"seeds: {seeds}" if seeds else "")
    assert [job.experiment.seed for job in parse_sweep(text).jobs] == expected


def test_a_base_may_be_a_data_file(tmp_path):
    (tmp_path / "plants.csv").write_text("a,b,kind\n" + "1,2,up\n3,5,down\n" * 20)
    (tmp_path / "sweep.yaml").write_text("version: 1\nbase: plants.csv\ngrid: {epochs: [1, 2]}\n")
    first, second = load_sweep(tmp_path / "sweep.yaml").jobs
    assert first.experiment.dataset.path == str(tmp_path / "plants.csv")
    assert [layer.size for layer in first.experiment.layers] == [64, 32]
    assert (first.experiment.epochs, second.experiment.epochs) == (1, 2)


def test_a_base_is_a_preset_a_file_beside_the_sweep_or_an_experiment(tmp_path):
    (tmp_path / "data.csv").write_text("a,b,kind\n" + "".join(f"{i},{i % 7},{'xy'[i % 2]}\n" for i in range(20)))
    (tmp_path / "mine.yaml").write_text(
        "version: 1\ndataset: {name: csv, path: data.csv, label: kind}\nbatch_size: 4\nlayers: [{size: 3}]\n"
    )
    (tmp_path / "sweep.yaml").write_text("base: mine.yaml\n")
    (job,) = load_sweep(tmp_path / "sweep.yaml").jobs
    assert job.experiment.dataset.path == str(tmp_path / "data.csv")
    (tmp_path / "inline.yaml").write_text(
        "base: {dataset: {name: csv, path: data.csv, label: kind}, batch_size: 4, layers: [{size: 3}]}\n"
    )
    assert load_sweep(tmp_path / "inline.yaml").jobs[0].experiment == job.experiment
    assert parse_sweep("base: xor").jobs[0].experiment == find_experiment("xor")


def test_whole_parts_of_an_experiment_can_be_values():
    text = BASE + "grid:\n  optimizer: [adam, {name: momentum, learning_rate: 0.3}]\n  layers: [8, none, [{size: 2}]]\n"
    sweep = parse_sweep(text)
    assert [str(job.experiment.optimizer.__struct_config__.tag) for job in sweep.jobs] == ["adam"] * 3 + [
        "momentum"
    ] * 3
    assert sweep.jobs[3].experiment.optimizer.learning_rate == 0.3
    assert [[layer.size for layer in job.experiment.layers] for job in sweep.jobs[:3]] == [[8], [], [2]]
    assert sweep.cells[5].label == "optimizer {name: momentum, learning_rate: 0.3}, layers [{size: 2}]"


def test_the_identity_is_the_name_or_a_digest_of_what_is_asked_for():
    nameless = parse_sweep(BASE + "seeds: 2")
    assert nameless.identity.startswith("sweep-")
    assert nameless.identity == parse_sweep("# a remark\nseeds: [0, 1]" + BASE).identity
    assert nameless.identity != parse_sweep(BASE + "seeds: 3").identity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1]", "s.yaml:1: expected a mapping of name, base, grid, seeds, got a list"),
        ("seeds: 3", "s.yaml:1: base: this key is missing"),
        ("base: xro", "s.yaml:1: base: no preset or file is called 'xro'; did you mean xor?"),
        ("base: no/such.yaml", "no/such.yaml: no such file"),
        ("base: 3", "s.yaml:1: base: expected a preset's name"),
        ("base: xor\nsede: 3", "s.yaml:2: sede: unknown key; did you mean seeds?"),
        ("version: 2\nbase: xor", "s.yaml:1: version: version 2 is newer than this program"),
        ("name: [a]\nbase: xor", "s.yaml:1: name: expected text"),
        ("base: xor\ngrid: [1]", "s.yaml:2: grid: expected a mapping of settings to lists of values, got a list"),
        ("base: {dataset: {name: xor},\n  epochs: none}", "s.yaml:2: base.epochs: expected an integer, got 'none'"),
        ("base: xor\ngrid:\n  seed: [1]", "s.yaml:3: grid.seed: seeds have a key of their own"),
        ("base: xor\ngrid:\n  epochs: []", "s.yaml:3: grid.epochs: write the values to try"),
        ("base: xor\ngrid:\n  epochs: [1, 1]", "s.yaml:3: grid.epochs: 1 occurs twice"),
        (
            "base: xor\ngrid:\n  epochs:\n    - 1\n    - 0\n",
            "s.yaml:5: grid.epochs[1]: expected an integer >= 1, got 0",
        ),
        ("base: xor\ngrid:\n  epoch: [1]", "s.yaml:3: grid.epoch[0]: unknown key; did you mean epochs?"),
        ("base: xor\ngrid:\n  network: [2-4-2, 2-a-2]", "s.yaml:3: grid.network[1]: architecture '2-a-2': part 2 'a'"),
        ("base: xor\ngrid:\n  network: [3-4-2]", "s.yaml:2: grid: network 3-4-2: input_size: "),
        ("base: xor\ngrid: {network: [2-4-2], layers: [4]}", "network and layers both choose the hidden layers"),
        ("base: xor\ngrid: {layers: [4x2, 4-4]}", "are the same experiment; leave one of them out"),
        ("base: xor\nseeds: 0", "s.yaml:2: seeds: expected how many seeds, from 1 to 10,000, or a list, got 0"),
        ("base: xor\nseeds:\n  - 1\n  - -1", "s.yaml:4: seeds[1]: expected a whole number from 0 to 2^63 - 1, got -1"),
        ("base: xor\nseeds: true", "s.yaml:2: seeds: expected how many seeds"),
        ("base: xor\nseeds: []", "s.yaml:2: seeds: write the values to try"),
        ("base: xor\ngrid: {epochs: 1..100}\nseeds: 101", "s.yaml:3: seeds: the sweep would make 10,100 runs"),
        ("base: xor\ngrid: {epochs: 1..100, batch_size: 1..11}", "the grid would make 1,100 runs"),
        ("base: [", "s.yaml:1: not valid YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_path(text, expected, tmp_path):
    assert expected.lower() in refusal(text, tmp_path).lower()


def test_the_sweeps_that_come_with_the_package_can_be_trained():
    files = sorted((package_folder() / "sweeps").glob("*.yaml"))
    assert files
    for file in files:
        assert len(load_sweep(file).jobs) > 1


# --- a run on its way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{}, {"replicas": 3}, {"layers": (LayerSpec(4, dropout=0.5),)}],
    ids=["plain", "replicas", "dropout"],
)
def test_a_packed_run_comes_back_bit_for_bit(changes):
    run = trained(structs.replace(parse_sweep(BASE).jobs[0].experiment, **changes))
    unpacked = unpack_run(pack_run(run))
    assert unpacked.experiment == run.experiment
    assert_same_bits(unpacked, run)
    np.testing.assert_array_equal(unpacked.history.seconds, run.history.seconds)
    if run.history.has_spread:
        np.testing.assert_array_equal(
            unpacked.history.series("train_cost_spread"), run.history.series("train_cost_spread")
        )
    assert (unpacked.seconds, unpacked.layers_record) == (run.seconds, run.layers_record)


def test_a_run_that_could_not_begin_is_packed_with_what_it_says():
    run = trained(Experiment(dataset=Xor(samples=200), batch_size=100_000))
    unpacked = unpack_run(pack_run(run))
    assert (unpacked.state, unpacked.message, unpacked.history) == (RunState.FAILED, run.message, None)
    assert "batch_size" in unpacked.message
    assert "Traceback" in unpacked.details


def test_a_worker_hands_over_what_it_has_done_after_its_slice():
    texts = [job.yaml for job in parse_sweep(SMALL).jobs[:3]]
    assert len(train_batch(texts, seconds=0)) == 1
    assert [unpack_run(packed).experiment.seed for packed in train_batch(texts, seconds=60)] == [0, 5, 2]


# --- any executor ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_job_lands_once_in_the_store_with_the_bits_of_run(tmp_path):
    sweep = parse_sweep(SMALL)
    with open_store(tmp_path / "runs.db") as store:
        outcomes = list(train_sweep(sweep, threads(), store))
        assert sorted(outcome.job.place for outcome in outcomes) == list(range(12))
        assert len(store.runs(sweep="small")) == 12
        for outcome in outcomes:
            assert outcome.run.name == outcome.job.label
            assert store.has("small", outcome.job.yaml)
            assert_same_bits(restored(store, outcome.run.number), trained(outcome.job.experiment))
        assert list(train_sweep(sweep, threads(), store)) == []
        assert len(kept_before(sweep, store)) == 12
        assert len(list(train_sweep(sweep, threads(), store, again=True))) == 12
        assert len(store.runs(sweep="small")) == 24


def test_a_named_sweep_goes_on_where_more_is_asked_for(tmp_path):
    with open_store(tmp_path / "runs.db") as store:
        assert len(list(train_sweep(parse_sweep("name: a" + BASE + "seeds: 2"), threads(), store))) == 2
        more = list(train_sweep(parse_sweep("name: a" + BASE + "seeds: 4"), threads(), store))
        assert sorted(outcome.job.experiment.seed for outcome in more) == [2, 3]


def test_a_diverged_run_is_a_result_and_one_that_failed_is_none(tmp_path):
    wild = parse_sweep("base: xor\ngrid: {optimizer: gradient-descent, optimizer.learning_rate: [1e18]}")
    path = tmp_path / "data.csv"
    path.write_text("a,b,kind\n" + "".join(f"{i},{i % 7},{'xy'[i % 2]}\n" for i in range(20)))
    gone = parse_sweep(f"base: {{dataset: {{name: csv, path: {path}, label: kind}}, batch_size: 4}}")
    path.unlink()
    with open_store(tmp_path / "runs.db") as store:
        (outcome,) = train_sweep(wild, threads(), store)
        assert outcome.run.state is RunState.DIVERGED
        assert list(train_sweep(wild, threads(), store)) == []
        assert "diverged" in result_table(wild, [outcome])
        (outcome,) = train_sweep(gone, threads(), store)
        assert outcome.run is None
        assert "no such file" in outcome.fault
        assert store.runs(sweep=gone.identity) == []
        assert json.loads(as_json(gone, [outcome], "x"))["failed"] == 1


def test_a_sweep_is_trained_by_one_process_at_a_time(tmp_path):
    sweep = parse_sweep(SMALL)
    with open_store(tmp_path / "runs.db") as store:
        with alone(sweep, store), pytest.raises(SweepError, match="running in another process"), alone(sweep, store):
            pass
        with alone(sweep, store):
            pass


def test_seeds_of_one_setting_go_to_one_worker_and_are_shared_only_where_one_would_stand_idle():
    sweep = parse_sweep(SMALL)
    batches, together = [], threading.Barrier(2)

    def train(texts):
        batches.append([parse_experiment(text).seed for text in texts])
        return train_batch(texts, 60)

    def train_in_pairs(texts):  # otherwise one worker may be through with its batches while the other has not begun
        together.wait(60)
        return train(texts)

    cells = [cell.jobs for cell in sweep.cells]
    assert len(list(schedule(cells, threads(2), train=train_in_pairs))) == 12
    assert batches == [[0, 5, 2]] * 4
    batches.clear()
    assert len(list(schedule(cells[:1], threads(3), train=train))) == 3
    assert sorted(batches) == [[0], [2], [5]]


# --- workers that die -----------------------------------------------------------------------------------------------


def test_what_a_dead_worker_had_is_given_out_again_and_what_kills_it_is_given_up():
    sweep = parse_sweep(SMALL)
    killer = sweep.jobs[4].yaml
    executors, notes, calls = [], [], []
    guard = threading.Lock()

    @contextmanager
    def executor():
        with ThreadPoolExecutor(2) as pool_of_two:
            executors.append(pool_of_two)
            yield pool_of_two

    def train(texts):
        with guard:
            calls.append(len(texts))
        if killer in texts:
            raise BrokenProcessPool("a process was ended")
        return train_batch(texts, 60)

    done = list(schedule([cell.jobs for cell in sweep.cells], Crew(executor, lambda: 2), notes.append, train))
    assert sorted(each.job.place for each in done) == list(range(12))
    assert [each.job.place for each in done if each.fault] == [4]
    assert "died 3 times" in next(each.fault for each in done if each.fault)
    assert len(executors) >= 3
    assert "a worker died; 3 runs are given out again" in notes


def test_a_sweep_waits_for_new_workers_and_ends_where_none_comes(monkeypatch):
    monkeypatch.setattr(scheduler, "_SECONDS_A_COUNT", 0)
    sweep, notes, there = parse_sweep(SMALL), [], iter([False, False, True, False, False, False])
    idle = SimpleNamespace(submit=lambda *_: Future())  # a cluster keeps its work until a worker comes
    crew = Crew(lambda: nullcontext(idle), lambda: 2, is_there=lambda: next(there))
    clock = iter([0, 0, 5, 10, 20, 69, 70])
    monkeypatch.setattr(scheduler, "monotonic", lambda: next(clock))
    with pytest.raises(SweepError, match="no worker is left; finished runs are kept: start workers"):
        list(schedule([cell.jobs for cell in sweep.cells], crew, notes.append))
    assert notes == ["no worker is left: waiting 60 s for a new one"] * 2


def test_an_error_in_a_worker_ends_its_batch_alone():
    sweep = parse_sweep(SMALL)

    def train(texts):
        if sweep.jobs[0].yaml in texts:
            raise ModuleNotFoundError("No module named 'joml_tui'")
        return train_batch(texts, 60)

    done = list(schedule([cell.jobs for cell in sweep.cells], threads(), train=train))
    faults = {each.job.place: each.fault for each in done if each.fault}
    assert sorted(faults) == [0, 1, 2]
    assert "ModuleNotFoundError: No module named 'joml_tui'" in faults[0]


def test_a_result_that_cannot_be_read_is_a_failure_of_its_run_alone(tmp_path):
    """As from a worker of a cluster that has another version, or is none."""
    whole = pack_run(trained(parse_sweep(SMALL).jobs[0].experiment))
    damaged = cycle([b"", b"abc", whole[:-9], whole.replace(b"version: 1", b"version: x")])

    def train(experiments):
        return [next(damaged) for _ in experiments]

    sweep = parse_sweep(SMALL)
    with open_store(tmp_path / "runs.db") as store:
        outcomes = list(train_sweep(sweep, threads(1), store, train=train))
    assert len(outcomes) == len(sweep.jobs)
    assert all(each.fault.startswith("its worker sent a result that cannot be read: ") for each in outcomes)


def test_ctrl_c_ends_a_sweep_between_two_results_also_where_all_have_arrived():
    sweep = parse_sweep(SMALL)
    jobs = [sweep.cells[0].jobs]  # one worker returns all three at once
    results = []
    with interruptions_counted() as interruption, pytest.raises(KeyboardInterrupt):
        for result in schedule(jobs, threads(1), train=partial(train_batch, seconds=60)):
            results.append(result)
            interruption.note()
    assert len(results) == 1


# --- telling --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_table_has_means_and_spreads_over_the_seeds(tmp_path):
    sweep = parse_sweep(SMALL)
    with open_store(tmp_path / "runs.db") as store:
        outcomes = list(train_sweep(sweep, threads(), store))
        own = [each.run.summary.test_accuracy for each in outcomes if each.job.cell == 1]
    over, heads, *rows = result_table(sweep, outcomes).splitlines()
    assert over.split() == ["test", "accuracy", "test", "cost"]
    assert heads.split() == ["learning_rate", "network", "n", "mean", "spread", "min", "max", "mean", "spread"]
    assert len(rows) == 4
    expected = [np.mean(own), np.std(own, ddof=1), min(own), max(own)]
    assert rows[1].split()[:7] == ["0.01", "2-3x2-2", "3", *(f"{value:.4f}" for value in expected)]
    whole = json.loads(as_json(sweep, outcomes, "runs.db"))
    assert (whole["runs"], whole["done"], whole["failed"]) == (12, 12, 0)
    assert whole["settings"][1]["values"] == {"optimizer.learning_rate": 0.01, "network": "2-3x2-2"}
    assert whole["settings"][1]["test_accuracy"]["mean"] == pytest.approx(np.mean(own))
    assert [run["seed"] for run in whole["settings"][1]["runs"]] == [0, 5, 2]


def test_the_score_of_values_is_called_r2(tmp_path):
    output = "{activation: identity, cost: mean-squared-error}"
    base = f"{{version: 1, dataset: {{name: plane, samples: 40}}, output: {output}, epochs: 1}}"
    sweep = parse_sweep(f"version: 1\nbase: {base}\nseeds: 2\n")
    with open_store(tmp_path / "runs.db") as store:
        outcomes = list(train_sweep(sweep, threads(), store))
    # Jobs are done in any order; what is written is in that of the seeds.
    own = [each.run.summary.test_accuracy for each in sorted(outcomes, key=lambda each: each.job.place)]
    over, _, row = result_table(sweep, outcomes).splitlines()
    assert over.split() == ["test", "R2", "test", "RMSE"]
    assert row.split()[2] == f"{np.mean(own):.4f}"
    (setting,) = json.loads(as_json(sweep, outcomes, "runs.db"))["settings"]
    assert setting["test_accuracy"]["mean"] is setting["runs"][0]["test_accuracy"] is None
    assert (setting["test_r2"]["mean"], setting["test_r2"]["n"]) == (pytest.approx(np.mean(own)), 2)
    assert [run["test_r2"] for run in setting["runs"]] == own


@pytest.mark.slow
def test_settings_are_compared_on_the_validation_part_where_there_is_one(tmp_path):
    sweep = parse_sweep(SMALL.replace("epochs: 2", "epochs: 2\n  split: {validation: 0.2}"))
    with open_store(tmp_path / "runs.db") as store:
        outcomes = list(train_sweep(sweep, threads(), store))
        own = [each.run.summary.results.validation.accuracy for each in outcomes if each.job.cell == 1]
        curve = restored(store, outcomes[0].run.number).history
    assert (curve.checked_part, curve.validation_cost[-1]) == (
        "validation",
        pytest.approx(outcomes[0].run.summary.validation_cost),
    )
    over, heads, *rows = result_table(sweep, outcomes).splitlines()
    assert over.split() == ["validation", "accuracy", "validation", "cost", "test", "accuracy", "test", "cost"]
    # Each title stands over its own columns.
    places = [over.index(title) for title in ("validation accuracy", "validation cost", "test accuracy", "test cost")]
    assert [heads[place - 2 : place] for place in places] == ["  "] * 4
    assert heads.split()[2:] == ["n", *["mean", "spread"] * 3, "min", "max", "mean", "spread"]
    assert rows[1].split()[3:5] == [f"{np.mean(own):.4f}", f"{np.std(own, ddof=1):.4f}"]
    whole = json.loads(as_json(sweep, outcomes, "runs.db"))
    assert whole["settings"][1]["validation_accuracy"]["mean"] == pytest.approx(np.mean(own))


def test_the_metrics_of_the_runs_have_columns_where_there_are_any(tmp_path):
    measured = "{version: 1, dataset: {name: xor, samples: 60}, epochs: 1, metrics: [macro-f1, matthews]}"
    sweep = parse_sweep(f"version: 1\nbase: {measured}\ngrid: {{metrics: [[macro-f1], []]}}\nseeds: 2\n")
    with open_store(tmp_path / "runs.db") as store:
        outcomes = list(train_sweep(sweep, threads(), store))
        own = [each.run.summary.metrics["test_macro_f1"] for each in outcomes if each.job.cell == 0]
    over, heads, with_f1, without = result_table(sweep, outcomes).splitlines()
    assert over.split() == ["test", "accuracy", "test", "cost", "test", "macro", "F1"]
    assert heads[over.index("test macro F1") :].split() == ["mean", "spread"]
    assert with_f1.split()[-2:] == [f"{np.mean(own):.4f}", f"{np.std(own, ddof=1):.4f}"]
    assert without.split()[-2:] == ["-", "-"]
    first, second = json.loads(as_json(sweep, outcomes, "runs.db"))["settings"]
    assert first["test_macro_f1"]["mean"] == pytest.approx(np.mean(own))
    assert sorted(run["test_macro_f1"] for run in first["runs"]) == sorted(own)
    assert first["train_macro_f1"]["n"] == 2
    assert first.keys() - second.keys() == {"test_macro_f1", "train_macro_f1"}


def test_an_address_that_is_none_is_refused():
    with pytest.raises(CrewError, match="expected a scheduler's address such as tcp"), cluster("hello"):
        pass


def test_a_sweep_of_an_experiment_of_the_user_s_own_folder(tmp_path, monkeypatch):
    (tmp_path / "here.yaml").write_text(dump_experiment(Experiment(dataset=Xor(samples=200))))
    (tmp_path / "sweep.yaml").write_text("base: ./here.yaml\nseeds: 2\n")
    monkeypatch.chdir(Path(os.sep))
    assert len(load_sweep(tmp_path / "sweep.yaml").jobs) == 2


@pytest.mark.parametrize("kind", ["csv", "npz", "idx"])
def test_a_held_file_gives_what_a_file_that_is_read_again_gives(kind, tmp_path, monkeypatch):
    generator = np.random.default_rng(3)
    x, y = generator.integers(0, 255, (40, 3)), generator.integers(0, 2, 40)
    if kind == "csv":
        np.savetxt(tmp_path / "a.csv", np.column_stack((x, y)), fmt="%d", delimiter=",")
        spec = CsvFile(str(tmp_path / "a.csv"))
    elif kind == "npz":
        np.savez(tmp_path / "a.npz", x=x.astype(float), y=y)
        spec = NpzFile(str(tmp_path / "a.npz"))
    else:
        for name, array in (("x", x), ("y", y)):
            head = bytes((0, 0, 8, array.ndim)) + b"".join(size.to_bytes(4, "big") for size in array.shape)
            (tmp_path / name).write_bytes(head + array.astype(np.uint8).tobytes())
        spec = IdxFiles(str(tmp_path / "x"), str(tmp_path / "y"))
    monkeypatch.setattr(loading, "_HOLDING", threading.Event())
    read = [load_data(Experiment(dataset=spec, seed=seed)) for seed in (0, 1, 0)]
    loading.hold_files()
    before = loading._read_held.cache_info().misses
    shared = [load_data(Experiment(dataset=spec, seed=seed)) for seed in (0, 1, 0)]
    assert loading._read_held.cache_info().misses == before + 1
    for ours, theirs in zip(shared, read, strict=True):
        for part in ("x_train", "y_train", "x_test", "y_test"):
            np.testing.assert_array_equal(getattr(ours, part), getattr(theirs, part))
