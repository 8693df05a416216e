"""Options that all commands share: store, JSON, quiet and tracebacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


@dataclass(slots=True)
class Asked:
    """The shared options, given anywhere on the command line.

    Attributes
    ----------
    store : Path or None
        The store's file; None for the usual one.
    quiet, json, debug : bool
    """

    store: Path | None = None
    quiet: bool = False
    json: bool = False
    debug: bool = False


def asked(context: click.Context | None = None) -> Asked:
    """Return the shared options of the running command."""
    context = context or click.get_current_context(silent=True)
    return Asked() if context is None else context.find_root().ensure_object(Asked)


def _taken(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    # Options may stand before or after the command: a missing option after it does not cancel one before it.
    if value:
        setattr(asked(context), str(parameter.name), value)


def _flag(name: str, text: str) -> Callable[[CommandT], CommandT]:
    return click.option(f"--{name}", is_flag=True, expose_value=False, callback=_taken, help=text)


def store_option(command: CommandT) -> CommandT:
    """Add ``--store``."""
    return click.option(
        "--store",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        expose_value=False,
        callback=_taken,
        help="File that holds the runs (default: JOML_STORE).",
    )(command)


def debug_option(command: CommandT) -> CommandT:
    """Add ``--debug``."""
    return _flag("debug", "Show the traceback of an error.")(command)


def narrated(command: CommandT) -> CommandT:
    """Add ``--quiet`` and ``--debug``."""
    quiet = _flag("quiet", "Hide progress; warnings and errors are still shown.")
    return quiet(debug_option(command))


def json_option(what: str) -> Callable[[CommandT], CommandT]:
    """Add ``--json``; ``what`` says what it writes, such as "the result"."""
    return _flag("json", f"Write {what} as JSON.")
