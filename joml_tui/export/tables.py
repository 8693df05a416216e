"""A run's series and the table of runs as rows, and as CSV files (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joml_tui.experiment_yaml import dump_experiment
from joml_tui.export.files import ExportError, exported

if TYPE_CHECKING:
    from joml_tui.history import SeriesName, SpreadName
    from joml_tui.runner import Run

SERIES_COLUMNS = ("iteration", "epoch", "train_cost", "train_accuracy", "test_cost", "test_accuracy")
#: Standard deviations over replicas, where there are some.
SPREAD_COLUMNS: tuple[SpreadName, ...] = (
    "train_cost_spread",
    "train_accuracy_spread",
    "test_cost_spread",
    "test_accuracy_spread",
)
TABLE_COLUMNS = (
    "name",
    "network",
    "parameters",
    "dataset",
    "optimizer",
    "learning_rate",
    "batch_size",
    "seed",
    "epoch",
    "iteration",
    "task",
    "train_cost",
    "train_accuracy",
    "train_r2",
    "test_cost",
    "test_accuracy",
    "test_r2",
    "replicas",
    *SPREAD_COLUMNS,
    "steps_per_second",
    "seconds",
    "state",
    "message",
    "tags",
    "note",
)
#: What is in each column where columns have types: text, texts, whole numbers or numbers.
TYPED_COLUMNS = dict.fromkeys(TABLE_COLUMNS, "number")
TYPED_COLUMNS |= dict.fromkeys(("name", "network", "dataset", "optimizer", "task", "state", "message", "note"), "text")
TYPED_COLUMNS |= dict.fromkeys(("parameters", "batch_size", "seed", "epoch", "iteration", "replicas"), "whole")
TYPED_COLUMNS |= {"tags": "texts", "experiment": "text"}


@dataclass(frozen=True, slots=True)
class Written:
    """A run with what was written about it; nothing unless that was done."""

    run: Run
    name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""


def default_series_name(run: Run) -> str:
    """Give a file name for a run's series, such as ``14-100-40-4-run-1.csv``."""
    return f"{run.architecture or 'network'}-{run.id}.csv"


def default_table_name() -> str:
    """Give a file name for the table of runs."""
    return "runs.csv"


def write_series_csv(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write a run's series, one row an iteration; test columns are empty where nothing was tested.

    The scores of values are R2, and named so. Replicas have their standard deviations in columns of their own.
    Numbers read back exactly as they were recorded.

    Raises
    ------
    ExportError
        There is nothing to write, the file exists and ``overwrite`` is false, or it cannot be written. A file that
        was there stays as it was.
    """
    write_rows(path, *series_table(run), overwrite)


def write_table_csv(runs: Sequence[Written], path: Path, *, overwrite: bool = False) -> None:
    """Write a row a run: its name, settings, what it reached, and what was written about it.

    Numbers read back exactly. A run without a given name has its experiment's.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, or it cannot be written.
    """
    write_rows(path, TABLE_COLUMNS, map(table_row, runs), overwrite)


def series_table(run: Run) -> tuple[tuple[str, ...], Iterator[Sequence[Any]]]:
    """Give the columns of a run's series, and a row an iteration; what was not tested is "".

    Raises
    ------
    ExportError
        Nothing is recorded.
    """
    return series_columns(run), _series_rows(run)


def series_columns(run: Run) -> tuple[str, ...]:
    """Give the columns of a run's series.

    Raises
    ------
    ExportError
        Nothing is recorded.
    """
    if run.history is None or not run.iteration:
        raise ExportError(f"{run.architecture or 'the run'} has recorded no iteration yet: there is nothing to write")
    columns = SERIES_COLUMNS + (SPREAD_COLUMNS if run.history.has_spread else ())
    if run.task == "values":
        columns = tuple(column.replace("accuracy", "r2") for column in columns)
    return columns


def _series_rows(run: Run) -> Iterator[Sequence[Any]]:
    history = run.history
    assert history is not None  # the caller has looked
    trained: list[SeriesName | SpreadName] = ["train_cost", "train_accuracy"]
    tested: list[SeriesName | SpreadName] = ["test_cost", "test_accuracy"]
    if history.has_spread:
        trained, tested = [*trained, *SPREAD_COLUMNS[:2]], [*tested, *SPREAD_COLUMNS[2:]]
    of_tests = zip(history.test_iteration, *map(history.series, tested), strict=False)
    tests = {int(iteration): values for iteration, *values in of_tests}
    for iteration, values in enumerate(zip(*map(history.series, trained), strict=False), start=1):
        epoch = (iteration - 1) // run.iterations_per_epoch + 1
        test = tests.get(iteration, [""] * len(tested))
        yield iteration, epoch, *values[:2], *test[:2], *values[2:], *test[2:]


def table_row(written: Written) -> Sequence[Any]:
    """Give a run's row of the table, by ``TABLE_COLUMNS``; what it has not is ""."""
    run = written.run
    experiment = run.experiment
    return (
        written.name or experiment.name,
        run.architecture,
        run.parameter_count,
        experiment.dataset.__struct_config__.tag,
        experiment.optimizer.__struct_config__.tag,
        experiment.optimizer.learning_rate,
        experiment.batch_size,
        experiment.seed,
        run.epoch,
        run.iteration,
        run.task,
        *("" if value is None else value for value in _results(run)),
        experiment.replicas,
        *_spreads(run),
        run.steps_per_second,
        run.seconds,
        run.state.value,
        run.message,
        " ".join(written.tags),
        written.note,
    )


def typed_row(written: Written) -> dict[str, Any]:
    """Give a run's row by `TYPED_COLUMNS`, with None for what it has not; the experiment as YAML comes last."""
    cells = zip(TABLE_COLUMNS, table_row(written), strict=True)
    row = {
        name: None if cell == "" and TYPED_COLUMNS[name] != "text" else utf8(cell) if isinstance(cell, str) else cell
        for name, cell in cells
    }
    yaml = utf8(dump_experiment(written.run.experiment))
    return row | {"tags": list(map(utf8, written.tags)), "experiment": yaml}


def utf8(text: str) -> str:
    """Replace what no file in UTF-8 can hold, halves of characters, by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _results(run: Run) -> Sequence[float | None]:
    """Give costs and scores of training and test; R2 has columns of its own, as it is no share."""
    found: list[float | None] = []
    for cost, score in ((run.train_cost, run.train_accuracy), (run.test_cost, run.test_accuracy)):
        found += [cost, None, score] if run.task == "values" else [cost, score, None]
    return found


def _spreads(run: Run) -> Sequence[float | str]:
    """Give the standard deviations over replicas: mean ones of the latest epoch, and the latest test's."""
    history = run.history
    if history is None or not history.has_spread or not history.iterations:
        return [""] * len(SPREAD_COLUMNS)
    trained = [history.last_epoch_mean(name) for name in SPREAD_COLUMNS[:2]]
    tested = [float(history.series(name)[-1]) if history.tests else "" for name in SPREAD_COLUMNS[2:]]
    return [*trained, *tested]


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], overwrite: bool) -> None:
    """Write a table as CSV: numbers read back exactly, and no cell is a formula to a spreadsheet."""
    with exported(path, overwrite=overwrite) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_harmless(cell) for cell in row] for row in rows)


def _harmless(cell: object) -> object:
    """Keep text that a spreadsheet would take for a formula from being one, and from being none that can be written."""
    if not isinstance(cell, str):
        return cell
    return f"'{utf8(cell)}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else utf8(cell)
