"""Replicas in experiments: the history's means and spreads, against single runs of the same seeds."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from msgspec import structs

from joml import Trainer
from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Xor, load_data, problems
from joml_tui.experiment.yaml_text import dump_experiment, parse_experiment
from joml_tui.inspect.layer_curves import Layers
from joml_tui.runs.history import History
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.worker.builder import build_network, build_trainer
from joml_tui.runs.worker.series_codec import pack_rows, unpack_rows

THREE = Experiment(
    dataset=Xor(samples=200),
    layers=(LayerSpec(4, "tanh"),),
    optimizer=AdamSpec(0.01),
    epochs=3,
    batch_size=16,
    seed=5,
    replicas=3,
)


def single_costs(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Train one seed on the split of the experiment's own seed."""
    data = load_data(THREE)
    network = build_network(structs.replace(THREE, seed=seed))
    trainer = Trainer(
        network,
        *(data.x_train, data.y_train, data.x_test, data.y_test),
        optimizer=build_trainer(THREE)._optimizer,
        epochs=3,
        batch_size=16,
        seed=seed,
    )
    steps = list(trainer)
    return np.array([step.cost for step in steps]), np.array([step.test.cost for step in steps if step.test])


@pytest.mark.parametrize("engine", ["thread", "process"])
def test_a_run_of_replicas_records_mean_and_spread_of_the_single_runs(engine):
    run = start_run(THREE, engine=engine)
    assert run.wait(300)
    assert run.state is RunState.FINISHED, run.details
    costs, tests = (np.array(each) for each in zip(*map(single_costs, (5, 6, 7)), strict=True))
    history = run.history
    assert history.has_spread
    np.testing.assert_allclose(history.train_cost, costs.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(history.series("train_cost_spread"), costs.std(axis=0, ddof=1), rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(history.test_cost, tests.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(history.series("test_cost_spread"), tests.std(axis=0, ddof=1), rtol=1e-3, atol=1e-6)


def test_a_fork_of_replicas_has_the_origin_s_spreads():
    origin = start_run(THREE, engine="thread")
    assert origin.wait(300)
    last = origin.history.iterations
    fork = start_run(structs.replace(THREE, epochs=5), engine="thread", forked_from=(origin, last))
    assert fork.wait(300)
    assert fork.state is RunState.FINISHED, fork.details
    at = fork.forked_from[1]
    for name in ("train_cost_spread", "train_accuracy_spread"):
        assert np.array_equal(fork.history.series(name)[:at], origin.history.series(name)[:at])
    assert fork.history.iterations == last // 3 * 5


def test_questions_look_at_the_first_replica():
    answers = []
    run = start_run(THREE, engine="thread")
    assert run.wait(300)
    run.ask(Layers(), answers.append)
    for thread in threading.enumerate():
        if "afterwards" in thread.name:
            thread.join(300)
    assert [len(answer.names) for answer in answers] == [2]


def test_replicas_are_written_only_where_there_are_several():
    assert "replicas" not in dump_experiment(structs.replace(THREE, replicas=1))
    assert parse_experiment(dump_experiment(THREE)) == THREE
    assert build_trainer(structs.replace(THREE, replicas=1)).networks[0].seed == 5
    assert build_trainer(THREE).seeds == (5, 6, 7)


@pytest.mark.parametrize("replicas", [0, 65, 1.5, "3"])
def test_a_number_of_replicas_out_of_range_is_a_problem(replicas):
    assert [problem.field for problem in problems(structs.replace(THREE, replicas=replicas))] == ["replicas"]


def test_replicas_count_towards_the_parameters_allowed():
    wide = structs.replace(THREE, layers=(LayerSpec(3_000), LayerSpec(3_000)))
    assert problems(structs.replace(wide, replicas=1)) == []
    (problem,) = problems(structs.replace(wide, replicas=64))
    assert problem.field == "replicas"
    assert "64 networks would have 577,152,128 parameters together" in problem.message


@pytest.mark.parametrize("in_file", [False, True], ids=["memory", "file"])
def test_spreads_move_with_a_growing_history_to_memory_and_into_a_message(in_file, tmp_path):
    history = History.create(10, 5, 32, 320, path=tmp_path / "history" if in_file else None, spread=True)
    rows = np.arange(1_000, dtype=np.float32)
    for start in range(0, 1_000, 100):
        part = rows[start : start + 100]
        history.append(part, part, spreads=(part / 2, part / 4))
        for _ in range(40):
            history.append_check(start + 100, 1, 0.5, spreads=(0.25, 0.125))
    other = History.open(tmp_path / "history") if in_file else history
    copied = other.to_memory()
    unpacked = History.create(10, 5, 32, 320, spread=True)
    unpack_rows(pack_rows(copied, 1_000), unpacked)
    for each in (other, copied, unpacked):
        assert each.has_spread
        assert np.array_equal(each.series("train_cost_spread"), rows / 2)
        assert np.array_equal(each.series("train_accuracy_spread"), rows / 4)
        assert each.series("test_cost_spread").tolist() == [0.25] * 400
        assert each.series("test_accuracy_spread").tolist() == [0.125] * 400
        assert np.array_equal(each.train_cost, rows)
        assert each.test_accuracy.tolist() == [0.5] * 400


def test_without_replicas_there_are_no_spreads():
    history = History.create(10, 5, 32, 320)
    history.append([1], [1])
    assert not history.has_spread
