"""The share of a large file that has been read, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from joml_tui.cli.narration import Narration, standard_error

# Characters of a file's name that are shown.
_LONGEST_NAME = 40


@contextmanager
def showing_reading(quiet: bool = False) -> Iterator[None]:
    """Show on standard error how much of a large file is read, if it is a terminal.

    Parameters
    ----------
    quiet : bool, default False
        Show nothing.
    """
    stream = standard_error()
    if quiet or not stream.isatty():
        yield
        return
    from joml.data.readers.reading_progress import reporting_progress  # noqa: PLC0415

    line = ReadingLine(stream)
    try:
        with reporting_progress(line.report):
            yield
    finally:
        line.clear()


class ReadingLine:
    """A line such as `Reading data.csv: 40 %`, which is written over and disappears at the end."""

    def __init__(self, stream: Narration) -> None:
        self._stream = stream
        self._text = ""

    def report(self, name: str, done: int, size: int) -> None:
        """Show how much has been read."""
        if done >= size:
            self.clear()
            return
        shown = "".join(character if character.isprintable() else "?" for character in name)
        shown = shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"
        text = f"Reading {shown}: {100 * done // size} %"
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
