"""Histograms over time: a column a snapshot, a row a span of values, shaded by how many values lie there."""

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
    """How many values lay between which edges at an iteration."""

    iteration: int
    counts: NDArray[np.int64]
    edges: NDArray[np.float32]


def over_time(histograms: Sequence[Histogram], width: int, height: int) -> tuple[Values, float, float]:
    """Bring histograms, in the order of their iterations, into columns and rows of equal spans.

    Returns
    -------
    shares : (height, width) array
        Of the values of a column that lie in a row, the highest values in row 0.
    low, high : float
        The least and the greatest edge.
    """
    low, high = limits(np.array([histogram.edges[[0, -1]] for histogram in histograms], float).ravel())
    edges = np.linspace(low, high, height + 1)
    spread = []
    for histogram in histograms:
        # Within a bin the values are taken to lie evenly.
        below = np.interp(edges, histogram.edges.astype(float), np.concatenate([[0], np.cumsum(histogram.counts)]))
        spread.append(np.diff(below)[::-1] / max(int(histogram.counts.sum()), 1))
    iterations = [histogram.iteration for histogram in histograms]
    reach = np.linspace(iterations[0], iterations[-1], width)
    latest = np.searchsorted(iterations, reach, side="right") - 1
    return np.array(spread)[latest].T, low, high


def draw_over_time(
    histograms: Sequence[Histogram], width: int, height: int, ink: Ink, colour: int, *, log: bool
) -> tuple[list[list[Piece]], float, float]:
    """Draw histograms over time in rows of pieces, and give the least and the greatest value."""
    shares, low, high = over_time(histograms, width, height)
    shown = np.log1p(1_000 * shares) if log else np.sqrt(shares)  # few are seen too
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
    """Return cells of one level: their shade tells without colours what their colour tells."""
    if not level:
        return Piece(" " * cells)
    share = level / (_LEVELS - 1)
    sign = SHADES[min(int(share * len(SHADES)), len(SHADES) - 1)]
    ground = mix(ink.background, colour, 0.9 * share)
    return Piece(sign * cells, mix(ink.background, colour, share), ground=ground)
