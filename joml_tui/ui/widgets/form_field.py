"""A field of a form: a title, an editor, and a line for notes and problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Select

from joml_tui.ui.deferred_calls import call_soon
from joml_tui.ui.text import plain, sentence
from joml_tui.ui.widgets.choice import Choice
from joml_tui.ui.widgets.dropdown import Dropdown
from joml_tui.ui.widgets.entry import Entry

T = TypeVar("T")


#: The narrowest note that stands beneath its editor; a narrower one has the whole width of the field.
_NARROWEST_NOTE = 14


class Field(Vertical):
    """A title, an editor, and a line below for a note or a problem.

    The field draws its own texts: a widget for each would double what the screen has to style and lay out. The
    editor's left margin is the room of the title.

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
        self.editor = editor.add_class("editor")
        self.title = title
        self._head = Content(title)
        self._unit = unit
        self._note = self._problem = self._beneath = ""
        self._saying = False

    def compose(self) -> ComposeResult:
        """Show the editor."""
        yield self.editor

    @property
    def problem(self) -> str:
        """The problem of the value, or ""."""
        return self._problem

    @property
    def text_beneath(self) -> str:
        """The text in the lines beneath the editor: the problem of the value, or else the note."""
        return self._beneath

    def show_title(self, title: str, style: str = "") -> None:
        """Show another title, in a style of its own."""
        self.title = title
        self._head = Content.styled(title, style)
        self.refresh()

    def show_problem(self, message: str | None) -> None:
        """Mark the value as invalid with a message, or clear the mark."""
        problem = sentence(message or "")
        if problem == self._problem:
            return
        self._problem = problem
        self.set_class(bool(problem), "invalid")
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
            call_soon(self, self._show_beneath)

    def _show_beneath(self) -> None:
        self._saying = False
        text = self._problem or self._note
        if text != self._beneath:
            lines = len(self._lines_beneath(self.content_size.width))
            self._beneath = text
            self.refresh(layout=len(self._lines_beneath(self.content_size.width)) != lines)

    def _lines_beneath(self, width: int) -> list[Content]:
        return lines_beneath(self._beneath, self._title_width, width)

    @property
    def _title_width(self) -> int:
        return self.editor.styles.margin.left

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines of the editor and of the text beneath it."""
        return super().get_content_height(container, viewport, width) + len(self._lines_beneath(width))

    def render(self) -> Content:
        """Return the title and the unit beside the editor, and the text beneath it."""
        width, editor = self._title_width, self.editor.outer_size
        head = self._head.truncate(width, pad=True)
        if self._unit:
            head = head + Content(" " * (editor.width + 1) + self._unit)
        between = [Content("")] * (editor.height - 1)
        return Content("\n").join([head, *between, *self._lines_beneath(self.content_size.width)])


def lines_beneath(text: str, title_width: int, width: int) -> list[Content]:
    """Return the lines of a note, which begin where the value begins if there is enough room.

    Parameters
    ----------
    text : str
    title_width : int
        The cells before the editor.
    width : int
        The cells of the field; 0 before it has been laid out.

    Returns
    -------
    list of Content
    """
    if not text or width <= 0:
        return []
    indent = title_width + 1
    if width - indent < _NARROWEST_NOTE:
        indent = 0
    return [Content(" " * indent) + line for line in Content(text).wrap(width - indent)]


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
