"""The scale of heat maps: colours from the smallest to the largest value, and shades that mean the same."""

from __future__ import annotations

from functools import cache

import numpy as np

from joml_tui.plots.canvas import THEMES, Canvas, Colours
from joml_tui.plots.palette import mix
from joml_tui.ui.inside.sparklines import SHADES, Values
from joml_tui.ui.inside.tints import characters

#: In so many colours, so that neighbours make one piece.
_STEPS = 32
#: Colours from the smallest to the largest value, of increasing distance from the background in lightness.
_RAMP_DARK = (0x2D1160, 0x721F81, 0xB63679, 0xF1605D, 0xFEC287)
_RAMP_LIGHT = (0xF3C98B, 0xE8703A, 0xB63679, 0x721F81, 0x2D1160)


def lay_heat(canvas: Canvas, row: int, column: int, shares: Values, tints: tuple[Colours, Colours]) -> None:
    """Lay shares of shape (rows, columns) on a canvas; nan leaves a cell empty."""
    nothing = np.isnan(shares)
    full = np.clip(np.where(nothing, 0, shares), 0, 1)
    steps = np.rint(full * (_STEPS - 1)).astype(np.intp)
    shades = characters(SHADES, np.minimum((full * len(SHADES)).astype(np.intp), len(SHADES) - 1))
    colours, grounds = (np.where(nothing, THEMES, tint[steps]) for tint in tints)
    canvas.fill(row, column, np.where(nothing, ord(" "), shades).astype(np.uint32), colours, grounds)


@cache
def heat_tints(background: int, *, dark: bool) -> tuple[Colours, Colours]:
    """Return the colours from least to most, and the grounds behind them."""
    ramp = _RAMP_DARK if dark else _RAMP_LIGHT
    places = np.linspace(0, len(ramp) - 1, _STEPS)
    starts = np.minimum(places.astype(int), len(ramp) - 2).tolist()
    pairs = zip(starts, places.tolist(), strict=True)
    colours = [mix(ramp[start], ramp[start + 1], place - start) for start, place in pairs]
    return np.array(colours), np.array([mix(colour, background, 0.35) for colour in colours])
