"""``joml-tui runs export``: stored runs as files for other programs."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from joml_tui.alignment import align_left
from joml_tui.cli.arguments import complete_formats, complete_runs, plain_text
from joml_tui.cli.exit_codes import fail, narrate, refuse
from joml_tui.cli.options import narrated, store_option
from joml_tui.cli.output import write_file
from joml_tui.cli.runs.listing import chosen_runs, fields_options, named_field, named_fields, warn_of_damaged
from joml_tui.cli.store_context import find_run, opened_store

if TYPE_CHECKING:
    from joml_tui.export.formats import Format, RunsFormat, TableFormat
    from joml_tui.export.run_tables import TableRun
    from joml_tui.runs.run import Run
    from joml_tui.runs.run_fields import RunField
    from joml_tui.runs.run_record import Listed
    from joml_tui.store import Store

F = TypeVar("F", "Format", "RunsFormat", "TableFormat")

#: A function that writes a file at a path.
_Write = Callable[[Path, bool], None]


class _WithFormats(click.Command):
    """A command whose help ends with the list of formats."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the formats without rewrapping them."""
        from joml_tui.export.formats import CHART_FORMATS, TABLE_FORMATS  # noqa: PLC0415

        formatter.write(f"\nFormats of a run:\n{list_formats()}\n")
        formatter.write(f"\nOf several runs:\n{list_formats(CHART_FORMATS)}\n")
        formatter.write(f"\nOf --table:\n{list_formats(TABLE_FORMATS)}\n")


@click.command(cls=_WithFormats, short_help="Export a run, or the table of runs, to a file.")
@click.argument("named", shell_complete=complete_runs, callback=plain_text, metavar="[RUN]...", nargs=-1)
@click.option(
    "--format",
    "format_name",
    shell_complete=complete_formats,
    callback=plain_text,
    metavar="NAME",
    help="Format (default: from --output's extension, else csv).",
)
@click.option("--table", is_flag=True, help="Export the table of runs, one row per run.")
@click.option(
    "--filter", "wanted", callback=plain_text, metavar="TEXT", default="", help="With --table: only matching runs."
)
@fields_options("--table")
@click.option(
    "--iteration", type=click.IntRange(0), metavar="N", help="Weights of the last checkpoint up to iteration N."
)
@click.option("--output", metavar="FILE", callback=plain_text, help="Output file; - for standard output.")
@click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")
@store_option
@narrated
def export(
    named: Sequence[str],
    format_name: str | None,
    table: bool,
    wanted: str,
    sort: str,
    reverse: bool,
    columns: str,
    iteration: int | None,
    output: str | None,
    overwrite: bool,
) -> None:
    """Export a run for other programs, the curves of several runs as one figure, or the table of runs.

    Without --output the file is named after the run and written to the current folder. An existing file is replaced
    only with --overwrite.

    Exit codes: 0 done, 1 the file cannot be written, or the run has nothing to export, 2 bad usage, no such run, or the
    file exists.
    """
    if table:
        if iteration is not None:
            refuse("--iteration is of one run's weights: leave it out with --table")
        if named:
            refuse("--table exports all runs: leave out RUN; --filter selects some")
        from joml_tui.export.formats import TABLE_FORMATS  # noqa: PLC0415

        chosen_fields = named_fields("--columns", columns)
        runs = chosen_runs(None, wanted, named_field("--sort", sort), reverse)
        if not runs and not wanted:
            fail("there is no run to write")
        records = [facts.run for facts in runs]
        _write_table(records, chosen_fields, _chosen_format(format_name, output, TABLE_FORMATS), output, overwrite)
        return
    if not named:
        refuse("name a run to export, such as last, or use --table")
    if wanted:
        refuse("--filter belongs to --table: a run is named by its number or name")
    if sort or reverse or columns:
        refuse("--sort, --reverse and --columns belong to --table")
    if len(named) > 1:
        if iteration is not None:
            refuse("--iteration is of one run's weights: name one RUN")
        _write_curves(named, format_name, output, overwrite)
        return
    from joml_tui.export.formats import FORMATS, default_name  # noqa: PLC0415
    from joml_tui.store import restored  # noqa: PLC0415

    chosen = _chosen_format(format_name, output, FORMATS)
    with opened_store() as store:
        number = find_run(store, named[0]).number
        trained = restored(store, number, checkpoints=iteration is not None)
    if iteration is not None:
        _go_back(trained, chosen, iteration)
    trained.id = f"run-{number}"  # the files' names contain the run's number in the store

    def write(path: Path, may_replace: bool) -> None:
        chosen.write(trained, path, overwrite=may_replace)

    _write(write, output or default_name(trained, chosen), overwrite, chosen.suffix)


def _go_back(run: Run, chosen: Format, iteration: int) -> None:
    """Keep only a run's last state up to an iteration; refuse if there is none, or the format needs none."""
    if not chosen.of_weights:
        refuse(f"--iteration chooses weights, and {chosen.name} holds none: name another --format")
    there = run.snapshots.iterations
    snapshot = run.snapshots.at(iteration)
    if snapshot is None:
        checkpoints = ", ".join(f"{each:,}" for each in there) or "none"
        refuse(f"there is no checkpoint up to iteration {iteration:,}; there are {checkpoints}")
    run.snapshots.keep({snapshot[0]})
    if snapshot[0] != iteration:
        narrate(f"The weights are those after iteration {snapshot[0]:,}.")


