"""Arcs past residual blocks, divided into lanes beside one another."""

from __future__ import annotations

from collections.abc import Iterable

#: The places where an arc begins and ends.
Arc = tuple[int, int]


def lanes_of(arcs: Iterable[Arc]) -> list[list[Arc]]:
    """Return lanes of arcs, those that end first in the first lane; arcs in a lane do not overlap.

    Parameters
    ----------
    arcs : iterable of (int, int)

    Returns
    -------
    list of lists of (int, int)
    """
    lanes: list[list[Arc]] = []
    for arc in sorted(arcs, key=lambda each: (each[1], -each[0])):
        lane = next((lane for lane in lanes if lane[-1][1] <= arc[0]), None)
        if lane is None:
            lanes.append([arc])
        else:
            lane.append(arc)
    return lanes
