"""``joml-tui data``: published data sets, downloaded once."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from joml_tui.cli.exit_codes import Commands, fail, narrate, refuse
from joml_tui.cli.options import asked, json_option, narrated
from joml_tui.cli.output import Column, table, width, write_json, write_text
from joml_tui.cli.reading_bar import reading_line


def _complete_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from joml_tui.downloads import published_data  # noqa: PLC0415

    names = published_data().items()
    return [CompletionItem(name, help=data.title) for name, data in names if name.startswith(incomplete)]


@click.group("data", cls=Commands, short_help="Download published data sets.")
@narrated
def data() -> None:
    """Download published data sets, once.

    Exit codes: 0 done, 1 a file could not be loaded or written, 2 bad usage, or no such data set.
    """


@data.command("list", short_help="List the data sets there are.")
@json_option("the data sets")
@narrated
def list_() -> None:
    """List the data sets that can be downloaded, with their folders."""
    from joml_tui.downloads import default_folder, published_data  # noqa: PLC0415

    sets = published_data()
    if asked().json:
        write_json(
            {
                name: {
                    "title": each.title,
                    "bytes": sum(file.size for file in each.files),
                    "path": default_folder(name),
                }
                for name, each in sets.items()
            }
        )
        return
    sizes = [f"{sum(file.size for file in each.files) / 1e6:,.0f} MB" for each in sets.values()]
    titles = [each.title for each in sets.values()]
    write_text(table([Column("name", list(sets)), Column("size", sizes, right=True), Column("data", titles)], width()))


@data.command("get", short_help="Download a data set.")
@click.argument("name", shell_complete=_complete_names)
@click.option("--output-dir", type=click.Path(path_type=Path), metavar="FOLDER", help="Another folder for the files.")
@click.option(
    "--from", "address", default="", metavar="ADDRESS", help="Another address of the files, such as a mirror."
)
@json_option("the folder and the files")
@narrated
def get(name: str, output_dir: Path | None, address: str) -> None:
    """Download the data set NAME, such as mnist or fashion-mnist, unless it is there already.

    Each file is compared with its published checksum. An interrupted download continues where it ended.
    """
    from joml_tui.downloads import DownloadError, default_folder, download, published_data  # noqa: PLC0415

    wanted = published_data().get(name)
    if wanted is None:
        refuse(f"there is no data set {name!r} to download; there are {', '.join(published_data())}")
    if address and not address.startswith(("http://", "https://")):
        refuse(f"--from: an address that begins with http:// or https:// is needed, got {address!r}")
    folder = output_dir or default_folder(name)
    line = None if asked().quiet else reading_line("Loading")
    try:
        loaded = download(wanted, folder, address, None if line is None else line.report)
    except DownloadError as error:
        fail(str(error))
    finally:
        if line is not None:
            line.clear()
    if asked().json:
        write_json({"name": name, "path": folder, "downloaded": loaded})
        return
    narrate(f"Downloaded: {', '.join(loaded)}" if loaded else "It is there already, and as it was published.")
    write_text(f"joml-tui run {shlex.quote(str(folder))}")
