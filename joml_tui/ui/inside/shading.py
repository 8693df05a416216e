"""The shading of pictures: colours, or textures of characters in terminals with few colours."""

from __future__ import annotations

from enum import IntEnum

from joml_tui.ui.terminal_traits import traits


class Shading(IntEnum):
    """The ways to shade a picture."""

    COLOURS = 0
    TEXTURES = 1
    ASCII = 2


def shading_of() -> Shading:
    """Return the best shading for this terminal: textures where there are too few colours for shades."""
    if traits().ascii:
        return Shading.ASCII
    return Shading.TEXTURES if traits().few_colours else Shading.COLOURS
