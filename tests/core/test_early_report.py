"""The description of a table by the rows that have been read so far."""

from joml.data.readers.rows_so_far import RowsSoFar
from joml.data.tables.raw_table import RawTable
from joml.data.tables.text_reader import column_of
from joml_tui.reports.early_report import report_so_far

AGES = ["21", "35", "NA", "40", "28", "33"]
TABLE = RawTable(
    (
        column_of("age", AGES),
        column_of("sex", ["f", "m", "f", "m", "f", "m"]),
        column_of("class", ["a", "b", "a", "b", "b", "a"]),
    ),
    6,
)


def test_columns_have_the_kinds_of_the_sample_and_the_counts_of_all_rows():
    report = report_so_far(RowsSoFar("people.csv", 60, TABLE, (10, 0, 0), ","), {"name": "csv", "label": "class"})
    age, sex, kind = report.columns
    assert (age.kind, age.summary.rows, age.summary.missing) == ("number", 60, 10)
    assert (sex.kind, sex.use) == ("category", "feature")
    assert (kind.kind, kind.use) == ("classes", "target")


def test_a_line_names_delimiter_header_kinds_and_missing_cells():
    report = report_so_far(RowsSoFar("people.csv", 1_234, TABLE, (10, 0, 0), ";"))
    assert report.describe() == (
        "1,234 rows so far · separated by semicolons, with a header · 3 columns: 2 categories, 1 number · "
        "missing cells: age 10"
    )
    of_table = report_so_far(RowsSoFar("people.parquet", 6, TABLE, (0, 0, 0)))
    assert of_table.describe() == "6 rows so far · 3 columns: 2 categories, 1 number"


def test_a_line_names_the_columns_with_most_missing_cells_and_what_is_suspicious():
    gaps = [column_of(name, [str(row * 1.5) for row in range(60)]) for name in ("age", "size", "weight")]
    table = RawTable((*gaps, column_of("code", [str(1 + row % 3) for row in range(60)])), 60)
    text = report_so_far(RowsSoFar("a.csv", 90, table, (1, 30, 20, 0), ",")).describe()
    assert "missing cells: size 30, weight 20 and 1 more" in text
    assert text.endswith(" · code has only 3 different whole numbers")
