"""A run's series and the table of runs as rows, and as CSV files (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from joml_tui.experiment import figure_name
from joml_tui.experiment.yaml_text import parse_kept_experiment
from joml_tui.export.safe_files import ExportError, exported
from joml_tui.runs.annotated_run import AnnotatedRun
from joml_tui.runs.history import METRIC
from joml_tui.runs.run_fields import (
    EXPORTED_FIELDS,
    FieldType,
    RunFacts,
    RunField,
    facts_of,
    json_values,
    metric_fields,
)
from joml_tui.runs.run_record import SCORE_METRICS, Listed, RunRecord
from joml_tui.runs.setting_paths import show_value

if TYPE_CHECKING:
    from joml_tui.runs.history import History, SeriesName, SpreadName
    from joml_tui.runs.run import Run

#: What is recorded of each part of the samples.
_SERIES: dict[str, tuple[SeriesName, ...]] = {
    "train": ("train_cost", "train_accuracy"),
    "validation": ("validation_cost", "validation_accuracy"),
    "test": ("test_cost", "test_accuracy"),
}
_SPREADS: dict[str, tuple[SpreadName, ...]] = {
    "train": ("train_cost_spread", "train_accuracy_spread"),
    "validation": ("validation_cost_spread", "validation_accuracy_spread"),
    "test": ("test_cost_spread", "test_accuracy_spread"),
}
#: The columns of every table of runs.
TABLE_COLUMNS = tuple(field.name for field in EXPORTED_FIELDS)


@dataclass(frozen=True, slots=True)
class TableRun:
    """What the table says of a run, without the run itself: one of the store, not opened."""

    number: int
    name: str
    label: str
    note: str
    tags: tuple[str, ...]
    status: tuple[str, str]
    record: RunRecord
    yaml: str
    created: float | None = None
    changed: float | None = None
    origin: int | None = None
    origin_iteration: int | None = None


def default_series_name(run: Run) -> str:
    """Return a file name for a run's series, such as ``14-100-40-4-run-1.csv``."""
    return f"{run.architecture or 'network'}-{run.id}.csv"


def default_table_name() -> str:
    """Return a file name for the table of runs."""
    return "runs.csv"


