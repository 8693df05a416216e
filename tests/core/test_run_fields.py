"""The fields of runs: what files and JSON have of them stays, and everything that lists runs follows from one table."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from command_line import document, given, lines

from joml_tui.cli.runs.run_values import document as run_document
from joml_tui.cli.runs.run_values import write_cell
from joml_tui.export.run_tables import TABLE_COLUMNS, table_row, typed_columns
from joml_tui.runs.run import RunState
from joml_tui.runs.run_fields import FIELDS, facts_of, find_field, sort_rows
from joml_tui.runs.run_record import PartResult, Results, RunRecord
from joml_tui.store import StoredRun

HERE = Path(__file__).parent
#: What versions before the table of fields wrote: by store the lines of `runs list`, the document of `runs show` and
#: the table of `runs export`; by record of `RECORDS` its document and row; the columns and their types.
WRITTEN = json.loads((HERE / "written_runs.json").read_text(encoding="utf-8"))
STOPPED = RunRecord(
    *("2-8x2-3", 131, "flowers.csv", "adam", 0.01, "all", 3, 2, 40, 70, 400, 10, 1.25, 0.2, 0.9, 0.4, 0.8),
    validation_cost=0.3,
    validation_accuracy=0.85,
    results=Results(
        *(60, True, PartResult(112, 0.2, 0.9, None, 0.01, 0.02), PartResult(14, 0.3, 0.85, None, 0.03, 0.04)),
        *(PartResult(24, 0.4, 0.8, None, 0.05, 0.06), 2),
    ),
    cost_unit="nats",
)
VALUES = RunRecord(
    *("1-16-1", 49, "sine", "momentum", 0.1, 32, 0, 1, 5, 25, 25, 5, 0.5, 1.5, -0.5, 1.25, float("nan")),
    task="regression",
    results=Results(25, False, PartResult(160, 1.5, -0.5), None, PartResult(40, 1.25, float("nan"), 0.75)),
    cost_unit="squared error",
)
WAITING = RunRecord(*("", 0, "gone.csv", "sgd", 0.5, 16, 0, 1, 5, 0, 0, 0, 0.0), *[None] * 4, task="multilabel")
RECORDS = {
    "stopped": StoredRun(
        *(7, 1e9, 1e9 + 90.5, RunState.FINISHED, "stopped early at iteration 70", "best, so far", "=seen"),
        *(("deep", "best"), 3, 40, STOPPED),
    ),
    "values": StoredRun(8, 1.7e9, 1.7e9, RunState.DIVERGED, "the cost is nan", "", "", (), None, None, VALUES),
    "waiting": StoredRun(9, 1.7e9, 1.7e9, RunState.WAITING, "", "", "", (), None, None, WAITING),
}


@pytest.mark.parametrize("name", WRITTEN["stores"])
def test_what_commands_write_of_stored_runs_stays(name, tmp_path):
    store = shutil.copy(HERE / "stores" / f"{name}.db", tmp_path / "runs.db")
    written = WRITTEN["stores"][name]
    assert lines("runs", "list", store=store) == written["list"]
    shown = document("runs", "show", "1", store=store)
    # Settings that experiments have had since: at what leaves a run as it was.
    assert shown["experiment"].pop("metrics") == shown["experiment"].pop("features") == []
    since = {"accumulate": 1, "average": 0.0, "label_noise": 0.0, "augment": None}
    assert {name: shown["experiment"].pop(name) for name in since} == since
    assert (shown["experiment"]["early_stopping"] or {"metric": "cost"}).pop("metric") == "cost"
    assert shown["experiment"].pop("input_shape") is None
    layers = [*shown["experiment"]["layers"], shown["experiment"]["output"]]
    assert not any(layer.pop("frozen") for layer in layers)
    assert [shown["experiment"]["split"].pop(name) for name in ("by", "group", "train_samples")] == [None] * 3
    new = {"columns": None, "missing": "fill", "test_path": None, "delimiter": "auto", "encoding": "auto"}
    new |= {"decimal": "auto"}
    dataset = shown["experiment"]["dataset"]
    assert all(dataset.pop(name, default) == default for name, default in new.items())
    assert shown == written["show"]
    assert given("runs", "export", "--table", "--output", "-", store=store).stdout == written["table"]


@pytest.mark.parametrize("name", RECORDS)
def test_what_json_and_tables_have_of_a_run_stays(name):
    written, run = WRITTEN["records"][name], RECORDS[name]
    assert json.loads(msgspec.json.encode(run_document(run))) == written["document"]
    assert json.loads(msgspec.json.encode(table_row(run))) == written["row"]


def test_the_columns_of_tables_and_their_types_stay():
    assert list(TABLE_COLUMNS) == WRITTEN["columns"]
    assert typed_columns() == WRITTEN["types"]


def test_every_name_is_of_one_field_and_every_field_has_a_line_of_help():
    names = [name for field in FIELDS for name in (field.name, *field.aliases)]
    assert len(names) == len(set(names)) > 60
    assert all(find_field(name.upper()).name in names for name in names)
    assert [field.name for field in FIELDS if not field.help or len(field.help) > 60 or not field.title] == []


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_of_every_run_can_be_read_written_and_sorted_by(name):
    facts = facts_of(RECORDS[name])
    for field in FIELDS:
        assert isinstance(write_cell(field, facts), str)
        runs = sort_rows([facts, facts_of(RECORDS["stopped"])], field.read)
        assert len(runs) == 2


def test_a_setting_whose_name_begins_like_a_metric_is_a_setting():
    assert find_field("test_every").type == "setting"
    assert find_field("test_macro_f1").type == "number"


def test_errors_are_sorted_from_the_smallest_and_other_metrics_from_the_largest():
    assert find_field("test_macro_f1").largest_first
    assert not find_field("validation_largest_error").largest_first


def test_the_score_is_the_accuracy_or_the_r2():
    score = find_field("test_score")
    assert score.read(facts_of(RECORDS["stopped"])) == find_field("test_acc").read(facts_of(RECORDS["stopped"])) == 0.8
    assert find_field("train_score").read(facts_of(RECORDS["values"])) == -0.5
    assert find_field("train_acc").read(facts_of(RECORDS["values"])) is None


@pytest.mark.parametrize(
    ("values", "rising", "falling"),
    [
        ([3, None, 1, float("nan"), 2], [1, 2, 3], [3, 2, 1]),
        (["b", "", "C", "a"], ["a", "b", "C"], ["C", "b", "a"]),
        (["all", 32, 8], [8, 32, "all"], ["all", 32, 8]),
        ([(0.5,), (), (None,), (0.1, 2)], [(0.1, 2), (0.5,)], [(0.5,), (0.1, 2)]),
        ([True, False, None], [False, True], [True, False]),
    ],
)
def test_what_has_no_value_comes_last_either_way(values, rising, falling):
    assert sort_rows(values, lambda value: value)[: len(rising)] == rising
    assert sort_rows(values, lambda value: value, reverse=True)[: len(falling)] == falling
    assert len(sort_rows(values, lambda value: value)) == len(values)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tset_cost", "There is no field 'tset_cost'; did you mean test_cost?"),
        ("early_stoping", "did you mean early_stopping?"),
        ("qqq", "write such as test_accuracy, optimizer or optimizer.l2."),
        ("split.tset", "There is no setting 'split.tset'; did you mean split.test?"),
    ],
)
def test_a_field_there_is_not_is_refused_with_the_way_out(name, message):
    with pytest.raises(LookupError) as raised:
        find_field(name)
    assert message in str(raised.value)
