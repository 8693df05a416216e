"""A dialog with a form: Enter or F2 accepts it, Escape cancels it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Input, Label

from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain
from joml_tui.ui.widgets.dialog_box import CANCELS, DialogBox, DialogKey
from joml_tui.ui.widgets.form import Form
from joml_tui.ui.widgets.form_field import ChoiceField, Field
from joml_tui.ui.widgets.static_text import StaticText

R = TypeVar("R")


class FormDialog(Dialog[R | None]):
    """A form between a title and buttons; the result is the form's value, None for Escape.

    Parameters
    ----------
    title : str
    fields : iterable of Field
    accept : str
        The label of the accepting button.
    hint : str
        The text below the fields.
    """

    BINDINGS = [
        ("escape", "close", "Cancel"),
        ("up", "app.focus_previous", "Field above"),
        ("down", "app.focus_next", "Field below"),
        ("f2", "accept", "Accept"),
    ]
    HELP: ClassVar[str] = (
        "Tab or the arrows move between fields. A message below a field says what is wrong with it. Enter or F2 "
        "accepts, Esc cancels."
    )
    #: A class of the dialog's box, for its style.
    LOOK: ClassVar[str] = ""

    def __init__(self, title: str, fields: Iterable[Field], *, accept: str, hint: str = "") -> None:
        super().__init__()
        self.form = Form(fields)
        self._title, self._accept, self._hint = title, accept, hint

    @property
    def purpose(self) -> str:
        """The subject of the dialog."""
        return self._title

    def compose(self) -> ComposeResult:
        """Put the fields between the title and the buttons."""
        with DialogBox(self._title, self.keys(), f"form {self.LOOK}"):
            yield from self.rows()
            if self._hint:
                yield Label(self._hint, classes="dialog-text muted", markup=False)
            yield StaticText(id="form-line")
            with Horizontal(classes="dialog-buttons"):
                yield Button(self._accept, id="accept", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def keys(self) -> tuple[DialogKey, ...]:
        """Return the keys that answer."""
        return (DialogKey("F2", "accepts", "accept"), CANCELS)

    def rows(self) -> Iterable[Widget]:
        """Return the fields, one beneath the other."""
        return self.form.fields.values()

    async def on_mount(self) -> None:
        """Show the form."""
        await self.show_form()

    async def show_form(self) -> None:
        """Focus the first entry, and show the form's state."""
        self.say("")
        next(iter(self.form.entries.values())).editor.focus()
        self.form_changed()

    def read(self) -> R | None:
        """Return the form's value; None after showing the problems if it is invalid."""
        return None

    def form_changed(self) -> None:
        """Show the problems of the form."""
        self.read()

    async def action_accept(self) -> None:
        """Close with the form's value, or focus the first invalid field."""
        result = self.read()
        if result is None:
            self.form.focus_first_problem()
        else:
            self.close(result)

    def say(self, line: str, *, problem: bool = False) -> None:
        """Show a line below the fields."""
        label = self.query_one("#form-line", StaticText)
        label.set_class(problem, "problem")
        label.say(plain(line, 400))
        label.display = bool(line)

    @on(Input.Changed)
    @on(ChoiceField.Chosen)
    def _form_changed(self) -> None:
        self.form_changed()

    @on(Button.Pressed, "#accept")
    async def _accept_pressed(self) -> None:
        await self.run_action("accept")

    @on(Button.Pressed, "#cancel")
    def _cancel_pressed(self) -> None:
        self.close(None)
