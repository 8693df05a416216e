"""Figures of a run are those of the weights that it keeps, each part of its data measured once."""

from __future__ import annotations

import csv
import threading
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from msgspec import structs

from joml_tui.experiment import (
    AdamSpec,
    CsvFile,
    EarlyStoppingSpec,
    Experiment,
    LayerSpec,
    Moons,
    NpzFile,
    OutputSpec,
    Sine,
    SplitSpec,
    load_data,
)
from joml_tui.export.networks import trained
from joml_tui.export.run_tables import TABLE_COLUMNS, table_row, write_table_csv
from joml_tui.reports.explanation import as_document, explain
from joml_tui.reports.standing import result_table, standing
from joml_tui.runs.annotated_run import AnnotatedRun
from joml_tui.runs.differences import results_of
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.run_fields import facts_of, find_field, json_values
from joml_tui.runs.run_filter import parse_filter
from joml_tui.runs.run_record import ClassResult, PartResult, Results, RunRecord, describe_state
from joml_tui.runs.worker.builder import build_trainer
from joml_tui.serialization import unpack_state
from joml_tui.store import Store, restored
from joml_tui.sweep.packed_run import pack_run, unpack_run

#: A rate so high that the best weights are not the last.
STOPPED = Experiment(
    dataset=Moons(samples=300, noise=0.3),
    layers=(LayerSpec(16),),
    optimizer=AdamSpec(learning_rate=0.3),
    epochs=40,
    early_stopping=EarlyStoppingSpec(patience=3),
)
VALUES = Experiment(
    dataset=Sine(samples=200),
    layers=(LayerSpec(16),),
    output=OutputSpec(activation="identity", cost="mean-squared-error"),
    optimizer=AdamSpec(learning_rate=0.1),
    epochs=30,
    early_stopping=EarlyStoppingSpec(patience=2),
)


def trained_run(experiment, engine="thread"):
    run = start_run(experiment, engine=engine)
    assert run.wait(300)
    assert run.state is RunState.FINISHED, run.message
    return run


@pytest.fixture(scope="module")
def stopped():
    return trained_run(STOPPED)


def by_hand(run, part):
    """Predict a part of the raw data with the exported weights, by plain NumPy; return cost and score."""
    data = load_data(run.experiment)
    x, y = (np.asarray(getattr(data, f"{name}_{part}"), np.float64) for name in "xy")
    *hidden, (W, b) = [
        (np.asarray(W, np.float64), np.reshape(b, (-1, 1)))
        for W, b in zip(*trained(run).network.get_Ws_bs(), strict=True)
    ]
    a = x
    for W_hidden, b_hidden in hidden:
        a = np.maximum(W_hidden @ a + b_hidden, 0)
    z = W @ a + b
    if run.task == "regression":
        squares = np.square(z - y)
        variance = np.square(y - y.mean(axis=1, keepdims=True)).mean()
        return squares.mean(), 1 - squares.mean() / variance
    shifted = z - z.max(axis=0)
    log = shifted - np.log(np.exp(shifted).sum(axis=0))
    return -(y * log).sum(axis=0).mean(), (z.argmax(axis=0) == y.argmax(axis=0)).mean()


@pytest.mark.parametrize("experiment", [STOPPED, VALUES, structs.replace(STOPPED, early_stopping=None, epochs=3)])
@pytest.mark.parametrize("engine", ["thread", "process"])
def test_the_figures_are_of_the_weights_that_are_exported(experiment, engine):
    run = trained_run(experiment, engine)
    parts = ["train", "test"] if experiment.early_stopping is None else ["train", "validation", "test"]
    for part in parts:
        cost, score = by_hand(run, part)
        result = run.results.of(part)
        assert result.cost == pytest.approx(cost, rel=1e-4)
        assert result.accuracy == pytest.approx(score, rel=1e-4)
        assert result.samples == getattr(load_data(run.experiment), f"{part}_size")
        assert (run.record.figure(part, "cost"), run.record.figure(part, "accuracy")) == (result.cost, result.accuracy)


