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
from joml_tui.runs.history_blocks import METRIC
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

#: The recorded figures of each part.
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
    """The facts about a stored run for the table, without loading the run."""

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


def write_series_csv(run: Run, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a run's series, one row per iteration, with the checks.

    The checks are on the validation part, with columns such as validation_cost, or on the test part if there is no
    validation; the cells are empty where there was no check.

    The scores of values are R2, and named so. Replicas have their standard deviations in separate columns. Numbers read
    back exactly.

    Raises
    ------
    ExportError
        There is nothing to write, the file exists and ``overwrite`` is false, or it cannot be written. An existing file
        is then not changed.
    """
    write_rows(path, *series_table(run), overwrite)


def write_table_csv(
    runs: Sequence[AnnotatedRun | TableRun], path: Path, *, overwrite: bool = False, chosen: Sequence[RunField] = ()
) -> None:
    """Write one row per run: name, settings, results, note and tags, or the chosen fields.

    Numbers read back exactly. The default name of a run is its experiment's.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, or it cannot be written.
    """
    fields = chosen or table_fields(runs)
    rows = (table_row(run, fields) for run in runs)
    write_rows(path, [field.name for field in fields], rows, overwrite)


def series_table(run: Run) -> tuple[tuple[str, ...], Iterator[Sequence[Any]]]:
    """Return the columns of a run's series, and one row per iteration; "" where there was no check.

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
    """Return the name of a series' column: scores of values are R2, and metrics are prefixed by their part."""
    if METRIC in name:
        return "".join(figure_name(each) for each in name.split(METRIC))
    return name.replace("accuracy", "r2") if run.task == "regression" else name


def _series_rows(run: Run) -> Iterator[Sequence[Any]]:
    history = run.history
    assert history is not None  # the caller has checked it
    means, checked_means, spreads, checked_spreads, metrics = recorded_series(history)
    trained, checked = means + spreads, checked_means + checked_spreads + metrics
    of_checks = zip(history.check_iteration, *map(history.series, checked), strict=False)
    checks = {int(iteration): values for iteration, *values in of_checks}
    for iteration, values in enumerate(zip(*map(history.series, trained), strict=False), start=1):
        epoch = (iteration - 1) // run.iterations_per_epoch + 1
        check = checks.get(iteration, [""] * len(checked))
        yield iteration, epoch, *values[:2], *check[:2], *values[2:], *check[2:]


def recorded_series(history: History) -> tuple[tuple[SeriesName | SpreadName, ...], ...]:
    """Return the names of the series in a history.

    Returns
    -------
    tuple of 5 tuples of str
        Names of the training series and the check series, then of the standard deviations of both (empty without
        replicas), then of the checks' metrics without those that are the score.
    """
    part = history.checked_part
    series = _SERIES["train"], _SERIES[part]
    spreads = (_SPREADS["train"], _SPREADS[part]) if history.has_spread else ((), ())
    metrics = (name for name in history.metrics if name not in SCORE_METRICS)
    return (*series, *spreads, tuple(cast("SeriesName", f"{part}_{METRIC}{name}") for name in metrics))


def table_fields(runs: Iterable[Listed]) -> tuple[RunField, ...]:
    """Return the fields of a table of runs: the common ones, then the metrics that some runs have measured."""
    return (*EXPORTED_FIELDS, *metric_fields(map(facts_of, runs)))


def table_row(run: Listed, fields: Sequence[RunField] = EXPORTED_FIELDS) -> Sequence[Any]:
    """Return a run's cells for some fields; "" for missing values, and several values as one text."""
    cells = json_values(_facts_of(run), fields)
    if isinstance(run, AnnotatedRun) and "name" in cells:
        cells["name"] = run.name or run.run.experiment.name
    return ["" if cell is None else _as_one(cell, field) for cell, field in zip(cells.values(), fields, strict=True)]


def _as_one(cell: Any, field: RunField) -> Any:
    if not isinstance(cell, tuple):
        return cell
    return " ".join(cell) if field.type == "texts" else show_value(cell)


def _facts_of(run: Listed) -> RunFacts:
    """Return the facts that a table's fields read; a run that is only listed has no settings."""
    if isinstance(run, AnnotatedRun):
        return facts_of(run, lambda: run.run.experiment)
    if isinstance(run, TableRun):
        return facts_of(run, lambda: parse_kept_experiment(run.yaml, run.label))
    return facts_of(run)


def typed_columns(fields: Sequence[RunField] = EXPORTED_FIELDS) -> dict[str, FieldType]:
    """Return the typed columns of a table, with the experiment as YAML last."""
    return {field.name: field.type for field in fields} | {"experiment": "text"}


def typed_row(written: AnnotatedRun | TableRun, fields: Sequence[RunField] = EXPORTED_FIELDS) -> dict[str, Any]:
    """Return a run's values by typed column, None for missing ones; the experiment as YAML comes last."""
    return typed_cells(written, fields) | {"experiment": utf8(written.yaml)}


def typed_cells(written: AnnotatedRun | TableRun, fields: Sequence[RunField]) -> dict[str, Any]:
    """Return a run's values of some fields by name, None for missing ones."""
    cells = {
        field.name: None if cell == "" and field.type != "text" else utf8(cell) if isinstance(cell, str) else cell
        for field, cell in zip(fields, table_row(written, fields), strict=True)
    }
    return cells | {field.name: list(map(utf8, written.tags)) for field in fields if field.type == "texts"}


def utf8(text: str) -> str:
    """Return a text with lone surrogates, which UTF-8 cannot encode, replaced by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def write_rows(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], overwrite: bool) -> None:
    """Write a table as CSV: numbers read back exactly, and spreadsheets read no cell as a formula."""
    with exported(path, overwrite=overwrite) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


@lru_cache(maxsize=1_024)  # a million predictions have only few classes
def _harmless(cell: str) -> str:
    """Return a text that UTF-8 can encode and that a spreadsheet does not read as a formula."""
    return f"'{utf8(cell)}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else utf8(cell)
