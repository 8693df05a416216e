"""The throttle that lets a training keep a pace."""

from __future__ import annotations

#: At a fast pace several iterations are done after each wait, because shorter waits are not exact.
_LEAST_WAIT = 0.01
#: After a delay, at most the iterations of this time are made up for, so that none are done in a rush.
_MADE_UP_SECONDS = 0.1


class Throttle:
    """A count of the iterations that are due at a number of iterations a second; the first one is due at once.

    Parameters
    ----------
    per_second : float
    now : float
        The present time in seconds, here and in the methods from any clock that does not go back.
    """

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second, self._since = per_second, now
        self._credit = 1.0

    def due(self, now: float) -> int:
        """Return the number of iterations that are due."""
        earned = (now - self._since) * self._per_second
        self._credit = min(self._credit + earned, max(1.0, _MADE_UP_SECONDS * self._per_second))
        self._since = now
        return int(self._credit + 1e-9)

    def spend(self, iterations: int) -> None:
        """Subtract iterations that were done."""
        self._credit = max(0.0, self._credit - iterations)

    @property
    def seconds_to_wait(self) -> float:
        """The seconds until the next iteration is due, counted from the latest look."""
        return max((1.0 - self._credit) / self._per_second, _LEAST_WAIT)
