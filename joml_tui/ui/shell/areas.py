"""The four areas of the lab, and which of them are in sight."""

from __future__ import annotations

from typing import Literal, Protocol

Area = Literal["compose", "charts", "runs", "inside"]
AREAS: tuple[Area, ...] = ("compose", "charts", "runs", "inside")
#: The widgets that are the areas.
WIDGETS: dict[Area, str] = {"compose": "#compose", "charts": "#charts-area", "runs": "#runs-area", "inside": "#inside"}


class AreaWidget(Protocol):
    """What an area is for whoever goes to it."""

    def take_keys(self) -> None:
        """Give the keys to what in the area has use for them."""


#: From so many columns and lines on the areas stand side by side.
WIDE, TALL = 100, 28
#: From so many columns on there is room for the settings beside what goes on inside the network.
INSIDE_BESIDE = 130


def areas_in_sight(area: Area, *, inside: bool, one: bool, cramped: bool) -> frozenset[Area]:
    """Return which areas are in sight.

    Parameters
    ----------
    area : str
        The one shown last.
    inside : bool
        Whether of charts and "Inside", which stand in the same place, the latter was shown last.
    one : bool
        Whether one area is shown at a time.
    cramped : bool
        Whether the settings have no room beside "Inside": they take turns.
    """
    if one:
        return frozenset((area,))
    if not inside or (cramped and area == "compose"):
        return frozenset(("compose", "charts", "runs"))
    return frozenset(("inside", "runs") if cramped else ("compose", "inside", "runs"))
