"""A clock for what is reported every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable


class Beat:
    """A clock that is due every few seconds.

    Parameters
    ----------
    seconds : float
    clock : callable, optional
        Returns the present second; default ``time.monotonic``.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._due = clock() + seconds

    def is_due(self) -> bool:
        """Return whether the seconds have passed since it was last due."""
        now = self._clock()
        if now < self._due:
            return False
        self._due = now + self._seconds
        return True
