"""Teaching: full screens that explain what the selected run, or the composed network, does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.lessons.accounting_lesson import AccountingLesson
from joml_tui.ui.lessons.collapse_lesson import CollapseLesson
from joml_tui.ui.lessons.lesson import Lesson
from joml_tui.ui.lessons.lesson_source import Source, composed
from joml_tui.ui.lessons.one_step import OneStep
from joml_tui.ui.screen_stack import open_screen


class TeachingHandlers(LabScreen):
    """What the actions of teaching do."""

    def action_one_step(self) -> None:
        """Explain the next step."""
        self._teach(OneStep)

    def action_accounting(self) -> None:
        """Show the article's figures beside the true ones."""
        selected = self.selected
        if selected is None:
            self.say(f"No run to measure yet. Press {key_of('train')} to train this network.")
            return
        open_screen(self, AccountingLesson([Source(selected.label, selected.run.ask)]))

    def action_collapse(self) -> None:
        """Show that linear layers are one."""
        self._teach(CollapseLesson)

    @in_worker(exclusive=True, group="teach")
    async def _teach(self, lesson: Callable[[Sequence[Source]], Lesson]) -> None:
        """Open a lesson about the selected run, or else about the composed network; the other is a key away."""
        selected = self.selected
        sources = [] if selected is None else [Source(selected.label, selected.run.ask)]
        reading = await self.query_one(ComposeArea).checked()
        if reading.experiment is not None and not reading.problems:
            sources.append(composed(reading.experiment))
        if not sources:
            problem = reading.problems[0]
            self.say(text.sentence(problem.message), severity="error", title="The network is not valid yet")
            return
        if self.app.screen is self:
            open_screen(self, lesson(sources))
