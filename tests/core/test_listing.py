"""The runs that are kept, on the command line: listed, shown, compared, exported, described, deleted."""

import csv
import io
import json
import shutil

import numpy as np
import pytest
from command_line import document, given, lines
from msgspec import structs

from joml_tui.cli.runs.run_values import columns
from joml_tui.experiment.presets import find_experiment
from joml_tui.export.formats import FORMATS
from joml_tui.runs.run import start_run
from joml_tui.runs.run_fields import FIELDS, find_field
from joml_tui.serialization import unpack_state
from joml_tui.store import open_store


def trained(preset, **changes):
    run = start_run(structs.replace(find_experiment(preset), **changes), engine="thread")
    assert run.wait(300)
    return run


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "runs.db"
    with open_store(path) as store:
        store.keep(trained("xor", epochs=2), name="first", tags=("deep", "best"))
        store.keep(trained("sine", epochs=2))
        store.keep(trained("xor", epochs=4, seed=3))
    return path


@pytest.fixture
def store(kept, tmp_path):
    return shutil.copy(kept, tmp_path / "runs.db")


class TestListing:
    def test_the_newest_come_first(self, store):
        rows = given("runs", "list", store=store).stdout.splitlines()
        assert rows[0].split()[:2] == ["run", "network"]
        assert [row.split()[0] for row in rows[1:]] == ["3", "2", "1"]
        assert [line["run"] for line in lines("runs", "list", "--limit", 2, store=store)] == [3, 2]

    @pytest.mark.parametrize("room", [40, 60, 79, 120, 200])
    def test_a_list_is_as_wide_as_the_terminal(self, store, room):
        rows = given("runs", "list", store=store, columns=room).stdout.splitlines()
        assert max(map(len, rows)) <= room
        assert {"run", "network", "state"} <= set(rows[0].split()) or room == 40

    def test_where_there_is_no_terminal_every_column_is_there(self, store):
        head = given("runs", "list", store=store).stdout.splitlines()[0]
        with open_store(store) as opened:
            heads = [column.head for column in columns(list(map(opened.facts_of, opened.runs()))) if any(column.cells)]
        assert all(name in head for name in heads)

    @pytest.mark.parametrize(
        ("wanted", "numbers"),
        [
            ("data:xor", [3, 1]),
            ("tag:deep", [1]),
            ("seed=3", [3]),
            ("test_r2>-9", [2]),
            ("layers=2", [2]),
            ("!data:xor epochs=2", [2]),
            ("name:nothing", []),
        ],
    )
    def test_a_filter_is_the_labs(self, store, wanted, numbers):
        assert [line["run"] for line in lines("runs", "list", "--filter", wanted, store=store)] == numbers

    def test_the_limit_counts_what_the_filter_left(self, store):
        assert [line["run"] for line in lines("runs", "list", "--filter", "data:xor", "--limit", 1, store=store)] == [3]

    def test_runs_are_sorted_by_any_field_or_setting(self, store):
        def order(*arguments):
            return [line["run"] for line in lines("runs", "list", *arguments, store=store)]

        assert order("--sort", "epochs") in ([2, 1, 3], [1, 2, 3])
        assert order("--sort", "seed", "--reverse")[0] == 3
        assert order("--sort", "test_r2", "--limit", 1) == [2]  # the others have none
        assert order("--sort", "epochs", "--reverse", "--limit", 1) == [3]
        assert order("--sort", "optimizer.learning_rate") == sorted(order(), key=self.rates(store).get)
        assert order("--reverse") == [1, 2, 3]

    @staticmethod
    def rates(store):
        with open_store(store) as opened:
            return {each.number: opened.experiment(each.number).optimizer.learning_rate for each in opened.runs()}

    def test_the_heads_of_columns_keep_the_names_of_scores(self, store):
        head = given("runs", "list", "--columns", "run,test_r2,mae", store=store).stdout.splitlines()[0]
        assert head.split() == ["run", "test", "R2", "mean", "abs.", "error"]

    def test_columns_are_those_that_are_asked_for(self, store):
        named = "run,test_score,optimizer.l2,layers[].activation,batch"
        arguments = ("runs", "list", "--columns", named, "--filter", "data:xor")
        head, *rows = given(*arguments, store=store, columns=20).stdout.splitlines()
        assert head.split() == ["run", "test", "accuracy", "optimizer.l2", "layers[].activation", "batch"]
        assert [row.split()[0] for row in rows] == ["3", "1"]
        with open_store(store) as opened:
            summary, experiment = opened.run(3).summary, opened.experiment(3)
        assert lines(*arguments, store=store)[0] == {
            "run": 3,
            "test_score": summary.test_accuracy,
            "optimizer.l2": experiment.optimizer.l2,
            "layers[].activation": [layer.activation for layer in experiment.layers],
            "batch_size": experiment.batch_size,
        }
        assert rows[0].split()[1] == f"{summary.test_accuracy:.4f}"
        place, activation = head.index("layers[].activation"), rows[0].split()[3]
        assert rows[0][place:].startswith(activation)  # texts stand left, and numbers right
        assert rows[0][: place - 2].endswith(f"{experiment.optimizer.l2:g}")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--sort", "tset_cost"], "--sort: There is no field 'tset_cost'; did you mean test_cost?"),
            (["--columns", "run,split.tset"], "--columns: There is no setting 'split.tset'; did you mean split.test?"),
            (["--sort", "seed,epochs"], "--sort takes one field"),
        ],
    )
    def test_a_field_there_is_not_is_refused_with_the_way_out(self, store, arguments, message):
        result = given("runs", "list", *arguments, store=store)
        assert result.exit_code == 2
        assert message in result.stderr

    def test_the_help_names_every_field(self):
        output = given("runs", "list", "--help").stdout
        assert all(field.name in output and field.help in " ".join(output.split()) for field in FIELDS)

    def test_a_text_that_is_no_filter_is_refused_with_the_way_out(self, store):
        result = given("runs", "list", "--filter", "test_ac>1", store=store)
        assert result.exit_code == 2
        assert "did you mean test_acc?" in result.stderr

    def test_scores_of_values_are_no_accuracies(self, store):
        regression = lines("runs", "list", "--filter", "data:sine", store=store)[0]
        assert regression["test_accuracy"] is None
        assert regression["test_r2"] is not None

    def test_without_a_store_nothing_is_listed_and_none_is_made(self, tmp_path):
        result = given("runs", "list", store=tmp_path / "none.db")
        assert (result.exit_code, result.stdout) == (0, "")
        assert "joml-tui run PRESET" in result.stderr
        assert not (tmp_path / "none.db").exists()

    def test_hidden_layers_are_counted_as_in_the_lab(self, store):
        with open_store(store) as opened:
            for record in opened.runs():
                experiment = opened.experiment(record.number)
                assert find_field("layers").read(opened.facts_of(record)) == len(experiment.layers)


