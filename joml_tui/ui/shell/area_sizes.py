"""The sizes of areas side by side: their defaults, limits and steps."""

from __future__ import annotations

from joml_tui.ui.shell.areas import VERY_TALL

#: Columns of the settings: default and minimum; and the minimum of the charts beside them.
COMPOSE_WIDTH, LEAST_COMPOSE, LEAST_CHARTS = 46, 34, 30
#: The same in lines for the runs, and the minimum of the areas above.
LEAST_RUNS, LEAST_WORK = 6, 14
#: Lines of the runs until a height is chosen: without any run, and at most in a screen of usual and of large height.
EMPTY_RUNS, MOST_RUNS, MOST_TALL_RUNS = 4, 8, 13
#: Lines of the runs beside their rows: the frame, the titles of the columns, and the line about the selected one.
_BESIDE_ROWS = 4
#: Step of the keys that move the border.
COLUMNS_A_KEY, LINES_A_KEY = 4, 2


def fitting_width(wanted: int, screen: int) -> int:
    """Return the possible width of the settings nearest to the wanted one."""
    return max(LEAST_COMPOSE, min(wanted, screen - LEAST_CHARTS))


def fitting_height(wanted: int, screen: int) -> int:
    """Return the possible height of the runs nearest to the wanted one."""
    return max(LEAST_RUNS, min(wanted, screen - LEAST_WORK))


def usual_height(rows: int, screen: int) -> int:
    """Return the height of the runs until one is chosen: that of their rows, within limits."""
    if not rows:
        return EMPTY_RUNS
    return max(LEAST_RUNS, min(rows + _BESIDE_ROWS, MOST_TALL_RUNS if screen >= VERY_TALL else MOST_RUNS))
