"""One entry of the compose area: its title, the entry, and beneath it what is wrong with it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Label

from joml_tui.ui.deferred_calls import call_soon
from joml_tui.ui.text import plain, sentence
from joml_tui.ui.textual_compat import bindings_of
from joml_tui.ui.widgets.safe_input import SafeInput
from joml_tui.ui.widgets.static_text import StaticText


class Entry(SafeInput):
    """A line of text; Enter or Escape leave it."""

    BINDINGS = [("escape", "leave", "Leave field")]

    def on_focus(self) -> None:
        """Go on writing at the end of a longer text."""
        if not self.select_on_focus:
            self.cursor_position = len(self.value)

    async def on_key(self, event: Key) -> None:
        """Do what a key is bound to at once.

        Textual looks for a binding only after the key has bubbled up to the application; a letter typed right after
        Backspace would overtake it and be what is deleted.
        """
        for binding in bindings_of(self, event.key):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return

    async def action_submit(self) -> None:
        """Enter: the entry holds as typed; the keys of the lab work again."""
        self.action_leave()

    def action_leave(self) -> None:
        """Leave the field and give the keys back to the lab."""
        self.screen.set_focus(None)


class Field(Vertical):
    """A title, an entry, and a line beneath that says something about it or what is wrong with it."""

    def __init__(self, title: str, editor: Widget, *, id: str, unit: str = "") -> None:
        super().__init__(id=id)
        self.editor = editor
        self.title = title
        self._unit = unit
        self._note = self._problem = ""
        self._title = Label(title, classes="title", markup=False)
        self._beneath: StaticText | None = None
        self._saying = False

    def compose(self) -> ComposeResult:
        """Put the title before the entry."""
        with Horizontal():
            yield self._title
            yield self.editor
            if self._unit:
                yield Label(self._unit, classes="unit", markup=False)

    @property
    def problem(self) -> str:
        """What is wrong with the entry, or nothing."""
        return self._problem

    def show_problem(self, message: str | None) -> None:
        """Mark the entry as impossible and say why, or take the mark away."""
        self._problem = sentence(message or "")
        if bool(message) != self.has_class("invalid"):
            # Of these alone: a class of the field's own would have all that is in it styled anew.
            self.set_class(bool(message), "invalid", update=False)
            for widget in (self._title, self.editor, self._beneath):
                if widget is not None:
                    widget.set_class(bool(message), "invalid")
        self._say()

    def show_note(self, text: str) -> None:
        """Say something quietly beneath the entry."""
        self._note = plain(text)
        self._say()

    def _say(self) -> None:
        """Show the line beneath once all is known that it may say, so that it does not come and go."""
        if not self._saying:
            self._saying = True
            call_soon(self, self._said)

    def _said(self) -> None:
        self._saying = False
        said = self._problem or self._note
        if self._beneath is None:
            if not said:
                return
            self._beneath = StaticText(classes="beneath invalid" if self._problem else "beneath")
            self.mount(self._beneath)
        self._beneath.say(said)
        self._beneath.display = bool(said)
