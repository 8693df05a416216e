"""A run's series and the table of runs as Parquet files, with pyarrow, an optional extra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from joml_tui import __version__
from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.export.extras import needed
from joml_tui.export.run_tables import (
    TableRun,
    recorded_series,
    series_columns,
    table_fields,
    typed_cells,
    typed_columns,
    typed_row,
    utf8,
)
from joml_tui.export.safe_files import check_writable, exported
from joml_tui.runs.annotated_run import AnnotatedRun
from joml_tui.runs.history import is_of_checks
from joml_tui.runs.run_fields import FieldType, RunField
from joml_tui.runs.setting_paths import show_value

if TYPE_CHECKING:
    from joml_tui.runs.run import Run

_EXTRA = "parquet"
_WHAT = "a Parquet file"
#: pyarrow's types for `typed_columns`.
_TYPES = {"text": "string", "whole": "int64", "number": "float64", "yes or no": "bool", "time": "string"}


def write_series_parquet(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write a run's series, one row per iteration, with the CSV file's columns.

    Iterations and epochs are int64, the others float32 as recorded, including nan; null where there was no check. The
    file's metadata contain the experiment's YAML ("experiment"), the network's sizes ("network") and the program's
    version ("joml_tui").

    Raises
    ------
    ExportError
        pyarrow is not installed, there is nothing to write, the file exists and ``overwrite`` is false, or it cannot
        be written.
    """
    check_writable(path, overwrite=overwrite)
    pa = needed("pyarrow", _EXTRA, _WHAT)
    names = series_columns(run)
    history = run.history
    assert history is not None  # series_columns has checked it
    recorded = sum(recorded_series(history), ())
    # The checks are read first, so that none is later than the last iteration read.
    checked = history.check_iteration
    check_values = {name: history.series(name)[: len(checked)] for name in recorded if is_of_checks(name)}
    count = min(history.iterations, *(len(history.series(name)) for name in recorded if name.startswith("train")))
    iterations = np.arange(1, count + 1)
    columns: list[Any] = [pa.array(iterations), pa.array((iterations - 1) // run.iterations_per_epoch + 1)]
    for name in recorded:
        if name in check_values:
            columns.append(_where_checked(pa, check_values[name], checked, count))
        else:
            columns.append(pa.array(history.series(name)[:count]))
    metadata = {
        "experiment": utf8(dump_experiment(run.experiment)),
        "network": run.architecture,
        "joml_tui": __version__,
    }
    _write(pa.table(columns, names=list(names)).replace_schema_metadata(metadata), path, overwrite)


def write_table_parquet(
    runs: Sequence[AnnotatedRun | TableRun], path: Path, *, overwrite: bool = False, chosen: Sequence[RunField] = ()
) -> None:
    """Write one row per run, with the CSV file's columns; missing values are null.

    Texts are strings, counts int64, measured numbers float64. Tags are a list, the batch size is null if it is the
    whole training part, and ``experiment`` is the experiment's YAML. If fields are chosen, the table has only these; a
    setting is float64 if it is a number in all runs, else a string.

    Raises
    ------
    ExportError
        pyarrow is not installed, the file exists and ``overwrite`` is false, or it cannot be written.
    """
    check_writable(path, overwrite=overwrite)
    pa = needed("pyarrow", _EXTRA, _WHAT)
    if chosen:
        rows = [_typed(typed_cells(written, chosen)) for written in runs]
        kinds = {field.name: field.type for field in chosen}
        for name in (field.name for field in chosen if field.type == "setting"):
            kinds[name] = _type_of_setting([row[name] for row in rows])
            if kinds[name] == "text":
                rows = [{**row, name: None if row[name] is None else show_value(row[name])} for row in rows]
    else:
        fields = table_fields(runs)
        rows = [_typed(typed_row(written, fields)) for written in runs]
        kinds = typed_columns(fields)
    types = {name: pa.list_(pa.string()) if kind == "texts" else _TYPES[kind] for name, kind in kinds.items()}
    schema = pa.schema(list(types.items()), metadata={"joml_tui": __version__})
    _write(pa.Table.from_pylist(rows, schema=schema), path, overwrite)


def _where_checked(pa: Any, values: Any, checked: Any, count: int) -> Any:
    """Return the checks' values by iteration, with null where there was no check."""
    spread, missing = np.zeros(count, np.float32), np.ones(count, np.bool_)
    places = checked[checked <= count] - 1
    spread[places], missing[places] = values[: len(places)], False
    return pa.array(spread, mask=missing)


def _type_of_setting(values: Sequence[Any]) -> FieldType:
    """Return "number" if all existing values are numbers, else "text"."""
    present = [value for value in values if value is not None]
    return "number" if present and all(type(value) in (int, float) for value in present) else "text"


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if name == "batch_size" and cell == "all" else cell for name, cell in row.items()}


def _write(table: Any, path: Path, overwrite: bool) -> None:
    parquet = needed("pyarrow.parquet", _EXTRA, _WHAT)
    # Opened by Python, so that errors of writing have the usual messages.
    with exported(path, overwrite=overwrite) as temporary, temporary.open("wb") as file:
        parquet.write_table(table, file)
