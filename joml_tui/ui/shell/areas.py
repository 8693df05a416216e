"""The four areas of the lab, and their visibility."""

from __future__ import annotations

from typing import Literal, Protocol

Area = Literal["compose", "charts", "runs", "inside"]
AREAS: tuple[Area, ...] = ("compose", "charts", "runs", "inside")
#: The ids of the areas' widgets.
WIDGETS: dict[Area, str] = {"compose": "#compose", "charts": "#charts-area", "runs": "#runs-area", "inside": "#inside"}


class AreaWidget(Protocol):
    """The interface of an area's widget."""

    def take_keys(self) -> None:
        """Focus a widget of the area."""


#: From this number of columns and lines on, the areas are side by side.
WIDE, TALL = 100, 28
#: From this number of lines on, there is room for more rows, and for blank lines between groups of settings.
VERY_TALL = 40
#: From this number of columns on, the settings fit beside the area "Inside".
INSIDE_BESIDE = 130
#: From this number of columns on, "Inside" is beside the charts.
ALL_BESIDE = 190


def areas_in_sight(area: Area, *, inside: bool, one: bool, width: int) -> frozenset[Area]:
    """Return the visible areas.

    Parameters
    ----------
    area : str
        The area shown last.
    inside : bool
        Whether "Inside" was shown last instead of the charts, which have the same place.
    one : bool
        Whether one area is shown at a time.
    width : int
        Columns of the screen.
    """
    if one:
        return frozenset((area,))
    if width >= ALL_BESIDE:
        return frozenset(AREAS)
    cramped = width < INSIDE_BESIDE
    if not inside or (cramped and area == "compose"):
        return frozenset(("compose", "charts", "runs"))
    return frozenset(("inside", "runs") if cramped else ("compose", "inside", "runs"))
