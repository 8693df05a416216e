"""A run's series and the table of runs as JSON lines (jsonlines.org): an object a row, in UTF-8.

JSON has no nan and no infinity. A number that is none of JSON's is null, and its row says what it was:
``{"train_cost": null, ..., "not_finite": {"train_cost": "nan"}}``; null alone is what was not measured.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from joml_tui.export.run_tables import TableRun, series_table, table_fields, typed_cells, typed_row, utf8
from joml_tui.export.safe_files import exported
from joml_tui.runs.annotated_run import AnnotatedRun
from joml_tui.runs.run_fields import RunField

if TYPE_CHECKING:
    from joml_tui.runs.run import Run

#: The key beneath which a row says which of its numbers were no finite ones.
NOT_FINITE = "not_finite"


def write_series_json_lines(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write a run's series, an object an iteration, with the columns of the CSV file; what was not looked at is null.

    Numbers are written as the doubles that they are, and read back exactly.

    Raises
    ------
    ExportError
        There is nothing to write, the file exists and ``overwrite`` is false, or it cannot be written.
    """
    columns, rows = series_table(run)
    _write((dict(zip(columns, map(_none_for_nothing, row), strict=True)) for row in rows), path, overwrite)


def write_table_json_lines(
    runs: Sequence[AnnotatedRun | TableRun], path: Path, *, overwrite: bool = False, chosen: Sequence[RunField] = ()
) -> None:
    """Write an object a run, with the columns of the CSV file; tags are a list, and ``experiment`` is its YAML.

    Where fields are chosen, the objects have these alone.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, or it cannot be written.
    """
    if chosen:
        _write((typed_cells(run, chosen) for run in runs), path, overwrite)
        return
    fields = table_fields(runs)
    _write((typed_row(run, fields) for run in runs), path, overwrite)


def _write(objects: Iterable[Mapping[str, Any]], path: Path, overwrite: bool) -> None:
    with exported(path, overwrite=overwrite) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for each in objects:
            file.write(json.dumps(_valid(each), ensure_ascii=False, allow_nan=False) + "\n")


def _none_for_nothing(cell: object) -> object:
    return None if isinstance(cell, str) else cell


def _valid(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with nothing in it that JSON has not."""
    valid, not_finite = {}, {}
    for name, cell in row.items():
        plain = float(cell) if isinstance(cell, np.floating) else utf8(cell) if isinstance(cell, str) else cell
        if isinstance(plain, float) and not math.isfinite(plain):
            not_finite[name], plain = str(plain), None
        valid[name] = plain
    return valid | ({NOT_FINITE: not_finite} if not_finite else {})
