import numpy as np

from joml.data.tables.raw_table import RawTable, join_tables
from joml.data.tables.text_reader import column_of


def table_of(*columns):
    return RawTable(tuple(columns), len(columns[0].codes))


def cells(column):
    """A column's cells, numbers and texts."""
    return [
        number if code < 0 else column.texts[code]
        for number, code in zip(column.numbers.tolist(), column.codes.tolist(), strict=True)
    ]


def test_rows_taken_keep_their_cells():
    table = table_of(column_of("a", ["1", "x", "", "x"]))
    assert cells(table.take(np.array([3, 0])).columns[0]) == ["x", 1.0]
    assert table.take(slice(1, 3)).rows == 2
    assert cells(table.take(slice(1, 3)).columns[0]) == ["x", ""]


def test_joined_tables_share_one_list_of_texts():
    first, second = table_of(column_of("a", ["x", "1"])), table_of(column_of("a", ["2", "y", "x"]))
    joined = join_tables([first, second])
    assert joined.rows == 5
    assert cells(joined.columns[0]) == ["x", 1.0, 2.0, "y", "x"]
    assert joined.columns[0].texts == ("x", "y")


def test_columns_of_one_sort_stay_so_when_joined():
    numbers = join_tables([table_of(column_of("a", ["1"])), table_of(column_of("a", ["2"]))]).columns[0]
    assert numbers.texts == ()
    assert cells(numbers) == [1.0, 2.0]
    texts = join_tables([table_of(column_of("a", ["x"])), table_of(column_of("a", ["y"]))]).columns[0]
    assert np.isnan(texts.numbers).all()
    assert cells(texts) == ["x", "y"]
