"""The commands ``predict`` and ``explain`` on stored runs."""

from __future__ import annotations

import csv
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from joml_tui.cli.arguments import complete_runs, plain_text
from joml_tui.cli.exit_codes import fail, narrate, refuse
from joml_tui.cli.options import asked, json_option, narrated, store_option
from joml_tui.cli.output import one_line, write_data, write_json, write_json_lines, write_text
from joml_tui.cli.reading_bar import showing_reading
from joml_tui.cli.store_context import find_run, opened_store

if TYPE_CHECKING:
    from joml_tui.export.row_files import CellKind
    from joml_tui.reports.prediction import KeptColumns, Predictor, Rows

#: Number of rows written at a time.
_BLOCK_ROWS = 8_192


@click.command(short_help="Predict rows of a file with a trained run.")
@click.argument("run", metavar="RUN", shell_complete=complete_runs, callback=plain_text)
@click.argument("rows", metavar="DATA.CSV", type=click.Path(allow_dash=True))
@click.option(
    "--output",
    metavar="FILE",
    callback=plain_text,
    help="File: .csv, .jsonl or .parquet (default: standard output).",
)
@click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")
@click.option(
    "--probabilities/--no-probabilities",
    default=None,
    help="Write the probability of each class too (default).",
)
@click.option(
    "--keep",
    metavar="COLUMNS",
    callback=plain_text,
    help="Columns to copy in front of the predictions, such as id,name.",
)
@store_option
@json_option("one line per row")
@narrated
def predict(
    run: str, rows: str, output: str | None, overwrite: bool, probabilities: bool | None, keep: str | None
) -> None:
    """Predict the rows of a CSV file or a table such as Parquet with the network of a run; - reads standard input.

    The file has the features of the run's data set, in the units of that data set, with or without the target column.
    Pixels of images are grey values from 0 to 1. If the first row has names, columns are matched by name, in any order,
    and other columns are ignored. Without names, columns are matched by position. A folder of PNG or JPEG images gives
    a row for each, with the name of its file.

    The output is CSV: the class and the probability of each class; or 0 or 1 for each label, and its probability; or
    the predicted values, in the units of the data set. --no-probabilities leaves the probabilities out. --keep id,name
    copies these columns of the file in front of them, to tell the rows apart. --output FILE writes JSON lines
    or a Parquet file if its name ends with .jsonl or .parquet.

    The data set itself is not needed: its names and scale are stored with the run. Runs of earlier versions lack them;
    for these the data set is read again, and must be unchanged.

    Exit codes: 0 done, 1 the run has no weights or a file cannot be used, 2 bad usage, no such run, or an invalid row
    (then nothing is written).
    """
    if output is not None and asked().json:
        refuse("--json writes to standard output: leave out --output, and redirect it")
    path = None if output in (None, "-") else Path(str(output)).expanduser()
    if path is not None:
        _check(path, overwrite)
    predictor = _predictor(run)
    if probabilities and predictor.preparation.task == "regression":
        refuse(f"--probabilities: run {one_line(run)} predicts values, which have no probabilities")
    predictor = replace(predictor, has_probabilities=probabilities is not False)
    from joml_tui.experiment.label_text import split_columns  # noqa: PLC0415
    from joml_tui.reports.prediction import KeptColumns, RowsError, reading_columns, reading_rows  # noqa: PLC0415

    keys = split_columns(keep or "")
    name = "standard input" if rows == "-" else rows
    try:
        with ExitStack() as opened:
            with showing_reading(asked().quiet):
                source = opened.enter_context(_file_of(rows))
                samples = opened.enter_context(reading_rows(source, name, predictor.preparation))
            if samples.names and keys:
                refuse(f"--keep: {name} is a folder of images, which have no columns; the files' names are kept")
            if samples.names and not predictor.grey_values:
                refuse(f"{name}: is a folder of images, and the run's data do not tell what its grey values are")
            predictor.check(samples, name)
            kept = opened.enter_context(reading_columns(source, name, predictor.preparation, keys)) if keys else None
            if samples.names:
                kept = KeptColumns(("file",), ((each,) for each in samples.names))
            for note in samples.notes:
                narrate(note)
            _write_predictions(predictor, samples, path, overwrite, kept)
    except RowsError as error:
        refuse(str(error))


def _write_predictions(
    predictor: Predictor, rows: Rows, path: Path | None, overwrite: bool, kept: KeptColumns | None = None
) -> None:
    """Predict rows and write the predictions, block by block, with the columns that are kept in front."""
    from numpy import isfinite  # noqa: PLC0415

    from joml_tui.reports.far_numbers import FarNumbers  # noqa: PLC0415

    missing, far = 0, FarNumbers(predictor.preparation)

    def predicted() -> Iterator[Sequence[str | int | float | None]]:
        nonlocal missing
        for x in rows.blocks():
            far.add(x)
            y_hat = predictor.predict(x)
            missing += int((~isfinite(y_hat).all(axis=1)).sum())
            for row in predictor.rows(y_hat):
                yield row if kept is None else (*next(kept.rows), *row)

    columns, kinds = predictor.columns, predictor.kinds
    if kept is not None:
        texts: list[CellKind] = ["text" for _ in kept.names]
        kinds = texts + kinds
        # A target column that is kept may have the name of its prediction.
        columns = (*(f"{name} (input)" if name in columns else name for name in kept.names), *columns)
    if asked().json:
        write_json_lines(dict(zip(columns, row, strict=True)) for row in predicted())
    elif path is None:
        _write_csv(columns, predicted())
    else:
        _write_file(path, columns, kinds, predicted(), overwrite)
    for note in far.notes():
        narrate(note)
    if missing:
        narrate(
            f"{missing:,} of {rows.count:,} rows have no prediction: the network's outputs for them are not finite."
        )
    if path is not None:
        narrate(f"Written: {path}, {rows.count:,} {'row' if rows.count == 1 else 'rows'}")


