"""Reports on tables: kinds, values and use of columns, what is suspicious, and what keeps a file from training."""

import numpy as np
import pytest

from joml_tui.experiment.opening import SettingChange
from joml_tui.experiment.yaml_text import ExperimentError
from joml_tui.reports.table_report import inspect_table


def write_ships(path, rows=80):
    rng = np.random.default_rng(0)
    lines = ["id,survived,age,fare,port,alive,ticket,deck,seen"]
    for row in range(rows):
        survived = int(rng.random() < 0.4)
        age = "" if row % 5 == 0 else f"{rng.uniform(1, 80):.1f}"
        fare = f"{rng.uniform(5, 100):.2f}"
        port = ("Cork", "Kiel", "Riga")[row % 3]
        deck = "" if row % 4 else "A"
        seen = f"2021-03-{row % 28 + 1:02}"
        lines.append(f"{row + 1},{survived},{age},{fare},{port},{'yes' if survived else 'no'},T{row},{deck},{seen}")
    path.write_text("\n".join(lines) + "\n")
    return str(path)


@pytest.fixture
def ships(tmp_path):
    report = inspect_table(write_ships(tmp_path / "ships.csv"))
    return report, {column.name: column for column in report.columns}


def test_each_column_has_a_kind_and_a_use(ships):
    report, columns = ships
    assert (report.reader, report.rows, report.task, report.outputs) == ("csv", 80, "classes", 2)
    assert {name: (column.kind, column.use) for name, column in columns.items()} == {
        "id": ("number", "feature"),
        "survived": ("classes", "target"),
        "age": ("number", "feature"),
        "fare": ("number", "feature"),
        "port": ("category", "feature"),
        "alive": ("boolean", "feature"),
        "ticket": ("text", "left out"),
        "deck": ("category", "feature"),
        "seen": ("date", "feature"),
    }
    assert sum(column.features for column in columns.values()) == report.features
    assert report.problems == ()
    assert report.opened.target == "'survived', by its name: 2 classes"


def test_each_column_has_its_values(ships):
    _, columns = ships
    assert (columns["port"].summary.distinct, columns["age"].summary.missing) == (3, 16)
    assert columns["id"].range == ("1", "80")
    assert columns["seen"].range == ("2021-03-01", "2021-03-28")
    assert columns["port"].summary.frequent[0] == ("Cork", 27)


def test_the_classes_of_a_table_are_counted(tmp_path):
    (tmp_path / "kinds.csv").write_text("x,z,kind\n" + "1,2,a\n2,3,b\n4,3,b\n5,7,\n" * 5)
    assert inspect_table(str(tmp_path / "kinds.csv")).class_counts == (("a", 5), ("b", 10))


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        ("id", "counts the rows"),
        ("age", "16 of 80 cells are missing"),
        ("alive", "gives the answer away"),
        ("ticket", "is text that differs in all 80 rows: it is left out"),
        ("deck", "75.0 % of its cells are missing: if it says little, leave it out by ignore: [deck]"),
    ],
)
def test_what_is_suspicious_stands_with_its_column(ships, name, remark):
    report, columns = ships
    assert any(remark in each for each in columns[name].remarks), columns[name].remarks
    assert not any(note.startswith(f"{name} ") for note in report.notes)


def test_codes_far_numbers_and_rare_classes_are_remarked_on(tmp_path):
    rows = [f"{row % 5},{row * 0.5 if row else 1e9},{'rare' if row < 3 else 'usual'}" for row in range(900)]
    (tmp_path / "codes.csv").write_text("\n".join(["code,size,kind", *rows]) + "\n")
    code, size, kind = inspect_table(str(tmp_path / "codes.csv")).columns
    assert code.remarks == (
        "has only 5 different whole numbers: if they are codes, columns: {code: category} reads them so",
    )
    assert size.remarks == (
        "1000000000 is far from the other numbers, half of which lie between 112.875 and 337.625: is it a mistake?",
    )
    assert kind.remarks[0].startswith("the rarest class has 3 rows of 900: class_weights: balanced")


