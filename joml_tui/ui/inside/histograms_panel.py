"""Histograms over time: one column per snapshot, one row per range of values, shaded by frequency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml_tui.plots.chart_model import Piece
from joml_tui.plots.palette import Ink, mix
from joml_tui.ui.inside.sparklines import SHADES, Values, limits

_LEVELS = 16


class Histogram(NamedTuple):
    """A histogram at one iteration: the counts of values between edges."""

    iteration: int
    counts: NDArray[np.int64]
    edges: NDArray[np.float32]


def over_time(histograms: Sequence[Histogram], width: int, height: int) -> tuple[Values, float, float]:
    """Return histograms, in order of iterations, resampled to columns and rows of equal size.

    Returns
    -------
    shares : (height, width) array
        Share of a column's values in each row, with the highest values in row 0.
    low, high : float
        The least and the greatest edge.
    """
    low, high = limits(np.array([histogram.edges[[0, -1]] for histogram in histograms], float).ravel())
    edges = np.linspace(low, high, height + 1)
    spread = []
    for histogram in histograms:
        # Values are assumed to be uniform within a bin.
        below = np.interp(edges, histogram.edges.astype(float), np.concatenate([[0], np.cumsum(histogram.counts)]))
        spread.append(np.diff(below)[::-1] / max(int(histogram.counts.sum()), 1))
    iterations = [histogram.iteration for histogram in histograms]
    reach = np.linspace(iterations[0], iterations[-1], width)
    latest = np.searchsorted(iterations, reach, side="right") - 1
    return np.array(spread)[latest].T, low, high


def draw_over_time(
    histograms: Sequence[Histogram], width: int, height: int, ink: Ink, colour: int, *, log: bool
) -> tuple[list[list[Piece]], float, float]:
    """Return histograms over time as rows of pieces, with the smallest and the largest value."""
    shares, low, high = over_time(histograms, width, height)
    shown = np.log1p(1_000 * shares) if log else np.sqrt(shares)  # small counts are visible too
    levels = np.ceil(shown / max(float(shown.max()), 1e-30) * (_LEVELS - 1)).astype(int)
    return [_row(row, ink, colour) for row in levels.tolist()], low, high


def _row(levels: Sequence[int], ink: Ink, colour: int) -> list[Piece]:
    pieces: list[Piece] = []
    start = 0
    for place in range(1, len(levels) + 1):
        if place == len(levels) or levels[place] != levels[start]:
            pieces.append(_cell(levels[start], place - start, ink, colour))
            start = place
    return pieces


def _cell(level: int, cells: int, ink: Ink, colour: int) -> Piece:
    """Return cells of one level; their shade has the same information as their colour."""
    if not level:
        return Piece(" " * cells)
    share = level / (_LEVELS - 1)
    sign = SHADES[min(int(share * len(SHADES)), len(SHADES) - 1)]
    ground = mix(ink.background, colour, 0.9 * share)
    return Piece(sign * cells, mix(ink.background, colour, share), ground=ground)
