"""A dialog with one line of text, such as a run's name."""

from __future__ import annotations

from joml_tui.ui.widgets.form_dialog import FormDialog
from joml_tui.ui.widgets.form_field import EntryField


class PromptDialog(FormDialog[str]):
    """A dialog with one entry; the result is its text, None for Escape."""

    def __init__(self, title: str, value: str, hint: str, longest: int, accept: str = "Keep") -> None:
        self._entry = EntryField("written", "", value, long=True, longest=longest)
        super().__init__(title, [self._entry], accept=accept, hint=hint)

    def read(self) -> str:
        """Return the line."""
        return self._entry.text.strip()
