"""Colours of charts as 0xRRGGBB numbers, distinct for colour-blind people, on dark and light backgrounds."""

from __future__ import annotations

from colorsys import rgb_to_hsv
from functools import cache

from msgspec import Struct

# Okabe and Ito's palette (jfly.uni-koeln.de/color), lightened for dark and darkened for light backgrounds to a contrast
# of at least 3:1, in an order that keeps neighbours distinct.
_ON_DARK = (0x56B4E9, 0xE69F00, 0x2BC497, 0xE08FC0, 0xF0E442, 0xFF7A45, 0x7C9CFF, 0xBDBDBD)
_ON_LIGHT = (0x0067A8, 0xB85000, 0x007A58, 0xA8457F, 0x7A6A00, 0xC2281D, 0x4B4BC8, 0x5A5A5A)
# For the runs after the eighth, so that the ninth differs from the first; no eight further colours are distinct for
# everyone.
_MORE_ON_DARK = (0x8CCB3F, 0xB98A5E, 0x9BEDED, 0xD95FE0, 0xFFC2B0, 0x448068, 0xC7A8FF, 0xF25C7C)
_MORE_ON_LIGHT = (0x457F00, 0x6E3F14, 0x007B87, 0xC400C4, 0xA8533F, 0x1F4D3D, 0x8A3FFC, 0x8A1538)

# For terminals of sixteen colours, exactly six of theirs with distinct hues; further runs differ by dashes.
_FEW_ON_DARK = (0x55FFFF, 0xFFFF55, 0xFF55FF, 0x55FF55, 0xFF5555, 0x5555FF)
_FEW_ON_LIGHT = (0x0000AA, 0xAA0000, 0x00AA00, 0xAA00AA, 0x00AAAA, 0xAA5500)

#: Contrast with the background that makes letters readable.
_READABLE = 4.5
#: A colour of less saturation is a grey.
_LEAST_SATURATION = 0.3


class Ink(Struct, frozen=True, array_like=True):
    """A theme's colours for everything in a chart except the curves."""

    background: int
    text: int
    muted: int
    faint: int


def curve_colour(index: int, *, dark: bool, few_colours: bool = False) -> int:
    """Return the colour of a run by its index; they repeat after sixteen runs, or after six if there are few."""
    if few_colours:
        few = _FEW_ON_DARK if dark else _FEW_ON_LIGHT
        return few[index % len(few)]
    palette = _ON_DARK + _MORE_ON_DARK if dark else _ON_LIGHT + _MORE_ON_LIGHT
    return palette[index % len(palette)]


@cache
def few_colour(colour: int, *, dark: bool) -> int:
    """Return one of six colours that terminals of sixteen have, distinct from those of other curves.

    Parameters
    ----------
    colour : int
        A curve's colour has the place of that curve; other colours become the nearest hue, and greys stay as they are.
    dark : bool
        Whether the background is dark.

    Returns
    -------
    int
    """
    few = _FEW_ON_DARK if dark else _FEW_ON_LIGHT
    for palette in (_ON_DARK + _MORE_ON_DARK, _ON_LIGHT + _MORE_ON_LIGHT):
        if colour in palette:
            return few[palette.index(colour) % len(few)]
    return colour if is_grey(colour) else min(few, key=lambda other: _hue_distance(colour, other))


def is_grey(colour: int) -> bool:
    """Return whether a colour has hardly any hue."""
    return _hue_and_saturation(colour)[1] < _LEAST_SATURATION


def _hue_distance(colour: int, other: int) -> float:
    apart = abs(_hue_and_saturation(colour)[0] - _hue_and_saturation(other)[0])
    return min(apart, 1 - apart)


def _hue_and_saturation(colour: int) -> tuple[float, float]:
    hue, saturation, _ = rgb_to_hsv((colour >> 16) / 255, (colour >> 8 & 255) / 255, (colour & 255) / 255)
    return hue, saturation


def check_colour(colour: int, ink: Ink, *, few_colours: bool = False) -> int:
    """Return the colour of a run's checks: that of the run mixed with the text's, if there are colours between."""
    return colour if few_colours else mix(colour, ink.text, 0.45)


def ink_for(background: int, text: int) -> Ink:
    """Return a chart's colours derived from those of background and text."""
    # In themes with faint text the colours are dimmed less.
    muted = (mix(text, background, share) for share in (0.4, 0.3, 0.2, 0.1))
    readable = next((colour for colour in muted if contrast(colour, background) >= _READABLE), text)
    return Ink(background, text, readable, mix(text, background, 0.87))


def contrast(colour: int, other: int) -> float:
    """Return the contrast of two colours as defined by the W3C (WCAG 2, 1.4.3), from 1 to 21."""
    low, high = sorted((_luminance(colour), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: int) -> float:
    parts = ((colour >> shift & 255) / 255 for shift in (16, 8, 0))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mix(colour: int, other: int, share: float) -> int:
    """Return a mix of two colours; ``share`` is the second one's, from 0 to 1."""
    mixed = 0
    for shift in (16, 8, 0):
        start, end = colour >> shift & 255, other >> shift & 255
        mixed |= round(start + (end - start) * share) << shift
    return mixed
