"""The reading of files in threads, with its progress, which ends when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from joml_tui.ui.text import plain
from joml_tui.ui.threads import in_background

if TYPE_CHECKING:  # these import numpy
    from joml.data.readers.rows_so_far import RowsSoFar
    from joml_tui.reports.early_report import EarlyReport

P = ParamSpec("P")
R = TypeVar("R")

#: Seconds between two looks at the progress; what is read sooner shows none.
_SECONDS_A_LOOK = 0.2
_BAR, _LONGEST_NAME = 8, 30
#: Cells that a bar without a share moves in a second.
_CELLS_A_SECOND = 5


class ReadingStoppedError(Exception):
    """The reading of a file was ended before its end."""

    def __str__(self) -> str:
        return "reading the file was stopped, so its sizes are unknown"


@dataclass(frozen=True, slots=True)
class ReadingProgress:
    """The share of a file that has been read so far, and what its rows tell.

    Attributes
    ----------
    name : str
        The name of the file; empty if it is unknown.
    done, size : int
        Bytes or rows; the size is 0 if it is unknown.
    seconds : float
        Since the reading began.
    early : EarlyReport or None
        The table as far as it has been read.
    """

    name: str = ""
    done: int = 0
    size: int = 0
    seconds: float = 0.0
    early: EarlyReport | None = None

    def describe(self, name: str = "") -> str:
        """Return the progress as a line with a bar; ``name`` is that of the file if its reader tells none."""
        shown = plain(self.name or name, _LONGEST_NAME)
        if not self.size:
            place = round(self.seconds * _CELLS_A_SECOND) % _BAR
            return f"Reading {shown or 'the file'} {'─' * place}━{'─' * (_BAR - place - 1)}"
        if self.done >= self.size:
            return f"{shown} is read; its columns are being prepared"
        share = self.done / self.size
        full = round(_BAR * share)
        return f"Reading {shown} {'━' * full}{'─' * (_BAR - full)} {100 * share:.0f} %"


class BackgroundReading:
    """One reading of files at a time, in a thread.

    Parameters
    ----------
    show : callable
        Called with the progress several times a second while something is read.
    """

    def __init__(self, show: Callable[[ReadingProgress], None]) -> None:
        self._show = show
        self._running: set[_Reading] = set()
        #: The data set that is read, as plain values, for its target; without it, none is shown while it is read.
        self.dataset: Mapping[str, Any] | None = None

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
        reading = _Reading(self.dataset)
        self._running.add(reading)
        calling = asyncio.ensure_future(in_background(reading.call, partial(function, *args, **kwargs)))
        begun = time.monotonic()
        try:
            while not (await asyncio.wait({calling}, timeout=_SECONDS_A_LOOK))[0]:
                reading.check()
                self._show(replace(reading.progress, seconds=time.monotonic() - begun))
            return calling.result()
        finally:
            reading.stop()
            calling.cancel()
            self._running.discard(reading)


class _Reading:
    """One call of a function that reads files."""

    def __init__(self, dataset: Mapping[str, Any] | None) -> None:
        self.progress = ReadingProgress()
        self._dataset = dataset
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
        from joml.data.readers.reading_progress import ReadingEndedError, reporting_progress  # noqa: PLC0415 - numpy
        from joml.data.readers.rows_so_far import following_rows  # noqa: PLC0415

        try:
            with reporting_progress(self._report), following_rows(self._follow):
                return function()
        except ReadingEndedError as error:
            raise ReadingStoppedError from error

    def _report(self, name: str, done: int, size: int) -> None:
        self._end_if_stopped()
        self.progress = ReadingProgress(name, done, size, early=self.progress.early)

    def _follow(self, rows: RowsSoFar) -> None:
        from joml_tui.reports.early_report import report_so_far  # noqa: PLC0415

        self._end_if_stopped()
        early = report_so_far(rows, self._dataset)
        before = self.progress.early
        if before is None or before.rows <= early.rows:  # a file is read from its beginning more than once
            self.progress = replace(self.progress, name=self.progress.name or rows.name, early=early)

    def _end_if_stopped(self) -> None:
        from joml.data.readers.reading_progress import ReadingEndedError  # noqa: PLC0415

        if self._is_stopped.is_set():
            raise ReadingEndedError
