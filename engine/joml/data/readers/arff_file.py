"""ARFF files, Weka's format, as CSV text with the names of the attributes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from joml.data.dataset_error import DatasetError

_RELATION = re.compile(rb"\s*@relation\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""@attribute\s+(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\S+))\s+(.+)""", re.IGNORECASE)
_CELL = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,]*?))\s*(,|$)""")
_DATA = re.compile(r"@data\b", re.IGNORECASE)


def is_arff(start: bytes) -> bool:
    """Return whether a file that begins with these bytes is in Weka's format.

    Parameters
    ----------
    start : bytes

    Returns
    -------
    bool
    """
    lines = (line for line in start.splitlines() if line.strip() and not line.lstrip().startswith(b"%"))
    return _RELATION.match(next(lines, b"")) is not None


def arff_to_csv(text: str, name: str) -> str:
    """Return the data of an ARFF file as CSV text below the names of its attributes, on the same lines.

    Parameters
    ----------
    text : str
    name : str
        The file's name in messages.

    Returns
    -------
    str

    Raises
    ------
    DatasetError
        There are no attributes or no data, or the data are in the sparse form.
    """
    lines = text.splitlines()
    start = next((place for place, line in enumerate(lines) if _DATA.match(line.strip())), None)
    if start is None:
        raise DatasetError(f"{name}: is an ARFF file without @data: its rows stand below that line")
    names = list(_attribute_names(lines[:start], name))
    if not names:
        raise DatasetError(
            f"{name}: is an ARFF file without an @attribute: each column has one, such as @attribute age numeric"
        )
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    out.write("\n" * start)  # so that messages name the lines of the file
    writer.writerow(names)
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        stripped = line.strip()
        if stripped.startswith("{"):
            raise DatasetError(f"{name}:{number}: the row is in the sparse form; write all of its values")
        if not stripped or stripped.startswith("%"):
            out.write("\n")
            continue
        writer.writerow(_cells_of(stripped))
    return out.getvalue()


def _attribute_names(lines: list[str], name: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if not line.strip().lower().startswith("@attribute"):
            continue
        match = _ATTRIBUTE.match(line.strip())
        if match is None:
            raise DatasetError(f"{name}:{number}: an attribute has a name and a type, such as @attribute age numeric")
        yield re.sub(r"\\(.)", r"\1", match[1] or match[2] or match[3])


def _cells_of(line: str) -> list[str]:
    """Return the cells of a row; either quote may stand around one."""
    cells: list[str] = []
    place = 0
    while True:
        match = _CELL.match(line, place)
        if match is None:  # a quote that does not end: as it stands
            return [*cells, line[place:].strip()]
        single, double, plain, end = match.groups()
        quoted = single if single is not None else double
        cells.append(plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        if not end:
            return cells
        place = match.end()
