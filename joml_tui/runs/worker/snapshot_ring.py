"""A run's snapshots, limited in number and spread over the whole run."""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections.abc import Collection

#: Largest number and size in bytes of a run's snapshots.
MOST, MOST_BYTES = 256, 64 * 1024 * 1024


class SnapshotRing:
    """Packed states in order of iteration; if there are too many, the one with the nearest neighbours is dropped.

    The run's thread writes it, and any thread may read it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: list[tuple[int, bytes]] = []

    def add(self, iteration: int, state: bytes) -> None:
        """Add a state, replacing one of the same iteration."""
        with self._lock:
            if self._states and self._states[-1][0] == iteration:
                self._states.pop()
            self._states.append((iteration, state))
            while len(self._states) > 2 and self._too_many():
                spans = [later[0] - earlier[0] for earlier, later in zip(self._states, self._states[2:], strict=False)]
                del self._states[1 + spans.index(min(spans))]

    def add_earlier(self, states: Collection[tuple[int, bytes]]) -> None:
        """Add states from before the present ones."""
        with self._lock:
            before = self._states[0][0] if self._states else math.inf
            self._states = [*(state for state in states if state[0] < before), *self._states]

    def _too_many(self) -> bool:
        return len(self._states) > MOST or self._size() > MOST_BYTES

    def keep(self, iterations: Collection[int]) -> int:
        """Keep only the states of these iterations, and return the number of bytes freed."""
        with self._lock:
            before = self._size()
            self._states = [each for each in self._states if each[0] in iterations]
            return before - self._size()

    @property
    def size(self) -> int:
        """Size of the states in bytes."""
        with self._lock:
            return self._size()

    def _size(self) -> int:
        return sum(len(state) for _, state in self._states)

    @property
    def iterations(self) -> tuple[int, ...]:
        """The iterations of the snapshots."""
        with self._lock:
            return tuple(iteration for iteration, _ in self._states)

    @property
    def latest(self) -> bytes | None:
        """The latest state; None if there is none."""
        with self._lock:
            return self._states[-1][1] if self._states else None

    @property
    def latest_with_iteration(self) -> tuple[int, bytes] | None:
        """The latest state with its iteration; None if there is none."""
        with self._lock:
            return self._states[-1] if self._states else None

    def at(self, iteration: int) -> tuple[int, bytes] | None:
        """Return the latest snapshot not after an iteration; None if all are later."""
        with self._lock:
            place = bisect_right([kept for kept, _ in self._states], iteration)
            return self._states[place - 1] if place else None
