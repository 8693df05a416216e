"""The memory of a history: blocks of series, in this process or in a file that other processes read."""

from __future__ import annotations

import contextlib
import mmap
import os
import weakref
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float32]
Iterations = NDArray[np.int64]
Names = tuple[str, ...]

#: Prefix of a metric's name in the name of its series: ``validation_metric:macro-f1``.
METRIC = "metric:"


class Block:
    """A buffer for a number of rows and checks; a growing history moves to a larger one."""

    def __init__(self, buffer: bytearray | mmap.mmap, rows: int, checks: int, spread: bool, metrics: Names) -> None:
        self.rows = rows
        self.checks = checks
        self.check_iteration: Iterations = np.frombuffer(buffer, np.int64, checks, 16)
        row_series, check_series = (5, 4) if spread else (3, 2)
        count = row_series * rows + (check_series + len(metrics)) * checks
        series = np.frombuffer(buffer, np.float32, count, 16 + 8 * checks)
        of_checks = series[row_series * rows :]
        self.train_cost: Series = series[:rows]
        self.train_accuracy: Series = series[rows : 2 * rows]
        self.seconds: Series = series[2 * rows : 3 * rows]
        self.check_cost: Series = of_checks[:checks]
        self.check_accuracy: Series = of_checks[checks : 2 * checks]
        if spread:
            self.train_cost_spread: Series = series[3 * rows : 4 * rows]
            self.train_accuracy_spread: Series = series[4 * rows : 5 * rows]
            self.check_cost_spread: Series = of_checks[2 * checks : 3 * checks]
            self.check_accuracy_spread: Series = of_checks[3 * checks : 4 * checks]
        for place, name in enumerate(metrics, check_series):
            setattr(self, f"check_{METRIC}{name}", of_checks[place * checks : (place + 1) * checks])

    @staticmethod
    def bytes_for(rows: int, checks: int, spread: bool, metrics: Names) -> int:
        """Return the size in bytes of these numbers of rows and checks, with the two words of their counts."""
        return 16 + (24 * checks + 20 * rows if spread else 16 * checks + 12 * rows) + 4 * checks * len(metrics)


class MappedFile:
    """An open file that is mapped in pieces, and closed when the last piece is freed."""

    def __init__(self, path: Path, flags: int) -> None:
        self._writable = bool(flags & os.O_RDWR)
        self._descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)
        weakref.finalize(self, os.close, self._descriptor)  # each mapping keeps the file open

    @property
    def size(self) -> int:
        """Size of the file in bytes."""
        return os.fstat(self._descriptor).st_size

    def extend(self, size: int) -> None:
        """Extend the file to at least ``size``, reserving the space now: a full disk would later kill the process."""
        with contextlib.suppress(AttributeError):
            os.posix_fallocate(self._descriptor, 0, size)
        if self.size < size:
            os.ftruncate(self._descriptor, size)

    def map(self, offset: int, size: int) -> mmap.mmap:
        """Return a piece of the file as memory."""
        access = mmap.ACCESS_WRITE if self._writable else mmap.ACCESS_READ
        return mmap.mmap(self._descriptor, size, access=access, offset=offset)


def new_block(file: MappedFile | None, rows: int, checks: int, spread: bool, metrics: Names) -> tuple[Block, int]:
    """Return an empty block, at the end of the file if there is one, and its offset."""
    size = Block.bytes_for(rows, checks, spread, metrics)
    if file is None:
        return Block(bytearray(size), rows, checks, spread, metrics), 0
    offset = -(-file.size // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
    file.extend(offset + size)
    buffer = file.map(offset, size)
    np.frombuffer(buffer, np.int64, 2)[:] = rows, checks
    return Block(buffer, rows, checks, spread, metrics), offset


def block_at(file: MappedFile, offset: int, spread: bool, metrics: Names) -> Block:
    """Return the block at an offset of a file."""
    rows, checks = map(int, np.frombuffer(file.map(offset, 16), np.int64))
    size = Block.bytes_for(rows, checks, spread, metrics)
    return Block(file.map(offset, size), rows, checks, spread, metrics)
