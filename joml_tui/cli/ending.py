"""How commands end: exit codes, errors as sentences, Ctrl-C, and readers that have had enough."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from joml_tui.cli.asked import asked

#: What the exit codes mean: the table is part of the README.
DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class Failure(click.ClickException):
    """A command cannot do what was asked; its text is a sentence for the user."""

    exit_code = FAILED

    def show(self, file: Any = None) -> None:
        """Tell it on standard error."""
        click.echo(f"joml-tui: {self.message}", err=True)


class Refusal(Failure):
    """What was given is wrong; nothing was done."""

    exit_code = BAD_INPUT


def refuse(message: str) -> NoReturn:
    """End the command: what was given is wrong."""
    raise Refusal(message)


def fail(message: str) -> NoReturn:
    """End the command: it cannot be done."""
    raise Failure(message)


class Commands(click.Group):
    """A group of commands that never ends in a traceback unless ``--debug`` asks for it."""

    def main(self, args: Sequence[str] | None = None, *others: Any, **settings: Any) -> NoReturn:
        """Run a command line, and exit with its code."""
        given = sys.argv[1:] if args is None else list(args)
        debug = "--debug" in given
        settings["standalone_mode"] = False
        _write_anything()
        try:
            code = super().main(args, *others, **settings)
        except click.exceptions.Abort:
            code = INTERRUPTED
        except click.ClickException as error:
            if debug and error.__context__ is not None:
                traceback.print_exc()
            error.show()
            code = error.exit_code
        except Exception as error:
            code = _unexpected(error, debug)
        raise SystemExit(code if isinstance(code, int) else DONE)

    def invoke(self, context: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            try:
                return super().invoke(context)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:  # whoever reads, such as head, has had enough
            _write_nowhere()
            raise SystemExit(DONE) from None

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a name, or say which is near."""
        name = args[0]
        known = self.list_commands(context)
        if name not in known and not name.startswith("-") and not context.resilient_parsing:
            from joml_tui.decoding import suggest  # noqa: PLC0415

            raise click.UsageError(f"No such command {name!r}; {suggest(name, known)}", context)
        return super().resolve_command(context, args)


def _unexpected(error: Exception, debug: bool) -> int:
    """Tell of an error that no command has foreseen."""
    if debug:
        traceback.print_exception(error)
    said = str(error) or type(error).__name__
    more = "" if debug else "; --debug shows where"
    click.echo(f"joml-tui: {said}{more}", err=True)
    return FAILED


def _write_anything() -> None:
    """Let no character that the terminal's encoding has not be an error."""
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "encoding", "").lower().replace("-", "") != "utf8" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _write_nowhere() -> None:
    """Throw away what is still to be written, so that the interpreter's last flush is no error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def narrate(message: str) -> None:
    """Say on standard error what is going on, unless ``--quiet`` is asked for."""
    if not asked().quiet:
        click.echo(message, err=True)


def warn(message: str) -> None:
    """Say on standard error what the user should know, whatever is asked for."""
    click.echo(f"joml-tui: {message}", err=True)
