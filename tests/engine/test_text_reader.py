import pytest

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_format import find_format
from joml.data.readers.text_file import find_text
from joml.data.tables import text_reader
from joml.data.tables.text_reader import read_text_blocks, read_text_table


def read(content, as_text=(), header="auto"):
    text = find_text(content.encode(), "data.csv")
    return read_text_table(text, find_format(text, header), as_text)


def cells(column):
    """A column's cells, numbers and texts."""
    return [
        number if code < 0 else column.texts[code]
        for number, code in zip(column.numbers.tolist(), column.codes.tolist(), strict=True)
    ]


def test_numbers_and_texts_of_each_column():
    table = read("age,sex\n22,male\n,female\nNA, male \n1e2,female\n")
    age, sex = table.columns
    assert table.rows == 4
    assert (age.name, sex.name) == ("age", "sex")
    assert cells(age) == [22, "", "NA", 100]
    assert age.texts == ("", "NA")
    assert sex.texts == ("male", "female")
    assert cells(sex) == ["male", "female", "male", "female"]


def test_a_column_read_as_text_keeps_its_cells_as_written():
    table = read("id,a\n07,1\n7,2\n9007199254740993,3\n", as_text={0})
    assert cells(table.columns[0]) == ["07", "7", "9007199254740993"]
    assert cells(table.columns[1]) == [1, 2, 3]


@pytest.mark.parametrize("cell", ["inf", "nan", "-inf", "1_000", "0x10", "1,5"])
def test_what_is_no_finite_number_is_text(cell):
    assert cells(read(f'a;b\n"{cell}";1\n2;x\n').columns[0]) == [cell, 2]


def test_blocks_give_the_whole_table(monkeypatch):
    content = "a,b\n" + "".join(f"{n},t{n % 3}\n" for n in range(10))
    whole = read(content)
    monkeypatch.setattr(text_reader, "_BLOCK_ROWS", 3)
    text = find_text(content.encode(), "data.csv")
    blocks = list(read_text_blocks(text, find_format(text)))
    assert sum(block.rows for block in blocks) == 10
    again = read(content)
    for first, second in zip(whole.columns, again.columns, strict=True):
        assert cells(first) == cells(second)
        assert first.texts == second.texts


def test_a_file_without_rows_has_columns():
    table = read("a,b\n", header="yes")
    assert table.rows == 0
    assert [column.name for column in table.columns] == ["a", "b"]


def test_rows_of_another_width_are_refused_by_line():
    with pytest.raises(DatasetError, match=r"data\.csv:3: 1 column instead of 2 as in line 1"):
        read("a,b\n1,2\n3\n")
