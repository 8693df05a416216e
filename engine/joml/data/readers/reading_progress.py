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
_BUFFER = 1 << 18
# Readers look at the first lines more than once; this share of a file is more than that.
_BEGINNING = 0.02
_REPORTER: ContextVar[Reporter | None] = ContextVar("reading_reporter", default=None)


@contextmanager
def reporting_progress(report: Reporter) -> Iterator[None]:
    """Have the reading of large files reported.

    Parameters
    ----------
    report : callable
        Called with the name of the file, the number of bytes read so far, and its size in bytes; often, and at the end
        with the size. An exception that it raises ends the reading, and comes out of it unchanged.

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
