"""Tables read many cells at once are those of the csv module."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml.data.readers import cell_blocks
from joml.data.readers.csv_format import FileFormat
from joml.data.readers.text_file import find_text
from joml.data.tables import text_reader
from joml.data.tables.raw_table import join_tables
from joml.data.tables.text_reader import read_text_blocks, read_text_table

CELLS = st.sampled_from(
    [
        *["1", "2.5", "-0", "1e3", "1e-400", "", "NA", "male", "female", "nan", "1_0", " 7 ", '"a,b"', '"3"', '"q""r"'],
        *["12345678901234567890", "0.1234567890123456789", "a much longer text than all others", "é", "07", '"', 'x"y'],
    ]
)


def cells(column):
    return [
        repr(number) if code < 0 else (column.texts[code],)
        for number, code in zip(column.numbers.tolist(), column.codes.tolist(), strict=True)
    ]


def contents(table):
    return [(column.name, cells(column), column.texts) for column in table.columns]


def by_rows(text, format_, as_text):
    return join_tables(list(text_reader._tables_of_rows(text, format_, as_text)))


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=20),
    as_text=st.sets(st.sampled_from([0, 1, 2])),
    size=st.sampled_from([8, 64, 1 << 18]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_the_cells_are_those_of_the_csv_module(rows, as_text, size, end):
    text = find_text(("a,b,c" + end + end.join(",".join(row) for row in rows)).encode(), "data.csv")
    format_ = FileFormat(",", 3, ("a", "b", "c"), header_rows=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_blocks, "_BLOCK_BYTES", size)
        try:
            expected = contents(by_rows(text, format_, as_text))
        except Exception as error:
            with pytest.raises(type(error)):
                read_text_table(text, format_, as_text)
            return
        assert contents(read_text_table(text, format_, as_text)) == expected
        patch.setattr(text_reader, "_BLOCK_ROWS", 3)
        blocks = list(read_text_blocks(text, format_, as_text))
    actual = [[cell for block in blocks for cell in cells(block.columns[place])] for place in range(3)]
    assert actual == [column_cells for _, column_cells, _ in expected]


def read(content):
    text = find_text(content.encode(), "data.csv")
    return read_text_table(text, FileFormat(",", 2))


def test_columns_of_one_sort_take_no_memory_for_the_other():
    table = read("1,x\n" * 10_000)
    numbers, texts = table.columns
    assert numbers.codes.strides == (0,)
    assert texts.numbers.strides == (0,)


def test_texts_and_numbers_that_come_late(monkeypatch):
    monkeypatch.setattr(cell_blocks, "_BLOCK_BYTES", 1_000)
    table = read("1,x\n" * 5_000 + "?,2\n" + "3,y\n" * 5_000)
    first, second = table.columns
    assert first.texts == ("?",)
    assert np.flatnonzero(first.codes == 0).tolist() == [5_000]
    assert (first.numbers[5_001:] == 3).all()
    assert second.texts == ("x", "y")
    assert np.flatnonzero(second.codes < 0).tolist() == [5_000]
    assert second.numbers[5_000] == 2


def test_a_column_of_many_texts():
    table = read("".join(f"{n},name {n}\n" for n in range(5_000)))
    assert table.columns[1].texts == tuple(f"name {n}" for n in range(5_000))
    assert table.columns[1].codes.tolist() == list(range(5_000))
