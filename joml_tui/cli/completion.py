"""``joml-tui completion``: scripts with which shells complete commands, options, presets and runs."""

from __future__ import annotations

import click

from joml_tui.cli.options import narrated
from joml_tui.cli.output import write_text

_INSTALLED_BY = {
    "bash": 'eval "$(joml-tui completion bash)"   # this line in ~/.bashrc',
    "zsh": 'eval "$(joml-tui completion zsh)"   # this line in ~/.zshrc, after compinit',
    "fish": "joml-tui completion fish > ~/.config/fish/completions/joml-tui.fish",
}


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(sorted(_INSTALLED_BY)))
@narrated
def completion(shell: str) -> None:
    """Print the script with which a shell completes commands, options, presets, runs and formats.

    The script's first line says how to install it. Exit codes: 0 done, 2 no such shell.
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415

    main = click.get_current_context().find_root().command
    kind = get_completion_class(shell)
    assert kind is not None  # the choices are click's shells
    write_text(f"# To install: {_INSTALLED_BY[shell]}")
    write_text(kind(main, {}, "joml-tui", "_JOML_TUI_COMPLETE").source())
