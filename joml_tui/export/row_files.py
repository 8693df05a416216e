"""Rows of plain values in a file of the format that its name ends with: CSV, JSON lines or Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from joml_tui.export.extras import needed
from joml_tui.export.json_lines import write_objects
from joml_tui.export.run_tables import utf8, write_rows
from joml_tui.export.safe_files import ExportError, check_writable, exported

#: The ends of files' names that show a format; .txt is CSV.
_FORMATS = (".csv", ".jsonl", ".parquet", ".txt")
#: The kinds of columns: texts, whole numbers, numbers.
CellKind = Literal["text", "whole", "number"]
_ARROW_TYPES: dict[CellKind, str] = {"text": "string", "whole": "int64", "number": "float64"}
# Rows of a block of a Parquet file.
_BLOCK_ROWS = 65_536


def check_row_format(path: Path) -> None:
    """Raise an error unless a file's name shows one of the formats; a name without an end is one of CSV.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ExportError
        The message names the formats.
    """
    suffix = path.suffix.lower()
    if suffix and suffix not in _FORMATS:
        formats = ", ".join(_FORMATS)
        raise ExportError(f"{path}: rows are not written as {suffix}: end the name with one of {formats}")


def write_row_file(
    path: Path,
    columns: Sequence[str],
    kinds: Sequence[CellKind],
    rows: Iterator[Sequence[Any]],
    *,
    overwrite: bool = False,
) -> None:
    """Write rows to a CSV file, as JSON lines or to a Parquet file, as the path ends with .csv, .jsonl or .parquet.

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
        The path ends otherwise, the file exists and ``overwrite`` is false, it cannot be written, or pyarrow is needed
        and not installed.
    """
    check_row_format(path)
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
