"""``joml-tui runs``: commands on stored runs."""

from __future__ import annotations

import click

from joml_tui.cli.exit_codes import Commands
from joml_tui.cli.options import narrated, store_option
from joml_tui.cli.runs.changes import delete, note, rename, tag
from joml_tui.cli.runs.export_command import export
from joml_tui.cli.runs.listing import compare, list_, show


@click.group(cls=Commands, short_help="List, show, compare, export and edit stored runs.")
@store_option
@narrated
def runs() -> None:
    """List, show, compare, export and edit stored runs.

    RUN is a number (12 or #12), a name, or last for the newest run.

    Exit codes: 0 done, 1 the store or a file cannot be used, 2 bad usage or input, such as an unknown run.
    """


for command in (list_, show, compare, export, delete, rename, tag, note):
    runs.add_command(command)
