"""The sizes of areas side by side: their defaults, limits and steps."""

from __future__ import annotations

#: Columns of the settings: default and minimum; and the minimum of the charts beside them.
COMPOSE_WIDTH, LEAST_COMPOSE, LEAST_CHARTS = 46, 34, 30
#: The same in lines for the runs, and the minimum of the areas above.
LEAST_RUNS, LEAST_WORK = 6, 14
#: Step of the keys that move the border.
COLUMNS_A_KEY, LINES_A_KEY = 4, 2


def fitting_width(wanted: int, screen: int) -> int:
    """Return the possible width of the settings nearest to the wanted one."""
    return max(LEAST_COMPOSE, min(wanted, screen - LEAST_CHARTS))


def fitting_height(wanted: int, screen: int) -> int:
    """Return the possible height of the runs nearest to the wanted one."""
    return max(LEAST_RUNS, min(wanted, screen - LEAST_WORK))
