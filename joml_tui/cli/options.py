"""Options that all commands share: store, JSON, quiet and tracebacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any, TypeVar

import click

#: Seconds between two lines of progress after ``--watch`` alone.
_WATCH_SECONDS = 5

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


@dataclass(slots=True)
class Asked:
    """The shared options, given anywhere on the command line.

    Attributes
    ----------
    store : Path or None
        The store's file; None for the usual one.
    quiet, json, debug : bool
    watch : float or None
        Seconds between two plain lines of progress; None for a bar on a terminal.
    """

    store: Path | None = None
    quiet: bool = False
    json: bool = False
    debug: bool = False
    watch: float | None = None


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


class WatchableCommand(click.Command):
    """A command with ``--watch``, after which the seconds may be left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; a name after ``--watch`` is the experiment, not the seconds."""
        end = args.index("--") if "--" in args else len(args)  # what follows are names
        options = [_with_seconds(*pair) for pair in zip(args[:end], [*args[1:end], ""], strict=False)]
        return super().parse_args(ctx, options + args[end:])


def _with_seconds(argument: str, following: str) -> str:
    is_number = following.lstrip("-").replace(".", "", 1).isdecimal()
    return f"--watch={_WATCH_SECONDS}" if argument == "--watch" and not is_number else argument


def _taken_seconds(context: click.Context, parameter: click.Parameter, value: float | None) -> None:
    if value is not None and isnan(value):  # which is within any range
        raise click.BadParameter("must be a number of seconds, not nan", context, parameter)
    _taken(context, parameter, value)


def watch_option(command: CommandT) -> CommandT:
    """Add ``--watch`` to a `WatchableCommand`."""
    return click.option(
        "--watch",
        type=click.FloatRange(0.1, 86_400),
        metavar="[SECONDS]",
        expose_value=False,
        callback=_taken_seconds,
        help=f"Print plain lines of progress, no bar (every {_WATCH_SECONDS} s by default).",
    )(command)


def json_option(what: str) -> Callable[[CommandT], CommandT]:
    """Add ``--json``; ``what`` says what it writes, such as "the result"."""
    return _flag("json", f"Write {what} as JSON.")
