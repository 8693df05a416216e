"""The help dialog: about the focused place, and all keys from the table of actions."""

from __future__ import annotations

from functools import cache

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key
from textual.widgets import Input

from joml_tui.ui.actions import ACTIONS, Action, keys_of
from joml_tui.ui.dialogs.context_help import About
from joml_tui.ui.key_names import key_name
from joml_tui.ui.screen_stack import Dialog, close_screen
from joml_tui.ui.text import plain
from joml_tui.ui.widgets.dialog_box import CLOSES, DialogBox, DialogKey
from joml_tui.ui.widgets.safe_input import SafeInput
from joml_tui.ui.widgets.text_view import TextView

_OTHERS = (
    ("Tab  ⇧Tab", "Next and previous entry"),
    ("Enter  Esc", "Leave a field: the letter keys work again"),
    ("^p", "Command palette: everything by name"),
)
_IN_LISTS = (
    ("0…9  ⌫", "Write the selected layer's size"),
    ("←  →", "Choose the selected layer's activation"),
    ("j k g G", "In every list: down, up, first, last; so do the arrows, Home, End"),
    ("Space", "In the table: mark the selected run"),
)


class Search(SafeInput):
    """The search entry; the key that opened the help also closes it."""

    def on_key(self, event: Key) -> None:
        """Close the help by the key that opened it."""
        if event.key == "question_mark":
            event.stop()
            event.prevent_default()
            close_screen(self)


class Help(Dialog[None]):
    """The help on the focused place, then all keys; typing searches them.

    Parameters
    ----------
    about : About, optional
        The first part.
    """

    CLOSES_BESIDE = True
    BINDINGS = [
        ("escape,f12,enter", "close", "Close"),
        ("up", "scroll(-1)", "Up"),
        ("down", "scroll(1)", "Down"),
        ("pageup", "scroll(-10)", "Page up"),
        ("pagedown", "scroll(10)", "Page down"),
    ]

    def __init__(self, about: About | None = None) -> None:
        super().__init__()
        self._about = about or About()

    def compose(self) -> ComposeResult:
        """Put the groups below the search entry."""
        with DialogBox("Help", (DialogKey("↑ ↓", "scroll"), CLOSES), "help"):
            yield Search(placeholder="type to search", id="search")
            yield TextView(id="keys")

    def on_mount(self) -> None:
        """Show all, and let typing search."""
        self._show("")
        self.query_one(Search).focus()

    def action_scroll(self, lines: int) -> None:
        """Move the list."""
        self.query_one(TextView).scroll_relative(y=lines, animate=False)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.close()

    @on(Input.Changed)
    def _searched(self, event: Input.Changed) -> None:
        self._show(event.value)

    def _show(self, wanted: str) -> None:
        words = wanted.lower().split()
        lines = [] if words else self._first()
        for title, rows in _groups():
            if matching := [row for row in rows if _fits(words, title, *row)]:
                lines += [_heading(title), *(_row(keys, description) for keys, description, *_ in matching), _BLANK]
        self.query_one(TextView).say(lines or [Content(f"No key or action has the name {plain(wanted, 60)}.")])

    def _first(self) -> list[Content]:
        if not self._about.text:
            return []
        return [_text(plain(self._about.text, 600)), *(_row(*each) for each in self._about.keys), _BLANK]


def _groups() -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return the headings with keys, effects and names, all of which can be searched."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for action in ACTIONS:
        groups.setdefault(action.group, []).append((shown_keys(action), action.help, action.label))
    return [*groups.items(), ("Lists and entries", [*_IN_LISTS, *_OTHERS])]


def _fits(words: list[str], *texts: str) -> bool:
    text = " ".join(texts).lower()
    return all(word in text for word in words)


def shown_keys(action: Action) -> str:
    """Return an action's keys with their names on a keyboard."""
    return "  ".join(key_name(key) for key in keys_of(action))


# The same objects again and again, so that what is searched for is drawn once.
_BLANK = Content("")
_text = cache(Content)


@cache
def _heading(title: str) -> Content:
    return Content.styled(title, "bold")


@cache
def _row(keys: str, description: str) -> Content:
    return Content.assemble((f"{keys:<14} ", "$footer-key-foreground"), description)
