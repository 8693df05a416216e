"""The command palette: everything by name.

Textual's own looks for its list with every key, opens a second one beneath the same id, and is taken away twice by two
Enters; each ends the application when keys come faster than it is mounted. It would have to be a screen that is ready
before it takes keys, to search without a worker where that takes no time, and to be dismissed once. This one is a
dialog of the lab: an entry, and a list of what fits.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain
from joml_tui.ui.widgets.option_list import Options, move_page
from joml_tui.ui.widgets.safe_input import SafeInput

_NOTHING = "No command has this name."


class Palette(Dialog[SystemCommand | None]):
    """Offers commands, those that fit what is typed; the result is the chosen one, None when given up."""

    CSS_PATH = ["dialogs.tcss"]
    BINDINGS = [
        ("escape", "close", "Close"),
        ("up", "move(-1)", "Up"),
        ("down", "move(1)", "Down"),
        ("pageup", "page(-1)", "Page up"),
        ("pagedown", "page(1)", "Page down"),
    ]

    def __init__(self, commands: Sequence[SystemCommand], placeholder: str) -> None:
        super().__init__()
        self._commands, self._placeholder = commands, placeholder
        self._fitting: Sequence[SystemCommand] = commands
        self._typed = ""

    @property
    def purpose(self) -> str:
        """What is chosen here."""
        return self._placeholder

    def compose(self) -> ComposeResult:
        """Put the entry above the list."""
        with Vertical(classes="dialog palette"):
            yield SafeInput(placeholder=self._placeholder, id="wanted")
            commands = Options(*map(_option, self._fitting), id="commands", compact=True)
            commands.can_focus = False
            yield commands

    def on_mount(self) -> None:
        """Let it be typed at once."""
        self.query_one(OptionList).highlighted = 0
        self.query_one(Input).focus()

    def action_move(self, by: int) -> None:
        """Go down or up in the list, from its end to its beginning."""
        commands = self.query_one(OptionList)
        (commands.action_cursor_down if by > 0 else commands.action_cursor_up)()

    def action_page(self, direction: int) -> None:
        """Go down or up by a page."""
        move_page(self.query_one(OptionList), direction)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        self._show(event.value)
        highlighted = self.query_one(OptionList).highlighted
        if self._fitting:
            self.close(self._fitting[highlighted or 0])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_index < len(self._fitting):
            self.close(self._fitting[event.option_index])

    def _show(self, typed: str) -> None:
        """Show what fits, the best first."""
        if typed == self._typed:
            return
        self._typed = typed
        self._fitting = find_commands(self._commands, typed)
        commands = self.query_one(OptionList)
        commands.clear_options()
        commands.add_options(map(_option, self._fitting) if self._fitting else [Option(_NOTHING, disabled=True)])
        commands.highlighted = 0 if self._fitting else None


def find_commands(commands: Sequence[SystemCommand], typed: str) -> Sequence[SystemCommand]:
    """Return the commands whose titles fit what is typed, the best first; all of them where nothing is."""
    wanted = typed.strip()
    if not wanted:
        return commands
    matcher = Matcher(wanted)
    scores = [(matcher.match(command.title), -place) for place, command in enumerate(commands)]
    return [commands[-place] for score, place in sorted(scores, reverse=True) if score > 0]


def _option(command: SystemCommand) -> Option:
    return Option(
        Content.assemble(f"{plain(command.title, 30):<22} ", (plain(command.help, 80), "$foreground 60%")),
    )
