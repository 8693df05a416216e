"""Names of keys as on a keyboard, for Textual's names."""

from __future__ import annotations

import re

from textual.keys import format_key

from joml_tui.ui.terminal_traits import traits

_FUNCTION_KEY = re.compile(r"f\d+")
_NAMES = {
    "full_stop": ".", "comma": ",", "greater_than_sign": ">", "less_than_sign": "<", "question_mark": "?",
    "plus": "+", "slash": "/", "equals_sign": "=", "insert": "Ins", "delete": "Del", "space": "Space",
    "semicolon": ";", "escape": "Esc", "tab": "Tab", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End",
}  # fmt: skip
_DRAWN = {
    "right": "→", "shift+up": "⇧↑", "shift+down": "⇧↓", "alt+up": "Alt ↑", "alt+down": "Alt ↓",
    "alt+left": "Alt ←", "alt+right": "Alt →", "shift+left": "⇧←", "shift+right": "⇧→",
    "shift+tab": "⇧Tab",
}  # fmt: skip


def key_name(key: str) -> str:
    """Return the name of a key, in words if the terminal has no arrows."""
    drawn = drawn_key(key)
    if drawn.isascii() or not traits().ascii:
        return drawn
    shown = format_key(key)
    return (shown if shown.isascii() else key).replace("ctrl+", "^")


def drawn_key(key: str) -> str:
    """Return the name of a key, with arrows."""
    if key in _NAMES:
        return _NAMES[key]
    if _FUNCTION_KEY.fullmatch(key):
        return key.upper()
    return _DRAWN.get(key) or format_key(key).replace("ctrl+", "^")
