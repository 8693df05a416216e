"""The lab's settings, and the lab in a browser."""

from __future__ import annotations

import os

import click

from joml_tui.cli.exit_codes import BAD_INPUT, DONE, refuse, warn
from joml_tui.cli.narration import say
from joml_tui.cli.options import asked, json_option, narrated, store_option
from joml_tui.cli.output import write_json, write_text


@click.command(short_help="Print the lab's settings.")
@click.option("--init", is_flag=True, help="First write a file that explains every setting.")
@json_option("the settings in use")
@narrated
def config(init: bool) -> None:
    """Print the lab's settings, and the file they are read from.

    JOML_CONFIG names another file. Exit codes: 0 done, 2 the file has errors, or exists already (with --init).
    """
    from joml_tui.ui.shell.settings_dump import describe_settings, settings_document  # noqa: PLC0415
    from joml_tui.user_settings import SettingsError, read_settings, settings_path, write_commented  # noqa: PLC0415

    path = settings_path()
    if init:
        try:
            write_commented(path)
        except SettingsError as error:
            refuse(str(error))
    reading = read_settings(path)
    text, faults = describe_settings(path, reading)
    if asked().json:
        write_json(settings_document(path, reading))
    else:
        write_text(text)
    for fault in faults:
        warn(fault)
    raise SystemExit(BAD_INPUT if faults else DONE)


@click.command(short_help="Open the lab in a browser.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Network address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), default=8000, show_default=True, metavar="N", help="Port to listen on."
)
@click.option(
    "--labs", type=click.IntRange(1, 1_000), default=8, show_default=True, metavar="N", help="Most labs open at once."
)
@click.option("--no-token", is_flag=True, help="Let in everyone who can connect, without the address's token.")
@store_option
@narrated
def serve(host: str, port: int, labs: int, no_token: bool) -> None:
    """Open the lab in a browser; every page has a lab of its own.

    The printed address ends with a token, without which nobody is let in. Who has it can read and write your files. At
    127.0.0.1 only browsers on this machine can connect; at any other address the token travels without encryption.
    Needs textual-serve: pip install 'joml-tui[serve]'.

    Exit codes: 0 ended by Ctrl-C, 2 textual-serve is not installed, or the address cannot be used.
    """
    from joml_tui.ui.shell.web_server import ServingError, serve_lab  # noqa: PLC0415
    from joml_tui.ui.shell.web_visitors import Visitors, is_of_this_machine  # noqa: PLC0415

    if not host.strip():
        refuse("--host: the address is missing; 127.0.0.1 is this machine alone, 0.0.0.0 every network it is in")
    if not is_of_this_machine(host):
        who = "Anyone who connects" if no_token else "Anyone who has the address with its token"
        say(
            f"Warning: {host} can be reached from other machines. {who} can read and write your files, and nothing is "
            "encrypted. Use 127.0.0.1, the default, to keep the lab on this machine."
        )
    pass_store_on()
    visitors = Visitors(port, "") if no_token else Visitors(port)
    try:
        serve_lab(host, port, visitors, labs, lambda url: write_text(f"The lab is at {url} until Ctrl-C."))
    except ServingError as error:
        refuse(str(error))


def pass_store_on() -> None:
    """Pass ``--store`` on to the lab and to every process that it starts."""
    named = asked().store
    if named is not None:
        os.environ["JOML_STORE"] = str(named.expanduser().absolute())
