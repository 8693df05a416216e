"""MATLAB files, read in a process of their own: damage in them may end the process that reads them."""

from __future__ import annotations

import sys
import tempfile
from typing import Any, BinaryIO

import numpy as np

from joml.data.readers.arrow_process import with_descriptor

# Reads standard input, and writes to standard output, a file, an archive of the numeric arrays. Their names have a
# letter before them, because an array may be called as a parameter of numpy.savez is.
_PROGRAM = """
import sys
sys.path[:] = sys.argv[1:]
import numpy as np
from scipy.io import loadmat
source = open(0, "rb")
source.seek(0)
try:
    arrays = loadmat(source)
    numeric = {name: a for name, a in arrays.items() if isinstance(a, np.ndarray) and a.dtype.kind in "buif"}
    np.savez(open(1, "wb"), **{"a" + name: array for name, array in numeric.items()})
except MemoryError:
    sys.exit(3)
"""
_NO_MEMORY = 3


def read_matlab(file: BinaryIO) -> dict[str, Any] | None:
    """Read the numeric arrays of a MATLAB file.

    Parameters
    ----------
    file : binary file
        At its beginning.

    Returns
    -------
    dict of str to ndarray, or None
        None if the file is none of MATLAB's, or is damaged.

    Raises
    ------
    MemoryError
        Its arrays do not fit into memory.
    """
    import subprocess  # noqa: PLC0415 - slow to import, and needed for these files alone

    command = [sys.executable, "-P", "-c", _PROGRAM, *filter(None, sys.path)]
    with tempfile.TemporaryFile() as copied, tempfile.TemporaryFile() as archive:
        completed = subprocess.run(
            command,
            stdin=with_descriptor(file, copied),
            stdout=archive,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )
        if completed.returncode == _NO_MEMORY:
            raise MemoryError
        if completed.returncode != 0:
            return None
        archive.seek(0)
        with np.load(archive, allow_pickle=False) as arrays:
            return {name[1:]: arrays[name] for name in arrays.files}
