"""Progress of many jobs on standard error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, TypeVar

from joml_tui.cli.beat import Beat
from joml_tui.cli.narration import progress_bar, say, standard_error
from joml_tui.reports.spoken import spoken_duration

ResultT = TypeVar("ResultT")

#: Number of progress reports if standard error is not a terminal.
_REPORTS = 10


def with_progress(
    done: Iterator[ResultT], count: int, label: str, quiet: bool = False, watch: float | None = None
) -> Iterator[ResultT]:
    """Yield the results and report progress: a bar with the remaining time on a terminal, else ten lines in all.

    Parameters
    ----------
    done : iterator
        The results.
    count : int
        Their number.
    label : str
        What is done.
    quiet : bool
        Report nothing.
    watch : float, optional
        Report by plain lines, at least these seconds apart, as results arrive.

    Yields
    ------
    object
        Each result.
    """
    if quiet:
        yield from done
        return
    if watch is not None:
        yield from _with_lines(done, count, label, watch)
        return
    if standard_error().isatty():
        bar: Any = progress_bar(done, length=count, label=label)
        with bar:
            yield from bar
        return
    for place, result in enumerate(done, start=1):
        yield result
        if place * _REPORTS // count > (place - 1) * _REPORTS // count:
            say(f"{label}: {place * 100 // count} % of the runs are done")


def _with_lines(done: Iterator[ResultT], count: int, label: str, seconds: float) -> Iterator[ResultT]:
    beat, begin = Beat(seconds), time.monotonic()
    for place, result in enumerate(done, start=1):
        yield result
        if place == count:
            say(f"{label}: all {count:,} runs are done after {spoken_duration(time.monotonic() - begin)}")
        elif beat.is_due():
            left = (time.monotonic() - begin) / place * (count - place)
            say(f"{label}: {place:,} of {count:,} runs are done, about {spoken_duration(left)} left")
