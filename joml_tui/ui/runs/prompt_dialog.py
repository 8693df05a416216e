"""A dialog with one line to write: a run's name, its note, its tags, a file."""

from __future__ import annotations

from joml_tui.ui.widgets.form_dialog import FormDialog
from joml_tui.ui.widgets.form_field import EntryField


class PromptDialog(FormDialog[str]):
    """Asks for a line; the result is what was written, None when given up."""

    def __init__(self, title: str, value: str, hint: str, longest: int, accept: str = "Keep") -> None:
        self._entry = EntryField("written", "", value, long=True, longest=longest)
        super().__init__(title, [self._entry], accept=accept, hint=hint)

    def read(self) -> str:
        """Return the line."""
        return self._entry.text.strip()
