"""Excel workbooks as the CSV text that Excel would write of a sheet, with openpyxl, an optional extra."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

from joml.data.dataset_error import DatasetError
from joml.data.readers.reading_progress import ReadingEndedError

# Rows between two reports.
_ROWS_OF_A_REPORT = 256
_INSTALL = "install it with: pip install 'joml-tui[excel]'"


def workbook_to_csv(file: BinaryIO, name: str, report: Callable[[int, int], None] | None = None) -> bytes:
    """Return the first sheet with values as CSV text: commas, UTF-8, a line for each row of the sheet.

    Columns without values at the left are left out. Dates are written as 2021-03-04, and a formula has the value that
    Excel stored.

    Parameters
    ----------
    file : binary file
        A workbook of Excel 2007 or later (.xlsx, .xlsm).
    name : str
        The file's name in messages.
    report : callable, optional
        Called with the number of rows read so far, and that of the sheet as the workbook states it, or 0 if it does
        not; often. A ReadingEndedError that it raises ends the reading.

    Returns
    -------
    bytes

    Raises
    ------
    DatasetError
        openpyxl is not installed, the file is no such workbook or is damaged, or it has no values.
    """
    try:
        import openpyxl  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise DatasetError(f"{name}: is an Excel workbook, which needs openpyxl; {_INSTALL}") from error
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        rows = list(_rows_of(book, report or _report_nothing))
        book.close()
    except (MemoryError, ReadingEndedError):
        raise
    except Exception as error:  # damaged archives raise errors of zip, XML and openpyxl
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise DatasetError(f"{name}: is not an Excel workbook, or is damaged: {reason}") from error
    if not rows:
        raise DatasetError(f"{name}: its sheets have no values")
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(_trimmed(rows))
    return text.getvalue().encode()


def _report_nothing(done: int, size: int) -> None:
    pass


def _rows_of(book: Any, report: Callable[[int, int], None]) -> Iterator[list[str]]:
    """Yield the rows of the first sheet with values, without those below the last value."""
    for sheet in book.worksheets:
        size = sheet.max_row or 0
        rows = []
        for done, row in enumerate(sheet.iter_rows(values_only=True)):
            if not done % _ROWS_OF_A_REPORT:
                report(done, size if done < size else 0)
            rows.append([_text_of(value) for value in row])
        report(size, size)
        while rows and not any(rows[-1]):
            rows.pop()
        if rows:
            yield from rows
            return


def _trimmed(rows: list[list[str]]) -> Iterator[list[str]]:
    """Yield the rows from the first to the last column with values; a row without values is an empty line."""
    filled = {place for row in rows for place, text in enumerate(row) if text}
    first, last = min(filled), max(filled)
    for row in rows:
        cells = row + [""] * (last + 1 - len(row))
        yield cells[first : last + 1] if any(cells) else []


def _text_of(value: object) -> str:
    """Return a cell as it would stand in a text file."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        is_midnight = value.time() == time()
        return value.date().isoformat() if is_midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).strip()
