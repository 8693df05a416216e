"""The ends of commands: exit codes, error messages, Ctrl-C, and closed pipes."""

from __future__ import annotations

import contextlib
import errno
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from joml_tui.cli.narration import safe_streams, say, write_nowhere
from joml_tui.cli.options import asked
from joml_tui.interruption import end_undisturbed, raise_interrupts

#: The exit codes; docs/commands.md explains them.
DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
#: The errors of standard output on a full disk.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)

#: The errors of a name that cannot be used, which can come from any look at a path.
_OF_NAMES = (
    *(errno.ENAMETOOLONG, errno.ELOOP, errno.ENOENT, errno.ENOTDIR, errno.EISDIR),
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EINVAL),
)
_WIDEST_NAME = 80


class Failure(click.ClickException):
    """A command failed; the message is a sentence for the user."""

    exit_code = FAILED

    def show(self, file: Any = None) -> None:
        """Print the message on standard error."""
        say(f"joml-tui: {self.message}")


class Refusal(Failure):
    """The input of a command is wrong; nothing was done."""

    exit_code = BAD_INPUT


def refuse(message: str) -> NoReturn:
    """End the command because its input is wrong."""
    raise Refusal(message)


def fail(message: str) -> NoReturn:
    """End the command because it failed."""
    raise Failure(message)


class Commands(click.Group):
    """A group of commands that prints no traceback except with ``--debug``."""

    def main(self, args: Sequence[str] | None = None, *others: Any, **settings: Any) -> NoReturn:
        """Run a command line, by default this process's, and exit with its code."""
        code, own_process = INTERRUPTED, args is None
        with safe_streams():
            _write_anything()
            with contextlib.suppress(KeyboardInterrupt):
                if own_process:
                    raise_interrupts()
                code = self._run(args, *others, **settings)
            if own_process:
                end_undisturbed(code)
        raise SystemExit(code)

    def _run(self, args: Sequence[str] | None, *others: Any, **settings: Any) -> int:
        """Run a command line, print its error, and return its exit code."""
        given = sys.argv[1:] if args is None else list(args)
        debug = "--debug" in given
        settings["standalone_mode"] = False
        try:
            code = super().main(args, *others, **settings)
        except click.exceptions.Abort:
            return INTERRUPTED
        except click.NoSuchOption as error:
            error.show()
            if advice := _name_file(given):
                say(f"joml-tui: {advice}")
            return error.exit_code
        except click.ClickException as error:
            if debug and error.__context__ is not None:
                traceback.print_exc()
            error.show()
            return error.exit_code
        except SystemExit as error:
            return error.code if isinstance(error.code, int) else DONE
        except Exception as error:
            return _unexpected(error, debug)
        return code if isinstance(code, int) else DONE

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """Read a command line, for which --help and --version print."""
        with _writing_results():
            return super().make_context(*arguments, **settings)

    def invoke(self, context: click.Context) -> Any:
        """Run the chosen command."""
        with _writing_results():
            try:
                return super().invoke(context)
            finally:
                sys.stdout.flush()

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command with a name, or fail with a suggestion."""
        name = args[0]
        names = self.list_commands(context)
        if name not in names and not name.startswith("-") and not context.resilient_parsing:
            from joml_tui.decoding import suggest  # noqa: PLC0415
            from joml_tui.experiment.presets import list_presets  # noqa: PLC0415

            if context.parent is None and name in (preset.name for preset in list_presets()):
                raise click.UsageError(f"{name} is a preset; to train it, write: joml-tui run {name}", context)
            raise click.UsageError(f"No such command {name!r}; {suggest(name, names)}", context)
        return super().resolve_command(context, args)


@contextlib.contextmanager
def _writing_results() -> Iterator[None]:
    """End the command where standard output has no reader or no room."""
    try:
        yield
    except BrokenPipeError:  # the reader, such as head, has closed the pipe; standard error never raises
        _write_nowhere()
        raise SystemExit(DONE) from None
    except OSError as error:
        if error.filename is None and error.errno in _FULL:
            _write_nowhere()
            fail(f"standard output cannot be written: {error.strerror}")
        raise


def _name_file(arguments: Sequence[str]) -> str:
    """Return advice for a file whose name begins with a hyphen; empty if there is none on the command line."""
    for argument in arguments:
        with contextlib.suppress(OSError, ValueError):  # such as a name that is too long
            if argument.startswith("-") and Path(argument).is_file():
                return f"{argument} is a file: name it as ./{argument}"
    return ""


def _unexpected(error: Exception, debug: bool) -> int:
    """Print an unexpected error, and return the exit code."""
    if debug:
        traceback.print_exception(error)
    if isinstance(error, OSError) and error.errno in _OF_NAMES and error.filename is not None:
        name = str(error.filename)
        say(f"joml-tui: {name if len(name) <= _WIDEST_NAME else f'{name[:_WIDEST_NAME]}...'}: {error.strerror}")
        return BAD_INPUT
    reason = str(error) or type(error).__name__
    more = "" if debug else "; --debug shows where"
    say(f"joml-tui: {reason}{more}")
    return FAILED


def _write_anything() -> None:
    """Replace characters that the terminal's encoding lacks, instead of raising an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            utf8 = stream.encoding.lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="backslashreplace" if utf8 else "replace")


def _write_nowhere() -> None:
    """Discard buffered output, so that the interpreter's last flush does not fail."""
    with contextlib.suppress(OSError, ValueError):
        write_nowhere(sys.stdout.fileno())


def narrate(message: str) -> None:
    """Print progress on standard error, except with ``--quiet``."""
    if not asked().quiet:
        say(message)


def warn(message: str) -> None:
    """Print a warning on standard error, also with ``--quiet``."""
    say(f"joml-tui: {message}")
