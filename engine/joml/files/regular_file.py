"""Opening files that are read whole: never a device or a pipe, whose reading might not end."""

from __future__ import annotations

import errno
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from joml.files.atomic_write import is_special


def open_regular(path: str | PathLike[str]) -> BinaryIO:
    """Open a file to read its bytes.

    Parameters
    ----------
    path : path

    Returns
    -------
    binary file

    Raises
    ------
    OSError
        It cannot be read, or is a device or a pipe.
    """
    path = Path(path)
    if is_special(path):
        raise OSError(errno.EINVAL, "a device or a pipe, and a file is needed", str(path))
    return path.open("rb")
