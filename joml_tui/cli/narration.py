"""Narration: messages on standard error while a command works, which never stop the work.

All output except results goes through here. If standard error is closed or its disk is full, the text is discarded.
Control characters become escapes, except those of progress bars.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

import click

from joml_tui.cli.terminal_text import TerminalOutput, escaped

_HIDES_CURSOR = re.compile(r"\x1b\[\?25[lh]")


class Narration:
    """A text stream like standard error that never raises.

    Parameters
    ----------
    stream : TextIO or None
        The stream to write to; None discards everything.
    moves_cursor : bool, default False
        Whether control characters are written as they are, as a progress bar needs them. The cursor stays visible, as
        nothing would show it again if the process were killed.
    """

    def __init__(self, stream: TextIO | None, *, moves_cursor: bool = False) -> None:
        self._stream, self._moves_cursor = stream, moves_cursor

    def write(self, text: str) -> int:
        """Write a text as far as possible."""
        self._try("write", _HIDES_CURSOR.sub("", text) if self._moves_cursor else escaped(text))
        return len(text)

    def flush(self) -> None:
        """Write the buffered text."""
        self._try("flush")

    def for_bars(self) -> Narration:
        """Return the same stream for a progress bar, which moves the cursor."""
        return Narration(self._stream, moves_cursor=True)

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return bool(self._try("isatty"))

    def __getattr__(self, name: str) -> Any:
        if self._stream is None:
            raise AttributeError(name)
        return getattr(self._stream, name)

    def _try(self, method: str, *arguments: str) -> object:
        if self._stream is None:
            return None
        try:
            return getattr(self._stream, method)(*arguments)
        except BlockingIOError:  # a terminal that is not ready for more
            return None
        except (OSError, ValueError):  # the reader has gone, the disk is full, or the stream is closed
            self._give_up()
            return None

    def _give_up(self) -> None:
        """Discard everything from now on, also buffered text, so that the interpreter's last flush does not fail."""
        stream, self._stream = self._stream, None
        try:
            descriptor = stream.fileno() if stream is not None else -1
        except (OSError, ValueError):
            return
        write_nowhere(descriptor)


def standard_error() -> Narration:
    """Return standard error as a stream that never raises."""
    stream: Any = sys.stderr
    return stream if isinstance(stream, Narration) else Narration(stream)


def say(text: str) -> None:
    """Print a line on standard error."""
    stream = standard_error()
    stream.write(f"{text}\n")
    stream.flush()


def progress_bar(iterable: Any = None, **settings: Any) -> Any:
    """Return click's progress bar on standard error; its texts are without control characters."""
    stream: Any = standard_error().for_bars()
    if label := settings.get("label"):
        settings["label"] = escaped(label)
    if show := settings.get("item_show_func"):
        settings["item_show_func"] = lambda item: escaped(show(item) or "")
    return click.progressbar(iterable, file=stream, **settings)


def write_nowhere(descriptor: int) -> None:
    """Discard everything written to a descriptor from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, descriptor)
    except OSError:
        pass
    finally:
        os.close(nowhere)


@contextmanager
def safe_streams() -> Iterator[None]:
    """Make standard streams safe for any writer, and redirect closed ones to nowhere.

    Standard error never raises, and no control character that is written to a terminal reaches it.

    Otherwise a file opened while one of the descriptors 0 to 2 is free would get that number, and receive whatever a
    library prints.
    """
    _fill_descriptors()
    before = sys.stdin, sys.stdout, sys.stderr
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - to the process's end
    sys.stderr = standard_error()
    if sys.stdout.isatty():
        sys.stdout = cast("TextIO", TerminalOutput(sys.stdout))
    try:
        yield
    finally:
        sys.stderr.flush()
        sys.stdin, sys.stdout, sys.stderr = before


def _fill_descriptors() -> None:
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
