"""Columns of numbers from blocks of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from joml.data.readers.cell_blocks import CellBlock
from joml.data.readers.decimal_numbers import read_decimals

# Cells read at a time: enough for the overhead of a call, few enough for a processor's cache.
_CHUNK_CELLS = 16_384


def read_columns(
    block: CellBlock, places: Sequence[int], point: str = "."
) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.bool_]]]:
    """Yield the numbers in columns of a block, some columns at a time.

    Parameters
    ----------
    block : CellBlock
    places : sequence of int
        Positions of the columns, in order.
    point : {".", ","}, default "."
        The decimal point.

    Yields
    ------
    chosen : slice
        The part of ``places``.
    numbers : ndarray of float64, shape (rows, columns)
    unread : ndarray of bool, shape (rows, columns)
        As in `joml.data.readers.decimal_numbers.read_decimals`.
    """
    most = max(1, _CHUNK_CELLS // max(1, block.rows))
    for chosen in _neighbours(places, most):
        columns = slice(places[chosen.start], places[chosen.start] + chosen.stop - chosen.start)
        starts, ends = block.starts[:, columns], block.ends[:, columns]
        numbers, unread = read_decimals(block.content, starts.ravel(), ends.ravel(), point)
        yield chosen, numbers.reshape(starts.shape), unread.reshape(starts.shape)


def _neighbours(places: Sequence[int], most: int) -> Iterator[slice]:
    """Yield slices of positions that follow each other, of a limited length."""
    begin = 0
    for number, (place, following) in enumerate(pairwise(places), start=1):
        if following != place + 1 or number - begin == most:
            yield slice(begin, number)
            begin = number
    if places:
        yield slice(begin, len(places))
