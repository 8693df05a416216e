"""Dialogs with a question and buttons for the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Label

from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain
from joml_tui.ui.textual_compat import bind_key
from joml_tui.ui.widgets.dialog_box import CANCELS, DialogBox, DialogKey


@dataclass(frozen=True, slots=True)
class Answer:
    """One button of a question, with the key that presses it."""

    id: str
    label: str
    key: str
    variant: Literal["default", "primary", "warning", "error"] = "default"


class Question(Dialog[str | None]):
    """A question dialog; the result is the chosen answer's id, None for Escape. The first answer has the focus."""

    BINDINGS = [
        ("escape", "close", "Cancel"),
        ("left", "app.focus_previous", "Previous"),
        ("right", "app.focus_next", "Next"),
    ]

    def __init__(self, title: str, text: str, answers: tuple[Answer, ...]) -> None:
        super().__init__()
        self._title, self._text, self._answers = title, text, answers

    @property
    def purpose(self) -> str:
        """The subject of the dialog."""
        return self._title

    def compose(self) -> ComposeResult:
        """Put the answers beneath the question."""
        with DialogBox(self._title, (DialogKey("← →", "choose"), DialogKey("Enter", "answers"), CANCELS)):
            yield Label(plain(self._text, 400), classes="dialog-text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                for answer in self._answers:
                    label = f"{answer.label} ({answer.key})"
                    yield Button(label, id=answer.id, variant=answer.variant, compact=True)

    def on_mount(self) -> None:
        """Let each answer's key press it."""
        for answer in self._answers:
            bind_key(self, answer.key, f"answer('{answer.id}')", answer.label)

    def action_answer(self, answer: str) -> None:
        """Close with this answer."""
        self.close(answer)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.close(event.button.id)
