"""ORC and old Feather files, read in a process of their own: damage in them may end the process that reads them."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import UnsupportedOperation
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import subprocess

# Reads standard input, and writes to standard output the number of rows in a line and a stream of Arrow. An error of
# pyarrow is a line on standard error.
_PROGRAM = """
import sys
sys.path[:] = sys.argv[1:]
try:
    import pyarrow as pa
    source, target = open(0, "rb"), open(1, "wb")
    source.seek(0)
    kind = source.read(3)
    source.seek(0)
    if kind == b"ORC":
        from pyarrow import orc
        file = orc.ORCFile(source)
        schema, rows = file.schema, file.nrows
        batches = map(file.read_stripe, range(file.nstripes))
    else:
        from pyarrow import feather
        table = feather.read_table(source, use_threads=False)
        schema, rows, batches = table.schema, table.num_rows, table.to_batches()
    target.write(b"%d\\n" % rows)
    with pa.ipc.new_stream(target, schema) as stream:
        for batch in batches:
            batch.validate(full=True)
            stream.write_batch(batch)
    target.flush()
except Exception as error:
    sys.stderr.write(str(error).strip() or type(error).__name__)
    sys.exit(1)
"""
_LONGEST_ERROR, _LONGEST_LINE = 2_000, 30
_BUFFER = 1 << 20


class DamagedTableError(Exception):
    """A file cannot be read; the message is pyarrow's, or says that reading the file ended its process."""


@dataclass(frozen=True, slots=True)
class ArrowSource:
    """A table that is read in another process.

    Attributes
    ----------
    schema : pyarrow.Schema
    rows : int
    batches : iterator of pyarrow.RecordBatch
        It raises a DamagedTableError at what cannot be read.
    """

    schema: Any
    rows: int
    batches: Iterator[Any]


@contextmanager
def read_in_process(file: BinaryIO) -> Iterator[ArrowSource]:
    """Yield an ORC file, or one in the first form of Feather, that another process reads.

    Parameters
    ----------
    file : binary file
        At its beginning.

    Yields
    ------
    ArrowSource

    Raises
    ------
    DamagedTableError
        The file cannot be read.
    """
    import subprocess  # noqa: PLC0415 - slow to import, and needed for these files alone

    from pyarrow import ipc  # noqa: PLC0415

    command = [sys.executable, "-P", "-c", _PROGRAM, *filter(None, sys.path)]
    with tempfile.TemporaryFile() as copied, tempfile.TemporaryFile() as faults:
        process = subprocess.Popen(
            command,
            bufsize=_BUFFER,
            stdin=with_descriptor(file, copied),
            stdout=subprocess.PIPE,
            stderr=faults,
            start_new_session=True,
        )
        assert process.stdout is not None  # it is a pipe
        try:
            with process.stdout as output:
                rows = output.readline(_LONGEST_LINE)
                if not rows.endswith(b"\n"):
                    raise DamagedTableError(_fault_of(process, faults))
                try:
                    source = ipc.open_stream(output)
                except (OSError, ValueError) as error:  # the process has ended before the first batch
                    raise DamagedTableError(_fault_of(process, faults)) from error
                yield ArrowSource(source.schema, int(rows), _batches(source, process, faults))
        finally:
            process.kill()
            process.wait()


def _batches(source: Any, process: subprocess.Popen[bytes], faults: BinaryIO) -> Iterator[Any]:
    while True:
        try:
            batch = source.read_next_batch()
        except StopIteration:
            break
        except (OSError, ValueError) as error:  # the process has ended within a batch
            raise DamagedTableError(_fault_of(process, faults)) from error
        yield batch
    if process.wait() != 0:
        raise DamagedTableError(_fault_of(process, faults))


def _fault_of(process: subprocess.Popen[bytes], faults: BinaryIO) -> str:
    code = process.wait()
    faults.seek(0)
    message = faults.read(_LONGEST_ERROR).decode("utf-8", "replace").strip()
    if code < 0 or not message:
        return "pyarrow broke down while it read the file"
    return message


def with_descriptor(file: BinaryIO, copied: BinaryIO) -> BinaryIO:
    """Return a file that another process can read: the file itself, or a copy of one that is only in memory.

    Parameters
    ----------
    file : binary file
        At its beginning.
    copied : binary file
        An empty file for the copy.

    Returns
    -------
    binary file
    """
    try:
        file.fileno()
    except UnsupportedOperation:
        shutil.copyfileobj(file, copied)
        copied.seek(0)
        return copied
    return file
