"""Excel workbooks: cells of every kind, names, and what is refused."""

import builtins
from datetime import date, datetime

import numpy as np
import pytest

from joml.data.dataset_error import DatasetError
from joml.data.tables.excel_reader import read_excel_table


@pytest.fixture
def openpyxl():
    return pytest.importorskip("openpyxl")


def written(openpyxl, path, **sheets):
    """Write a workbook with these sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def cells_of(column):
    """Return the cells of a column as numbers and texts."""
    return [
        float(number) if code < 0 else column.texts[code]
        for number, code in zip(column.numbers, column.codes, strict=True)
    ]


def test_cells_are_numbers_texts_dates_and_gaps(openpyxl, tmp_path):
    rows = [
        ["age", "species", "seen", "tame"],
        [3, "cat", date(2021, 3, 4), True],
        [4.5, " dog ", datetime(2021, 3, 5, 12, 30), False],
        [None, None, None, "#N/A"],
    ]
    table = read_excel_table(written(openpyxl, tmp_path / "pets.xlsx", pets=rows))
    assert [column.name for column in table.columns] == ["age", "species", "seen", "tame"]
    assert table.rows == 3
    assert cells_of(table.columns[0]) == [3.0, 4.5, ""]
    assert cells_of(table.columns[1]) == ["cat", "dog", ""]
    assert cells_of(table.columns[2]) == ["2021-03-04", "2021-03-05 12:30:00", ""]
    assert cells_of(table.columns[3]) == ["True", "False", "#N/A"]


def test_a_column_as_text_keeps_what_is_written(openpyxl, tmp_path):
    path = written(openpyxl, tmp_path / "codes.xlsx", codes=[["zip", "n"], ["07", 1], ["7", 2], [7, 3]])
    column = read_excel_table(path, as_text=[0]).columns[0]
    assert cells_of(column) == ["07", "7", "7"]
    assert np.isnan(column.numbers).all()


def test_a_table_without_names_and_with_room_around_it(openpyxl, tmp_path):
    rows = [[None] * 3, [None, 1, 2], [None] * 3, [None, 3, 4]]
    table = read_excel_table(written(openpyxl, tmp_path / "plain.xlsx", numbers=rows))
    assert [column.name for column in table.columns] == ["", ""]
    assert [cells_of(column) for column in table.columns] == [[1.0, 3.0], [2.0, 4.0]]


def test_the_first_sheet_with_values_or_the_named_one(openpyxl, tmp_path):
    sheets = {"empty": [], "one": [["a"], [1]], "two": [["b"], [2]]}
    path = written(openpyxl, tmp_path / "book.xlsx", **sheets)
    assert read_excel_table(path).columns[0].name == "a"
    assert read_excel_table(path, "two").columns[0].name == "b"
    with pytest.raises(DatasetError, match="no sheet 'three'; its sheets are 'empty', 'one', 'two'"):
        read_excel_table(path, "three")
    with pytest.raises(DatasetError, match="the sheet 'empty' has no values"):
        read_excel_table(path, "empty")


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 damaged"])
def test_what_is_no_workbook_is_refused(openpyxl, tmp_path, content):
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="is not an Excel workbook, or is damaged"):
        read_excel_table(path)


def test_every_truncated_workbook_is_refused_or_read(openpyxl, tmp_path):
    whole = written(openpyxl, tmp_path / "whole.xlsx", one=[["a", "b"], *([n, n / 3] for n in range(50))]).read_bytes()
    path = tmp_path / "part.xlsx"
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        with pytest.raises(DatasetError):
            read_excel_table(path)


def test_without_openpyxl_the_message_says_what_to_install(monkeypatch, tmp_path):
    importing = builtins.__import__

    def without(name, *given, **named):
        if name == "openpyxl":
            raise ImportError(name)
        return importing(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DatasetError, match="is an Excel workbook, which needs openpyxl; install it with: pip install"):
        read_excel_table(tmp_path / "any.xlsx")
