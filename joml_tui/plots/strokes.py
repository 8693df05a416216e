"""Dashes of curves and signs of checks, which tell runs apart without colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: The columns of dots that are drawn and left out in turn, and a sample of them in three cells. Whole cells, so that
#: they are seen in ASCII too.
_DASHES: tuple[tuple[tuple[int, ...], str], ...] = (
    ((), "━━━"),
    ((8, 4), "━ ━"),
    ((2, 4), "· ·"),
    ((10, 4, 2, 4), "━ ·"),
)
#: The dashes of a curve behind another one.
DOTTED = 2
_CHECKS = "●▲■○△□"


def check_sign(stroke: int) -> str:
    """Return the sign of a run's checks."""
    return _CHECKS[stroke % len(_CHECKS)]


def sample_of(stroke: int) -> str:
    """Return the dashes of a run's curve as three characters."""
    return _DASHES[stroke % len(_DASHES)][1]


def dashed(dots: NDArray[np.bool_], stroke: int) -> NDArray[np.bool_]:
    """Return the dots of a curve, of shape (height, width), without those in the gaps of its dashes."""
    pattern = _DASHES[stroke % len(_DASHES)][0]
    if not pattern:
        return dots
    period = np.repeat(np.arange(len(pattern)) % 2 == 0, pattern)
    return dots & np.resize(period, dots.shape[1])
