"""The dialog of a failed run: the message, with folded details."""

from __future__ import annotations

from typing import ClassVar

from joml_tui.ui.actions import Scope, bindings
from joml_tui.ui.dialogs.text_dialog import Passage, TextDialog


class FailureDialog(TextDialog):
    """The dialog of a failed run.

    Parameters
    ----------
    title : str
    sentence : str
        Why it failed.
    details : str
        What helps to find the fault; may be empty.
    """

    CLOSES_BESIDE = False
    HELP = "Why it failed. Tab and Enter unfold the details, and c copies all of it as text."
    BINDINGS = [*bindings("reading")]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("reading",)
    LOOK = "failure"

    def __init__(self, title: str, sentence: str, details: str) -> None:
        passages = (Passage(sentence), Passage(details, fold="Details"))
        super().__init__(title, passages, "\n\n".join(filter(None, (sentence, details))))
        self._sentence = sentence

    @property
    def purpose(self) -> str:
        """The subject of the dialog."""
        return f"{super().purpose}\n{self._sentence}"


class ErrorDialog(FailureDialog):
    """The dialog of an internal error of the lab."""
