"""A dialog with a list that is searched by typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import TypeVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain
from joml_tui.ui.widgets.choice import Choice
from joml_tui.ui.widgets.dialog_box import CLOSES, DialogBox, DialogKey
from joml_tui.ui.widgets.option_list import Options, move_page
from joml_tui.ui.widgets.safe_input import SafeInput

ValueT = TypeVar("ValueT")

#: Cells of the dialog at most, those beside it, and those around its lines: frame, blanks and the scroll bar.
_WIDEST, _BESIDE, _FRAME = 84, 4, 5
_LEAST_EXPLAINED = 12


class SearchDialog(Dialog[ValueT | None]):
    """A list of the choices that match the typed text; the result is the chosen value, None for Escape.

    Parameters
    ----------
    title : str
        Its title.
    find : callable
        Returns the matches of a text, the best first; all choices for an empty one.
    nothing : str
        The text of an empty list.
    hint : str
        The text below the list.
    chosen : int
        The place of the present choice.
    """

    CLOSES_BESIDE = True
    BINDINGS = [
        ("escape", "close", "Close"),
        ("up", "move(-1)", "Up"),
        ("down", "move(1)", "Down"),
        ("pageup", "page(-1)", "Page up"),
        ("pagedown", "page(1)", "Page down"),
        ("ctrl+home", "first", "First"),
    ]

    def __init__(
        self,
        title: str,
        find: Callable[[str], Sequence[Choice[ValueT]]],
        *,
        nothing: str,
        hint: str = "",
        chosen: int = 0,
    ) -> None:
        super().__init__()
        self._title, self._find, self._nothing, self._hint, self._chosen = title, find, nothing, hint, chosen
        self._fitting = find("")
        self._typed = ""

    @property
    def purpose(self) -> str:
        """The subject of the choice."""
        return self._title

    def compose(self) -> ComposeResult:
        """Put the entry above the list."""
        with DialogBox(self._title, (DialogKey("↑ ↓", "choose"), DialogKey("Enter", "takes it"), CLOSES), "palette"):
            yield SafeInput(placeholder="type to search", id="wanted")
            options = [_option(choice, self._room) for choice in self._fitting]
            offered = Options(*options, id="commands", classes="scrolls", compact=True)
            offered.can_focus = False
            yield offered
            if self._hint:
                yield Label(self._hint, classes="dialog-text muted", markup=False)

    def on_mount(self) -> None:
        """Select the present choice, and focus the entry."""
        self.query_one(OptionList).highlighted = self._chosen
        self.query_one(Input).focus()

    @property
    def _room(self) -> int:
        """The cells of a line of the list."""
        return min(_WIDEST, self.app.size.width - _BESIDE) - _FRAME

    def action_move(self, by: int) -> None:
        """Move down or up in the list, wrapping around at its ends."""
        offered = self.query_one(OptionList)
        (offered.action_cursor_down if by > 0 else offered.action_cursor_up)()

    def action_page(self, direction: int) -> None:
        """Go down or up by a page."""
        move_page(self.query_one(OptionList), direction)

    def action_first(self) -> None:
        """Go to the first."""
        if self._fitting:
            self.query_one(OptionList).highlighted = 0

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        self._show(event.value)
        highlighted = self.query_one(OptionList).highlighted
        if self._fitting:
            self.close(self._fitting[highlighted or 0].value)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_index < len(self._fitting):
            self.close(self._fitting[event.option_index].value)

    def _show(self, typed: str) -> None:
        """Show the matches, the best first."""
        if typed == self._typed:
            return
        self._typed = typed
        self._fitting = self._find(typed)
        offered = self.query_one(OptionList)
        offered.clear_options()
        options = [_option(choice, self._room) for choice in self._fitting]
        offered.add_options(options or [Option(self._nothing, disabled=True)])
        offered.highlighted = 0 if self._fitting else None


def find_choices(choices: Sequence[Choice[ValueT]], typed: str) -> Sequence[Choice[ValueT]]:
    """Return the choices whose titles match the typed text, the best first; all for an empty text."""
    wanted = typed.strip()
    if not wanted:
        return choices
    matcher = Matcher(wanted)
    scores = [(matcher.match(choice.name), -place) for place, choice in enumerate(choices)]
    return [choices[-place] for score, place in sorted(scores, reverse=True) if score > 0]


def _option(choice: Choice[ValueT], room: int) -> Option:
    """Return a line of the list, whose explanation continues below itself if it is longer than the line."""
    name = f"{plain(choice.name, 30):<22} "
    lines = wrap(plain(choice.title, 80), max(_LEAST_EXPLAINED, room - len(name))) or [""]
    return Option(Content.assemble(name, (f"\n{' ' * len(name)}".join(lines), "$foreground 80%")))
