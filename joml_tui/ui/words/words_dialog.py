"""The dialog with a chart or a panel in words, which follows a run that trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from joml_tui.ui.actions import Scope, bindings
from joml_tui.ui.deferred_calls import call_every
from joml_tui.ui.dialogs.text_dialog import Passage, TextDialog
from joml_tui.ui.text import formula_text

#: Seconds between two descriptions; faster ones could not be read.
_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Words:
    """A description of what is on the screen.

    Attributes
    ----------
    subject : str
        The area that is described.
    lines : sequence of str
    iteration : int or None
        The iteration of the run that it is of; None without a run.
    """

    subject: str
    lines: Sequence[str]
    iteration: int | None = None

    @property
    def title(self) -> str:
        """The title of the dialog."""
        at = "" if self.iteration is None else f", at iteration {self.iteration:,}"
        return f"{self.subject} in words{at}"

    @property
    def text(self) -> str:
        """The lines as one text."""
        return formula_text("\n".join(self.lines))


class WordsDialog(TextDialog):
    """The dialog with sentences and short tables.

    Parameters
    ----------
    describe : callable
        Returns the present description.
    """

    HELP = (
        "The charts or the panel as sentences and short tables, renewed every second while the run trains. "
        "c copies them as text."
    )
    BINDINGS = [("I", "close", "Close"), *bindings("words")]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("words",)
    COPY = ("words-copy", "copies")

    def __init__(self, describe: Callable[[], Words]) -> None:
        words = describe()
        super().__init__(words.title, (Passage(words.text),), words.text)
        self._describe = describe

    @property
    def purpose(self) -> str:
        """The purpose, which does not change while the run trains."""
        return "words"

    def on_mount(self) -> None:
        """Follow the run."""
        super().on_mount()
        call_every(self, _SECONDS, self._follow)

    def _follow(self) -> None:
        words = self._describe()
        self.show_text(words.title, words.text)
