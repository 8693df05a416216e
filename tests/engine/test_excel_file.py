"""Excel workbooks: cells of every kind, and what is refused."""

import builtins
import io
from datetime import date, datetime

import pytest

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_file import read_csv
from joml.data.readers.excel_file import workbook_to_csv
from joml.data.readers.reading_progress import ReadingEndedError


@pytest.fixture
def openpyxl():
    return pytest.importorskip("openpyxl")


def workbook(openpyxl, **sheets):
    """Return the content of a workbook with these sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def text_of(content):
    return workbook_to_csv(io.BytesIO(content), "book.xlsx").decode()


def test_cells_are_numbers_texts_dates_and_gaps(openpyxl):
    rows = [
        ["age", "species", "seen", "tame"],
        [3, "cat", date(2021, 3, 4), True],
        [4.5, ' a "dog", old ', datetime(2021, 3, 5, 12, 30), False],
        [None, None, None, "#N/A"],
        [1e300, "07", 2.0, 0.1],
    ]
    assert text_of(workbook(openpyxl, pets=rows)) == (
        "age,species,seen,tame\n3,cat,2021-03-04,True\n"
        '4.5,"a ""dog"", old",2021-03-05 12:30:00,False\n,,,#N/A\n1e+300,07,2,0.1\n'
    )


def test_room_around_a_table_and_rows_without_values_keep_the_numbers_of_rows(openpyxl):
    rows = [[None] * 3, [None, 1, 2], [None] * 3, [None, 3, 4], [None] * 3]
    assert text_of(workbook(openpyxl, empty=[], numbers=rows, more=[[5]])) == "\n1,2\n\n3,4\n"


def test_a_workbook_is_read_as_a_csv_file(openpyxl, tmp_path):
    rows = [["length", "colour", "kind"], *([n, "red" if n % 3 else None, "ab"[n % 2]] for n in range(30))]
    (tmp_path / "book.xlsx").write_bytes(workbook(openpyxl, data=rows))
    data = read_csv(tmp_path / "book.xlsx")
    assert data.feature_names == ("length", "colour=red", "colour missing")
    assert data.class_names == ("a", "b")


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 damaged"])
def test_what_is_no_workbook_is_refused(openpyxl, content):
    with pytest.raises(DatasetError, match=r"book.xlsx: is not an Excel workbook, or is damaged"):
        text_of(content)


def test_a_workbook_without_values_is_refused(openpyxl):
    with pytest.raises(DatasetError, match=r"book.xlsx: its sheets have no values"):
        text_of(workbook(openpyxl, empty=[], blank=[["", None]]))


def test_every_truncated_workbook_is_refused(openpyxl):
    whole = workbook(openpyxl, one=[["a", "b"], *([n, n / 3] for n in range(50))])
    for size in range(0, len(whole), 97):
        with pytest.raises(DatasetError):
            text_of(whole[:size])


def test_without_openpyxl_the_message_says_what_to_install(monkeypatch):
    importing = builtins.__import__

    def without(name, *given, **named):
        if name == "openpyxl":
            raise ImportError(name)
        return importing(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DatasetError, match="is an Excel workbook, which needs openpyxl; install it with: pip install"):
        text_of(b"PK")


def test_rows_are_reported_and_an_end_from_outside_is_no_fault_of_the_file(openpyxl):
    content = workbook(openpyxl, data=[["a", "b"], *[[row, row % 2] for row in range(600)]])
    reports = []
    workbook_to_csv(io.BytesIO(content), "book.xlsx", lambda *report: reports.append(report))
    assert reports == [(0, 601), (256, 601), (512, 601), (601, 601)]

    def end(done, size):
        raise ReadingEndedError

    with pytest.raises(ReadingEndedError):
        workbook_to_csv(io.BytesIO(content), "book.xlsx", end)
