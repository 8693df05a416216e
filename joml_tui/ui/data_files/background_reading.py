"""The reading of files in threads, with its progress, which ends when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import ParamSpec, TypeVar

from joml_tui.ui.text import plain
from joml_tui.ui.threads import in_background

P = ParamSpec("P")
R = TypeVar("R")

#: Seconds between two looks at the progress; what is read sooner shows none.
_SECONDS_A_LOOK = 0.2
_BAR, _LONGEST_NAME = 8, 30


class ReadingStoppedError(Exception):
    """The reading of a file was ended before its end."""

    def __str__(self) -> str:
        return "reading the file was stopped, so its sizes are unknown"


@dataclass(frozen=True, slots=True)
class ReadingProgress:
    """The share of a file that has been read so far.

    Attributes
    ----------
    name : str
        The name of the file.
    done, size : int
        Bytes.
    """

    name: str
    done: int
    size: int

    def describe(self) -> str:
        """Return the progress as a line with a bar."""
        name = plain(self.name, _LONGEST_NAME)
        if self.done >= self.size:
            return f"{name} is read; its columns are being prepared"
        share = self.done / max(self.size, 1)
        full = round(_BAR * share)
        return f"Reading {name} {'━' * full}{'─' * (_BAR - full)} {100 * share:.0f} %"


class BackgroundReading:
    """One reading of files at a time, in a thread.

    Parameters
    ----------
    show : callable
        Called with the progress several times a second while something is read; with None while it is unknown.
    """

    def __init__(self, show: Callable[[ReadingProgress | None], None]) -> None:
        self._show = show
        self._running: set[_Reading] = set()

    def stop(self) -> None:
        """End all reading; whoever waits for it gets a ReadingStoppedError."""
        for reading in self._running:
            reading.stop()

    async def read(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function that reads files in a thread, and return its result.

        A worker that is cancelled meanwhile ends the reading.

        Raises
        ------
        ReadingStoppedError
            ``stop`` was called.
        """
        reading = _Reading()
        self._running.add(reading)
        calling = asyncio.ensure_future(in_background(reading.call, partial(function, *args, **kwargs)))
        try:
            while not (await asyncio.wait({calling}, timeout=_SECONDS_A_LOOK))[0]:
                reading.check()
                self._show(reading.progress)
            return calling.result()
        finally:
            reading.stop()
            calling.cancel()
            self._running.discard(reading)


class _Reading:
    """One call of a function that reads files."""

    def __init__(self) -> None:
        self.progress: ReadingProgress | None = None
        self._is_stopped = Event()

    def stop(self) -> None:
        """End the reading at the next block of the file."""
        self._is_stopped.set()

    def check(self) -> None:
        """Raise ReadingStoppedError after a stop."""
        if self._is_stopped.is_set():
            raise ReadingStoppedError

    def call(self, function: Callable[[], R]) -> R:
        """Call the function in the present thread, and follow its reading."""
        from joml.data.readers.reading_progress import reporting_progress  # noqa: PLC0415 - it imports numpy

        with reporting_progress(self._report):
            return function()

    def _report(self, name: str, done: int, size: int) -> None:
        self.check()
        self.progress = ReadingProgress(name, done, size)
