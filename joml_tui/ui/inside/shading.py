"""The shading of pictures: colours, or textures of characters in terminals with few colours."""

from __future__ import annotations

from enum import IntEnum

from textual.app import App

from joml_tui.ui.terminal_traits import traits


class Shading(IntEnum):
    """The ways to shade a picture."""

    COLOURS = 0
    TEXTURES = 1
    ASCII = 2


def shading_of(app: App[object]) -> Shading:
    """Return the best shading for this terminal; without a terminal, all colours."""
    if traits().ascii:
        return Shading.ASCII
    if app.is_headless:
        return Shading.COLOURS
    shaded = app.console.color_system in {"256", "truecolor"} and not app.no_color
    return Shading.COLOURS if shaded else Shading.TEXTURES