class TestShowing:
    @pytest.mark.parametrize("name", ["1", "#1", "first"])
    def test_a_run_is_shown_by_any_of_its_names(self, store, name):
        result = given("runs", "show", name, store=store)
        assert result.exit_code == 0
        assert result.stdout.startswith("first #1\n")
        assert "optimizer.learning_rate" in result.stdout

    def test_the_document_has_the_experiment(self, store):
        document_of_run = document("runs", "show", "last", store=store)
        assert document_of_run["run"] == 3
        assert document_of_run["experiment"]["seed"] == 3
        assert document_of_run["versions"]["numpy"] == np.__version__

    def test_a_run_there_is_not_is_bad_input_with_the_way_out(self, store):
        result = given("runs", "show", "frist", store=store)
        assert result.exit_code == 2
        assert "did you mean first?" in result.stderr
        assert given("runs", "show", "77", store=store).exit_code == 2
        assert given("runs", "show", "", store=store).exit_code == 2


class TestComparing:
    def test_only_what_differs_is_reported(self, store):
        document_of_run = document("runs", "compare", "1", "3", store=store)
        paths = {line["path"]: line["values"] for line in document_of_run["lines"]}
        assert paths["seed"] == ["0", "3"]
        assert paths["epochs"] == ["2", "4"]
        assert "optimizer" not in paths
        whole = document("runs", "compare", "1", "3", "--all", store=store)
        assert {"path": "optimizer", "values": ["adam", "adam"], "differs": False} in whole["lines"]

    def test_results_are_read_first(self, store):
        rows = given("runs", "compare", "1", "3", store=store).stdout.splitlines()
        names = [row.split()[0] for row in rows if row.strip()]
        assert names.index("test") < names.index("seed")

    def test_a_comparison_is_as_wide_as_the_terminal(self, store):
        rows = given("runs", "compare", "1", "2", "3", store=store, columns=80).stdout.splitlines()
        assert max(map(len, rows)) <= 80

    def test_one_run_is_not_compared(self, store):
        assert given("runs", "compare", "1", store=store).exit_code == 2


