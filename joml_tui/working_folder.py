"""The current folder, from which relative paths begin."""

from __future__ import annotations

import os
from pathlib import Path


def working_folder() -> Path:
    """Return the current folder; of one that was deleted its former path, by which a fault of writing there names it.

    Returns
    -------
    Path
    """
    try:
        return Path.cwd()
    except FileNotFoundError:
        former = Path(os.environ.get("PWD") or os.sep)
        return Path(os.sep, "a deleted folder") if former.exists() else former  # of another program, or made anew
