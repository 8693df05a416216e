"""Asking a stored run: what it predicts, and what there is to say of it."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from joml_tui.cli.arguments import complete_runs, plain_text
from joml_tui.cli.asked import asked, json_option, narrated, store_option
from joml_tui.cli.ending import fail, narrate, refuse
from joml_tui.cli.stored import find_run, opened_store
from joml_tui.cli.writing import one_line, write_json, write_json_line

if TYPE_CHECKING:
    from joml_tui.predicting import Predictor


@click.command(short_help="Predict by a run's network for rows of a CSV file.")
@click.argument("run", metavar="RUN", shell_complete=complete_runs, callback=plain_text)
@click.argument("rows", metavar="DATA.CSV", type=click.Path(allow_dash=True))
@click.option("--output", metavar="FILE", callback=plain_text, help="Write there instead of to standard output.")
@click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")
@store_option
@json_option("a line of JSON a row")
@narrated
def predict(run: str, rows: str, output: str | None, overwrite: bool) -> None:
    """Predict by a run's network for the rows of a CSV file; - is standard input.

    The columns are the features of the run's data set, scaled as in its file, with or without the target column. They
    are found by the names in the first row, in any order and beside others, or by their places where there are no
    names. What is written is CSV: the class and a probability for each class; yes or no for each answer, and its
    probability; or the values, in the unit that they have in the data set.

    The run's data set has to be where it was: it tells the classes and the scale.

    Exit codes: 0 done, 1 the run has no weights, or a file cannot be used, 2 bad usage, there is no such run, or a row
    is not as it should be; nothing is written then.
    """
    if output is not None and asked().json:
        refuse("--json writes to standard output: leave out --output, and redirect it")
    path = None if output in (None, "-") else Path(str(output)).expanduser()
    if path is not None:
        _check(path, overwrite)
    predictor = _predictor(run)
    from joml_tui.predicting import RowsError, read_rows  # noqa: PLC0415

    try:
        x = read_rows(_lines_of(rows), "standard input" if rows == "-" else rows, predictor)
    except RowsError as error:
        refuse(str(error))
    found = predictor.rows(predictor.predict(x))
    if asked().json:
        for row in found:
            write_json_line(dict(zip(predictor.columns, row, strict=True)))
    elif path is None:
        _write_csv(predictor.columns, found)
    else:
        _write_file(path, predictor.columns, found, overwrite)
        narrate(f"Written: {path}, {len(x):,} rows")


def _predictor(run: str) -> Predictor:
    from msgspec import structs  # noqa: PLC0415

    from joml_tui.predicting import build_predictor  # noqa: PLC0415

    with opened_store() as store:
        record = find_run(store, run)
        state = store.state(record.number)
        experiment = structs.replace(store.experiment(record.number), epochs=record.summary.epochs)
    if state is None:
        fail(f"{record.label} has no weights to predict by: it ended before there was a network")
    if experiment.replicas > 1:
        narrate(f"Predicted by the first of {experiment.replicas} replicas.")
    try:
        return build_predictor(experiment, state[1])
    except (ValueError, OSError) as error:
        fail(f"{record.label}: its data set is needed, for the classes and the scale: {error}")


def _lines_of(rows: str) -> list[str]:
    try:
        if rows == "-":
            text = sys.stdin.buffer.read().decode("utf-8-sig")
        else:
            text = Path(rows).expanduser().read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(f"{rows}: is no text in UTF-8 (byte {error.start + 1:,}): save it as UTF-8")
    except OSError as error:
        refuse(f"{rows}: cannot be read: {error.strerror}")
    return text.splitlines(keepends=True)


def _check(path: Path, overwrite: bool) -> None:
    from joml_tui.export import ExportError, check_writable  # noqa: PLC0415

    try:
        check_writable(path, overwrite=overwrite)
    except ExportError as error:
        refuse(f"--output: {error}" + (" with --overwrite" if path.is_file() and not overwrite else ""))


def _write_csv(columns: Sequence[str], rows: object) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)  # type: ignore[arg-type]
    click.echo(text.getvalue(), nl=False)


def _write_file(path: Path, columns: Sequence[str], rows: object, overwrite: bool) -> None:
    from joml_tui.export import ExportError, write_rows  # noqa: PLC0415

    try:
        write_rows(path, columns, rows, overwrite)  # type: ignore[arg-type]
    except ExportError as error:
        fail(str(error))


@click.command(short_help="Say what there is to say of a run.")
@click.argument("run", metavar="RUN", shell_complete=complete_runs, callback=plain_text)
@store_option
@json_option("all of it as one JSON document")
@narrated
def explain(run: str) -> None:
    """Explain a run: what was trained on what, how well, what went wrong, and how the article would have counted.

    How well is told with Wilson's interval at 95 %, and beside what is reached on the same split without looking at x,
    and without a hidden layer.

    Exit codes: 0 done, 1 the store cannot be used, 2 there is no such run.
    """
    from joml_tui.explaining import as_document, describe  # noqa: PLC0415
    from joml_tui.explaining import explain as explained  # noqa: PLC0415
    from joml_tui.store import restored  # noqa: PLC0415

    with opened_store() as store:
        record = find_run(store, run)
        found = explained(restored(store, record.number, checkpoints=False))
    if asked().json:
        write_json({"run": record.number, "name": record.name} | as_document(found))
    else:
        click.echo(describe(found, f"Run {one_line(record.label)}"))
