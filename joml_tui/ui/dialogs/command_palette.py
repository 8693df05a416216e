"""The command palette: all actions by name.

Textual's palette searches its list at every key, can be opened twice with the same id, and is dismissed twice by two
Enters; each of these crashes the application if keys come faster than it is mounted. It would have to take keys only
when ready, search without a worker, and be dismissed once. This one is a dialog of the lab: an entry, and a list of
matches.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import SystemCommand

from joml_tui.ui.dialogs.search_dialog import SearchDialog, find_choices
from joml_tui.ui.widgets.choice import Choice


class Palette(SearchDialog[SystemCommand]):
    """The list of commands that match the typed text; the result is the chosen one, None for Escape."""

    def __init__(self, commands: Sequence[SystemCommand], placeholder: str) -> None:
        choices = [Choice(command.title, command, command.help) for command in commands]
        super().__init__(placeholder, lambda typed: find_choices(choices, typed), nothing="No command has this name.")
