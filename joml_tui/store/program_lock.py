"""Locks by which programs tell each other that they open a store, or record into it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from filelock import BaseFileLock


class ProgramLock:
    """A lock on a file, which one program has at a time; it ends with the program, however that ends.

    Usually no other program has it, and one call of the system is enough. Otherwise ``filelock``, whose import takes
    longer than all of that, waits; it locks the same file by the same call.

    Parameters
    ----------
    path : Path
        The file; `acquire` creates it if missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._system: Any = None
        self._descriptor: int | None = None
        self._waiting: BaseFileLock | None = None

    def acquire(self, seconds: float) -> None:
        """Take the lock.

        Parameters
        ----------
        seconds : float
            Longest time to wait for another program; any time where it is negative.

        Raises
        ------
        TimeoutError
            Another program has the lock all the time.
        OSError
            The file cannot be made.
        """
        self._system = _system_locks()
        if self._system is not None:
            try:
                self._descriptor = _lock_at_once(self._system, self.path)
            except BlockingIOError:
                if not seconds:
                    raise TimeoutError(f"another program has the lock {self.path}") from None
        if self._descriptor is None:
            from filelock import FileLock  # noqa: PLC0415 - seldom needed, and slow to import

            self._waiting = FileLock(self.path)
            self._waiting.acquire(timeout=seconds)

    def release(self) -> None:
        """Let others have the lock."""
        if self._descriptor is not None:
            self._system.flock(self._descriptor, self._system.LOCK_UN)  # also for a process that was forked meanwhile
            os.close(self._descriptor)
            self._descriptor = None
        if self._waiting is not None:
            self._waiting.release()
            self._waiting = None

    def __enter__(self) -> ProgramLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()


def _system_locks() -> ModuleType | None:
    """Return the module of the system's locks; None on Windows, which has others."""
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:
        return None
    return fcntl


def _lock_at_once(system: ModuleType, path: Path) -> int | None:
    """Return the descriptor of the locked file, None if that needs another way; BlockingIOError if another has it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError:
        return None
    try:
        system.flock(descriptor, system.LOCK_EX | system.LOCK_NB)
        if os.fstat(descriptor).st_nlink:  # else its last owner has deleted it meanwhile
            return descriptor
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        pass
    os.close(descriptor)
    return None
