"""The programs that record runs: each has a lock that ends with it in any case, by which others see that it works."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import FileLock

#: The identity of a program as the owner of runs.
_OWNER = re.compile("[0-9a-f]{32}")


def owners_folder(path: Path) -> Path:
    """Return the folder of the locks beside a store."""
    return path.with_name(f"{path.name}.owners")


def is_owner(owner: object) -> bool:
    """Return whether a value of the store is the identity of a program; a damaged row has another."""
    return isinstance(owner, str) and _OWNER.fullmatch(owner) is not None


def lock_of(path: Path, owner: str) -> FileLock:
    """Return the lock of a program that records into a store; its folder is created if missing."""
    from filelock import FileLock  # noqa: PLC0415 - a tenth of a second that lists of runs do without

    folder = owners_folder(path)
    folder.mkdir(exist_ok=True)
    return FileLock(folder / owner)


def has_ended(path: Path, owner: object) -> bool:
    """Return whether a program that recorded runs has ended, without writing beside the store.

    Parameters
    ----------
    path : Path
        The store.
    owner : object
        The owner in a row of the store, which may be damaged.

    Returns
    -------
    bool
        False too where the lock cannot be read, and so nothing is known.
    """
    if not is_owner(owner):
        return True
    try:
        import fcntl  # noqa: PLC0415 - Windows has none
    except ImportError:
        return False
    try:
        lock = os.open(owners_folder(path) / str(owner), os.O_RDONLY)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