def test_merged_cells_written_dates_and_clock_times_are_remarked_on(tmp_path):
    rows = [
        f"{('A' if row % 10 == 0 else 'B') if row % 5 == 0 else ''},202103{row % 28 + 1:02d},{row % 9}:15,{row % 2}"
        for row in range(30)
    ]
    (tmp_path / "hand.csv").write_text("\n".join(["group,day,start,kind", *rows]) + "\n")
    group, day, start, _ = inspect_table(str(tmp_path / "hand.csv")).columns
    assert any("as merged cells do, write it in each row" in remark for remark in group.remarks)
    assert "its numbers look like dates, such as 20210301: columns: {day: date} reads them so" in day.remarks
    assert (day.range, start.range) == (("20210301", "20210328"), ("00:15", "08:15"))


def test_columns_are_shown_also_where_the_target_is_not_clear(tmp_path):
    (tmp_path / "two.csv").write_text("survived,class,age\n" + "yes,first,3\nno,third,4\n" * 5)
    report = inspect_table(str(tmp_path / "two.csv"))
    assert report.opened is None
    assert "may be 'survived' or 'class'" in report.problems[0]
    assert [column.kind for column in report.columns] == ["boolean", "category", "number"]
    assert inspect_table(str(tmp_path / "two.csv"), [SettingChange("dataset.label", "class")]).problems == ()


def test_numbers_with_commas_have_a_range(tmp_path):
    rows = [f"{row},5;1{row},25;{'far' if row % 2 else 'near'}" for row in range(10, 40)]
    (tmp_path / "houses.csv").write_text("\n".join(["Size;Worth;Place", *rows]) + "\n")
    report = inspect_table(str(tmp_path / "houses.csv"))
    assert [column.range for column in report.columns] == [("10.5", "39.5"), ("110.25", "139.25"), ()]
    assert [column.kind for column in report.columns] == ["number", "number", "classes"]
    (note,) = report.notes
    assert note.startswith("column 1 ('Size'), column 2 ('Worth'): commas are read as decimal points")


def test_values_to_predict_are_no_classes(tmp_path):
    (tmp_path / "values.csv").write_text("a,price\n" + "".join(f"{row},{row * 1.5}\n" for row in range(60)))
    report = inspect_table(str(tmp_path / "values.csv"))
    assert (report.task, report.columns[1].kind, report.columns[1].range) == ("regression", "values", ("0", "88.5"))
    assert "gives the answer away" not in "".join(report.columns[1].remarks)


def test_a_file_without_names_and_an_experiment_are_inspected(tmp_path):
    (tmp_path / "plain.csv").write_text("1.5,2.5,a\n2.5,3.5,b\n" * 5)
    report = inspect_table(str(tmp_path / "plain.csv"))
    assert [(column.name, column.use) for column in report.columns] == [
        ("", "feature"),
        ("", "feature"),
        ("", "target"),
    ]
    (tmp_path / "plain.yaml").write_text("version: 1\ndataset: {name: csv, path: plain.csv, label: 0}\n")
    assert inspect_table(str(tmp_path / "plain.yaml")).columns[0].use == "target"


def test_arrays_have_sizes_and_no_columns(tmp_path):
    np.savez(tmp_path / "arrays.npz", x=np.eye(6), y=np.array([0, 1] * 3))
    report = inspect_table(str(tmp_path / "arrays.npz"))
    assert (report.rows, report.features, report.outputs, report.columns) == (6, 6, 2, ())


