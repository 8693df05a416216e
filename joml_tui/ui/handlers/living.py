"""The lab itself: its areas, its looks, its help, and leaving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joml_tui.ui.charts import Charts
from joml_tui.ui.dialogs.help import Help
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.runs.table import RunsTable

if TYPE_CHECKING:
    from joml_tui.ui.app import LabApp


class LivingHandlers(LabScreen):
    """What the actions about the lab itself do."""

    app: LabApp

    def move_in(self) -> None:
        """Set up what the user's settings say."""
        self.query_one(Charts).smoothing = self.app.settings.smoothing

    def action_area_compose(self) -> None:
        """Go to the settings; to a list, so that the number keys go on choosing areas."""
        self.show_area("compose")
        self.query_one("#dataset").focus()

    def action_area_charts(self) -> None:
        """Go to the charts."""
        self.show_area("charts")
        charts = self.query_one(Charts)
        self.set_focus(charts if charts.focusable else None)

    def action_area_runs(self) -> None:
        """Go to the table of runs."""
        self.show_area("runs")
        self.query_one(RunsTable).focus()

    def action_light_dark(self) -> None:
        """Change between a dark and a light theme."""
        self.app.theme = "textual-light" if self.app.current_theme.dark else "textual-dark"

    def action_help(self) -> None:
        """Show every key."""
        self.app.push_screen(Help())

    async def action_quit(self) -> None:
        """Leave the lab."""
        await self.app.action_quit()
