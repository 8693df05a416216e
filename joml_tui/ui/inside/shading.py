"""What the terminal can show: colours enough for shaded pictures, or textures of characters."""

from __future__ import annotations

from enum import IntEnum

from textual.app import App

from joml_tui.ui.terminal_traits import traits


class Shading(IntEnum):
    """How fields are shown."""

    COLOURS = 0
    TEXTURES = 1
    ASCII = 2


def shading_of(app: App[object]) -> Shading:
    """Tell how fields are best shown in this terminal; a picture without one has all colours."""
    if traits().ascii:
        return Shading.ASCII
    if app.is_headless:
        return Shading.COLOURS
    shaded = app.console.color_system in {"256", "truecolor"} and not app.no_color
    return Shading.COLOURS if shaded else Shading.TEXTURES
