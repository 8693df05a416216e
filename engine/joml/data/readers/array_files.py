"""Files of arrays: NumPy's .npz and .npy, MATLAB's .mat, and sparse text files as of LIBSVM; nothing is unpickled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.npyio import NpzFile

from joml.data.dataset_error import DatasetError
from joml.data.readers.file_kinds import recognize
from joml.data.readers.file_samples import reading, shown_path
from joml.data.readers.matlab_process import read_matlab

_KIND = "a file of arrays (.npz, .npy, .mat or LIBSVM text)"
_NO_ARCHIVE = "{}: is not an NPZ file (an archive of arrays), or is damaged; write it with numpy.savez"
_NPY_MAGIC, _MATLAB_MAGIC = b"\x93NUMPY", b"MATLAB 5.0"
# A line of LIBSVM's: a label, then the features that are not 0, each with its number.
_SPARSE_LINE = re.compile(rb"\s*[-+.\deE]+(,[-+.\deE]+)*(\s+qid:\d+)?(\s+\d+:[-+.\deE]+)+\s*(#.*)?")
# A sparse file that names few features of many would fill the memory.
_MOST_SPARSE_BYTES = 2 * 10**9


@contextmanager
def open_arrays(path: Path) -> Iterator[Mapping[str, Any]]:
    """Open a file of arrays, whatever its kind, and yield its arrays by name.

    A single array (.npy) is a table of numbers: all its columns but the last one are x, the last one is y. A sparse
    text file has x and y.

    Parameters
    ----------
    path : path

    Yields
    ------
    mapping of str to ndarray
        An archive of NumPy reads an array when it is asked for.

    Raises
    ------
    DatasetError
        The file is of another kind, is damaged, or needs a package that is not installed.
    """
    name = shown_path(path)
    with reading(path, _KIND), path.open("rb") as file:
        head = file.read(len(_MATLAB_MAGIC))
        file.seek(0)
        is_binary = recognize(file) is not None
        if is_binary and head.startswith(_NPY_MAGIC):
            yield _split_table(name, file)
        elif is_binary and head == _MATLAB_MAGIC:
            yield _read_matlab(name, file)
        elif is_sparse_text(file):
            yield _read_sparse(name, file)
        else:
            with _open_archive(name, file) as archive:
                yield archive


def is_sparse_text(file: BinaryIO) -> bool:
    """Return whether the first line of an open text file is one of LIBSVM's.

    Parameters
    ----------
    file : binary file
        At its beginning; its position is restored.

    Returns
    -------
    bool
    """
    return _SPARSE_LINE.fullmatch(_first_line(file)) is not None


def _first_line(file: BinaryIO) -> bytes:
    """Return the first line that is not a comment, as far as it is short; the position is restored."""
    line = next((line for line in iter(lambda: file.readline(100_000), b"") if line[:1] != b"#"), b"")
    file.seek(0)
    return line.rstrip(b"\r\n")


def _open_archive(name: str, file: BinaryIO) -> NpzFile:
    kind = recognize(file)
    if kind is not None and kind.reader != "npz":
        raise DatasetError(f"{name}: is {kind.name}, not an NPZ file; {kind.advice}")
    try:
        archive = np.load(file, allow_pickle=False)
    except MemoryError:
        raise
    except Exception as error:  # the error depends on where the damage is
        raise DatasetError(_NO_ARCHIVE.format(name)) from error
    if not isinstance(archive, NpzFile):
        raise DatasetError(_NO_ARCHIVE.format(name))
    return archive


def _split_table(name: str, file: BinaryIO) -> dict[str, Any]:
    """Return x and y of an array whose last column is y."""
    try:
        table = np.load(file, allow_pickle=False)
    except MemoryError:
        raise
    except Exception as error:
        if "allow_pickle" in str(error):
            raise DatasetError(f"{name}: holds Python objects, which are never unpickled; save numbers") from error
        raise DatasetError(f"{name}: is not a NumPy array, or is damaged; write it with numpy.save") from error
    if table.ndim != 2 or table.shape[1] < 2:
        raise DatasetError(
            f"{name}: has the shape {table.shape}; a single array has samples as rows, and y in the last of its "
            "columns: write x and y by numpy.savez"
        )
    return {"x": table[:, :-1], "y": table[:, -1]}


def _read_matlab(name: str, file: BinaryIO) -> dict[str, Any]:
    """Return the numeric arrays of a MATLAB file; vectors lose the dimension that MATLAB adds."""
    if find_spec("scipy") is None:
        raise DatasetError(
            f"{name}: is a MATLAB file, which needs SciPy; install it with: pip install 'joml-tui[sklearn]'"
        )
    arrays = read_matlab(file)
    if arrays is None:
        raise DatasetError(f"{name}: is not a MATLAB file, or is damaged; write x and y by numpy.savez")
    return {
        key: array.ravel() if 1 in array.shape and array.ndim == 2 and key.lower().startswith("y") else array
        for key, array in arrays.items()
    }


def _read_sparse(name: str, file: BinaryIO) -> dict[str, Any]:
    try:
        from sklearn.datasets import load_svmlight_file  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise DatasetError(
            f"{name}: is a LIBSVM file, which needs scikit-learn; install it with: pip install 'joml-tui[sklearn]'"
        ) from error
    try:
        x, y = load_svmlight_file(file)
    except MemoryError:
        raise
    except Exception as error:
        raise DatasetError(f"{name}: is not a LIBSVM file, or is damaged: {str(error).strip()[:200]}") from error
    if 8 * x.shape[0] * x.shape[1] > _MOST_SPARSE_BYTES:
        raise DatasetError(
            f"{name}: {x.shape[0]:,} samples of {x.shape[1]:,} features need {8 * x.shape[0] * x.shape[1] / 1e9:,.0f} "
            "GB when the features that are 0 are filled in: write a file with fewer of them"
        )
    return {"x": x.toarray(), "y": y}
