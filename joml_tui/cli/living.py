"""The lab's settings, and the lab in a browser."""

from __future__ import annotations

import os

import click

from joml_tui.cli.asked import asked, json_option, narrated, store_option
from joml_tui.cli.ending import BAD_INPUT, DONE, refuse, warn
from joml_tui.cli.writing import write_json


@click.command(short_help="Print the lab's settings.")
@click.option("--init", is_flag=True, help="Write a file with every setting explained first.")
@json_option("the settings that hold as one JSON document")
@narrated
def config(init: bool) -> None:
    """Print where the lab's settings are read from, and what they are.

    JOML_CONFIG names another file. Exit codes: 0 done, 2 the file is faulty, or there is one already to --init.
    """
    from joml_tui.settings import SettingsError, read_settings, settings_path, write_commented  # noqa: PLC0415
    from joml_tui.ui.living.described import describe_settings, settings_document  # noqa: PLC0415

    path = settings_path()
    if init:
        try:
            write_commented(path)
        except SettingsError as error:
            refuse(str(error))
    reading = read_settings(path)
    said, faults = describe_settings(path, reading)
    if asked().json:
        write_json(settings_document(path, reading))
    else:
        click.echo(said)
    for fault in faults:
        warn(fault)
    raise SystemExit(BAD_INPUT if faults else DONE)


@click.command(short_help="Open the lab in a browser.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where it can be reached.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True, metavar="N", help="Its port.")
@store_option
@narrated
def serve(host: str, port: int) -> None:
    """Open the lab in a browser: a lab of its own for every page that is opened.

    At 127.0.0.1 only this machine's browsers reach it. At any other address, everyone who reaches it can read and
    write files as you do: there is no password. Needs textual-serve: pip install 'joml-tui[serve]'.

    Exit codes: 0 ended by Ctrl-C, 2 textual-serve is not installed, or the address cannot be used.
    """
    from joml_tui.ui.living.serving import ServingError, is_of_this_machine, serve_lab  # noqa: PLC0415

    if not is_of_this_machine(host):
        click.echo(
            f"Warning: {host} can be reached from other machines. Everyone who reaches it can read and write files as "
            "you do, without a password. 127.0.0.1, the default, keeps the lab to this machine.",
            err=True,
        )
    pass_store_on()
    try:
        serve_lab(host, port, lambda url: click.echo(f"The lab is at {url} until Ctrl-C."))
    except ServingError as error:
        refuse(str(error))


def pass_store_on() -> None:
    """Let the lab, and every process that it starts, use the store that was asked for."""
    named = asked().store
    if named is not None:
        os.environ["JOML_STORE"] = str(named.expanduser().absolute())