def test_a_run_that_stops_early_says_which_weights_it_keeps(stopped):
    best = int(np.argmin(stopped.history.check_cost))
    kept = int(stopped.history.check_iteration[best])
    assert stopped.stopped_early
    assert stopped.results.kept_iteration == kept < stopped.iteration
    assert stopped.message == (
        f"stopped early at iteration {stopped.iteration:,}; best at iteration {kept:,}, whose weights are kept"
    )
    assert stopped.validation_cost == pytest.approx(float(stopped.history.check_cost[best]), rel=1e-6)


def test_every_place_shows_the_figures_of_the_kept_weights(stopped, tmp_path):
    result = stopped.results.test
    shown = f"{result.accuracy:.4f}"
    assert result.accuracy != pytest.approx(float(stopped.history.check_accuracy[-1]))
    data = load_data(stopped.experiment)
    assert shown in result_table([stopped])
    assert standing(stopped, data).reached == result.accuracy
    assert standing(stopped, data).samples == result.samples
    assert results_of(stopped)["result.test_accuracy"] == f"{result.accuracy:.4f}"
    write_table_csv([AnnotatedRun(stopped)], tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["test_accuracy"]) == result.accuracy
    assert float(row["validation_cost"]) == stopped.results.validation.cost
    assert int(row["kept_iteration"]) == stopped.results.kept_iteration
    with Store(tmp_path / "runs.db") as store:
        number = store.keep(stopped)
        listed = store.run(number)
        again = restored(store, number)
    assert listed.record.results == again.results == stopped.results
    assert unpack_run(pack_run(stopped)).results == stopped.results
    assert parse_filter(f"test_acc={result.accuracy!r} kept_iteration={row['kept_iteration']}").accepts(
        facts_of(listed)
    )
    explained = as_document(explain(again))
    assert explained["test_accuracy"] == result.accuracy
    assert explained["test_cost"] == result.cost
    counts = np.array(explained["confusion"]["counts"])
    assert counts.trace(axis1=1, axis2=2).sum() / counts.sum() == pytest.approx(result.accuracy)


def test_before_the_end_the_figures_are_those_on_the_way():
    ready = threading.Event()
    run = start_run(STOPPED, engine="thread", paused=True, on_change=lambda run: run.iteration == 3 and ready.set())
    run.step(3)
    assert ready.wait(300)
    assert run.record.results is None
    assert run.record.train_cost == pytest.approx(float(np.mean(run.history.train_cost[:3])))
    run.stop()
    assert run.wait(300)
    assert run.state is RunState.STOPPED
    assert run.results.kept_iteration == run.iteration == 3
    assert run.record.results == run.results


def test_replicas_have_the_mean_and_the_sample_standard_deviation():
    run = trained_run(structs.replace(STOPPED, early_stopping=None, epochs=2, replicas=3))
    trainer = build_trainer(run.experiment, load_data(run.experiment))
    trainer.restore(unpack_state(run.snapshots.latest))
    each = trainer.evaluate("test")
    assert run.results.networks == len(each) == 3
    assert run.results.test.accuracy == pytest.approx(np.mean([one.accuracy for one in each]))
    assert run.results.test.accuracy_spread == pytest.approx(np.std([one.accuracy for one in each], ddof=1))
    assert run.results.test.cost_spread == pytest.approx(np.std([one.cost for one in each], ddof=1))


def test_errors_of_standardised_values_are_in_the_unit_of_the_data(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 1))
    np.savez(tmp_path / "data.npz", x=x, y=500 + 40 * x + rng.normal(size=(60, 1)))
    data = NpzFile(str(tmp_path / "data.npz"), task="regression", standardize_y=True)
    run = trained_run(structs.replace(VALUES, dataset=data, epochs=20, early_stopping=None))
    prepared = load_data(run.experiment)
    y_hat = prepared.preparation.unscale_y(trained(run).network.predict(prepared.x_test).T)
    y = prepared.preparation.unscale_y(prepared.y_test.T)
    assert run.results.test.mean_absolute_error == pytest.approx(np.abs(y_hat - y).mean(), rel=1e-4)


def test_lab_store_and_command_line_ask_the_same_fields(stopped):
    listed = SimpleNamespace(
        number=3, name="mine", label="mine #3", note="", tags=("a",), status=("finished", ""), record=stopped.record
    )
    assert set(TABLE_COLUMNS) <= json_values(facts_of(listed)).keys()
    assert list(table_row(listed))[TABLE_COLUMNS.index("test_cost")] == stopped.results.test.cost
    assert find_field("layers").read(facts_of(listed)) == 1


