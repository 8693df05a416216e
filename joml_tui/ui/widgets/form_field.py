"""One field of a form: its title, where its value is typed or chosen, and beneath it what is wrong with it."""

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
    """A title, an editor, and a line beneath that says something about the value or what is wrong with it.

    Parameters
    ----------
    title : str
        Nothing where the dialog's title says it.
    editor : Widget
        Its id is the name of the field.
    unit : str
        What stands behind the editor.
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
        """What is wrong with the value, or nothing."""
        return self._problem

    def show_title(self, title: str) -> None:
        """Show another title."""
        self.title = title
        self._title.update(title)

    def show_problem(self, message: str | None) -> None:
        """Mark the value as impossible and say why, or take the mark away."""
        problem = sentence(message or "")
        if problem == self._problem:
            return
        self._problem = problem
        if bool(message) != self.has_class("invalid"):
            # Of these alone: a class of the field's own would have all that is in it styled anew.
            self.set_class(bool(message), "invalid", update=False)
            for widget in (self._title, self.editor, self._beneath):
                if widget is not None:
                    widget.set_class(bool(message), "invalid")
        self._say()

    def show_note(self, text: str) -> None:
        """Say something quietly beneath the editor."""
        self._note = plain(text)
        self._say()

    def on_mount(self) -> None:
        """Say what was to be said before there was a place for it."""
        self._say()

    def _say(self) -> None:
        """Show the line beneath once all is known that it may say, so that it does not come and go."""
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
        What stands there at first.
    unit : str
        What stands behind it.
    placeholder : str
        What stands there while there is nothing.
    long : bool
        Whether it is gone on with when it gets the keys; a number is written anew.
    longest : int
        Letters that it takes at most; any number of them where it is 0.
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
    ) -> None:
        self.entry = Entry(text, id=key, placeholder=placeholder, long=long, longest=longest)
        super().__init__(title, self.entry, unit=unit)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.entry.value

    def write(self, text: str) -> None:
        """Write another text; what stands there already keeps its cursor."""
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
        The place of the choice that is shown; without it none is.
    unit : str
        What stands behind it.
    prompt : str
        What stands there while nothing is chosen.
    may_be_none : bool
        Whether nothing can be chosen.
    """

    class Chosen(Message):
        """Another value was chosen: the field's, unless it was given others to show in the meantime."""

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
        """What is chosen; None where nothing is."""
        return None if self._chosen is None else self.choices[self._chosen].value

    def show(self, chosen: int | None) -> None:
        """Show another choice, as if it had always been the one."""
        self._chosen = chosen
        with self.prevent(Select.Changed):
            self.select.value = Select.NULL if chosen is None else chosen

    def offer(self, choices: Sequence[Choice[T]], chosen: int) -> None:
        """Offer other choices, and show one of them."""
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
