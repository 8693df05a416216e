"""The format of a delimited text file: its delimiter, its header, and lines and columns that are not data.

The reader of data sets and prediction share it, so that both read a file in the same way.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice, pairwise
from typing import Any, Literal, NamedTuple, TextIO

from joml.data.dataset_error import DatasetError
from joml.data.missing_texts import MISSING
from joml.data.readers.text_file import AUTO, TextFile
from joml.wording import quoted

Header = Literal["auto", "yes", "no"]

# Lines from which the delimiter and the number of columns are detected.
_SAMPLE_LINES = 20
# If several delimiters fit, the first is taken: a comma beside semicolons or tabs is probably a decimal comma.
_DELIMITERS = ("\t", ";", ",", "|")
#: The delimiter that stands for a run of blanks and tabs.
BLANKS = " "
# Delimiters by the names that a setting may give.
_NAMED_DELIMITERS = {
    "tab": "\t",
    "tabs": "\t",
    "\\t": "\t",
    "blanks": BLANKS,
    "blank": BLANKS,
    "spaces": BLANKS,
    "space": BLANKS,
    "comma": ",",
    "semicolon": ";",
    "bar": "|",
    "pipe": "|",
}
# Excel's first line that declares the delimiter.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*')
_INTEGER = re.compile(r"\d+")
_BLANK_RUN = re.compile(r"\S  +\S")
# The longest field, in characters. The csv module's own limit, 131,072, is less than a long text may have.
_LONGEST_FIELD = 2**24
#: The most characters and cells of a line.
_LONGEST_LINE, _MOST_COLUMNS = 2**26, 1_000_000
# Lines of a title in which the delimiter stands, and rows that are needed below the names of columns.
_MOST_TITLE_LINES, _FEWEST_BELOW = 4, 3
# Other rows that are needed to decide whether the first row's label is one of theirs.
_FEWEST_OTHERS = 4
# At least so many numbers of a first row, with the same step between them, are years if they lie between these.
_FEWEST_YEARS, _LONGEST_STEP, _YEARS = 2, 10, (1900, 2100)


@dataclass(frozen=True, slots=True)
class FileFormat:
    """The format of a delimited text file.

    Attributes
    ----------
    delimiter : str
        One character; a blank stands for a run of blanks and tabs.
    width : int
        Number of columns, without `blank_at_end`.
    names : tuple of str
        The columns' names; empty without a header.
    skipped_lines : int
        Lines above the first row: comments, Excel's `sep=`, and the header where that is a comment.
    first_line : int
        The line of the first row that is not blank, counted from 1: the header's, if that is no comment.
    header_rows : int
        0, or 1 where the first row holds the names.
    comments : bool
        Whether rows that begin with # are left out.
    blank_at_end : int
        Number of empty columns without a name, from delimiters at the end of every row.
    notes : tuple of str
        Decisions that could be wrong, one sentence each.
    """

    delimiter: str
    width: int
    names: tuple[str, ...] = ()
    skipped_lines: int = 0
    first_line: int = 1
    header_rows: int = 0
    comments: bool = False
    blank_at_end: int = 0
    notes: tuple[str, ...] = ()

    @property
    def has_header(self) -> bool:
        """Return whether the columns have names."""
        return bool(self.names)

    def to_plain(self) -> dict[str, Any]:
        """Return the format as values that JSON can write."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> FileFormat:
        """Return the format from the values of `to_plain`.

        Parameters
        ----------
        plain : mapping of str to plain values
            Values as returned by `to_plain`, directly or through JSON.

        Returns
        -------
        FileFormat

        Raises
        ------
        ValueError
            The values are not a file format.
        """
        try:
            values: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()
            }
            return cls(**values)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"this is not a file format: {error}") from error


class NumberedRow(NamedTuple):
    """A row, with the number of its first line, counted from 1."""

    line: int
    cells: list[str]


