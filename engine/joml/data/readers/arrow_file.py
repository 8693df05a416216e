"""Files of tables that pyarrow, an optional extra, reads: Parquet, Feather, Arrow, ORC and JSON lines."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from joml.data.dataset_error import DatasetError
from joml.data.readers.compression import decompressing
from joml.data.readers.file_kinds import GZIP_MAGIC, recognize
from joml.data.readers.file_samples import reading, shown_path

_KIND = "a table (Parquet, Feather, Arrow, ORC or JSON lines)"


@contextmanager
def opened_table(path: Path) -> Iterator[Any]:
    """Yield a file as a table of pyarrow; errors of reading it, and while it is used, name the file.

    Parameters
    ----------
    path : path
        The file. It is only read.

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
    with reading(path, _KIND), path.open("rb") as file:
        try:
            table = _read(file, shown_path(path))
        except (DatasetError, MemoryError):
            raise
        except Exception as error:  # damaged files raise SystemError and others, beside pyarrow's own errors
            raise DatasetError(f"{shown_path(path)}: is not {_KIND}, or is damaged: {_first_line(error)}") from error
        if table is None:
            raise DatasetError(f"{shown_path(path)}: is not {_KIND}; a CSV file is read as the data set csv")
        yield table


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


def _read(file: BinaryIO, name: str) -> Any:
    """Read a table of the kind that the file's first bytes show; return None if they show none."""
    first = file.read(6)
    file.seek(0)
    if first.startswith(GZIP_MAGIC):
        with decompressing(name), gzip.open(file) as plain:
            content = plain.read()
        return _read_decompressed(BytesIO(content), content[:6], name)
    return _read_decompressed(file, first, name)


def _read_decompressed(file: BinaryIO, first: bytes, name: str) -> Any:
    table: Any = None
    if first.startswith(b"PAR1"):
        from pyarrow import parquet  # noqa: PLC0415

        # One thread, as for BLAS: the numbers are few.
        table = parquet.ParquetFile(file).read(use_threads=False)
    elif first.startswith(b"ORC"):
        from pyarrow import orc  # noqa: PLC0415

        table = orc.ORCFile(file).read()
    elif first.startswith(b"FEA1"):
        from pyarrow import feather  # noqa: PLC0415

        table = feather.read_table(file, use_threads=False)
    elif first.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        from pyarrow import ipc  # noqa: PLC0415

        table = (ipc.open_file if first.startswith(b"ARROW1") else ipc.open_stream)(file).read_all()
    elif first.lstrip().startswith(b"{"):
        from pyarrow import json  # noqa: PLC0415

        table = json.read_json(file, read_options=json.ReadOptions(use_threads=False))
    elif (kind := recognize(file)) is not None:
        raise DatasetError(f"{name}: is {kind.name}, not {_KIND}; {kind.advice}")
    return table


def _first_line(error: Exception) -> str:
    """Return the first line of pyarrow's error message; the rest is about its source code."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
