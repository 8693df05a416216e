"""The charts' area: cost and accuracy by iteration."""

from __future__ import annotations

from joml_tui.ui.charts.charts import Charts
from joml_tui.ui.charts.series import ChartedRun

__all__ = ["ChartedRun", "Charts"]