def find_format(
    text: TextFile,
    header: Header = "auto",
    label: int | str | None = None,
    like: FileFormat | None = None,
) -> FileFormat:
    """Return the format of a delimited text file.

    Parameters
    ----------
    text : TextFile
        The delimiter of its dialect is one character, "tab", or "blanks" for runs of blanks and tabs; "auto" takes the
        one that divides the first lines into the same number of fields.
    header : {"auto", "yes", "no"}, default "auto"
        Whether the first row holds names. "auto" takes it for names if none of its feature fields is a number and its
        label is none of the column's other labels.
    label : int or str, optional
        The label column: its position, also from the end, or its name; a name requires a header.
    like : FileFormat, optional
        The format of the training data: its delimiter is preferred, and a first row with its names is a header.

    Returns
    -------
    FileFormat

    Raises
    ------
    DatasetError
        The file is empty, or the delimiter is none.
    """
    preamble = _read_preamble(text)
    delimiter = _set_delimiter(text) or preamble.delimiter or _find_delimiter(text, preamble, like)
    format_ = FileFormat(delimiter, 0, (), skipped_lines=preamble.lines, first_line=0, comments=bool(preamble.comment))
    sample = list(islice(_rows(text, format_), _SAMPLE_LINES))
    if not sample:
        raise DatasetError(f"{text.name}: the file is empty")
    format_ = _measure_columns(replace(format_, first_line=sample[0].line), [row.cells for row in sample])
    return _find_header(text, format_, sample, header, label, like, preamble.comment)


def data_rows(text: TextFile, format_: FileFormat, first: int = 0) -> Iterator[NumberedRow]:
    """Yield the rows below the header, without blank rows and without blank fields after the last column.

    Parameters
    ----------
    text : TextFile
    format_ : FileFormat
        As returned by `find_format`.
    first : int, default 0
        The first row to yield, counted from 0.

    Yields
    ------
    NumberedRow

    Raises
    ------
    DatasetError
        Quotes do not match; the message names the line.
    """
    width = format_.width
    for row in islice(_rows(text, format_), first + format_.header_rows, None):
        cells = row.cells
        if len(cells) > width and not any(map(str.strip, cells[width:])):
            del cells[width:]
        yield row


def describe_title(text: TextFile, format_: FileFormat, may_have_units: bool = False) -> str:
    """Return that lines above the header are a title, or that one below it has units; empty if all rows are alike.

    Parameters
    ----------
    text : TextFile
    format_ : FileFormat
        As returned by `find_format`.
    may_have_units : bool, default False
        Whether a row of texts below the header is allowed.

    Returns
    -------
    str
        With the lines to take out of the file.
    """
    rows = list(islice(_rows(text, format_), _SAMPLE_LINES))
    place = next((number for number, row in enumerate(rows) if sum(map(bool, map(str.strip, row.cells))) > 1), 0)
    if not place or not _is_below_title([row.cells for row in rows], place):
        return _describe_divided_title(rows, format_.has_header and not may_have_units)
    line, title = rows[place].line, next(filter(None, map(str.strip, rows[0].cells)), "")
    return (
        f"line {rows[0].line} holds {quoted(title)} alone, as a title, and the rows from line {line} on have "
        f"{len(rows[place].cells)} fields: take the lines above line {line} out of the file, or begin them with #"
    )


def describe_quoted_rows(text: TextFile, format_: FileFormat) -> str:
    """Return that each row of a text of one column is quoted as a whole, with the way out; empty if they are not.

    Parameters
    ----------
    text : TextFile
    format_ : FileFormat
        As returned by `find_format`.

    Returns
    -------
    str
    """
    cells = [row.cells[0] for row in islice(_rows(text, format_), _SAMPLE_LINES) if len(row.cells) == 1]
    for delimiter in _DELIMITERS:
        counts = {cell.count(delimiter) for cell in cells}
        if len(counts) == 1 and counts != {0}:
            return (
                f"each row is one field in quotes, such as {quoted(cells[0])}: take the quotes at both ends of every "
                "line out of the file"
            )
    return ""


def _describe_divided_title(rows: Sequence[NumberedRow], has_header: bool) -> str:
    """Return that the first lines are a title in which the delimiter stands; empty if they are not.

    Below a title, names of columns stand above numbers.
    """
    for place in range(1, min(_MOST_TITLE_LINES, len(rows) - _FEWEST_BELOW) + 1):
        names, above, below = rows[place], rows[:place], rows[place + 1 :]
        if not _are_names_above_numbers(names.cells, [row.cells for row in below]) or is_number(above[0].cells[0]):
            continue
        lines = f"lines {above[0].line} to {above[-1].line}"
        it = "it is a title, take it" if place == 1 else f"{lines} are a title, take them"
        if all(len(row.cells) != len(names.cells) for row in above):
            fields = f"{len(above[0].cells)} field{'s' if len(above[0].cells) > 1 else ''}"
            return (
                f"line {above[0].line} has {fields}, and the rows from line {names.line} on have {len(names.cells)}: "
                f"if {it} out of the file, or begin {'it' if place == 1 else 'each'} with #"
            )
        if place == 1 and has_header and len(above[0].cells) == len(names.cells):
            return (
                f"lines {above[0].line} and {names.line} both hold texts above numbers, as names of columns do: if "
                f"line {above[0].line} is a title, take it out of the file, or begin it with #; if line {names.line} "
                "holds units, take that one out"
            )
    return ""


