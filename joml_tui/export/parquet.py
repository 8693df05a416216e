"""A run's series and the table of runs as Parquet files, through pyarrow, which is an optional extra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from joml_tui import __version__
from joml_tui.experiment_yaml import dump_experiment
from joml_tui.export.extras import needed
from joml_tui.export.files import check_writable, exported
from joml_tui.export.tables import (
    SPREAD_COLUMNS,
    TYPED_COLUMNS,
    Written,
    series_columns,
    typed_row,
    utf8,
)

if TYPE_CHECKING:
    from joml_tui.history import SeriesName, SpreadName
    from joml_tui.runner import Run

_EXTRA = "parquet"
_WHAT = "a Parquet file"
#: pyarrow's names of the types of what `TYPED_COLUMNS` says.
_TYPES = {"text": "string", "whole": "int64", "number": "float64"}


def write_series_parquet(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write a run's series, a row an iteration, with the columns of the CSV file.

    Iterations and epochs are int64, the others float32 as they were recorded, nan among them; what was not tested is
    null. The file's metadata hold the experiment's YAML ("experiment"), the network's sizes ("network") and the
    program's version ("joml_tui").

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
    assert history is not None  # series_columns has looked
    spreads = SPREAD_COLUMNS if history.has_spread else ()
    recorded: list[SeriesName | SpreadName] = ["train_cost", "train_accuracy", "test_cost", "test_accuracy", *spreads]
    # The tests first: there may be more of them later, and none beyond the iterations.
    tested = history.test_iteration
    test_values = {name: history.series(name)[: len(tested)] for name in recorded if name.startswith("test")}
    count = min(history.iterations, *(len(history.series(name)) for name in recorded if name.startswith("train")))
    iterations = np.arange(1, count + 1)
    columns: list[Any] = [pa.array(iterations), pa.array((iterations - 1) // run.iterations_per_epoch + 1)]
    for name in recorded:
        if name in test_values:
            columns.append(_where_tested(pa, test_values[name], tested, count))
        else:
            columns.append(pa.array(history.series(name)[:count]))
    metadata = {
        "experiment": utf8(dump_experiment(run.experiment)),
        "network": run.architecture,
        "joml_tui": __version__,
    }
    _write(pa.table(columns, names=list(names)).replace_schema_metadata(metadata), path, overwrite)


def write_table_parquet(runs: Sequence[Written], path: Path, *, overwrite: bool = False) -> None:
    """Write a row a run, with the columns of the CSV file; what a run has not is null.

    Text is string, counts are int64, measured numbers float64. Tags are a list, the batch size is null where it is the
    whole training part, and ``experiment`` is the experiment's YAML.

    Raises
    ------
    ExportError
        pyarrow is not installed, the file exists and ``overwrite`` is false, or it cannot be written.
    """
    check_writable(path, overwrite=overwrite)
    pa = needed("pyarrow", _EXTRA, _WHAT)
    types = {name: pa.list_(pa.string()) if kind == "texts" else _TYPES[kind] for name, kind in TYPED_COLUMNS.items()}
    rows = [_typed(typed_row(written)) for written in runs]
    schema = pa.schema(list(types.items()), metadata={"joml_tui": __version__})
    _write(pa.Table.from_pylist(rows, schema=schema), path, overwrite)


def _where_tested(pa: Any, values: Any, tested: Any, count: int) -> Any:
    """Spread the tests' values over the iterations; null where there was none."""
    spread, missing = np.zeros(count, np.float32), np.ones(count, np.bool_)
    places = tested[tested <= count] - 1
    spread[places], missing[places] = values[: len(places)], False
    return pa.array(spread, mask=missing)


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if name == "batch_size" and cell == "all" else cell for name, cell in row.items()}


def _write(table: Any, path: Path, overwrite: bool) -> None:
    parquet = needed("pyarrow.parquet", _EXTRA, _WHAT)
    # A file of Python's: it says why it cannot be written, as for every other format.
    with exported(path, overwrite=overwrite) as temporary, temporary.open("wb") as file:
        parquet.write_table(table, file)
