"""Standard output of commands: text, data, JSON, and tables as wide as the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

import click

from joml_tui.cli.terminal_text import escaped, escaped_json

#: Number of lines written at a time.
_LINES_AT_ONCE = 1_000


def write_text(text: str, *, nl: bool = True) -> None:
    """Write a text for people, with a line feed after it; control characters from files become escapes."""
    click.echo(escaped(text), nl=nl)


def write_data(text: str) -> None:
    """Write a part of a data file as it is; on a terminal control characters become escapes."""
    click.echo(escaped(text) if sys.stdout.isatty() else text, nl=False)


def write_file(file: BinaryIO) -> None:
    """Write the rest of a file as it is; on a terminal it is taken as text, and control characters become escapes."""
    if sys.stdout.isatty():
        write_text(file.read().decode("utf-8", "backslashreplace"), nl=False)
        return
    shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def write_json(value: Any) -> None:
    """Write one JSON document, indented."""
    import msgspec  # noqa: PLC0415

    write_json_text(msgspec.json.format(_encoded(value), indent=2).decode())


def write_json_text(document: str) -> None:
    """Write a JSON document."""
    click.echo(escaped_json(document))


def write_json_line(value: Any) -> None:
    """Write a value as one line of JSON."""
    write_json_text(_encoded(value).decode())


def write_json_lines(values: Iterable[Any]) -> None:
    """Write many values as lines of JSON, a thousand lines at a time."""
    remaining = iter(values)
    while batch := list(islice(remaining, _LINES_AT_ONCE)):
        click.echo(escaped_json(b"".join(_encoded(value) + b"\n" for value in batch).decode()), nl=False)


def _encoded(value: Any) -> bytes:
    import msgspec  # noqa: PLC0415

    try:
        return msgspec.json.encode(value, enc_hook=_builtin)  # numbers that are not finite become null
    except UnicodeEncodeError:  # a path that is not UTF-8
        from joml_tui.lone_surrogates import make_printable  # noqa: PLC0415

        return msgspec.json.encode(make_printable(msgspec.to_builtins(value, enc_hook=_builtin)))


def _builtin(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)


def width() -> int | None:
    """Return the terminal's width in columns; None without a terminal and without COLUMNS."""
    written = os.environ.get("COLUMNS", "")
    if written.isdecimal() and int(written):
        return int(written)
    return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else None


def one_line(text: str) -> str:
    """Return a text as a single line, with control characters as escapes."""
    if text.isprintable():
        return text
    return "".join(" " if letter.isspace() else letter for letter in escaped(text))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    head : str
    cells : sequence of str
    rank : int, default 0
        If the table is too wide, columns of the highest rank are left out first; rank 0 always stays.
    right : bool, default False
        Whether the cells are aligned to the right, as numbers are.
    """

    head: str
    cells: Sequence[str]
    rank: int = 0
    right: bool = False

    @property
    def wide(self) -> int:
        """The width of the column in characters."""
        return max(map(len, (self.head, *self.cells)))


def table(columns: Sequence[Column], room: int | None) -> str:
    """Return a table as text, with the columns that fit; empty columns are left out.

    Parameters
    ----------
    columns : sequence of Column
    room : int or None
        Characters per line; unlimited if None.
    """
    kept = [column for column in columns if not column.rank or any(column.cells)]
    if room is not None:
        for last in sorted((column for column in kept if column.rank), key=lambda column: -column.rank):
            if sum(column.wide + 2 for column in kept) - 2 <= room:
                break
            kept.remove(last)
    rows = zip(*((column.head, *column.cells) for column in kept), strict=True)
    wide = [column.wide for column in kept]
    return "\n".join(
        "  ".join(
            cell.rjust(size) if column.right else cell.ljust(size)
            for cell, size, column in zip(row, wide, kept, strict=True)
        ).rstrip()
        for row in rows
    )


def shortened(text: str, most: int) -> str:
    """Return the text, cut to ``most`` characters if it is longer."""
    return text if len(text) <= most else f"{text[: max(0, most - 1)]}…"
