"""CSV files: what they hold, that it reads back exactly, and that nothing is lost when they cannot be written."""

import csv
import os

import numpy as np
import pytest
from msgspec import structs

from joml_tui.experiment.presets import find_experiment
from joml_tui.export import AnnotatedRun, ExportError, default_series_name, free_path, write_series_csv, write_table_csv
from joml_tui.runs.run import start_run


@pytest.fixture(scope="module")
def run():
    experiment = structs.replace(find_experiment("xor"), epochs=2, test_every=7, name="=1+1")
    run = start_run(experiment, engine="thread")
    run.wait(300)
    return run


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_series_read_back_exactly(run, tmp_path):
    path = tmp_path / "series.csv"
    write_series_csv(run, path)
    rows = rows_of(path)
    assert list(rows[0]) == ["iteration", "epoch", "train_cost", "train_accuracy", "test_cost", "test_accuracy"]
    assert [int(row["iteration"]) for row in rows] == list(range(1, run.iteration + 1))
    np.testing.assert_array_equal(np.float32([row["train_cost"] for row in rows]), run.history.train_cost)
    np.testing.assert_array_equal(np.float32([row["train_accuracy"] for row in rows]), run.history.train_accuracy)
    tested = [row for row in rows if row["test_cost"]]
    assert [int(row["iteration"]) for row in tested] == run.history.test_iteration.tolist()
    np.testing.assert_array_equal(np.float32([row["test_cost"] for row in tested]), run.history.test_cost)
    assert [int(row["epoch"]) for row in rows] == [1 + i // run.iterations_per_epoch for i in range(run.iteration)]
    assert path.read_bytes().count(b"\r\n") == len(rows) + 1


def test_table_has_a_row_a_run_and_no_formulas(run, tmp_path):
    path = tmp_path / "runs.csv"
    write_table_csv([AnnotatedRun(run), AnnotatedRun(run)], path)
    rows = rows_of(path)
    assert len(rows) == 2
    assert rows[0]["name"] == "'=1+1"
    assert rows[0]["network"] == run.architecture
    assert float(rows[0]["test_cost"]) == run.test_cost
    assert rows[0]["state"] == "finished"


@pytest.fixture(scope="module")
def replicas():
    experiment = structs.replace(find_experiment("sine"), epochs=2, test_every=7, replicas=3)
    run = start_run(experiment, engine="thread")
    run.wait(300)
    return run


def test_the_series_of_replicas_have_their_spread_and_read_back_exactly(replicas, tmp_path):
    path = tmp_path / "series.csv"
    write_series_csv(replicas, path)
    rows, history = rows_of(path), replicas.history
    assert list(rows[0])[3:6] == ["train_r2", "test_cost", "test_r2"]
    assert [column for column in rows[0] if "spread" in column] == [
        "train_cost_spread",
        "train_r2_spread",
        "test_cost_spread",
        "test_r2_spread",
    ]
    np.testing.assert_array_equal(np.float32([row["train_r2"] for row in rows]), history.train_accuracy)
    np.testing.assert_array_equal(
        np.float32([row["train_cost_spread"] for row in rows]), history.series("train_cost_spread")
    )
    tested = [row for row in rows if row["test_cost"]]
    np.testing.assert_array_equal(
        np.float32([row["test_r2_spread"] for row in tested]), history.series("test_accuracy_spread")
    )
    assert history.series("train_cost_spread").any()
    assert all(row["test_cost_spread"] == "" for row in rows if not row["test_cost"])


def test_the_table_has_what_was_written_and_spreads_and_numbers_read_back_exactly(run, replicas, tmp_path):
    path = tmp_path / "runs.csv"
    written = [
        AnnotatedRun(run, "mine", ("deep", "best"), 'learns at last, "slowly"\nand well'),
        AnnotatedRun(replicas),
    ]
    write_table_csv(written, path)
    of_classes, of_values = rows_of(path)
    assert (of_classes["name"], of_classes["tags"]) == ("mine", "deep best")
    assert of_classes["note"] == 'learns at last, "slowly"\nand well'
    assert (of_classes["task"], of_classes["train_r2"], of_classes["test_cost_spread"]) == ("classes", "", "")
    assert (of_values["task"], of_values["test_accuracy"], of_values["replicas"]) == ("values", "", "3")
    assert float(of_values["test_r2"]) == replicas.test_accuracy
    assert float(of_values["test_accuracy_spread"]) == replicas.results.test.accuracy_spread
    assert float(of_values["train_cost_spread"]) > 0
    assert float(of_values["seconds"]) == replicas.seconds
    assert float(of_classes["train_cost"]) == run.train_cost


@pytest.mark.parametrize(
    "first", ["=", "+", "-", "@", "\t", "\r"], ids=["equals", "plus", "minus", "at", "tab", "return"]
)
def test_no_text_is_a_formula(run, tmp_path, first):
    path = tmp_path / "runs.csv"
    text = f"{first}cmd|' /C calc'!A0"
    write_table_csv([AnnotatedRun(run, text, (text,), text)], path)
    (row,) = rows_of(path)
    assert row["name"] == row["tags"] == row["note"] == f"'{text}"
    assert row["train_cost"] == str(run.train_cost)


def test_an_existing_file_is_replaced_only_when_asked(run, tmp_path):
    path = tmp_path / "series.csv"
    path.write_text("mine")
    with pytest.raises(ExportError, match="exists already"):
        write_series_csv(run, path)
    assert path.read_text() == "mine"
    write_series_csv(run, path, overwrite=True)
    assert path.read_text().startswith("iteration,")
    assert names(tmp_path) == ["series.csv"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("missing/series.csv", "there is no folder"), ("", "is a folder"), ("x" * 300, "File name too long")],
)
def test_what_cannot_be_written_says_why(run, tmp_path, name, why):
    with pytest.raises(ExportError, match=why):
        write_series_csv(run, tmp_path / name)
    assert names(tmp_path) == []


def test_a_full_disk_leaves_the_old_file_and_no_half_one(run, tmp_path, monkeypatch):
    path = tmp_path / "series.csv"
    path.write_text("mine")

    def full(_):
        raise OSError(28, "No space left on device")
        yield

    monkeypatch.setattr("joml_tui.export.run_tables._series_rows", full)
    with pytest.raises(ExportError, match="No space left"):
        write_series_csv(run, path, overwrite=True)
    assert path.read_text() == "mine"
    assert names(tmp_path) == ["series.csv"]


def test_a_run_without_iterations_has_nothing_to_write(tmp_path):
    run = start_run(find_experiment("xor"), engine="thread", paused=True)
    with pytest.raises(ExportError, match="nothing to write"):
        write_series_csv(run, tmp_path / "series.csv")
    run.stop()
    run.wait(300)


def test_a_file_is_as_readable_as_any_other(run, tmp_path):
    mask = os.umask(0o022)
    try:
        write_series_csv(run, tmp_path / "series.csv")
    finally:
        os.umask(mask)
    assert (tmp_path / "series.csv").stat().st_mode & 0o777 == 0o644


def test_a_name_is_proposed_that_no_file_has(tmp_path):
    path = tmp_path / "14-100-40-4-run-1.csv"
    assert free_path(path) == path
    for expected in ("14-100-40-4-run-1-2.csv", "14-100-40-4-run-1-3.csv"):
        path.touch()
        (proposed := free_path(path)).touch()
        assert proposed.name == expected


def test_default_names_say_which_run(run):
    assert default_series_name(run) == f"{run.architecture}-{run.id}.csv"