def _are_names_above_numbers(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether all cells of a row are texts, and in some column all rows below it have numbers."""
    if len(names) < 2 or any(not name.strip() or _is_like_number(name) for name in names):
        return False
    if any(len(row) != len(names) for row in below):
        return False
    above = [place for place, name in enumerate(names) if name.strip().lower() not in MISSING]
    return any(all(is_number(row[place]) for row in below) for place in above)


def _is_like_number(text: str) -> bool:
    """Return whether a text is a number, perhaps with marks or commas: its first letter or digit is a digit."""
    first = next(filter(str.isalnum, text), "")
    return first.isdigit() or is_number(text)


def _is_below_title(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Return whether the first rows, up to a place, are a title: of one cell, or one text above names and numbers."""
    if len(rows) - place < 2 or len(rows[place]) != len(rows[place + 1]):
        return False
    if all(len(row) == 1 for row in rows[:place]):
        return True
    names, below, first = rows[place], rows[place + 1], rows[0][0].strip()
    are_names = len(names) > 2 and all(name.strip() and not is_number(name) for name in names)
    return are_names and bool(first) and not is_number(first) and any(map(is_number, below))


def is_number(text: str) -> bool:
    """Return whether the text of a cell is a number, finite or not."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def finite_number(text: str) -> float:
    """Return the finite number that ``text``, a cell, is; nan if it is none."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) and "_" not in text else math.nan  # float() accepts 1_000


# --- lines above the rows -------------------------------------------------------------------------------------------


class _Preamble(NamedTuple):
    """The lines above the first row."""

    lines: int = 0
    delimiter: str = ""  # from Excel's `sep=`
    comment: str = ""  # the text of the last comment


def _read_preamble(text: TextFile) -> _Preamble:
    lines, delimiter, comment = 0, "", ""
    with text.open() as file:
        for number, line in enumerate(_lines(file, text), start=1):
            stripped = line.strip()
            if not stripped:
                continue
            separator = _SEPARATOR_LINE.fullmatch(stripped) if not delimiter else None
            if separator is not None:
                delimiter = separator[1]
            elif stripped.startswith("#"):
                comment = stripped
            else:
                break
            lines = number
    return _Preamble(lines, delimiter, comment)


def _set_delimiter(text: TextFile) -> str:
    """Return the delimiter that the user has set; empty if it is to be found in the text."""
    name = AUTO if text.dialect is None else text.dialect.delimiter
    if name.lower() == AUTO:
        return ""
    character = _NAMED_DELIMITERS.get(name.lower(), name)
    if len(character) != 1 or not character.isascii() or character.isalnum() or character in '"\n\r\0+-.#':
        raise DatasetError(f"delimiter: one character such as ; or |, tab or blanks was expected, got {quoted(name)}")
    return character


def _find_delimiter(text: TextFile, preamble: _Preamble, like: FileFormat | None) -> str:
    """Return the delimiter with the same number of fields in each of the first lines, the most fields first."""
    with text.open() as file:
        lines = list(islice(_lines(file, text), preamble.lines, preamble.lines + _SAMPLE_LINES))
    candidates: tuple[str, ...] = _DELIMITERS
    if like is not None:
        candidates = (like.delimiter, *(each for each in _DELIMITERS if each != like.delimiter))
    ranks = {}
    for delimiter in candidates:
        try:
            rows = [row for row in _parse(lines, delimiter, strict=False) if not _is_blank(row)]
        except csv.Error:  # reported with its line when the rows are read
            rows = []
        widths = {len(row) for row in rows}
        is_like = like is not None and bool(rows) and delimiter == like.delimiter and _fits(rows[0], like)
        ranks[delimiter] = (is_like, len(widths) == 1 and max(widths) > 1, max(widths, default=0))
    best = max(candidates, key=lambda delimiter: ranks[delimiter])
    # A tab may stand among runs of blanks.
    may_be_blank = best == "\t" and all(_BLANK_RUN.search(line) for line in lines if line.strip())
    if not ranks[best][0] and (not ranks[best][1] or may_be_blank) and _are_between_blanks(lines):
        return BLANKS
    return best


def _are_between_blanks(lines: list[str]) -> bool:
    """Return whether blanks divide lines into the same number of fields, which are not the words of texts.

    So it is where most of the fields are numbers, or where many lines have a column of numbers.
    """
    try:
        rows = [row for row in _parse(lines, BLANKS, strict=False) if not _is_blank(row)]
    except csv.Error:
        return False
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 2:
        return False
    below = rows[1:] or rows
    numbers = [sum(map(is_number, column)) for column in zip(*below, strict=True)]
    return sum(numbers) * 2 > len(below) * len(numbers) or (len(below) > _FEWEST_OTHERS and max(numbers) == len(below))


def _fits(row: list[str], like: FileFormat) -> bool:
    """Return whether a first row has the names of another file, or about as many columns."""
    if like.names and {cell.strip() for cell in row} & set(like.names):
        return True
    return len(row) in (like.width, like.width - 1) and len(row) > 1


# --- rows -----------------------------------------------------------------------------------------------------------


def _parse(lines: Iterable[str], delimiter: str, strict: bool) -> Any:
    """Return the csv module's reader of lines."""
    if delimiter == BLANKS:
        lines = map(_with_single_blanks, lines)
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))  # of all readers in the process
    # A blank at the begin of a field is skipped, so that a run of them divides only once.
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=strict)


