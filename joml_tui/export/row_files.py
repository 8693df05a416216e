"""Rows of plain values in a file of the format that its name ends with: CSV, JSON lines or Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from joml_tui.export.extras import needed
from joml_tui.export.json_lines import write_objects
from joml_tui.export.run_tables import utf8, write_rows
from joml_tui.export.safe_files import check_writable, exported

#: The kinds of columns: texts, whole numbers, numbers.
CellKind = Literal["text", "whole", "number"]
_ARROW_TYPES: dict[CellKind, str] = {"text": "string", "whole": "int64", "number": "float64"}
# Rows of a block of a Parquet file.
_BLOCK_ROWS = 65_536


def write_row_file(
    path: Path,
    columns: Sequence[str],
    kinds: Sequence[CellKind],
    rows: Iterator[Sequence[Any]],
    *,
    overwrite: bool = False,
) -> None:
    """Write rows to a Parquet file or as JSON lines if the path ends with .parquet or .jsonl, and to a CSV file if not.

    Parameters
    ----------
    path : Path
    columns : sequence of str
        Their names.
    kinds : sequence of str
        Their kinds.
    rows : iterator of sequences
        One value for each column; None where there is none.
    overwrite : bool, default False
        Whether a file of this name may be replaced.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, it cannot be written, or pyarrow is needed and not installed.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        _write_parquet(path, list(zip(columns, kinds, strict=True)), rows, overwrite)
    elif suffix == ".jsonl":
        write_objects((dict(zip(columns, row, strict=True)) for row in rows), path, overwrite)
    else:
        write_rows(path, columns, rows, overwrite)


def _write_parquet(
    path: Path, columns: Sequence[tuple[str, CellKind]], rows: Iterator[Sequence[Any]], overwrite: bool
) -> None:
    check_writable(path, overwrite=overwrite)
    pa = needed("pyarrow", "parquet", "a Parquet file")
    parquet = needed("pyarrow.parquet", "parquet", "a Parquet file")
    schema = pa.schema([(utf8(name), _ARROW_TYPES[kind]) for name, kind in columns])
    with (
        exported(path, overwrite=overwrite) as temporary,
        temporary.open("wb") as file,
        parquet.ParquetWriter(file, schema) as writer,
    ):
        while block := list(islice(rows, _BLOCK_ROWS)):
            cells = [
                [utf8(cell) if isinstance(cell, str) else cell for cell in column]
                for column in zip(*block, strict=True)
            ]
            arrays = [pa.array(column, type_) for column, type_ in zip(cells, schema.types, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
