"""A widget's colours as numbers, for what is painted cell by cell."""

from __future__ import annotations

from textual.color import Color
from textual.widget import Widget

from joml_tui.plots.palette import Ink, ink_for


def ink_of(widget: Widget, *, dark: bool) -> Ink:
    """Return the ink for a widget's background; the terminal's own colours are unknown and replaced by likely ones."""
    _, _, background, text = widget.colors
    ground, letters = (0x101010, 0xE0E0E0) if dark else (0xF8F8F8, 0x202020)
    return ink_for(_rgb(background, ground), _rgb(background + text, letters))


def _rgb(colour: Color, instead: int) -> int:
    if colour.ansi is not None:
        return instead
    return colour.r << 16 | colour.g << 8 | colour.b
