"""Files of tables that pyarrow, an optional extra, reads: Parquet, Feather, Arrow, ORC and JSON lines."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from joml.data.dataset_error import DatasetError
from joml.data.readers.arrow_process import read_in_process
from joml.data.readers.compression import decompressing
from joml.data.readers.file_kinds import GZIP_MAGIC, recognize
from joml.data.readers.file_samples import reading, shown_path
from joml.data.readers.reading_progress import ReadingEndedError, open_reported, report_table
from joml.data.readers.rows_so_far import report_rows
from joml.data.tables.arrow_table import any_arrow_column
from joml.data.tables.raw_table import RawTable

# Rows that are read at a time, and those of them that are shown meanwhile.
_ROWS_OF_A_BATCH, _ROWS_OF_A_SAMPLE = 65_536, 150
_KIND = "a table (Parquet, Feather, Arrow, ORC or JSON lines)"


@contextmanager
def opened_table(path: Path, first_rows: int | None = None) -> Iterator[Any]:
    """Yield a file as a table of pyarrow; errors of reading it, and while it is used, name the file.

    Parameters
    ----------
    path : path
        The file. It is only read.
    first_rows : int, optional
        Number of rows that are wanted; 0 for the names and types of the columns alone. JSON lines and the first form
        of Feather are read whole all the same. By default all rows.

    Yields
    ------
    pyarrow.Table

    Raises
    ------
    DatasetError
        pyarrow is not installed, or the file is no table or cannot be read.
    """
    try:
        import_module("pyarrow")  # an optional extra
    except ImportError as error:
        raise DatasetError(
            f"{shown_path(path)}: a table needs pyarrow; install it with: pip install 'joml-tui[parquet]'"
        ) from error
    with reading(path, _KIND), _open(path) as file:
        try:
            table = _read(file, path, first_rows)
        except (DatasetError, MemoryError, ReadingEndedError):
            raise
        except Exception as error:  # damaged files raise SystemError and others, beside pyarrow's own errors
            raise DatasetError(f"{shown_path(path)}: is not {_KIND}, or is damaged: {_first_line(error)}") from error
        if table is None:
            raise DatasetError(f"{shown_path(path)}: is not {_KIND}; a CSV file is read as the data set csv")
        yield table


def is_json(path: Path) -> bool:
    """Return whether the file at a path begins like JSON lines.

    Parameters
    ----------
    path : path

    Returns
    -------
    bool
    """
    with path.open("rb") as plain:
        return plain.read(64).lstrip().startswith(b"{")


def is_table(path: Path) -> bool:
    """Return whether the file at a path begins like a table that pyarrow reads; False if it cannot be read.

    Parameters
    ----------
    path : path

    Returns
    -------
    bool
    """
    try:
        with path.open("rb") as plain:
            compressed = plain.read(len(GZIP_MAGIC)) == GZIP_MAGIC
            plain.seek(0)
            with gzip.open(plain) if compressed else nullcontext(plain) as file:
                kind = recognize(file)
                return (kind is not None and kind.reader == "table") or file.read(2) in (b'{"', b"{\n", b"{ ")
    except (OSError, EOFError, zlib.error):
        return False


def _open(path: Path) -> BinaryIO:
    """Open a file; reading JSON lines or a compressed file is reported by its bytes, that of others by rows."""
    with path.open("rb") as file:
        first = file.read(1)
    return open_reported(path) if first in (b"{", GZIP_MAGIC[:1]) else path.open("rb")


def _read(file: BinaryIO, path: Path, first_rows: int | None) -> Any:
    """Read a table of the kind that the file's first bytes show; return None if they show none."""
    name = shown_path(path)
    first = file.read(6)
    file.seek(0)
    if first.startswith(GZIP_MAGIC):
        with decompressing(name), gzip.open(file) as plain:
            content = plain.read()
        return _read_decompressed(BytesIO(content), content[:6], path, first_rows)
    return _read_decompressed(file, first, path, first_rows)


def _read_decompressed(file: BinaryIO, first: bytes, path: Path, first_rows: int | None) -> Any:
    table: Any = None
    join = partial(_join, path=path) if first_rows is None else partial(_first_of, first_rows=first_rows)
    if first.startswith(b"PAR1"):
        from pyarrow import parquet  # noqa: PLC0415

        # One thread, as for BLAS: the numbers are few.
        source = parquet.ParquetFile(file)
        batches = source.iter_batches(first_rows or _ROWS_OF_A_BATCH, use_threads=False)
        table = join(batches, source.schema_arrow, source.metadata.num_rows)
    elif first.startswith((b"ORC", b"FEA1")):
        with read_in_process(file) as read:
            table = join(read.batches, read.schema, read.rows)
    elif first.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        from pyarrow import ipc  # noqa: PLC0415

        if first.startswith(b"ARROW1"):
            source = ipc.open_file(file)
            batches = map(source.get_batch, range(source.num_record_batches))
            table = join(batches, source.schema, source.num_record_batches, by_batches=True)
        else:
            source = ipc.open_stream(file)
            table = join(source, source.schema, 0)
    elif first.lstrip().startswith(b"{"):
        from pyarrow import json  # noqa: PLC0415

        table = json.read_json(file, read_options=json.ReadOptions(use_threads=False))
    elif (kind := recognize(file)) is not None:
        raise DatasetError(f"{shown_path(path)}: is {kind.name}, not {_KIND}; {kind.advice}")
    return table


def _join(batches: Iterable[Any], schema: Any, size: int, path: Path, by_batches: bool = False) -> Any:
    """Return record batches as a table, and report their reading.

    ``size`` is the number of their rows, or of the batches if the reading is reported by these; 0 if it is not stated.
    """
    import pyarrow as pa  # noqa: PLC0415

    tell, report = report_table(path), report_rows(path.name, len(schema))
    taken, rows = [], 0
    missing = [0] * len(schema)
    tell(0, size)
    for batch in batches:
        batch.validate(full=True)  # damage would end the process when cells are read
        taken.append(batch)
        rows += batch.num_rows
        tell(len(taken) if by_batches else rows, size)
        if report is None:
            continue
        missing = [count + column.null_count for count, column in zip(missing, batch.columns, strict=True)]
        if report.is_due:
            report.show(rows, _sample_of(pa.Table.from_batches([batch.slice(0, _ROWS_OF_A_SAMPLE)])), missing)
            missing = [0] * len(schema)
    return pa.Table.from_batches(taken, schema)


def _first_of(
    batches: Iterable[Any], schema: Any, size: int, by_batches: bool = False, *, first_rows: int
) -> Any:  # the parameters of `_join`
    """Return the first rows of record batches as a table."""
    import pyarrow as pa  # noqa: PLC0415

    taken, rows = [], 0
    for batch in batches if first_rows else ():
        batch.validate(full=True)
        taken.append(batch.slice(0, first_rows - rows))
        rows += taken[-1].num_rows
        if rows >= first_rows:
            break
    return pa.Table.from_batches(taken, schema)


def _sample_of(table: Any) -> RawTable:
    """Return a few rows of a table as raw columns."""
    names = map(str, table.column_names)
    columns = (any_arrow_column(name, column) for name, column in zip(names, table.columns, strict=True))
    return RawTable(tuple(columns), table.num_rows)


def _first_line(error: Exception) -> str:
    """Return the first line of pyarrow's error message; the rest is about its source code."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