def _with_single_blanks(line: str) -> str:
    """Return a line without blanks at its end, and with blanks for tabs."""
    content = line.rstrip()
    return content.replace("\t", " ") + line[len(content) :].lstrip(" \t")


def _rows(text: TextFile, format_: FileFormat) -> Iterator[NumberedRow]:
    """Yield the rows below the preamble with their line numbers, without blank rows and comments."""
    with text.open() as file:
        skipped = sum(1 for _ in islice(file, format_.skipped_lines))
        reader = _parse(_lines(file, text, skipped), format_.delimiter, strict=True)
        comments = format_.comments
        line = skipped + 1
        try:
            for row in reader:
                if not _is_blank(row) and not (comments and row[0].startswith("#")):
                    yield NumberedRow(line, row)
                line = skipped + reader.line_num + 1
        except csv.Error as error:
            raise DatasetError(_describe_csv_error(text, line, error)) from error


def _lines(file: TextIO, text: TextFile, skipped: int = 0) -> Iterator[str]:
    """Yield the lines of an opened text, none of which is longer than a row of a table can be.

    What is no table may be one line of gigabytes, which would have to be read and divided before it could be refused.
    """
    read = partial(file.readline, _LONGEST_LINE + 1)
    for number, line in enumerate(iter(read, ""), start=skipped + 1):
        if len(line) >= _MOST_COLUMNS:
            if len(line) > _LONGEST_LINE:
                raise DatasetError(
                    f"{text.name}:{number}: the line has more than {_LONGEST_LINE:,} characters: it is no row of a "
                    "table; write each sample as a line of its own"
                )
            if any(line.count(delimiter) >= _MOST_COLUMNS for delimiter in _DELIMITERS):
                raise DatasetError(
                    f"{text.name}:{number}: the line has more than {_MOST_COLUMNS:,} cells; write each sample as a "
                    "line of its own, and many features as NPZ"
                )
        yield line.lstrip("\ufeff") if number == 1 else line  # files that were saved twice have two marks