def _predictor(run: str) -> Predictor:
    from joml_tui.experiment import source_of  # noqa: PLC0415
    from joml_tui.reports.prediction import build_predictor  # noqa: PLC0415
    from joml_tui.runs.run_data import NOT_RECORDED, read_preparation  # noqa: PLC0415

    with opened_store() as store:
        record = find_run(store, run)
        state, preparation = store.state(record.number), store.preparation(record.number)
        experiment, train_size = store.experiment(record.number), store.shape(record.number)[3]
    if state is None:
        fail(f"{record.label} has no weights to predict with: it ended before its first iteration")
    if experiment.replicas > 1:
        narrate(f"Predicted with the first of {experiment.replicas} replicas.")
    try:
        if preparation is None:
            preparation = read_preparation(experiment, train_size)
            narrate(f"Note: {NOT_RECORDED}: they are read from {source_of(experiment.dataset)} as it is now.")
        return build_predictor(experiment, state[1], preparation)
    except ValueError as error:
        fail(f"{record.label}: {error}")


@contextmanager
def _file_of(rows: str) -> Iterator[Path]:
    """Yield the file, or a temporary copy of standard input or a pipe, because it is read several times."""
    path = Path(rows).expanduser()
    if rows != "-" and not (path.is_fifo() or path.is_char_device()):
        yield path
        return
    if path.is_char_device() and rows != "/dev/stdin":
        refuse(f"{rows}: is a device; a file of rows is needed, or - for standard input")
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder, "rows.csv")
        with copied.open("wb") as file, nullcontext(sys.stdin.buffer) if rows == "-" else path.open("rb") as coming:
            shutil.copyfileobj(coming, file)
        yield copied


def _check(path: Path, overwrite: bool) -> None:
    from joml_tui.export import ExportError, check_row_format, check_writable  # noqa: PLC0415

    try:
        check_row_format(path)
    except ExportError as error:
        refuse(f"--output: {error}")
    try:
        check_writable(path, overwrite=overwrite)
    except ExportError as error:
        refuse(f"--output: {error}" + (" with --overwrite" if path.is_file() and not overwrite else ""))


def _write_csv(columns: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    block: list[Sequence[object]] = [columns]
    while block:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(block)
        write_data(text.getvalue())
        block = list(islice(rows, _BLOCK_ROWS))


def _write_file(
    path: Path, columns: Sequence[str], kinds: Sequence[CellKind], rows: Iterator[Sequence[object]], overwrite: bool
) -> None:
    from joml_tui.export import ExportError, write_row_file  # noqa: PLC0415

    try:
        write_row_file(path, columns, kinds, rows, overwrite=overwrite)
    except ExportError as error:
        fail(str(error))


@click.command(short_help="Summarise a run.")
@click.argument("run", metavar="RUN", shell_complete=complete_runs, callback=plain_text)
@click.option("--view", metavar="VIEW", callback=plain_text, help="Put one of the lab's views in words.")
@store_option
@json_option("the summary")
@narrated
def explain(run: str, view: str | None) -> None:
    """Summarise a run: network and data, results, problems, and the article's way of measuring.

    The test accuracy has a 95 % Wilson interval. Beside it stand two baselines on the same split: the majority class,
    and a logistic regression.

    --view prints one of the lab's views as sentences and short tables: curves, layers, heat-map, histograms, confusion,
    worst, network, try, projection, regions, units or spectrum.

    Exit codes: 0 done, 1 the store cannot be used or the run has no such view, 2 bad usage or no such run.
    """
    if view is not None:
        _print_view(run, view)
        return
    from joml_tui.reports.explanation import as_document, describe  # noqa: PLC0415
    from joml_tui.reports.explanation import explain as explained  # noqa: PLC0415
    from joml_tui.store import restored  # noqa: PLC0415

    with opened_store() as store:
        record = find_run(store, run)
        with showing_reading(asked().quiet):
            explanation = explained(restored(store, record.number, checkpoints=False))
    if asked().json:
        write_json({"run": record.number, "name": record.name} | as_document(explanation))
    else:
        write_text(describe(explanation, f"Run {one_line(record.label)}"))


def _print_view(run: str, view: str) -> None:
    from joml_tui.names import find_name, nearest_name  # noqa: PLC0415
    from joml_tui.reports.sentences.panel_texts import VIEWS, describe_view  # noqa: PLC0415
    from joml_tui.store import restored  # noqa: PLC0415

    name = find_name(view, VIEWS)
    if name is None:
        nearest = nearest_name(view, VIEWS)
        hint = f"did you mean {nearest}?" if nearest else f"there are {', '.join(VIEWS)}"
        refuse(f"--view: there is no view {view!r}; {hint}")
    with opened_store() as store:
        record = find_run(store, run)
        with showing_reading(asked().quiet):
            lines = describe_view(restored(store, record.number, checkpoints=False), name)
    if isinstance(lines, str):
        fail(f"{record.label}: {lines}")
    if asked().json:
        write_json({"run": record.number, "name": record.name, "view": name, "lines": lines})
    else:
        write_text("\n".join([f"Run {one_line(record.label)}", *lines]))
