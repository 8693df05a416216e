"""A dialog that only shows text: it scrolls, and one key copies it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Collapsible, Label

from joml_tui.ui.actions import key_of
from joml_tui.ui.notices import say
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain_lines
from joml_tui.ui.widgets.dialog_box import CLOSES, DialogBox, DialogKey

_LONGEST = 60_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the text.

    Attributes
    ----------
    text : str
        Any text; it is made printable.
    muted : bool
        Whether it is less important than the rest.
    fold : str
        The title under which it is folded up at first; empty for a text that is always visible.
    """

    text: str
    muted: bool = False
    fold: str = ""


class TextDialog(Dialog[None]):
    """A text in a frame.

    Parameters
    ----------
    title : str
    passages : sequence of Passage
        The text from top to bottom; empty ones are left out.
    copied : str
        The text that the copy key copies.
    """

    CLOSES_BESIDE = True
    BINDINGS = [("escape,enter,q", "close", "Close")]
    #: The action whose key copies, and its effect.
    COPY: ClassVar[tuple[str, str]] = ("settings-copy", "copies")
    #: A class of the dialog's box, for its style.
    LOOK: ClassVar[str] = ""

    def __init__(self, title: str, passages: Sequence[Passage], copied: str) -> None:
        super().__init__()
        self._title, self._passages, self._copied = title, passages, copied

    @property
    def purpose(self) -> str:
        """The subject of the dialog."""
        return self._title

    def compose(self) -> ComposeResult:
        """Put the passages one below the other."""
        action, effect = self.COPY
        with (
            DialogBox(self._title, (DialogKey(key_of(action), effect, "copy"), CLOSES), f"text {self.LOOK}"),
            VerticalScroll(id="text", classes="scrolls"),
        ):
            for passage in self._passages:
                if passage.text:
                    yield _laid_out(passage)

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.query_one("#text").focus()

    def action_copy(self) -> None:
        """Copy the text."""
        self.app.copy_to_clipboard(self._copied)
        say(self, "Copied to the clipboard")

    def show_text(self, title: str, text: str) -> None:
        """Show another title, and another text in place of the first passage; what is copied follows."""
        self.query_one(DialogBox).show_title(title)
        if text != self._copied:
            self._copied = text
            self.query(Label).first().update(Content(plain_lines(text, _LONGEST)))


def _laid_out(passage: Passage) -> Label | Collapsible:
    label = Label(Content(plain_lines(passage.text, _LONGEST)), classes="passage muted" if passage.muted else "passage")
    return Collapsible(label, title=passage.fold, collapsed=True) if passage.fold else label
