"""A damaged row of the store is named and left out; it hides nothing else."""

import json
import shutil

import pytest
from click.testing import CliRunner

from joml_tui.cli import main
from joml_tui.cli.runs import run_values as listed
from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Xor
from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.runs.run import start_run
from joml_tui.runs.run_fields import FIELDS
from joml_tui.store import RunRecordError, StoreError, open_store, restored
from joml_tui.store.run_summary import COLUMNS, DamagedRowError, stored_run
from joml_tui.ui.run_history.history_screen import _read_list

SHORT = Experiment(
    dataset=Xor(samples=60), layers=(LayerSpec(3, "tanh"),), optimizer=AdamSpec(0.01), epochs=2, batch_size=16
)
#: What may stand in a column in place of what was written there.
WRONG = {
    "bytes": "x'ff00c1'",
    "text that is no UTF-8": "CAST(x'63e961' AS TEXT)",
    "another text": "'{]'",
    "a huge number": "1e30",
    "a negative number": "-7",
    "a large integer": str(2**62),
    "no bytes": "x''",
}
DESCRIBED = (
    "experiment",
    "versions",
    "adjustments",
    "details",
    "beginning",
    "preparation",
    "total_iterations",
    "train_size",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store of three runs, to be copied."""
    path = tmp_path_factory.mktemp("whole") / "runs.db"
    run = start_run(SHORT, engine="thread")
    assert run.wait(300)
    with open_store(path) as opened:
        for name in ("one", "two", "three"):
            opened.keep(run, name=name, tags=("deep",))
        opened._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def store(tmp_path, whole):
    shutil.copy(whole, tmp_path / "runs.db")
    with open_store(tmp_path / "runs.db") as opened:
        opened._connection.execute("PRAGMA synchronous = OFF")
        yield opened


def put(store, table, column, value, key):
    store._connection.execute(f"UPDATE {table} SET {column} = {value} WHERE {key} = 2")


def look_at_all(store):
    """Do with every run of the list what lists, filters and exports do; give their numbers."""
    runs = store.runs()
    for record in runs:
        assert record.label
        assert record.created_at.year < 10_000
        json.dumps(listed.document(record), default=str)
    assert listed.columns(list(map(store.facts_of, runs)))
    assert [record.number for record, _ in _read_list(store, set())] == [record.number for record in runs]
    return [record.number for record in runs]


@pytest.mark.parametrize("column", [column for column in (*COLUMNS, "owner") if column != "number"])
@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_a_wrong_value_in_any_column_hides_at_most_its_own_run(store, column, value):
    put(store, "runs", column, value, "number")
    numbers = look_at_all(store)
    assert numbers in ([3, 2, 1], [3, 1])
    assert (numbers == [3, 1]) == any("run 2 is damaged" in fault for fault in store.check())
    assert list(store.damaged) == ([2] if numbers == [3, 1] else [])
    with open_store(store.path) as again:  # it is opened, whatever its rows hold
        assert look_at_all(again) == numbers


@pytest.mark.parametrize("column", ["summary", "state", "tags", "note", "created"])
def test_what_is_no_such_value_is_named(store, column):
    put(store, "runs", column, "x'ff'", "number")
    (fault,) = store.check()
    assert fault.startswith("run 2 is damaged: its ")
    with pytest.raises(RunRecordError, match="run 2 is damaged"):
        store.run(2)
    assert store.find("last").number == 3
    assert store.find("one").number == 1


def test_the_newest_run_that_can_be_read_is_the_last(store):
    store._connection.execute("UPDATE runs SET summary = x'ff' WHERE number = 3")
    assert store.find("last").number == 2
    assert [record.number for record in store.runs(newest=1)] == [2]


@pytest.mark.slow
def test_every_byte_of_a_summary_may_be_another(store):
    row = store._connection.execute(f"SELECT {', '.join(COLUMNS)} FROM runs WHERE number = 2").fetchone()
    place, left_out = COLUMNS.index("summary"), 0
    for index in range(len(row[place])):
        for other in (0x00, 0x7F, 0x80, 0xC1, 0xFF, row[place][index] ^ 0x10):
            flipped = bytearray(row[place])
            flipped[index] = other
            try:
                record = stored_run((*row[:place], bytes(flipped), *row[place + 1 :]))
            except DamagedRowError as error:
                left_out += 1
                assert "summary" in str(error)
            else:
                listed.columns([store.facts_of(record)], FIELDS)
                json.dumps(listed.document(record), default=str)
    assert left_out > 20


@pytest.mark.parametrize("column", DESCRIBED)
@pytest.mark.parametrize("value", ["x'ff00c1'", "CAST(x'63e961' AS TEXT)"])
def test_a_damaged_description_is_a_sentence_of_its_run(store, column, value):
    put(store, "descriptions", column, value, "run")
    assert look_at_all(store) == [3, 2, 1]
    (fault,) = store.check()
    assert "run 2 is damaged" in fault
    for number in (1, 3):
        assert restored(store, number).iteration
    try:
        restored(store, 2)
    except StoreError as error:
        assert "run 2" in str(error)


@pytest.mark.parametrize("table", ["chunks", "states"])
@pytest.mark.parametrize("column", ["data", "checksum"])
@pytest.mark.parametrize("value", ["x'ff00c1'", "'no'", "-1"])
def test_damaged_series_and_weights_are_a_sentence_of_their_run(store, table, column, value):
    put(store, table, column, value, "run")
    assert any("run 2" in fault for fault in store.check())
    with pytest.raises(RunRecordError, match="run 2"):
        restored(store, 2)
    assert restored(store, 3).iteration


def test_a_missing_description_is_named(store):
    store._connection.execute("DELETE FROM descriptions WHERE run = 2")
    assert store.check() == ["run 2 is damaged: its description is missing"]
    with pytest.raises(StoreError, match="run 2"):
        restored(store, 2)


def commanded(store, *arguments):
    return CliRunner().invoke(main, [*arguments, "--store", str(store.path)])


@pytest.mark.slow
def test_commands_leave_the_damaged_run_out_and_say_so(store):
    put(store, "runs", "summary", "x'ff'", "number")
    result = commanded(store, "runs", "list")
    assert result.exit_code == 0
    assert "one" in result.stdout
    assert "three" in result.stdout
    assert "warning: run 2 is damaged: its summary cannot be read; it is left out" in result.stderr
    result = commanded(store, "runs", "list", "--json", "--filter", "tag:deep")
    assert [json.loads(line)["run"] for line in result.stdout.splitlines()] == [3, 1]
    result = commanded(store, "runs", "export", "--table", "--output", "-")
    assert [line.split(",")[0] for line in result.stdout.splitlines()[1:]] == ["3", "1"]
    result = commanded(store, "runs", "show", "2")
    assert result.exit_code == 1
    assert "run 2 is damaged: its summary cannot be read" in result.stderr
    result = commanded(store, "doctor")
    assert result.exit_code == 1
    assert "run 2 is damaged: its summary cannot be read" in result.stdout


def test_a_table_with_experiments_leaves_out_the_run_whose_experiment_is_damaged(store):
    put(store, "descriptions", "experiment", "'{]'", "run")
    result = commanded(store, "runs", "export", "--table", "--format", "jsonl", "--output", "-")
    assert result.exit_code == 0
    assert [json.loads(line)["name"] for line in result.stdout.splitlines()] == ["three", "one"]
    assert "warning: run 2 of " in result.stderr
    assert "; it is left out" in result.stderr


def test_a_table_needs_neither_series_nor_weights(store):
    for table in ("chunks", "states"):
        store._connection.execute(f"UPDATE {table} SET data = x'ff'")
    result = commanded(store, "runs", "export", "--table", "--format", "jsonl", "--output", "-")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["name"] for row in rows] == ["three", "two", "one"]
    assert {row["experiment"] for row in rows} == {dump_experiment(SHORT)}


def test_many_damaged_runs_are_counted(store):
    for _ in range(5):
        store._connection.execute(
            f"INSERT INTO runs ({', '.join(COLUMNS[1:])}, owner, sweep, fingerprint) "
            f"SELECT {', '.join(COLUMNS[1:])}, owner, sweep, fingerprint FROM runs WHERE number = 1"
        )
    store._connection.execute("UPDATE runs SET state = 'gone' WHERE number > 1")
    result = commanded(store, "runs", "list")
    assert result.stderr.count("is left out") == 5
    assert "2 more runs are damaged: joml-tui doctor names them" in result.stderr
