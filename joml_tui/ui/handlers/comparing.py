"""Comparing: which curves stay in the charts, and how they are drawn."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Button, Label

from joml_tui.ui.charts import Charts
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.runs.table import RunsTable

_SMOOTHINGS = (0, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


class ComparingHandlers(LabScreen):
    """What the actions of comparing do."""

    def action_mark(self) -> None:
        """Keep the selected run's curves in the charts, or let them go."""
        selected = self.selected
        if selected is None:
            self.say("No run to mark yet.")
            return
        selected.marked = not selected.marked
        self.query_one(RunsTable).show_run(selected)
        self.show_charts()

    def action_log_cost(self) -> None:
        """Change the cost's axis."""
        charts = self.query_one(Charts)
        charts.log_cost = not charts.log_cost
        self.query_one("#log-cost", Button).label = f"Cost: {'logarithmic' if charts.log_cost else 'linear'}"

    def action_smoother(self) -> None:
        """Smooth over the next longer window."""
        charts = self.query_one(Charts)
        charts.smoothing = next((value for value in _SMOOTHINGS if value > charts.smoothing), _SMOOTHINGS[-1])
        self.show_smoothing()

    def action_rougher(self) -> None:
        """Smooth over the next shorter window."""
        charts = self.query_one(Charts)
        charts.smoothing = next((value for value in reversed(_SMOOTHINGS) if value < charts.smoothing), 0)
        self.show_smoothing()

    def show_smoothing(self) -> None:
        """Say over how many iterations curves are smoothed."""
        window = self.query_one(Charts).smoothing
        said = f"smoothing {window:,}" if window else "no smoothing"
        self.query_one("#smoothing", Label).update(Content(said))