def test_a_table_of_typed_columns_is_inspected(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet files need pyarrow")
    import pyarrow as pa

    parquet.write_table(pa.table({"a": [1.0, 2.0] * 4, "kind": ["x", "y"] * 4}), tmp_path / "flowers.parquet")
    report = inspect_table(str(tmp_path / "flowers.parquet"))
    assert [(column.kind, column.use) for column in report.columns] == [("number", "feature"), ("classes", "target")]


def test_what_is_no_data_file_is_refused(tmp_path):
    with pytest.raises(ExperimentError, match=r"gone\.csv: no such file"):
        inspect_table(str(tmp_path / "gone.csv"))
    with pytest.raises(ExperimentError, match="xor, is not read from a file"):
        inspect_table("xor")


@pytest.mark.parametrize("codes", [("7", "07"), ("9007199254740992", "9007199254740993")])
def test_labels_are_counted_as_they_are_written(tmp_path, codes):
    (tmp_path / "codes.csv").write_text("a,code\n" + "".join(f"{row}.5,{codes[row % 2]}\n" for row in range(40)))
    report = inspect_table(str(tmp_path / "codes.csv"))
    assert report.outputs == report.columns[1].summary.distinct == 2
    assert set(report.columns[1].summary.frequent) == {(code, 20) for code in codes}


def test_categories_that_are_numbers_have_counts_and_no_range(tmp_path):
    rows = [f"{('0', '1', '2', '3+')[row % 4]},{row % 7}.5,{'ab'[row % 3 > 0]}" for row in range(80)]
    (tmp_path / "kids.csv").write_text("\n".join(["kids,size,kind", *rows]) + "\n")
    kids = inspect_table(str(tmp_path / "kids.csv")).columns[0]
    assert (kids.kind, kids.range, kids.histogram) == ("category", (), (20, 20, 20, 20))
    assert set(kids.summary.frequent) == {(count, 20) for count in ("0", "1", "2", "3+")}


def test_values_and_a_row_index_are_seen_also_where_something_else_is_wrong(tmp_path):
    rows = [f"{row},{'2020-02-30' if row == 9 else f'2020-0{row % 9 + 1}-11'},{row}.25" for row in range(60)]
    (tmp_path / "days.csv").write_text("\n".join([",when,worth", *rows]) + "\n")
    report = inspect_table(str(tmp_path / "days.csv"))
    assert "2020-02-30" in report.problems[0]
    assert [(column.kind, column.use) for column in report.columns] == [
        ("number", "left out"),
        ("date", "feature"),
        ("values", "target"),
    ]
    assert report.columns[2].range == ("0.25", "59.25")
    unknown = inspect_table(str(tmp_path / "days.csv"), [SettingChange("dataset.label", "wort")])
    assert [column.use for column in unknown.columns] == ["left out", "feature", "feature"]


def test_a_number_that_marks_missing_cells_is_pointed_out(tmp_path):
    rows = [f"{-999 if row % 9 == 0 else row / 100},{row % 50},{'ab'[row % 2]}" for row in range(90)]
    (tmp_path / "marks.csv").write_text("\n".join(["v,w,kind", *rows]) + "\n")
    marked, plain, _ = inspect_table(str(tmp_path / "marks.csv")).columns
    assert marked.remarks == (
        "-999 in 10 rows is far from the other numbers, 0.01 to 0.89: if it stands for a missing value, leave such "
        "cells empty",
    )
    assert plain.remarks == ()


def test_points_between_thousands_have_a_range(tmp_path):
    path = tmp_path / "amounts.csv"
    rows = "".join(f"{row + 1}.{100 + row};{row + 1}.000.{900 - row};{'ab'[row % 2]}\n" for row in range(60))
    path.write_text("price;area;k\n7;8;a\n1.000.000;9.500;b\n" + rows)
    columns = {
        column.name: column for column in inspect_table(str(path), [SettingChange("dataset.label", "area")]).columns
    }
    assert [columns[name].range for name in ("price", "area")] == [("7", "1000000"), ("8", "60000841")]


def test_numbers_whose_commas_may_mean_either_have_no_range(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a;kind\n" + "1,803;x\n2,243;y\n" * 10)
    column = inspect_table(str(path)).columns[0]
    assert (column.kind, column.use, column.range) == ("number", "feature", ())
    assert "decimal: comma or decimal: point" in column.remarks[0]
    stated = inspect_table(str(path), [SettingChange("dataset.decimal", "comma")])
    assert stated.columns[0].range == ("1.803", "2.243")
    assert stated.opened.experiment.dataset.decimal == "comma"


def test_a_faulty_column_changes_nothing_about_the_others(tmp_path):
    path = tmp_path / "data.csv"
    rows = "".join(f'"€1,{300 + n}",{n % 7}.5,{n % 2}\n' for n in range(60))
    path.write_text(f"price,size,kind\n{rows}")
    alone = inspect_table(str(path)).columns[0]
    path.write_text(f"price,size,kind\n{rows.replace(',6.5', ',huge')}")
    assert inspect_table(str(path)).columns[0] == alone
