"""The charts' area: cost and accuracy by iteration."""

from __future__ import annotations

from joml_tui.ui.charts.chart_pair import Charts
from joml_tui.ui.charts.chart_series import ChartedRun

__all__ = ["ChartedRun", "Charts"]