def test_a_split_with_no_validation_part_stops_by_the_test_part_as_older_runs_did():
    run = trained_run(structs.replace(STOPPED, split=SplitSpec(validation=0)))
    best = int(np.argmin(run.history.check_cost))
    assert run.results.validation is None
    assert run.test_cost == pytest.approx(float(run.history.check_cost[best]), rel=1e-6)


def test_a_task_that_an_earlier_version_recorded_is_read_by_the_name_that_it_has_now():
    fields = [*("1-16-1", 49, "sine", "momentum", 0.1, 32, 0, 1, 5, 25, 25, 5, 0.5), *[None] * 4]
    for earlier, task in (("values", "regression"), ("answers", "multilabel"), ("regression", "regression")):
        record = msgspec.msgpack.decode(msgspec.msgpack.encode([*fields, earlier]), type=RunRecord)
        assert record.task == task
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=RunRecord) == record
    with pytest.raises(msgspec.ValidationError, match="labels"):
        msgspec.msgpack.decode(msgspec.msgpack.encode([*fields, "labels"]), type=RunRecord)


RECORD = RunRecord("2-2", 6, "xor", "adam", 0.01, 16, 0, 1, 3, 30, 30, 10, 0.5, None, None, None, None)


@pytest.mark.parametrize(
    ("result", "task", "state", "shown"),
    [
        (PartResult(200, 0.6, 0.9, classes=ClassResult(0.5, by_chance=0.5), by_chance=0.91), "classes", "finished", 1),
        (PartResult(200, 0.6, 0.95, classes=ClassResult(0.5, by_chance=0.5), by_chance=0.91), "classes", "finished", 0),
        # A run that finds the rare class at the expense of accuracy has learnt something.
        (PartResult(200, 0.6, 0.8, classes=ClassResult(0.8, by_chance=0.6), by_chance=0.91), "classes", "finished", 0),
        (PartResult(200, 0.6, 0.9, by_chance=0.91), "multilabel", "stopped", 1),
        (PartResult(200, 0.6, 0.9, by_chance=0.91), "multilabel", "diverged", 0),
        (PartResult(200, 1.0, 0.001, by_chance=0.01), "regression", "finished", 1),
        (PartResult(200, 1.0, float("nan"), by_chance=0.01), "regression", "finished", 0),
        (PartResult(None, 0.6, 0.5), "classes", "finished", 0),  # recorded by an earlier version
        (None, "classes", "running", 0),
    ],
)
def test_the_state_of_a_run_that_has_learnt_nothing_says_so(result, task, state, shown):
    record = structs.replace(RECORD, task=task, results=None if result is None else Results(30, False, test=result))
    note = ", at the mean" if task == "regression" else ", at chance"
    assert describe_state(state, record) == f"{state}{note if shown else ''}"
    assert msgspec.convert(msgspec.to_builtins(record), RunRecord).chance_note == record.chance_note


@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_a_run_on_noise_is_at_chance_and_one_that_finds_a_rare_class_is_not(tmp_path, weights):
    rng = np.random.default_rng(5)
    path = tmp_path / "rare.csv"
    rows = [(number, "yes" if number > 1.2 or rng.random() < 0.05 else "no") for number in rng.normal(size=600)]
    path.write_text("a,label\n" + "".join(f"{number:.3f},{label}\n" for number, label in rows))
    data = CsvFile(path=str(path), label="label")
    if weights == "none":
        path.write_text("a,label\n" + "".join(f"{rng.normal():.3f},{label}\n" for _, label in rows))
    experiment = Experiment(dataset=data, optimizer=AdamSpec(0.05), epochs=30, class_weights=weights)
    run = start_run(experiment, engine="thread")
    assert run.wait(120)
    verdict = standing(run, load_data(run.experiment)).verdict
    if weights == "none":
        assert describe_state(run.state, run.record) == "finished, at chance"
        assert "finished, at chance" in result_table([run])
        assert "learnt nothing" in verdict
    else:
        assert run.record.chance_note == ""
        assert "learnt nothing" not in verdict
    values = json_values(facts_of(AnnotatedRun(run)))
    assert values["state"] == "finished"  # the value for programs stays
