"""Summaries of sections of a growing series, in a time that does not depend on its length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
"""Number of entries that one entry of the next level summarises."""

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.int64]


class _Entries(NamedTuple):
    """One entry per position: minimum, maximum, sum and count of the finite values."""

    low: Floats
    high: Floats
    total: Floats
    number: Indices

    def part(self, start: int, stop: int) -> _Entries:
        return _Entries(self.low[start:stop], self.high[start:stop], self.total[start:stop], self.number[start:stop])


class _Level:
    """Summaries of consecutive blocks of the level below; the last block may be incomplete."""

    def __init__(self) -> None:
        self.size = 0
        self.entries = _room(64)

    def write(self, start: int, below: _Entries) -> None:
        """Summarise the entries of the level below, starting at block ``start``."""
        blocks = -(-len(below.low) // BLOCK)
        self.size = start + blocks
        if self.size > len(self.entries.low):
            larger = _room(max(2 * len(self.entries.low), self.size))
            for array, smaller in zip(larger, self.entries, strict=True):
                array[:start] = smaller[:start]
            self.entries = larger
        low, high, total, number = self.entries.part(start, self.size)
        _in_blocks(below.low, blocks, np.inf).min(axis=1, out=low)
        _in_blocks(below.high, blocks, -np.inf).max(axis=1, out=high)
        _in_blocks(below.total, blocks, 0).sum(axis=1, dtype=np.float64, out=total)
        _in_blocks(below.number, blocks, 0).sum(axis=1, out=number)


class Pyramid:
    """Minimum, maximum, sum and count of the finite values in any section of a series.

    Level 0 is the series itself; each further level summarises blocks of ``BLOCK`` entries of the level below. A
    section is combined from at most ``2 * BLOCK`` entries per level. Sums are added per section and never subtracted,
    so that a huge value affects only sections that contain it.

    Attributes
    ----------
    touched : int
        Number of entries read or written so far: a measure of work that does not depend on the machine.
    """

    def __init__(self) -> None:
        self.touched = 0
        self._values: Floats = np.empty(0, np.float32)
        self._levels: list[_Level] = []

    @property
    def size(self) -> int:
        """Length of the series so far."""
        return len(self._values)

    def update(self, values: Floats) -> None:
        """Update from a series that extends the previous one; only new entries take time."""
        summarised, self._values = len(self._values), values
        if len(values) <= summarised:
            return
        start = summarised // BLOCK
        below = _finite_parts(values[start * BLOCK :])
        size = len(values)
        for depth in range(64):
            if size <= BLOCK:
                return
            if depth == len(self._levels):
                self._levels.append(_Level())
                if start:  # a new level summarises everything below it
                    start, below = 0, self._entries(depth, size)
            level = self._levels[depth]
            self.touched += len(below.low)
            level.write(start, below)
            size, start = level.size, start // BLOCK
            below = level.entries.part(start * BLOCK, size)

    def extremes(self, starts: Indices, stops: Indices) -> tuple[Floats, Floats]:
        """Return minimum and maximum of the finite values in each ``[start, stop)``; inf and -inf if there are none."""
        low, high = np.full(len(starts), np.inf, np.float32), np.full(len(starts), -np.inf, np.float32)
        for depth, index, inside in self._pieces(starts, stops):
            if depth == 0:
                lows = highs = self._values[index]
                counted = inside & np.isfinite(lows)
            else:
                entries = self._levels[depth - 1].entries
                lows, highs, counted = entries.low[index], entries.high[index], inside
            np.minimum(low, np.where(counted, lows, np.inf).min(axis=1), out=low)
            np.maximum(high, np.where(counted, highs, -np.inf).max(axis=1), out=high)
        return low, high

    def sums(self, starts: Indices, stops: Indices) -> tuple[NDArray[np.float64], Indices]:
        """Return sum and count of the finite values in each ``[start, stop)``."""
        total, count = np.zeros(len(starts), np.float64), np.zeros(len(starts), np.int64)
        for depth, index, inside in self._pieces(starts, stops):
            if depth == 0:
                values = self._values[index]
                counted = inside & np.isfinite(values)
                count += counted.sum(axis=1)
                total += np.where(counted, values, 0).sum(axis=1, dtype=np.float64)
            else:
                entries = self._levels[depth - 1].entries
                count += np.where(inside, entries.number[index], 0).sum(axis=1)
                total += np.where(inside, entries.total[index], 0).sum(axis=1)
        return total, count

    def _pieces(self, starts: Indices, stops: Indices) -> Iterator[tuple[int, Indices, NDArray[np.bool_]]]:
        """Yield the entries of each section: a level, its indices with one row per section, and their mask."""
        for depth in range(len(self._levels)):
            # This level has the entries outside whole blocks; the next level has the whole blocks between them.
            left_stops = np.minimum(-(-starts // BLOCK) * BLOCK, stops)
            right_starts = np.maximum(stops // BLOCK * BLOCK, left_stops)
            yield from self._rows(depth, starts, left_stops)
            yield from self._rows(depth, right_starts, stops)
            starts, stops = left_stops // BLOCK, right_starts // BLOCK
        yield from self._rows(len(self._levels), starts, stops)

    def _rows(self, depth: int, starts: Indices, stops: Indices) -> Iterator[tuple[int, Indices, NDArray[np.bool_]]]:
        width = int((stops - starts).max(initial=0))
        if width <= 0:
            return
        index = starts[:, None] + np.arange(width)
        inside = index < stops[:, None]
        self.touched += index.size
        yield depth, np.where(inside, index, 0), inside

    def _entries(self, depth: int, size: int) -> _Entries:
        if depth == 0:
            return _finite_parts(self._values[:size])
        return self._levels[depth - 1].entries.part(0, size)


def _finite_parts(values: Floats) -> _Entries:
    finite = np.isfinite(values)
    count = finite.astype(np.int64)
    if finite.all():
        return _Entries(values, values, values, count)
    low, high, total = (np.where(finite, values, np.float32(other)) for other in (np.inf, -np.inf, 0))
    return _Entries(low, high, total, count)


def _room(size: int) -> _Entries:
    return _Entries(
        np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size, np.float64), np.empty(size, np.int64)
    )


def _in_blocks(entries: NDArray[Any], blocks: int, filler: float) -> NDArray[Any]:
    missing = blocks * BLOCK - len(entries)
    if missing:
        entries = np.concatenate([entries, np.full(missing, filler, entries.dtype)])
    return entries.reshape(blocks, BLOCK)