def list_formats(formats: Sequence[Format | RunsFormat] = ()) -> str:
    """Return formats as lines for the help, by default those of a run."""
    from joml_tui.export.formats import FORMATS  # noqa: PLC0415

    formats = formats or FORMATS
    wide = max(len(each.name) for each in formats)
    return "\n".join(f"  {align_left(each.name, wide)}  {each.title} ({each.suffix}{_needs(each)})" for each in formats)


def _needs(file_format: Format | RunsFormat) -> str:
    from joml_tui.export.extras import missing_extra  # noqa: PLC0415

    missing = missing_extra(file_format.extra)
    return f"; needs {missing}" if missing else ""


def _chosen_format(named: str | None, output: str | None, formats: Sequence[F]) -> F:
    """Return the format with a name, or else by the file's suffix, of which the longest match counts."""
    from joml_tui.decoding import suggest  # noqa: PLC0415
    from joml_tui.names import find_name  # noqa: PLC0415

    by_name = {each.name: each for each in formats}
    if named is not None:
        match = find_name(named, by_name)
        if match is None:
            refuse(f"there is no format {named}; {suggest(named, by_name)}")
        return by_name[match]
    name = (output or "").lower()
    fitting = [each for each in formats if name.endswith(each.suffix)]
    if fitting:
        return max(fitting, key=lambda each: len(each.suffix))
    if Path(name).suffix and output != "-":
        refuse(f"no format has the extension {Path(name).suffix}: choose one with --format\n{list_formats(formats)}")
    return formats[0]


def _write(write: _Write, output: str, overwrite: bool, suffix: str) -> None:
    from joml_tui.export import ExportError, check_writable  # noqa: PLC0415

    if output == "-":
        _write_out(write, suffix)
        return
    path = Path(output).expanduser()
    try:
        check_writable(path, overwrite=overwrite)
    except ExportError as error:
        refuse(str(error) + (": --output names another, --overwrite replaces it" if path.is_file() else ""))
    try:
        write(path, overwrite)
    except ExportError as error:
        fail(str(error))
    narrate(f"Written: {path}")


def _write_out(write: _Write, suffix: str) -> None:
    """Write to standard output through a temporary file, so that an incomplete result is never printed."""
    from joml_tui.export import ExportError  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="joml-") as folder:
        path = Path(folder) / f"run{suffix}"
        try:
            write(path, False)
        except ExportError as error:
            fail(str(error))
        written = list(Path(folder).iterdir())
        if len(written) != 1:
            fail(f"this format has {len(written)} files: choose where to write them with --output FILE")
        with path.open("rb") as file:
            if sys.stdout.isatty() and b"\0" in file.read(4_096):
                fail("this format is binary: write it to a file with --output FILE, or redirect the output")
            file.seek(0)
            write_file(file)


def _write_curves(named: Sequence[str], format_name: str | None, output: str | None, overwrite: bool) -> None:
    """Write the curves of several runs as one figure."""
    from joml_tui.export import AnnotatedRun  # noqa: PLC0415
    from joml_tui.export.formats import CHART_FORMATS  # noqa: PLC0415
    from joml_tui.store import restored  # noqa: PLC0415

    chosen = _chosen_format(format_name, output, CHART_FORMATS)
    with opened_store() as store:
        records = list({record.number: record for record in (find_run(store, each) for each in named)}.values())
        drawn = [
            AnnotatedRun(restored(store, record.number, checkpoints=False), record.label, record.tags, record.note)
            for record in records
        ]

    def write(path: Path, may_replace: bool) -> None:
        chosen.write(drawn, path, overwrite=may_replace)

    _write(write, output or f"runs{chosen.suffix}", overwrite, chosen.suffix)


def _write_table(
    records: Sequence[Listed], fields: Sequence[RunField], chosen: TableFormat, output: str | None, overwrite: bool
) -> None:
    """Write the table of runs, with all or some fields."""
    from joml_tui.export import write_rows  # noqa: PLC0415
    from joml_tui.export.run_tables import table_fields, table_row  # noqa: PLC0415
    from joml_tui.runs.run_fields import find_field  # noqa: PLC0415

    def write(path: Path, may_replace: bool) -> None:
        with opened_store() as store:
            # Only from the list, so that ten thousand runs need not be opened.
            if chosen.name == "csv" and not any(field.type == "setting" for field in fields):
                shown = fields or (find_field("run"), *table_fields(records))
                rows = (table_row(record, shown) for record in records)
                write_rows(path, [field.name for field in shown], rows, may_replace)
                return
            chosen.write(_table_runs(store, records), path, overwrite=may_replace, chosen=fields)

    _write(write, output or f"runs{chosen.suffix}", overwrite, chosen.suffix)


def _table_runs(store: Store, records: Sequence[Listed]) -> list[TableRun]:
    """Return the runs for the table; one whose experiment cannot be read is reported and left out."""
    from joml_tui.export.run_tables import TableRun  # noqa: PLC0415
    from joml_tui.store import RunRecordError  # noqa: PLC0415

    rows, damaged = [], []
    for record in records:
        try:
            name, yaml = store.described(record.number)
        except RunRecordError as error:
            damaged.append(str(error))
            continue
        rows.append(
            TableRun(
                record.number,
                record.name or name,
                record.label,
                record.note,
                record.tags,
                record.status,
                record.record,
                yaml,
                *(getattr(record, name) for name in ("created", "changed", "origin", "origin_iteration")),
            )
        )
    warn_of_damaged(damaged)
    return rows
