"""A form: fields by name, with their values and problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from joml_tui.ui.widgets.form_field import EntryField, Field


class Form:
    """The fields of a dialog or an area, which decides their layout.

    Parameters
    ----------
    fields : iterable of Field
        In the order of focus.

    Attributes
    ----------
    fields : dict of str to Field
        By their names.
    entries : dict of str to EntryField
        Those whose values are typed.
    """

    def __init__(self, fields: Iterable[Field]) -> None:
        self.fields = {field.key: field for field in fields}
        self.entries = {key: field for key, field in self.fields.items() if isinstance(field, EntryField)}

    def __getitem__(self, key: str) -> Field:
        return self.fields[key]

    @property
    def texts(self) -> dict[str, str]:
        """The text of each entry."""
        return {key: field.text for key, field in self.entries.items()}

    def write(self, texts: Mapping[str, str]) -> None:
        """Write texts into entries."""
        for key, text in texts.items():
            self.entries[key].write(text)

    def show_problems(self, messages: Mapping[str, str]) -> None:
        """Show the problem of each field, and clear the others."""
        for key, field in self.fields.items():
            field.show_problem(messages.get(key))

    def focus_first_problem(self) -> None:
        """Focus the first invalid field."""
        field = next((field for field in self.fields.values() if field.problem), None)
        if field is not None:
            field.editor.focus()
