"""A run's series and the table of runs as JSON lines (jsonlines.org): one object per row, in UTF-8.

JSON has no nan and no infinity. Such a number becomes null, and its row says what it was: ``{"train_cost": null, ...,
"not_finite": {"train_cost": "nan"}}``; null alone means that nothing was measured.
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

#: The key of a row's numbers that are not finite.
NOT_FINITE = "not_finite"


def write_series_json_lines(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write a run's series, one object per iteration, with the CSV file's columns; null where there was no check.

    Numbers are written as doubles, and read back exactly.

    Raises
    ------
    ExportError
        There is nothing to write, the file exists and ``overwrite`` is false, or it cannot be written.
    """
    columns, rows = series_table(run)
    write_objects((dict(zip(columns, map(_none_for_nothing, row), strict=True)) for row in rows), path, overwrite)


def write_table_json_lines(
    runs: Sequence[AnnotatedRun | TableRun], path: Path, *, overwrite: bool = False, chosen: Sequence[RunField] = ()
) -> None:
    """Write one object per run, with the CSV file's columns; tags are a list, and ``experiment`` is YAML.

    If fields are chosen, the objects have only these.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, or it cannot be written.
    """
    if chosen:
        write_objects((typed_cells(run, chosen) for run in runs), path, overwrite)
        return
    fields = table_fields(runs)
    write_objects((typed_row(run, fields) for run in runs), path, overwrite)


def write_objects(objects: Iterable[Mapping[str, Any]], path: Path, overwrite: bool) -> None:
    """Write one object per line; a number that is not finite becomes null, and its object says what it was.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, or it cannot be written.
    """
    with exported(path, overwrite=overwrite) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for each in objects:
            file.write(json.dumps(_valid(each), ensure_ascii=False, allow_nan=False) + "\n")


def _none_for_nothing(cell: object) -> object:
    return None if isinstance(cell, str) else cell


def _valid(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with valid JSON values only."""
    valid, not_finite = {}, {}
    for name, cell in row.items():
        plain = float(cell) if isinstance(cell, np.floating) else utf8(cell) if isinstance(cell, str) else cell
        if isinstance(plain, float) and not math.isfinite(plain):
            not_finite[name], plain = str(plain), None
        valid[name] = plain
    return valid | ({NOT_FINITE: not_finite} if not_finite else {})
