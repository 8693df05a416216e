"""Standard output of commands: JSON, and tables as wide as the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import click

#: Number of lines written at a time.
_LINES_AT_ONCE = 1_000


def write_json(value: Any) -> None:
    """Write one JSON document, indented."""
    import msgspec  # noqa: PLC0415

    click.echo(msgspec.json.format(_encoded(value), indent=2).decode())


def write_json_line(value: Any) -> None:
    """Write a value as one line of JSON."""
    click.echo(_encoded(value).decode())


def write_json_lines(values: Iterable[Any]) -> None:
    """Write many values as lines of JSON, a thousand lines at a time."""
    remaining = iter(values)
    while batch := list(islice(remaining, _LINES_AT_ONCE)):
        click.echo(b"".join(_encoded(value) + b"\n" for value in batch).decode(), nl=False)


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
    """Return a text as a single line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


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
