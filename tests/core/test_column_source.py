"""Scripts for mixed tables: they read the raw columns, and answer as the network does."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from mixed_table import NAMES, expected_outputs, new_rows, trained_run, write_rows

from joml.data.tables.encoding import CategoryEncoder, NumberEncoder
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.export import ExportError
from joml_tui.export.column_source import reading_source
from joml_tui.export.network_source import write_joml_script, write_torch_script
from joml_tui.runs.run import start_run


def answered(script, path):
    result = subprocess.run([sys.executable, script, path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return np.loadtxt(result.stdout.splitlines(), delimiter=",", ndmin=2)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["classes", "regression"])
def test_a_script_reads_the_columns_by_name_and_answers_as_the_network(tmp_path, task):
    run = trained_run(tmp_path, task)
    table = new_rows()
    write_joml_script(run, tmp_path / "net.py")
    path = write_rows(tmp_path / "rows.csv", ("more", *reversed(NAMES[:-1])), [["x", *reversed(row)] for row in table])
    np.testing.assert_allclose(answered(tmp_path / "net.py", path), expected_outputs(run, table), rtol=1e-5, atol=1e-5)


@pytest.mark.slow  # PyTorch alone takes seconds to import
def test_a_script_of_pytorch(tmp_path):
    pytest.importorskip("torch")
    run = trained_run(tmp_path, standardize_y=True)
    table = new_rows()
    write_torch_script(run, tmp_path / "net.py")
    path = write_rows(tmp_path / "rows.csv", NAMES[:-1], table)
    np.testing.assert_allclose(answered(tmp_path / "net.py", path), expected_outputs(run, table), rtol=1e-5, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("delimiter", "encoding", "settings"),
    [("   ", "utf-8", {}), (" \t ", "utf-8", {}), (";", "latin-1", {"encoding": "latin-1"})],
    ids=["blanks", "blanks and tabs", "latin-1"],
)
def test_a_script_reads_the_dialect_of_the_training_data(tmp_path, delimiter, encoding, settings):
    colours = ["grün", "blau"]
    table = [["größe", "farbe", "kind"], *([f"{n % 17}.5", colours[n % 3 % 2], "ab"[n % 5 % 2]] for n in range(60))]
    path = tmp_path / "data.txt"
    path.write_text("".join(delimiter.join(row) + "\n" for row in table), encoding=encoding)
    dataset = {"name": "csv", "path": str(path), **settings}
    run = start_run(parse_experiment(json.dumps({"version": 1, "dataset": dataset, "epochs": 3})), engine="thread")
    assert run.wait(300) and run.preparation.columns, run.message
    write_joml_script(run, tmp_path / "net.py")
    expected = expected_outputs(run, [row[:-1] for row in table[1:]])
    np.testing.assert_allclose(answered(tmp_path / "net.py", path), expected, rtol=1e-5, atol=1e-5)


def test_columns_of_one_name_are_not_written_as_a_script(tmp_path):
    run = trained_run(tmp_path)
    read = {"format": {"names": ["age", *NAMES], "delimiter": ","}}
    with pytest.raises(ExportError, match="not written: several columns are named 'age'"):
        reading_source(replace(run.preparation, file_format=read))


@pytest.mark.slow
def test_a_cell_that_cannot_be_read_and_a_column_that_is_not_there_are_named(tmp_path):
    run = trained_run(tmp_path)
    write_joml_script(run, tmp_path / "net.py")
    for names, row, message in [
        (NAMES[:-1], ["old", "male", "A", "yes", ""], "row 1: 'age' cannot be read: 'old'"),
        (NAMES[:-2], ["1", "male", "A", "yes"], "no column is named 'seen'"),
    ]:
        path = write_rows(tmp_path / "rows.csv", names, [row])
        result = subprocess.run(
            [sys.executable, tmp_path / "net.py", path], capture_output=True, text=True, check=False
        )
        assert result.returncode == 1 and message in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("name", ["'); raise SystemExit('", '"""', "$delimiter", "${columns}", "\\", "\n", "é\u202e"])
