"""The lab's own themes, dark and light, beside those of Textual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import App
from textual.theme import BUILTIN_THEMES, Theme

#: All text has a contrast of at least 4.5 to 1 on the ground and on panels, also when it is muted.
DARK = Theme(
    name="joml-dark",
    primary="#3d8fd6",
    secondary="#2f6690",
    warning="#e5b567",
    error="#f07178",
    success="#7fd491",
    accent="#ffa62b",
    foreground="#e3e8ef",
    background="#10141b",
    surface="#171d26",
    panel="#1f2732",
    dark=True,
    variables={
        "footer-key-foreground": "#ffa62b",
        "block-cursor-text-style": "none",
        "block-cursor-foreground": "#06101c",
        "button-color-foreground": "#06101c",
    },
)
LIGHT = Theme(
    name="joml-light",
    primary="#005a9c",
    secondary="#3a6ea5",
    warning="#8a5a00",
    error="#b3261e",
    success="#1b6e3c",
    accent="#a64b00",
    foreground="#16191d",
    background="#ffffff",
    surface="#f4f6f8",
    panel="#e9edf2",
    dark=False,
    variables={"footer-key-foreground": "#a64b00", "block-cursor-text-style": "none"},
)
#: All themes by name.
THEMES: Mapping[str, Theme] = {**BUILTIN_THEMES, DARK.name: DARK, LIGHT.name: LIGHT}


def register_themes(app: App[Any]) -> None:
    """Offer the lab's themes, and start with the dark one."""
    for theme in (DARK, LIGHT):
        app.register_theme(theme)
    app.theme = DARK.name