def write_series_csv(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write a run's series, one row an iteration, with the checks of the part that was looked at on the way.

    That is the validation part, with columns such as validation_cost, or the test part where there is no validation;
    they are empty where nothing was looked at.

    The scores of values are R2, and named so. Replicas have their standard deviations in columns of their own.
    Numbers read back exactly as they were recorded.

    Raises
    ------
    ExportError
        There is nothing to write, the file exists and ``overwrite`` is false, or it cannot be written. A file that
        was there stays as it was.
    """
    write_rows(path, *series_table(run), overwrite)


def write_table_csv(
    runs: Sequence[AnnotatedRun | TableRun], path: Path, *, overwrite: bool = False, chosen: Sequence[RunField] = ()
) -> None:
    """Write a row a run: its name, settings, what it reached, and what was written about it, or the chosen fields.

    Numbers read back exactly. A run without a given name has its experiment's.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, or it cannot be written.
    """
    fields = chosen or table_fields(runs)
    rows = (table_row(run, fields) for run in runs)
    write_rows(path, [field.name for field in fields], rows, overwrite)


def series_table(run: Run) -> tuple[tuple[str, ...], Iterator[Sequence[Any]]]:
    """Return the columns of a run's series, and a row an iteration; what was not looked at is "".

    Raises
    ------
    ExportError
        Nothing is recorded.
    """
    return series_columns(run), _series_rows(run)


def series_columns(run: Run) -> tuple[str, ...]:
    """Return the columns of a run's series.

    Raises
    ------
    ExportError
        Nothing is recorded.
    """
    if run.history is None or not run.iteration:
        raise ExportError(f"{run.architecture or 'the run'} has recorded no iteration yet: there is nothing to write")
    return ("iteration", "epoch", *(_series_column(name, run) for name in sum(recorded_series(run.history), ())))


def _series_column(name: str, run: Run) -> str:
    """Return what a series' column is called: the scores of values are R2, a metric has its part's name before it."""
    if METRIC in name:
        return "".join(figure_name(each) for each in name.split(METRIC))
    return name.replace("accuracy", "r2") if run.task == "values" else name


def _series_rows(run: Run) -> Iterator[Sequence[Any]]:
    history = run.history
    assert history is not None  # the caller has looked
    means, checked_means, spreads, checked_spreads, metrics = recorded_series(history)
    trained, checked = means + spreads, checked_means + checked_spreads + metrics
    of_checks = zip(history.check_iteration, *map(history.series, checked), strict=False)
    checks = {int(iteration): values for iteration, *values in of_checks}
    for iteration, values in enumerate(zip(*map(history.series, trained), strict=False), start=1):
        epoch = (iteration - 1) // run.iterations_per_epoch + 1
        check = checks.get(iteration, [""] * len(checked))
        yield iteration, epoch, *values[:2], *check[:2], *values[2:], *check[2:]


def recorded_series(history: History) -> tuple[tuple[SeriesName | SpreadName, ...], ...]:
    """Return the series that a history has, by the names that say what they are of.

    Returns
    -------
    tuple of 5 tuples of str
        Of training and of the checks, then the standard deviations of both, which are none without replicas, then the
        metrics of the checks; those that are the score are left out.
    """
    part = history.checked_part
    series = _SERIES["train"], _SERIES[part]
    spreads = (_SPREADS["train"], _SPREADS[part]) if history.has_spread else ((), ())
    metrics = (name for name in history.metrics if name not in SCORE_METRICS)
    return (*series, *spreads, tuple(cast("SeriesName", f"{part}_{METRIC}{name}") for name in metrics))


def table_fields(runs: Iterable[Listed]) -> tuple[RunField, ...]:
    """Return the fields of a table of runs: those of every table, then the metrics that some of them have measured."""
    return (*EXPORTED_FIELDS, *metric_fields(map(facts_of, runs)))


def table_row(run: Listed, fields: Sequence[RunField] = EXPORTED_FIELDS) -> Sequence[Any]:
    """Return a run's row of the table, by its fields; what it has not is "". Several values are written as one text."""
    cells = json_values(_facts_of(run), fields)
    if isinstance(run, AnnotatedRun) and "name" in cells:
        cells["name"] = run.name or run.run.experiment.name
    return ["" if cell is None else _as_one(cell, field) for cell, field in zip(cells.values(), fields, strict=True)]


def _as_one(cell: Any, field: RunField) -> Any:
    if not isinstance(cell, tuple):
        return cell
    return " ".join(cell) if field.type == "texts" else show_value(cell)


def _facts_of(run: Listed) -> RunFacts:
    """Return what a table's fields are read from; the settings of one that is only listed are not known."""
    if isinstance(run, AnnotatedRun):
        return facts_of(run, lambda: run.run.experiment)
    if isinstance(run, TableRun):
        return facts_of(run, lambda: parse_kept_experiment(run.yaml, run.label))
    return facts_of(run)


def typed_columns(fields: Sequence[RunField] = EXPORTED_FIELDS) -> dict[str, FieldType]:
    """Return the columns of a table where they have types, and what is in each; the experiment as YAML comes last."""
    return {field.name: field.type for field in fields} | {"experiment": "text"}


def typed_row(written: AnnotatedRun | TableRun, fields: Sequence[RunField] = EXPORTED_FIELDS) -> dict[str, Any]:
    """Return a run's row by its typed columns, with None for what it has not; the experiment as YAML comes last."""
    return typed_cells(written, fields) | {"experiment": utf8(written.yaml)}


def typed_cells(written: AnnotatedRun | TableRun, fields: Sequence[RunField]) -> dict[str, Any]:
    """Return what a run has in some fields, by their names, with None for what it has not."""
    cells = {
        field.name: None if cell == "" and field.type != "text" else utf8(cell) if isinstance(cell, str) else cell
        for field, cell in zip(fields, table_row(written, fields), strict=True)
    }
    return cells | {field.name: list(map(utf8, written.tags)) for field in fields if field.type == "texts"}


def utf8(text: str) -> str:
    """Replace what no file in UTF-8 can hold, halves of characters, by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], overwrite: bool) -> None:
    """Write a table as CSV: numbers read back exactly, and no cell is a formula to a spreadsheet."""
    with exported(path, overwrite=overwrite) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


@lru_cache(maxsize=1_024)  # of a million predictions, the classes are few
def _harmless(cell: str) -> str:
    """Keep text that a spreadsheet would take for a formula from being one, and from being none that can be written."""
    return f"'{utf8(cell)}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else utf8(cell)
