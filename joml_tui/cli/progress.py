"""Progress of many jobs on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from joml_tui.cli.narration import progress_bar, say, standard_error

ResultT = TypeVar("ResultT")

#: Number of progress reports if standard error is not a terminal.
_REPORTS = 10


def with_progress(done: Iterator[ResultT], count: int, label: str, quiet: bool = False) -> Iterator[ResultT]:
    """Yield the results and report progress: a bar with the remaining time on a terminal, else ten lines in all."""
    if quiet:
        yield from done
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
