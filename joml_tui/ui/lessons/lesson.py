"""The base class of lessons, which ask a question, wait, and show the answer or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from joml_tui.inspect import Answer, Question
from joml_tui.ui.actions import Scope, bindings
from joml_tui.ui.lessons.lesson_source import Source
from joml_tui.ui.lessons.number_table import NumberTable
from joml_tui.ui.screen_stack import Page
from joml_tui.ui.text import plain, sentence
from joml_tui.ui.widgets.key_footer import KeyFooter
from joml_tui.ui.widgets.static_text import StaticText

#: From this width on, the text is beside the table, with this number of columns; the style sheet has the same numbers.
_WIDE, _COLUMN = 120, 74


class Lesson(Page[None]):
    """A full-screen lesson about one network.

    Parameters
    ----------
    sources : sequence of Source
        The networks that can be asked, the first one at once.
    question : Question
        The question.
    content : callable
        Returns the widgets for the answer.
    show : callable
        Shows an answer in the widgets.
    """

    CSS_PATH = ["lessons.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]
    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("escape,q", "close", "Back"),
        *bindings("lesson"),
    ]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("lesson",)

    TOPIC = ""

    class Replied(Message):
        """A message: the answer to the lesson's question; posted from another thread."""

        def __init__(self, number: int, answer: Answer | str) -> None:
            super().__init__()
            self.number, self.answer = number, answer

    def __init__(
        self,
        sources: Sequence[Source],
        question: Question,
        content: Callable[[], Iterable[Widget]],
        show: Callable[[Answer], None],
    ) -> None:
        super().__init__(classes="lesson")
        self._sources, self._place = sources, 0
        self._question, self._content, self._show_answer = question, content, show
        self._asked = self._most_lines = 0
        self.waiting = True
        """True until there is an answer to the last question."""

    def way_out(self, _refusal: str) -> str:
        """Return advice if there is no answer; empty by default."""
        return ""

    @property
    def wide(self) -> bool:
        """Return whether there is room for text beside a table."""
        return self.size.width >= _WIDE

    @property
    def text_width(self) -> int:
        """Number of columns for text, without margins and scrollbar."""
        return _COLUMN - 4 if self.wide else max(30, self.size.width - 3)

    def share_height(self, table: NumberTable) -> None:
        """Set the height of the text: the lines left by a table below it, or all lines beside a table."""
        text, height = self.query_one("#explanation"), self.query_one("#page").size.height
        most = 0 if self.wide else max(height - table.height, height * 58 // 100)
        if most != self._most_lines:
            self._most_lines = most
            text.styles.max_height = most or None

    def compose(self) -> ComposeResult:
        """Put the title at the top, and the lesson or a message below."""
        yield StaticText(id="lesson-title")
        yield Static("", id="lesson-said", markup=False)
        with Vertical(id="lesson"):
            yield from self._content()
        yield KeyFooter(palette=False)

    def on_mount(self) -> None:
        """Ask at once."""
        self.query_one("#lesson").display = False
        self.action_again()

    def action_again(self) -> None:
        """Ask the question again."""
        self._asked += 1
        number, self.waiting = self._asked, True
        if not self.query_one("#lesson").display:
            self._say(f"Asking {self._sources[self._place].name} …")
        self.show_title("")
        self._sources[self._place].ask(self._question, lambda answer: self._hear(number, answer))

    def action_other(self) -> None:
        """Ask the other network."""
        if len(self._sources) > 1:
            self._place = (self._place + 1) % len(self._sources)
            self.action_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the other network only if there is one."""
        return action != "other" or len(self._sources) > 1

    def show_title(self, more: str) -> None:
        """Show the title."""
        name = plain(self._sources[self._place].name, 60)
        parts = [part for part in (name, more) if part]
        self.query_one("#lesson-title", StaticText).say(
            Content.assemble((self.TOPIC, "bold"), ("   " + " · ".join(parts), "$foreground 70%"))
        )

    def _hear(self, number: int, answer: Answer | str) -> None:
        self.post_message(self.Replied(number, answer))

    @on(Replied)
    def _take_reply(self, event: Replied) -> None:
        if event.number != self._asked:
            return
        self.waiting = False
        if isinstance(event.answer, str):
            self.query_one("#lesson").display = False
            message = sentence(event.answer, 600)
            ends = "" if message.endswith((".", "?", "!")) else "."
            self._say("\n\n".join(part for part in (f"{message}{ends}", self.way_out(event.answer)) if part))
        else:
            self._show_answer(event.answer)
            self.query_one("#lesson-said").display = False
            self.query_one("#lesson").display = True

    def _say(self, text: str) -> None:
        line = self.query_one("#lesson-said", Static)
        line.update(Content(text))
        line.display = True