def _is_blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _describe_csv_error(text: TextFile, line: int, error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return f"{text.name}:{line}: a quoted field begins here and does not end"
    if "field limit" in str(error):
        return (
            f"{text.name}:{line}: a field of the row that begins here has more than {_LONGEST_FIELD:,} characters: "
            "shorten it, or write the quote that ends it"
        )
    if "expected after" in str(error):
        return (
            f"{text.name}:{line}: characters follow the quote that ends a field: write a quote inside a quoted field "
            'twice, as in "the ""big"" one"'
        )
    reason = str(error).replace("'\t'", "a tab")
    return f"{text.name}:{line}: {reason}"


# --- columns and their names ----------------------------------------------------------------------------------------


def _measure_columns(format_: FileFormat, sample: list[list[str]]) -> FileFormat:
    """Return the format with its width, not counting columns from a delimiter at the end of every row."""
    first = sample[0]
    width = len(first)
    while width > 1 and not first[width - 1].strip():
        width -= 1
    blank = len(first) - width
    if blank and (len(sample) < 2 or any(cell.strip() for row in sample for cell in row[width:])):
        width, blank = len(first), 0
    if not blank:
        return replace(format_, width=width)
    mark = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}.get(
        format_.delimiter, quoted(format_.delimiter)
    )
    which = f"column {width + 1}" if blank == 1 else f"columns {width + 1} to {width + blank}"
    note = f"rows end with {mark}: {which}, without a name and without values, is left out"
    return replace(format_, width=width, blank_at_end=blank, notes=(*format_.notes, note))


def _find_header(
    text: TextFile,
    format_: FileFormat,
    sample: list[NumberedRow],
    header: Header,
    label: int | str | None,
    like: FileFormat | None,
    comment: str,
) -> FileFormat:
    """Return the format with the names of its columns if there are any."""
    if header == "no":
        return format_
    first = tuple(cell.strip() for cell in sample[0].cells[: format_.width])
    with_names = replace(format_, names=first, header_rows=1)
    position = _position_of(label, format_.width)
    commented = _commented_names(comment, format_)
    if isinstance(label, str) and label not in first and label in commented:
        return _with_commented_names(format_, commented)
    if header == "yes" or isinstance(label, str) or _names_alike(first, like):
        return with_names
    if is_header(first, position):
        return _without_repeated_names(with_names, format_, [row.cells for row in sample[1:]], position)
    if commented:
        return _with_commented_names(format_, commented)
    reason, is_certain = looks_like_names(text, format_, position)
    return _describe_decision(with_names if is_certain else format_, reason)


def _describe_decision(format_: FileFormat, reason: str) -> FileFormat:
    """Return the format with a note on how an ambiguous first row was read."""
    if not reason:
        return format_
    what, link = ("header", "as") if format_.has_header else ("sample", "although")
    choice = "write header: no if it is a sample" if format_.has_header else "write header: yes if it holds names"
    note = f"line {format_.first_line} is read as a {what}, {link} {reason}; {choice}"
    return replace(format_, notes=(*format_.notes, note))


def _position_of(label: int | str | None, width: int) -> int:
    """Return the position of the label column; -1 if the label is a name or out of range."""
    return label % width if isinstance(label, int) and -width <= label < width else -1


def _names_alike(first: Sequence[str], like: FileFormat | None) -> bool:
    return like is not None and bool(set(first) & set(like.names) - {""})


def is_header(row: Sequence[str], label: int) -> bool:
    """Return whether no field of a first row is a number, except perhaps the one at the label's position (-1: none)."""
    # Numbers with decimal commas are not numbers here, but not names either.
    return not any(is_number(cell.replace(",", ".", 1)) for place, cell in enumerate(row) if place != label)


def _without_repeated_names(
    with_names: FileFormat, format_: FileFormat, rows: list[list[str]], label: int
) -> FileFormat:
    """Return the format without names if a first row of texts is a sample.

    That is so if the columns hold texts below too, and most of them the value of the first row again. Rows with all its
    values do not count: files that were joined have the names once more.
    """
    rows = [row for row in rows if [cell.strip() for cell in row[: len(with_names.names)]] != list(with_names.names)]
    names = {place: name for place, name in enumerate(with_names.names) if name and place != label}
    columns = {place: [row[place].strip() for row in rows if place < len(row)] for place in names}
    if label < 0 or len(rows) < _FEWEST_OTHERS or not names:
        return with_names
    repeated = sum(name in columns[place] for place, name in names.items())
    if repeated * 2 < len(names) or any(is_number(cell) for column in columns.values() for cell in column):
        return with_names
    note = f"line {format_.first_line} is read as a sample, as rows below it have the same values"
    return replace(format_, notes=(*format_.notes, f"{note}; write header: yes if it holds names"))


def _commented_names(comment: str, format_: FileFormat) -> tuple[str, ...]:
    """Return the names in a comment above the first row, as numpy.savetxt writes it; empty if it is not a header."""
    # A # directly before a name is probably part of it.
    text = comment.lstrip("#").strip() if comment.lstrip("#")[:1].isspace() else comment
    rows = list(_parse([text], format_.delimiter, strict=False))
    if not rows or len(rows[0]) != format_.width or format_.width < 2:
        return ()
    names = tuple(cell.strip() for cell in rows[0])
    return names if is_header(names, -1) else ()


