"""Rows of a delimited text file that have another number of fields than the first one."""

from __future__ import annotations

from contextlib import suppress

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_format import FileFormat, NumberedRow, data_rows
from joml.data.readers.text_file import TextFile
from joml.wording import counted, list_some

# Lines that a message names; the others are counted.
_MOST_LINES = 10


def describe_width(text: TextFile, row: NumberedRow, format_: FileFormat) -> str:
    """Return what is wrong with the number of fields in the first such row, and in how many rows below it.

    Parameters
    ----------
    text : TextFile
    row : NumberedRow
    format_ : FileFormat

    Returns
    -------
    str
        Without the file and the line of the row.
    """
    if format_.blank_at_end and len(row.cells) > format_.width:
        place = format_.width + 1
        return f"column {place} has no name and is empty in the first rows, but not here: name it, or empty it"
    comment = "; if it is a comment, take it out" if row.cells[0].lstrip().startswith("#") else ""
    width = format_.width
    fault = f"{counted(len(row.cells), 'column')} instead of {width} as in line {format_.first_line}{comment}"
    lines = []
    with suppress(DatasetError):  # quotes that do not match, further below
        lines = [each.line for each in data_rows(text, format_) if each.line > row.line and len(each.cells) != width]
    if not lines:
        return fault
    shown = list_some((f"{line:,}" for line in lines), _MOST_LINES)
    rows = counted(len(lines), "more row does not have", "more rows do not have")
    return (
        f"{fault}; {rows} {width} either, in {'line' if len(lines) == 1 else 'lines'} {shown}: write as many "
        "fields in every row, or take such rows out; a field in which the delimiter stands is quoted"
    )
