"""Teaching: full screens that explain what the selected run, or the composed network, does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import work

from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.compose.area import ComposeArea
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.teaching.accounting import AccountingLesson
from joml_tui.ui.teaching.collapse import CollapseLesson
from joml_tui.ui.teaching.lesson import Lesson
from joml_tui.ui.teaching.one_step import OneStep
from joml_tui.ui.teaching.source import Source, composed


class TeachingHandlers(LabScreen):
    """What the actions of teaching do."""

    def action_one_step(self) -> None:
        """Explain the next step."""
        self._teach(OneStep)

    def action_accounting(self) -> None:
        """Show the article's figures beside the true ones."""
        selected = self.selected
        if selected is None:
            self.say(f"No run to measure yet. {key_of('train')} trains the composed network.")
            return
        self.app.push_screen(AccountingLesson([Source(selected.label, selected.run.ask)]))

    def action_collapse(self) -> None:
        """Show that linear layers are one."""
        self._teach(CollapseLesson)

    @work(exclusive=True, group="teach", exit_on_error=False)
    async def _teach(self, lesson: Callable[[Sequence[Source]], Lesson]) -> None:
        """Open a lesson about the selected run, or else about the composed network; the other is a key away."""
        selected = self.selected
        sources = [] if selected is None else [Source(selected.label, selected.run.ask)]
        reading = await self.query_one(ComposeArea).checked()
        if reading.experiment is not None and not reading.problems:
            sources.append(composed(reading.experiment))
        if not sources:
            problem = reading.problems[0]
            self.say(text.sentence(problem.message), severity="error", title="The network cannot be built yet")
            return
        if self.app.screen is self:
            self.app.push_screen(lesson(sources))