def _with_commented_names(format_: FileFormat, names: tuple[str, ...]) -> FileFormat:
    note = f"the names of the columns are those of the comment in line {format_.skipped_lines}"
    return replace(format_, names=names, notes=(*format_.notes, note))


def looks_like_names(text: TextFile, format_: FileFormat, label: int) -> tuple[str, bool]:
    """Return why a first row with numbers among its fields may be a header, and whether it certainly is one.

    The names of columns may be numbers, such as years or the positions that pandas writes for columns without names.

    Parameters
    ----------
    text : TextFile
    format_ : FileFormat
        Without a header.
    label : int
        Position of the label column; -1 where there is none.

    Returns
    -------
    reason : str
        Empty if it does not look like names.
    is_certain : bool
    """
    rows = [[cell.strip() for cell in row.cells] for row in islice(data_rows(text, format_), _SAMPLE_LINES)]
    first = rows[0]
    if "" in first or len(set(first)) < len(first):
        return "", False
    if label < 0 or is_number(first[label]):
        return _look_like_numbered_names(text, format_, rows, label)
    others = _count_others(text, format_, label, first[label])
    # A label that occurs once is normal among others that occur once, but not among numbers.
    if sum(others.values()) < _FEWEST_OTHERS or (min(others.values()) == 1 and not all(map(is_number, others))):
        return "", False
    are_integers = all(_INTEGER.fullmatch(cell) for cell in first if is_number(cell))
    return f"no other row has the label {quoted(first[label])}", are_integers


def _look_like_numbered_names(
    text: TextFile, format_: FileFormat, rows: list[list[str]], label: int
) -> tuple[str, bool]:
    first = rows[0]
    if label >= 0 and _has_years(rows):
        return "its numbers are years in order", True
    if not all(map(_INTEGER.fullmatch, first)) or not _are_fractions(rows[1:], label):
        return "", False
    counts = first == [str(number) for number in range(format_.width)]
    if counts and (label < 0 or _count_others(text, format_, label, first[label])):
        return "it counts the columns: 0, 1, 2, ...", True
    return "it holds whole numbers only and the rows below it do not", False


def _has_years(rows: list[list[str]]) -> bool:
    """Return whether a first row has texts and years in order, such as country,2019,2020, and no other row has them."""
    first, others = rows[0], rows[1:]
    numbers = [place for place, cell in enumerate(first) if is_number(cell)]
    if (
        len(others) < _FEWEST_OTHERS
        or len(numbers) == len(first)
        or not _are_years([first[place] for place in numbers])
    ):
        return False
    for row in others:
        if _are_years([row[place] for place in numbers if place < len(row)]):
            return False
        if any(cell == row[place] for place, cell in enumerate(first) if place not in numbers and place < len(row)):
            return False
    return True


def _are_years(cells: Sequence[str]) -> bool:
    if len(cells) < _FEWEST_YEARS or not all(map(_INTEGER.fullmatch, cells)):
        return False
    years = [int(cell) for cell in cells]
    steps = {later - year for year, later in pairwise(years)}
    are_in_order = len(steps) == 1 and 0 < abs(min(steps)) <= _LONGEST_STEP
    return are_in_order and _YEARS[0] <= min(years) <= max(years) <= _YEARS[1]


def _are_fractions(rows: list[list[str]], label: int) -> bool:
    """Return whether every column except the label's has numbers that are not whole."""
    if len(rows) < _FEWEST_OTHERS:
        return False
    columns = [[row[place] for row in rows if place < len(row)] for place in range(len(rows[0])) if place != label]
    return len(columns) > 0 and all(
        any(is_number(cell) and not _INTEGER.fullmatch(cell) for cell in column) for column in columns
    )


def _count_others(text: TextFile, format_: FileFormat, label: int, own: str) -> Counter[str]:
    """Count the labels of all rows except the first; empty if one of them is the first row's label."""
    counts: Counter[str] = Counter()
    for row in islice(data_rows(text, format_), 1, None):
        cell = row.cells[label].strip() if label < len(row.cells) else ""
        if cell == own:
            return Counter()
        counts[cell] += 1
    return counts
