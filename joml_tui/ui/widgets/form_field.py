"""A field of a form: a title, an editor, and a line for notes and problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label, Select

from joml_tui.ui.deferred_calls import call_soon
from joml_tui.ui.text import plain, sentence
from joml_tui.ui.widgets.choice import Choice
from joml_tui.ui.widgets.dropdown import Dropdown
from joml_tui.ui.widgets.entry import Entry
from joml_tui.ui.widgets.static_text import StaticText

T = TypeVar("T")


class Field(Vertical):
    """A title, an editor, and a line below for a note or a problem.

    Parameters
    ----------
    title : str
        Empty if the dialog's title is enough.
    editor : Widget
        Its id is the name of the field.
    unit : str
        The unit after the editor.
    """

    def __init__(self, title: str, editor: Widget, *, unit: str = "") -> None:
        self.key = str(editor.id)
        super().__init__(id=f"field-{self.key}", classes="" if title else "untitled")
        self.editor = editor
        self.title = title
        self._unit = unit
        self._note = self._problem = ""
        self._title = Label(title, classes="title", markup=False)
        self._beneath: StaticText | None = None
        self._saying = False

    def compose(self) -> ComposeResult:
        """Put the title before the editor."""
        with Horizontal():
            if self.title:
                yield self._title
            yield self.editor
            if self._unit:
                yield Label(self._unit, classes="unit", markup=False)

    @property
    def problem(self) -> str:
        """The problem of the value, or ""."""
        return self._problem

    def show_title(self, title: str) -> None:
        """Show another title."""
        self.title = title
        self._title.update(title)

    def show_problem(self, message: str | None) -> None:
        """Mark the value as invalid with a message, or clear the mark."""
        problem = sentence(message or "")
        if problem == self._problem:
            return
        self._problem = problem
        if bool(message) != self.has_class("invalid"):
            # Set on these widgets only: a class of the field would restyle everything in it.
            self.set_class(bool(message), "invalid", update=False)
            for widget in (self._title, self.editor, self._beneath):
                if widget is not None:
                    widget.set_class(bool(message), "invalid")
        self._say()

    def show_note(self, text: str) -> None:
        """Show a note below the editor."""
        self._note = plain(text)
        self._say()

    def on_mount(self) -> None:
        """Show the line that was set before mounting."""
        self._say()

    def _say(self) -> None:
        """Update the line after all changes of this moment, to avoid flicker."""
        if not self._saying and self.is_attached:
            self._saying = True
            call_soon(self, self._show_line_beneath)

    def _show_line_beneath(self) -> None:
        self._saying = False
        line = self._problem or self._note
        if self._beneath is None:
            if not line:
                return
            self._beneath = StaticText(classes="beneath invalid" if self._problem else "beneath")
            self.mount(self._beneath)
        self._beneath.say(line)
        self._beneath.display = bool(line)


class EntryField(Field):
    """A field whose value is typed.

    Parameters
    ----------
    key : str
        The id of its entry.
    title : str
    text : str
        The initial text.
    unit : str
        The unit after it.
    placeholder : str
        The text of an empty entry.
    long : bool
        Whether typing continues the text after focusing; otherwise it replaces it, as for numbers.
    longest : int
        Largest number of characters; 0 for no limit.
    entry : Entry, optional
        An entry of another kind, whose id is the key, in place of one that is made from the other parameters.
    """

    def __init__(
        self,
        key: str,
        title: str,
        text: str = "",
        *,
        unit: str = "",
        placeholder: str = "",
        long: bool = False,
        longest: int = 0,
        entry: Entry | None = None,
    ) -> None:
        self.entry = entry or Entry(text, id=key, placeholder=placeholder, long=long, longest=longest)
        super().__init__(title, self.entry, unit=unit)

    @property
    def text(self) -> str:
        """The typed text."""
        return self.entry.value

    def write(self, text: str) -> None:
        """Set the text; an equal text keeps its cursor."""
        if self.entry.value != text:
            self.entry.value = text


class ChoiceField(Field, Generic[T]):
    """A field whose value is chosen from a list.

    Parameters
    ----------
    key : str
        The id of its list.
    title : str
    choices : sequence of Choice
    chosen : int, optional
        The place of the chosen one; default none.
    unit : str
        The unit after it.
    prompt : str
        The text while nothing is chosen.
    may_be_none : bool
        Whether nothing can be chosen.
    """

    class Chosen(Message):
        """A message: another value was chosen."""

        def __init__(self, field: ChoiceField[Any], place: int | None) -> None:
            super().__init__()
            self.field, self.place = field, place

        @property
        def control(self) -> ChoiceField[Any]:
            """The field."""
            return self.field

    def __init__(
        self,
        key: str,
        title: str,
        choices: Sequence[Choice[T]],
        chosen: int | None,
        *,
        unit: str = "",
        prompt: str = "custom",
        may_be_none: bool = False,
    ) -> None:
        self.choices = choices
        self._chosen = chosen
        value = Select.NULL if chosen is None else chosen
        self.select: Dropdown[int] = Dropdown(
            _options(choices), prompt=prompt, value=value, allow_blank=may_be_none, id=key, compact=True
        )
        super().__init__(title, self.select, unit=unit)

    @property
    def value(self) -> T | None:
        """The chosen value; None if there is none."""
        return None if self._chosen is None else self.choices[self._chosen].value

    def show(self, chosen: int | None) -> None:
        """Show another choice without posting a message."""
        self._chosen = chosen
        with self.prevent(Select.Changed):
            self.select.value = Select.NULL if chosen is None else chosen

    def offer(self, choices: Sequence[Choice[T]], chosen: int) -> None:
        """Set the choices, and show one of them."""
        self.choices = choices
        with self.prevent(Select.Changed):
            self.select.set_options(_options(choices))
        self.show(chosen)

    @on(Select.Changed)
    def _select_changed(self, event: Select.Changed) -> None:
        event.stop()
        chosen = event.value if isinstance(event.value, int) else None
        if chosen != self._chosen and chosen == self._shown:
            self._chosen = chosen
            self.post_message(self.Chosen(self, chosen))

    @property
    def _shown(self) -> int | None:
        value = self.select.value
        return value if isinstance(value, int) else None


def _options(choices: Sequence[Choice[T]]) -> list[tuple[Content, int]]:
    return [(choice.prompt, place) for place, choice in enumerate(choices)]
