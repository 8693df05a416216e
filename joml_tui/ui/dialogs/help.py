"""Every key, from the table of actions."""

from __future__ import annotations

import re
from itertools import groupby

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.keys import format_key
from textual.screen import ModalScreen
from textual.widgets import Label

from joml_tui.ui.actions import ACTIONS, Action, keys_of

_OTHERS = (
    ("Tab  ⇧Tab", "Next and previous entry"),
    ("Enter  Esc", "Leave an entry: the letter keys work again"),
    ("^p", "Command palette: everything by name"),
)
_IN_LISTS = (
    ("0…9  ⌫", "Write the selected layer's size"),
    ("←  →", "Choose the selected layer's activation"),
    ("Space", "In the table: mark the selected run"),
)


class Help(ModalScreen[None]):
    """Shows every key."""

    BINDINGS = [("escape,question_mark,f1,q,enter", "dismiss", "Close")]

    def compose(self) -> ComposeResult:
        """Put the groups one below the other, or side by side where there is room."""
        with Vertical(classes="dialog help"):
            yield Label("Keys", classes="dialog-title")
            with VerticalScroll(id="keys"):
                for group, members in groupby(ACTIONS, key=lambda action: action.group):
                    yield Label(_group(group, [(shown_keys(action), action.help) for action in members]))
                yield Label(_group("Lists and entries", [*_IN_LISTS, *_OTHERS]))
            yield Label("Esc closes", classes="muted")

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.query_one("#keys").focus()


def shown_keys(action: Action) -> str:
    """Write an action's keys as they stand on a keyboard."""
    return "  ".join(_shown(key) for key in keys_of(action))


def _shown(key: str) -> str:
    if key in _SHOWN:
        return _SHOWN[key]
    return key.upper() if _FUNCTION_KEY.fullmatch(key) else format_key(key).replace("ctrl+", "^")


_FUNCTION_KEY = re.compile(r"f\d+")
_SHOWN = {
    "full_stop": ".", "comma": ",", "greater_than_sign": ">", "less_than_sign": "<", "question_mark": "?",
    "plus": "+", "insert": "Ins", "delete": "Del", "space": "Space", "right": "→",
    "shift+up": "⇧↑", "shift+down": "⇧↓", "alt+up": "Alt ↑", "alt+down": "Alt ↓",
}  # fmt: skip


def _group(title: str, lines: list[tuple[str, str]]) -> Content:
    rows = [Content.assemble((f"{keys:<14}", "$footer-key-foreground"), said) for keys, said in lines]
    return Content("\n").join([Content.styled(title, "bold"), *rows, Content("")])
