"""Reader of the cells of an Excel workbook, with openpyxl, an optional extra."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_format import is_number, quoted
from joml.data.readers.file_samples import shown_path
from joml.data.tables.raw_table import RawTable
from joml.data.tables.text_reader import column_of

_INSTALL = "install it with: pip install 'joml-tui[excel]'"


def read_excel_table(path: Path, sheet: str | None = None, as_text: Collection[int] = ()) -> RawTable:
    """Read all cells of a sheet.

    The first row with values holds the names of the columns if none of its values is a number, a date or a truth
    value. Rows and columns without values around the table are left out. A formula has the value that Excel stored.

    Parameters
    ----------
    path : path
        A workbook of Excel 2007 or later (.xlsx, .xlsm).
    sheet : str, optional
        Name of the sheet; default the first one with values.
    as_text : collection of int, optional
        Positions of columns whose cells are all read as texts.

    Returns
    -------
    RawTable

    Raises
    ------
    DatasetError
        openpyxl is not installed, the file is no such workbook or is damaged, or it has no such sheet, or no values.
    """
    name = shown_path(path)
    try:
        import openpyxl  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise DatasetError(f"{name}: is an Excel workbook, which needs openpyxl; {_INSTALL}") from error
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # damaged archives raise errors of zip, XML and openpyxl
        raise DatasetError(f"{name}: is not an Excel workbook, or is damaged: {_first_line(error)}") from error
    try:
        return _table_of(list(_rows_of(book, name, sheet)), name, as_text)
    except (DatasetError, MemoryError):
        raise
    except Exception as error:
        raise DatasetError(f"{name}: the workbook is damaged: {_first_line(error)}") from error
    finally:
        book.close()


def _rows_of(book: Any, name: str, sheet: str | None) -> Iterator[list[Any]]:
    """Yield the rows with values of a sheet."""
    if sheet is not None and sheet not in book.sheetnames:
        sheets = ", ".join(map(quoted, book.sheetnames))
        raise DatasetError(f"{name}: has no sheet {quoted(sheet)}; its sheets are {sheets}")
    for each in book.worksheets if sheet is None else [book[sheet]]:
        rows = [list(row) for row in each.iter_rows(values_only=True) if any(map(_has_value, row))]
        if rows:
            yield from rows
            return
    where = f"the sheet {quoted(sheet)}" if sheet is not None else "its sheets"
    raise DatasetError(f"{name}: {where} {'has' if sheet is not None else 'have'} no values")


def _table_of(rows: list[list[Any]], name: str, as_text: Collection[int]) -> RawTable:
    width = max(map(len, rows))
    rows = [row + [None] * (width - len(row)) for row in rows]
    filled = [place for place in range(width) if any(_has_value(row[place]) for row in rows)]
    rows = [[row[place] for place in filled] for row in rows]
    has_header = len(rows) > 1 and all(_may_be_name(value) for value in rows[0])
    names = [_text_of(value).strip() for value in rows[0]] if has_header else [""] * len(filled)
    body = rows[has_header:]
    if not body:
        raise DatasetError(f"{name}: has no rows of data")
    columns = (
        column_of(title, [_text_of(row[place]) for row in body], place in as_text) for place, title in enumerate(names)
    )
    return RawTable(tuple(columns), len(body))


def _has_value(value: object) -> bool:
    return value is not None and str(value).strip() != ""


def _may_be_name(value: object) -> bool:
    return value is None or (isinstance(value, str) and not is_number(value))


def _text_of(value: object) -> str:
    """Return a cell as it would stand in a text file."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
