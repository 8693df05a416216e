"""The command that shows the columns of a data file."""

import json

import numpy as np
import pytest
from command_line import document, given
from test_table_report import write_ships

from joml_tui.experiment.opening import open_experiment
from joml_tui.experiment.yaml_text import parse_experiment


def test_the_table_of_columns_and_the_remarks(tmp_path):
    path = write_ships(tmp_path / "ships.csv")
    result = given("inspect", path)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "ships.csv: 80 rows, 9 columns, read as the data set csv"
    assert "Target: 'survived', by its name: 2 classes; --target chooses another." in lines
    (row,) = (line.split() for line in lines if line.startswith("port "))
    assert row == ["port", "category", "3", "0", "Cork", "27,", "Kiel", "27,", "Riga", "26", "3", "features"]
    (row,) = (line.split() for line in lines if line.startswith("ticket "))
    assert row == ["ticket", "text", "80", "0", "all", "different", "left", "out"]
    assert any(line.startswith("  alive: gives the answer away") for line in lines)


def test_a_narrow_terminal_keeps_names_and_kinds(tmp_path):
    result = given("inspect", write_ships(tmp_path / "ships.csv"), columns=30)
    assert "survived  classes" in result.stdout
    assert "Cork" not in result.stdout


def test_several_targets_are_shown_as_such(tmp_path):
    path = tmp_path / "several.csv"
    rows = "".join(f"{n / 7:.2f},{n % 2},{['no', 'yes'][n // 2 % 2]},{n % 5 * 1.5},{'rg'[n % 2]}\n" for n in range(60))
    path.write_text("x,a,b,size,colour\n" + rows)
    report = document("inspect", str(path), "--target", "a,b")
    kinds = {column["name"]: (column["kind"], column["use"]) for column in report["columns"]}
    assert (kinds["a"], kinds["b"]) == (("answers", "target"), ("answers", "target"))
    assert (report["task"], report["outputs"], report["experiment"]["dataset"]["label"]) == (
        "multilabel",
        2,
        ["a", "b"],
    )
    written = given("inspect", str(path), "--target", "size,x", "--yaml").stdout
    assert "  label: [size, x]\n" in written
    assert "# Target: 'size', 'x': 2 values to predict.\n" in written
    mixed = given("inspect", str(path), "--target", "a", "--target", "colour")
    assert mixed.exit_code == 1
    assert "column 2 ('a') holds 0 and 1; column 5 ('colour') holds texts such as 'r'" in mixed.stdout


def test_positions_from_the_end_of_a_typed_table_skip_the_row_index_of_pandas(tmp_path):
    parquet, pa = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    rows = range(40)
    columns = {"x": [row / 2 for row in rows], "a": [row % 2 for row in rows], "b": [row % 3 // 2 for row in rows]}
    parquet.write_table(pa.table({**columns, "__index_level_0__": list(rows)}), tmp_path / "table.parquet")
    for target, expected in (("-1", ["b"]), ("-1,-2", ["a", "b"])):
        report = document("inspect", str(tmp_path / "table.parquet"), f"--target={target}")
        assert [column["name"] for column in report["columns"] if column["use"] == "target"] == expected


def test_json_has_all_of_it(tmp_path):
    path = write_ships(tmp_path / "ships.csv")
    report = document("inspect", path, "--ignore", "id")
    assert (report["rows"], report["task"], report["problems"]) == (80, "classes", [])
    by_name = {column["name"]: column for column in report["columns"]}
    assert by_name["id"]["use"] == "left out"
    assert (by_name["seen"]["least"], by_name["seen"]["greatest"]) == ("2021-03-01", "2021-03-28")
    assert isinstance(by_name["fare"]["greatest"], float)
    assert by_name["port"]["frequent"][0] == {"value": "Cork", "rows": 27}
    assert report["experiment"]["dataset"]["label"] == "survived"


def test_yaml_is_the_experiment_to_edit(tmp_path):
    path = write_ships(tmp_path / "ships.csv")
    result = given("inspect", path, "--yaml", "--set", "epochs=3")
    assert result.exit_code == 0, result.stderr
    assert "# alive: gives the answer away" in result.stdout
    experiment = parse_experiment(result.stdout)
    assert experiment.epochs == 3
    assert experiment.dataset == open_experiment(path).experiment.dataset
    assert given("inspect", path, "--yaml", "--json").exit_code == 2


def test_problems_are_said_and_end_with_1(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("survived,class,age\n" + "yes,first,3\nno,third,4\n" * 5)
    result = given("inspect", path)
    assert result.exit_code == 1
    assert "Problems:\n  " in result.stdout
    assert "may be 'survived' or 'class'" in result.stdout
    assert json.loads(given("inspect", path, "--json").stdout)["experiment"] is None
    refused = given("inspect", path, "--yaml")
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_what_cannot_be_read_ends_with_2(tmp_path):
    result = given("inspect", tmp_path / "gone.csv")
    assert result.exit_code == 2
    assert "gone.csv: no such file" in result.stderr
    (tmp_path / "ragged.csv").write_text("a,b,c\n1,2,x\n1,2\n")
    assert given("inspect", tmp_path / "ragged.csv").exit_code == 2


def test_one_of_anything_is_counted_as_one(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("a,kind\n" + "1.5,x\n2.5,y\n" * 5)
    assert "1 feature, 2 classes" in given("inspect", path).stdout
    path.write_text("a\n1\n")
    assert given("inspect", path).stdout.startswith("one.csv: 1 row, 1 column, read as")


def test_reasons_among_the_remarks_are_not_repeated(tmp_path):
    path = tmp_path / "same.csv"
    path.write_text("a,b,kind\n" + "5,x,n\n5,x,m\n" * 5)
    lines = given("inspect", path).stdout.splitlines()
    assert lines[-1].endswith("same.csv: no feature column remains.")
    assert sum("the same value in all rows" in line for line in lines) == 2


@pytest.mark.parametrize("header", [True, False])
def test_a_folder_has_the_columns_of_its_training_part(tmp_path, header):
    features, labels = [f"{row},{row % 7}" for row in range(30)], [("up", "down")[row % 2] for row in range(30)]
    (tmp_path / "x_train.csv").write_text("\n".join(["age,fare", *features] if header else features))
    (tmp_path / "y_train.csv").write_text("\n".join(["way", *labels] if header else labels))
    lines = given("inspect", tmp_path).stdout.splitlines()
    assert lines[0].endswith("30 rows, 3 columns, read as the data set csv-folder")
    names = ("age", "fare", "way") if header else ("column 1", "column 2", "column 3")
    kinds = [line.split()[len(name.split())] for name in names for line in lines if line.startswith(f"{name} ")]
    assert kinds == ["number", "number", "classes"]
    assert any(line.split()[-5:] == ["up", "15,", "down", "15", "target"] for line in lines)


def test_samples_of_each_class_are_counted_where_there_are_no_columns(tmp_path):
    path = tmp_path / "many.npz"
    labels = np.repeat(np.arange(22), np.arange(2, 24))
    np.savez(path, x=np.arange(2.0 * len(labels)).reshape(-1, 2), y=labels)
    shown = given("inspect", path).stdout.splitlines()
    (counts,) = (line for line in shown if line.startswith("samples of each class: "))
    assert counts.startswith("samples of each class: 0: 2, 1: 3, 2: 4, ")
    assert counts.endswith(", 19: 21, and 2 more of 22 to 23")
    assert document("inspect", path)["classes"][21] == {"name": "21", "samples": 23}
