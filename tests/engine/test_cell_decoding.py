import numpy as np
import pytest

from joml.data.tables.cell_decoding import decode_cells, round_to
from joml.data.tables.cell_meanings import text_column
from joml.data.tables.column_kinds import ColumnSetting, decide
from joml.data.tables.encoding import encode_table
from joml.data.tables.raw_table import RawColumn, RawTable, no_texts


def decoded(column, **setting):
    """Return the cells of a column after its way through the encoder, in single precision."""
    encoder = decide(column, column.name, ColumnSetting(**setting)).encoder.fit(column)
    table = RawTable((column,), len(column.codes))
    return [cells[0] for cells in decode_cells((encoder,), encode_table((encoder,), table).astype(np.float32))]


def numbers(*values):
    return RawColumn("n", np.array(values, float), no_texts(len(values)))


def test_numbers_come_back_with_the_digits_that_they_have():
    assert decoded(numbers(39.1, 1e-7, -4, 0.1 + 0.2)) == ["39.1", "1e-07", "-4", "0.3"]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["a", "b", "a", "b", "b"], "category"),
        (["yes", "no", "yes", "no", "no"], "boolean"),
        (["2021-03-04", "2021-03-05", "2021-04-01", "2021-03-04", "2022-01-01"], "date"),
        (["2021-03-04 12:30", "2021-03-05 01:00", "2021-04-01 23:59", "2021-03-04 12:30", "2022-01-01 00:00"], "date"),
        (["12:30", "01:00", "23:59", "00:00", "12:30"], "date"),
    ],
)
def test_texts_come_back(cells, kind):
    column = text_column("c", cells)
    assert decide(column, "c").encoder.kind == kind
    assert decoded(column) == cells


def test_missing_cells_are_named():
    assert decoded(text_column("c", ["a", "", "b", "a", "b"])) == ["a", "missing", "b", "a", "b"]
    assert decoded(text_column("c", ["yes", "no", "NA", "no", "yes"])) == ["yes", "no", "missing", "no", "yes"]
    assert decoded(text_column("c", ["2021-03-04", "", "2021-04-05"])) == ["2021-03-04", "missing", "2021-04-05"]


def test_rare_categories_are_other_ones():
    assert decoded(text_column("c", ["a", "b", "a", "b", "a", "b", "z"]))[-2:] == ["b", "other"]


def test_columns_beyond_the_features_are_left_out():
    column = text_column("c", ["a", "b", "a", "b"])
    encoder = decide(column, "c").encoder.fit(column)
    x = np.array([[1.0, 0.0, 1.0]])
    assert decode_cells((encoder, encoder), x) == [["a"]]
    assert decode_cells((), x) == [[]]


def test_digits_that_are_not_certain_are_rounded_away():
    values, errors = np.array([1.2e-7, 39.0999985, 1234567.4, 5.0]), np.array([1e-6, 1e-6, 0.3, 0.0])
    np.testing.assert_allclose(round_to(values, errors), [0, 39.1, 1234567, 5], rtol=1e-12)
    assert np.isnan(round_to(np.array([np.nan]), np.array([1e-6])))[0]