def test_no_code_comes_from_a_name(tmp_path, name):
    run = trained_run(tmp_path)
    columns = (NumberEncoder(name, fill=1.0), CategoryEncoder("c", (f"<{name}>", "b")))
    source = reading_source(replace(run.preparation, columns=columns))
    assert source.isascii()
    scope = {}
    exec("import csv, json, math, re, sys\nimport numpy as np\n" + source, scope)
    assert [column["name"] for column in scope["COLUMNS"]] == [name, "c"]
    assert scope["features_of"]({name: "2", "c": f"<{name}>"}, 1) == [2.0, 1.0, 0.0]


def test_points_between_thousands_in_the_script(tmp_path):
    preparation = replace(trained_run(tmp_path).preparation, columns=(NumberEncoder("a", commas="points", fill=1.0),))
    scope = {}
    exec("import csv, json, math, re, sys\nimport numpy as np\n" + reading_source(preparation), scope)
    cells = {"1.200": 1200, "1.200,5": 1200.5, "3.580.801": 3580801, "-7,5": -7.5, "12": 12, "": 1, ".": 1}
    assert [scope["features_of"]({"a": cell}, 1) for cell in cells] == [[number] for number in cells.values()]
    with pytest.raises(ValueError, match=r"row 1: 'a' cannot be read: '36\.5'"):
        scope["features_of"]({"a": "36.5"}, 1)


def test_durations_limits_and_indian_thousands_in_the_script(tmp_path):
    columns = (
        NumberEncoder("a", mark=":", fill=1.0),
        NumberEncoder("b", mark="<", fill=1.0),
        NumberEncoder("c", commas="thousands", fill=1.0),
    )
    scope = {}
    source = reading_source(replace(trained_run(tmp_path).preparation, columns=columns))
    exec("import csv, json, math, re, sys\nimport numpy as np\n" + source, scope)
    assert scope["features_of"]({"a": "75:10", "b": "<5", "c": "12,34,567"}, 1) == [4510, 5, 1_234_567]
    assert scope["features_of"]({"a": "-1:30.5", "b": ">= 0.5", "c": "1,234"}, 1) == [-90.5, 0.5, 1_234]


def test_a_point_that_may_separate_thousands_is_refused_by_the_script(tmp_path):
    preparation = replace(trained_run(tmp_path).preparation, columns=(NumberEncoder("a", commas="decimal", fill=1.0),))
    scope = {}
    exec("import csv, json, math, re, sys\nimport numpy as np\n" + reading_source(preparation), scope)
    assert [scope["features_of"]({"a": cell}, 1) for cell in ("1,5", "36.5", "36000", "")] == [
        [1.5],
        [36.5],
        [36e3],
        [1],
    ]
    with pytest.raises(ValueError, match=r"row 1: 'a' cannot be read: '36\.000'"):
        scope["features_of"]({"a": "36.000"}, 1)


@pytest.mark.slow
def test_a_script_reads_numbers_with_and_without_their_mark(tmp_path):
    header, rows = (
        "rate,price,count,y\n",
        "".join(f'{row}%,"$1,{100 + row}.50",{1 + row % 9} 234,{row}\n' for row in range(60)),
    )
    (tmp_path / "marks.csv").write_text(header + rows)
    dataset = {"name": "csv", "path": str(tmp_path / "marks.csv"), "task": "regression"}
    run = start_run(parse_experiment(json.dumps({"version": 1, "dataset": dataset, "epochs": 1})), engine="thread")
    assert run.wait(300)
    write_joml_script(run, tmp_path / "net.py")
    (tmp_path / "with.csv").write_text('rate,price,count\n7%,"$1,107.50",1 234\n-8 %,$5,234\n')
    (tmp_path / "without.csv").write_text("rate,price,count\n7,1107.5,1234\n-8,5,234\n")
    np.testing.assert_array_equal(
        answered(tmp_path / "net.py", tmp_path / "with.csv"), answered(tmp_path / "net.py", tmp_path / "without.csv")
    )
    (tmp_path / "other.csv").write_text("rate,price,count\n7,€1107.5,1234\n")
    refused = subprocess.run(
        [sys.executable, tmp_path / "net.py", tmp_path / "other.csv"], capture_output=True, text=True, check=False
    )
    assert "row 1: 'price' cannot be read: '€1107.5'" in refused.stderr