class TestExporting:
    def test_series_have_every_number_that_was_recorded(self, store):
        result = given("runs", "export", "1", "--output", "-", store=store)
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        with open_store(store) as opened:
            series = opened.series(1)["train_cost"]
        assert np.array_equal(np.array([row["train_cost"] for row in rows], np.float32), series)

    @pytest.mark.parametrize("name", [each.name for each in FORMATS])
    def test_every_format_of_the_table_can_be_asked_for(self, store, name, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        result = given("runs", "export", "1", "--format", name, store=store)
        assert result.exit_code == 0 or "pip install" in result.stderr
        if result.exit_code == 0:
            assert any("run-1" in path.name for path in tmp_path.iterdir())

    @pytest.mark.slow
    def test_the_format_is_what_the_files_name_ends_with(self, store, tmp_path):
        for format_ in FORMATS:
            path = tmp_path / f"x{format_.suffix}"
            result = given("runs", "export", "1", "--output", path, store=store)
            assert path.exists() or "pip install" in result.stderr

    def test_a_file_that_is_there_is_kept_unless_told_otherwise(self, store, tmp_path):
        path = tmp_path / "mine.csv"
        path.write_text("mine")
        result = given("runs", "export", "1", "--output", path, store=store)
        assert result.exit_code == 2
        assert "--overwrite" in result.stderr
        assert path.read_text() == "mine"
        assert given("runs", "export", "1", "--output", path, "--overwrite", store=store).exit_code == 0
        assert path.read_text() != "mine"

    def test_weights_may_be_those_of_a_checkpoint(self, store, tmp_path):
        run = trained("xor", epochs=2)
        later, state = run.snapshots.latest_with_iteration
        run.snapshots.add(later - 9, run.snapshots.at(0)[1])
        run.snapshots.add(later, state)
        with open_store(store) as opened:
            number = opened.keep(run)
            states = dict(opened.checkpoints(number))
        there = document("runs", "show", "last", store=store)["checkpoints"]
        assert there == list(states)
        for iteration in (there[1], there[1] + 1):
            path = tmp_path / f"{iteration}.npz"
            result = given("runs", "export", "last", "--iteration", iteration, "--output", path, store=store)
            assert result.exit_code == 0, result.stderr
            assert (f"after iteration {there[1]:,}" in result.stderr) == (iteration != there[1])
            with np.load(path) as archive:
                theta = np.concatenate([archive[f"layers.{layer}.{name}"].ravel() for layer in (0, 1) for name in "Wb"])
            assert set(theta) == set(unpack_state(states[there[1]])["theta"])
        for wrong in (["--format", "csv"], ["--table"]):
            assert given("runs", "export", "1", "--iteration", 5, *wrong, store=store).exit_code == 2

    @pytest.mark.slow
    def test_several_runs_are_curves_in_one_figure(self, store, tmp_path):
        path = tmp_path / "curves.svg"
        assert given("runs", "export", "1", "3", "last", "--output", path, store=store).exit_code == 0
        drawn = path.read_text()
        assert all(f"{name}: training" in drawn for name in ("first #1", "2-8-2 #3"))
        text = given("runs", "export", "first", "2", "--format", "txt", "--output", "-", store=store).stdout
        assert "first #1: cost" in text
        assert "#2: R2" in text
        wrong = given("runs", "export", "1", "3", "--output", tmp_path / "x.csv", store=store)
        assert wrong.exit_code == 2
        assert "svg" in wrong.stderr
        assert given("runs", "export", "1", "3", "--iteration", 5, store=store).exit_code == 2
        assert given("runs", "export", "1", "77", "--output", tmp_path / "y.svg", store=store).exit_code == 2
        assert [each.name for each in tmp_path.iterdir() if each.suffix == ".svg"] == ["curves.svg"]

    def test_a_format_there_is_not_is_refused_with_the_nearest(self, store):
        result = given("runs", "export", "1", "--format", "cvs", store=store)
        assert result.exit_code == 2
        assert "did you mean csv?" in result.stderr

    def test_the_help_names_every_format(self):
        output = given("runs", "export", "--help").stdout
        assert all(f"  {format_.name}" in output and format_.title in output for format_ in FORMATS)

    def test_the_table_has_a_row_a_run(self, store):
        result = given("runs", "export", "--table", "--output", "-", "--filter", "data:xor", store=store)
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        assert [row["run"] for row in rows] == ["3", "1"]
        assert rows[1]["tags"] == "deep best"
        assert rows[0]["test_r2"] == ""
        with open_store(store) as opened:
            assert float(rows[0]["test_cost"]) == opened.run(3).summary.test_cost

    @pytest.mark.parametrize("format_name", ["csv", "jsonl", "parquet"])
    def test_the_table_may_have_chosen_columns_in_another_order(self, store, format_name, tmp_path):
        path = tmp_path / f"runs.{format_name}"
        named = "run,tags,test_score,optimizer.l2,layers[].size,layers[0].activation,created,stopped_early"
        arguments = ("runs", "export", "--table", "--columns", named, "--sort", "seed", "--reverse", "--output", path)
        assert given(*arguments, "--filter", "data:xor", store=store).exit_code == 0
        if format_name == "parquet":
            rows = pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist()
        elif format_name == "jsonl":
            rows = list(map(json.loads, path.read_text().splitlines()))
        else:
            rows = list(csv.DictReader(path.read_text().splitlines()))
        first, last = rows
        assert list(first) == named.split(",")
        assert [int(row["run"]) for row in rows] == [3, 1]
        with open_store(store) as opened:
            summary, experiment = opened.run(3).summary, opened.experiment(3)
        assert float(first["test_score"]) == summary.test_accuracy
        assert float(first["optimizer.l2"]) == experiment.optimizer.l2
        assert first["layers[].size"] == ", ".join(str(layer.size) for layer in experiment.layers)
        assert first["layers[0].activation"] == experiment.layers[0].activation
        assert first["created"].startswith("20")
        assert first["stopped_early"] == ("False" if format_name == "csv" else False)
        assert last["tags"] == ("deep best" if format_name == "csv" else ["deep", "best"])

    def test_chosen_columns_belong_to_the_table(self, store):
        result = given("runs", "export", "1", "--columns", "run", store=store)
        assert result.exit_code == 2
        assert "belong to --table" in result.stderr
        assert given("runs", "export", "--table", "--columns", "rnu", store=store).exit_code == 2


class TestDescribing:
    def test_names_tags_and_notes_are_kept(self, store):
        assert given("runs", "rename", "3", "best of all", store=store).exit_code == 0
        assert given("runs", "tag", "3", "wide", "slow,deep", store=store).exit_code == 0
        assert given("runs", "tag", "3", "slow", "--remove", store=store).exit_code == 0
        assert given("runs", "note", "best of all", "seen", store=store).exit_code == 0
        document_of_run = document("runs", "show", "3", store=store)
        assert (document_of_run["name"], document_of_run["tags"], document_of_run["note"]) == (
            "best of all",
            ["wide", "deep"],
            "seen",
        )
        assert given("runs", "tag", "3", store=store).stdout.split() == ["wide", "deep"]
        assert given("runs", "note", "3", store=store).stdout == "seen\n"
        assert document("runs", "tag", "3", store=store) == ["wide", "deep"]
        assert document("runs", "note", "3", store=store) == "seen"
        assert document("runs", "tag", "3", "new", store=store) == ["wide", "deep", "new"]
        assert document("runs", "note", "3", 'a "b"\n', store=store) == 'a "b"\n'

    def test_a_tag_that_is_a_text_is_refused_and_may_be_removed(self, store):
        result = given("runs", "tag", "3", "wide", "x" * 101, store=store)
        assert (result.exit_code, result.stderr[-25:]) == (2, "note: joml-tui runs note\n")
        assert document("runs", "tag", "3", store=store) == []
        assert given("runs", "tag", "3", "x" * 100, store=store).exit_code == 0
        assert given("runs", "tag", "3", "x" * 101, "--remove", store=store).exit_code == 0

    @pytest.mark.parametrize("name", ["12", "#3", "last", "two\x07bells"])
    def test_a_name_that_would_name_another_run_is_refused(self, store, name):
        assert given("runs", "rename", "3", name, store=store).exit_code == 2

    def test_deleting_needs_yes_where_nobody_can_be_asked(self, store):
        result = given("runs", "delete", "1", "3", store=store)
        assert result.exit_code == 2
        assert "--yes" in result.stderr
        assert len(lines("runs", "list", store=store)) == 3
        assert given("runs", "delete", "1", "first", "3", "--yes", store=store).exit_code == 0
        assert [line["run"] for line in lines("runs", "list", store=store)] == [2]

    def test_where_one_run_is_not_there_none_is_deleted(self, store):
        assert given("runs", "delete", "1", "99", "--yes", store=store).exit_code == 2
        assert len(lines("runs", "list", store=store)) == 3

    def test_quiet_narrates_nothing(self, store):
        assert given("runs", "note", "1", "x", "--quiet", store=store).output == ""
        assert given("--quiet", "runs", "note", "1", "x", store=store).output == ""


class TestStores:
    def test_the_store_may_be_named_before_the_command_and_after_it(self, store, tmp_path):
        elsewhere = tmp_path / "other.db"
        assert len(lines("--store", store, "runs", "list", store=elsewhere)) == 3
        assert len(lines("runs", "list", "--store", store, store=elsewhere)) == 3

    def test_a_store_of_another_program_is_a_failure(self, tmp_path):
        import sqlite3

        path = tmp_path / "other.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE mine (x)")
        connection.close()
        result = given("runs", "list", store=path)
        assert result.exit_code == 1
        assert "another program" in result.stderr
        assert "Traceback" not in result.stderr
        assert "Traceback" in given("runs", "list", "--debug", store=path).stderr
