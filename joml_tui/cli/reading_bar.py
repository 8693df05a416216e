"""The share of a large file that has been read, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from joml_tui.cli.beat import Beat
from joml_tui.cli.narration import Narration, standard_error
from joml_tui.cli.options import asked
from joml_tui.cli.output import one_line

# Characters of a file's name that are shown.
_LONGEST_NAME = 40


@contextmanager
def showing_reading(quiet: bool = False) -> Iterator[None]:
    """Show on standard error how much of a large file is read, if it is a terminal or ``--watch`` asks for lines.

    Parameters
    ----------
    quiet : bool, default False
        Show nothing.
    """
    line = None if quiet else reading_line()
    if line is None:
        yield
        return
    from joml.data.readers.reading_progress import reporting_progress  # noqa: PLC0415

    try:
        with reporting_progress(line.report):
            yield
    finally:
        line.clear()


def reading_line(verb: str = "Reading") -> ReadingLine | ReadingLines | None:
    """Return what shows how much of a file is read: lines with ``--watch``, a line on a terminal, else None."""
    stream = standard_error()
    if (seconds := asked().watch) is not None:
        return ReadingLines(stream, seconds, verb)
    return ReadingLine(stream.for_bars(), verb) if stream.isatty() else None


def _share_read(verb: str, name: str, done: int, size: int) -> str:
    shown = one_line(name)
    shown = shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"
    return f"{verb} {shown}: {100 * done // size} %"


class ReadingLines:
    """Lines such as `Reading data.csv: 40 %`, one every few seconds."""

    def __init__(self, stream: Narration, seconds: float, verb: str = "Reading") -> None:
        self._stream, self._verb = stream, verb
        self._beat = Beat(seconds)

    def report(self, name: str, done: int, size: int) -> None:
        """Print how much has been read, if it is time."""
        if done < size and self._beat.is_due():
            self._stream.write(_share_read(self._verb, name, done, size) + "\n")
            self._stream.flush()

    def clear(self) -> None:
        """Leave what is printed."""


class ReadingLine:
    """A line such as `Reading data.csv: 40 %`, which is written over and disappears at the end."""

    def __init__(self, stream: Narration, verb: str = "Reading") -> None:
        self._stream, self._verb = stream, verb
        self._text = ""

    def report(self, name: str, done: int, size: int) -> None:
        """Show how much has been read."""
        if done >= size:
            self.clear()
            return
        text = _share_read(self._verb, name, done, size)
        if text != self._text:
            self._write(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._text:
            self._write("")

    def _write(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(len(self._text)) + ("" if text else "\r"))
        self._stream.flush()
        self._text = text
