"""The command palette: everything by name.

Textual's own looks for its list with every key, opens a second one beneath the same id, and is taken away twice by two
Enters; each ends the application when keys come faster than it is mounted. It would have to be a screen that is ready
before it takes keys, to search without a worker where that takes no time, and to be dismissed once. This one is a
dialog of the lab: an entry, and a list of what fits.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import SystemCommand

from joml_tui.ui.dialogs.search_dialog import SearchDialog, find_choices
from joml_tui.ui.widgets.choice import Choice


class Palette(SearchDialog[SystemCommand]):
    """Offers commands, those that fit what is typed; the result is the chosen one, None when given up."""

    def __init__(self, commands: Sequence[SystemCommand], placeholder: str) -> None:
        choices = [Choice(command.title, command, command.help) for command in commands]
        super().__init__(placeholder, lambda typed: find_choices(choices, typed), nothing="No command has this name.")
