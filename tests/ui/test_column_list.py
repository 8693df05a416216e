import pytest

from joml.data.tables.column_summary import ColumnSummary
from joml_tui.reports.table_report import ColumnReport
from joml_tui.ui.columns.column_list import bars, cells_of, fitting_widths, line_of, name_of_column, values_of


def column(name="age", kind="number", use="feature", features=1, missing=0, distinct=7, range_=("1", "7"), frequent=()):
    summary = ColumnSummary(60, distinct, missing, 60 - missing, 1.0, 7.0, True, frequent, 1)
    return ColumnReport(2, name, kind, use, features, summary, range_, (), (1, 0, 8))


def test_bars_are_as_high_as_the_rows_and_none_is_blank():
    assert bars((8, 4, 1, 0)) == "█▅▂ "
    assert bars(()) == bars((0, 0)) == ""


def test_values_are_a_range_or_the_frequent_ones():
    assert values_of(column()) == "1 to 7"
    frequent = (("x\x1b[31m", 40), ("y", 20))
    assert values_of(column(range_=(), frequent=frequent)) == "x\N{REPLACEMENT CHARACTER}[31m 40, y 20"
    assert values_of(column(range_=(), distinct=60)) == "all different"


def test_a_kind_that_is_set_has_a_mark():
    assert cells_of(column(missing=12), "")["kind"] == "number"
    assert cells_of(column(missing=12), "")["missing"] == "12"
    assert cells_of(column(), "category")["kind"] == "• category"
    assert cells_of(column(use="left out"), "ignore")["kind"] == "• number"
    assert cells_of(column(features=12), "")["use"] == "12 features"
    assert name_of_column(column(name="")) == "column 3"


@pytest.mark.parametrize("width", [0, 5, 40, 76, 120, 250])
def test_a_line_is_as_wide_as_its_cells(width):
    widths = fitting_widths(width)
    line = line_of(cells_of(column(name="a very long name of a column in a table"), ""), widths)
    assert len(line) == sum(max(1, each) for each in widths.values())
    assert ("distinct" in widths) == (width > 80)
