"""The reading of a run's data: its progress is reported as events, and a stop ends it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from joml.data.readers.reading_progress import ReadingEndedError, reporting_progress
from joml_tui.runs.worker.control import Control
from joml_tui.runs.worker.messages import FileReading, Listener

#: Least seconds between two events.
_SECONDS_BETWEEN = 0.1


class StoppedWhileReadingError(ReadingEndedError):
    """The run was stopped before its data were read."""


@contextmanager
def followed_reading(control: Control, listener: Listener) -> Iterator[None]:
    """Report the reading of large files to a listener.

    Raises
    ------
    StoppedWhileReadingError
        Training is to stop.
    """
    not_before = 0.0

    def report(name: str, done: int, size: int) -> None:
        nonlocal not_before
        if control.stopped:
            raise StoppedWhileReadingError
        now = time.monotonic()
        if now >= not_before or done >= size:
            not_before = now + _SECONDS_BETWEEN
            listener.on_event(FileReading(name, done, size))

    with reporting_progress(report):
        yield
