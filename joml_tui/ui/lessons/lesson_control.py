"""The control that opens lessons about the selected run or the composed network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.screen import Screen

from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.runs.runs_area import RunsArea
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement

if TYPE_CHECKING:
    from joml_tui.ui.lessons.lesson import Lesson
    from joml_tui.ui.lessons.lesson_source import Source


class LessonControl:
    """The control of lessons.

    Parameters
    ----------
    compose_area : ComposeArea
    runs : RunsArea
    arrangement : Arrangement
    """

    def __init__(self, compose_area: ComposeArea, runs: RunsArea, arrangement: Arrangement) -> None:
        self._compose_area, self._runs, self._arrangement = compose_area, runs, arrangement

    @property
    def screen(self) -> Screen[None]:
        """The lab's screen."""
        return self._arrangement.screen

    def action_one_step(self) -> None:
        """Explain the next step."""
        from joml_tui.ui.lessons.one_step import OneStep  # noqa: PLC0415 - not before the first paint

        self._open(OneStep)

    def action_accounting(self) -> None:
        """Show the article's figures beside the true ones."""
        from joml_tui.ui.lessons.accounting_lesson import AccountingLesson  # noqa: PLC0415 - not before the first paint
        from joml_tui.ui.lessons.lesson_source import Source  # noqa: PLC0415

        selected = self._runs.selected
        if selected is None:
            say(self.screen, f"No run to measure yet. Press {key_of('train')} to train this network.")
            return
        open_screen(self.screen, AccountingLesson([Source(selected.label, selected.run.ask)]))

    def action_collapse(self) -> None:
        """Open the lesson on collapsing linear layers."""
        from joml_tui.ui.lessons.collapse_lesson import CollapseLesson  # noqa: PLC0415 - not before the first paint

        self._open(CollapseLesson)

    @in_worker(exclusive=True, group="teach")
    async def _open(self, lesson: Callable[[Sequence[Source]], Lesson]) -> None:
        """Open a lesson about the selected run, or else about the composed network; a key switches between them."""
        from joml_tui.ui.lessons.lesson_source import Source, composed  # noqa: PLC0415 - not before the first paint

        selected = self._runs.selected
        sources = [] if selected is None else [Source(selected.label, selected.run.ask)]
        reading = await self._compose_area.checked()
        if reading.experiment is not None and not reading.problems:
            sources.append(composed(reading.experiment))
        if not sources:
            problem = text.sentence(reading.problems[0].message)
            say(self.screen, problem, severity="error", title="The network is not valid yet")
            return
        if self.screen.is_current:
            open_screen(self.screen, lesson(sources))
