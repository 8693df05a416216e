"""Progress of reading large files, for whoever wants to show it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, BinaryIO

#: What is called with the name of a file, the bytes read so far, and its size.
Reporter = Callable[[str, int, int], None]

# Smaller files are read before anybody looks.
_LARGE = 20_000_000
# Files of compressed cells hold more in as many bytes, and workbooks take longer for each.
_LARGE_TABLE, _LARGE_WORKBOOK = 4_000_000, 200_000
# Reading this number of images takes about a second.
_LARGE_FOLDER = 2_000
_BUFFER = 1 << 18
# Readers look at the first lines more than once; this share of a file is more than that.
_BEGINNING = 0.02
_REPORTER: ContextVar[Reporter | None] = ContextVar("reading_reporter", default=None)


class ReadingEndedError(Exception):
    """The reading of a file was ended from outside; readers do not turn it into an error of the file."""


@contextmanager
def reporting_progress(report: Reporter) -> Iterator[None]:
    """Have the reading of large files reported.

    Parameters
    ----------
    report : callable
        Called with the name of the file, the number of bytes read so far, and its size in bytes, or with numbers of
        rows or other parts; often, and at the end with the size. A ReadingEndedError that it raises ends the reading,
        and comes out of it unchanged.

    Yields
    ------
    None
    """
    token = _REPORTER.set(report)
    try:
        yield
    finally:
        _REPORTER.reset(token)


def open_reported(path: Path) -> BinaryIO:
    """Return the file at ``path`` opened for reading; if it is large and somebody listens, reading it is reported."""
    report = _REPORTER.get()
    if report is None or path.stat().st_size < _LARGE:
        return path.open("rb")
    return io.BufferedReader(_ReportedFile(path, report), _BUFFER)


def report_table(path: Path) -> Callable[[int, int], None]:
    """Return what reports the reading of a table by its rows: called with those read so far, and with all.

    Parameters
    ----------
    path : path
        The file; the reading of a small one is not reported.

    Returns
    -------
    callable
    """
    return _report_rows(path.name, path.stat().st_size >= _LARGE_TABLE)


def report_workbook(name: str, size: int) -> Callable[[int, int], None]:
    """Return what reports the reading of a workbook by its rows: called with those read so far, and with all.

    Parameters
    ----------
    name : str
        The name of the file.
    size : int
        Its number of bytes; the reading of a small one is not reported.

    Returns
    -------
    callable
    """
    return _report_rows(name, size >= _LARGE_WORKBOOK)


def report_folder(name: str, steps: int) -> Callable[[int, int], None]:
    """Return what reports the reading of a folder: called with the steps done so far, and with all.

    Parameters
    ----------
    name : str
        The name of the folder.
    steps : int
        The number of all steps, about one for each file; a small number is not reported.

    Returns
    -------
    callable
    """
    return _report_rows(name, steps >= _LARGE_FOLDER)


def _report_rows(name: str, is_large: bool) -> Callable[[int, int], None]:
    report = _REPORTER.get()
    if report is None or not is_large:
        return lambda done, size: None
    return lambda done, size: report(name, done, size)


class _ReportedFile(io.FileIO):
    """A file that reports its position."""

    def __init__(self, path: Path, report: Reporter) -> None:
        super().__init__(path, "rb")
        self._report = report
        self._name = path.name
        self._size = path.stat().st_size

    def readinto(self, buffer: Any) -> int | None:
        count = super().readinto(buffer)
        self._tell_position()
        return count

    def readall(self) -> bytes:
        content = super().readall()
        self._tell_position()
        return content or b""

    def _tell_position(self) -> None:
        position = self.tell()
        if position >= _BEGINNING * self._size:
            self._report(self._name, position, self._size)
