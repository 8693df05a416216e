"""The charts' area: cost and accuracy by iteration."""

from __future__ import annotations

from joml_tui.ui.charts.chart_series import ChartedRun
from joml_tui.ui.charts.charts_area import Charts

__all__ = ["ChartedRun", "Charts"]
