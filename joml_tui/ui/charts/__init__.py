"""The charts' area: cost and accuracy by iteration."""

from __future__ import annotations

from joml_tui.charts.palette import curve_colour as _curve_colour
from joml_tui.ui.charts.charts import Charts
from joml_tui.ui.charts.series import ChartedRun


def curve_colour(index: int, *, dark: bool) -> str:
    """Colour of a run's curves as ``#rrggbb``, for whatever else names the run."""
    return f"#{_curve_colour(index, dark=dark):06x}"


__all__ = ["ChartedRun", "Charts", "curve_colour"]
