"""Colours and characters for pictures of half cells, and names with one cell per character."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from joml_tui.plots.canvas import Colours
from joml_tui.plots.label_text import cell_width
from joml_tui.plots.palette import mix
from joml_tui.ui.text import formula_text, plain

_LEVELS = 16


def narrow(text: str) -> str:
    """Return a printable text with one cell per character; other characters become dots."""
    return "".join(character if cell_width(character) == 1 else "·" for character in plain(formula_text(text)))


@lru_cache(16)
def tints(colours: tuple[int, ...], background: int, most: float) -> Colours:
    """Return a table (colours, levels) from the background towards each colour, by at most that share."""
    shares = np.linspace(0, most, _LEVELS)
    return np.array([[mix(background, colour, float(share)) for share in shares] for colour in colours], np.int64)


def tinted(table: Colours, which: NDArray[np.integer], strengths: NDArray[np.floating]) -> Colours:
    """Return the tint of every dot, from its colour and its strength from 0 to 1."""
    levels = np.rint(np.clip(strengths, 0, 1) * (table.shape[1] - 1)).astype(np.intp)
    tints: Colours = table[which % len(table), levels]
    return tints


def resampled(dots: NDArray[np.generic], rows: int, columns: int) -> NDArray[np.generic]:
    """Return the nearest of the dots, (..., any, any), at each of rows x columns places."""
    down = (np.arange(rows) + 0.5) * dots.shape[-2] / rows
    across = (np.arange(columns) + 0.5) * dots.shape[-1] / columns
    return dots[..., down.astype(np.intp)[:, np.newaxis], across.astype(np.intp)]


def characters(ramp: str, places: NDArray[np.integer]) -> NDArray[np.uint32]:
    """Return a character for every place."""
    codes: NDArray[np.uint32] = np.array([ord(character) for character in ramp], np.uint32)[places % len(ramp)]
    return codes
