"""``joml-tui runs``: the runs that are kept."""

from __future__ import annotations

import click

from joml_tui.cli.asked import narrated, store_option
from joml_tui.cli.ending import Commands
from joml_tui.cli.runs.changing import delete, note, rename, tag
from joml_tui.cli.runs.exporting import export
from joml_tui.cli.runs.looking import compare, list_, show


@click.group(cls=Commands, short_help="List, show, compare, export, describe the runs.")
@store_option
@narrated
def runs() -> None:
    """List, show, compare, export and describe the runs that are kept.

    A RUN is named by its number (12 or #12), by its name, or as last, the newest.

    Exit codes: 0 done, 1 the store or a file cannot be used, 2 bad usage or input, such as a run there is not.
    """


for command in (list_, show, compare, export, delete, rename, tag, note):
    runs.add_command(command)
