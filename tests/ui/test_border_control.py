"""The borders between areas are dragged by the mouse of a terminal, whose events do not tell their widget."""

import pytest
from laboratory import SHORT, compose_of, lab_of, opened
from textual import events

pytestmark = pytest.mark.slow


async def drag(pilot, start, end):
    """Press the mouse on a cell of the screen and release it on another one, as a terminal reports it."""
    for kind, (column, row) in ((events.MouseDown, start), (events.MouseMove, end), (events.MouseUp, end)):
        pilot.app.post_message(kind(None, column, row, 0, 0, 1, False, False, False, column, row))
        await pilot.pause()


async def test_both_cells_of_a_border_are_dragged():
    async with opened(SHORT) as pilot:
        compose, runs = compose_of(pilot), lab_of(pilot).runs_area
        right = compose.region.right
        await drag(pilot, (right, 10), (right + 10, 10))
        assert compose.region.right == right + 10
        await drag(pilot, (right + 9, 10), (right + 4, 10))
        assert compose.region.right == right + 5
        top = runs.region.y
        await drag(pilot, (80, top), (80, top - 6))
        assert runs.region.y == top - 6
        await drag(pilot, (80, top - 7), (80, top - 4))
        assert runs.region.y == top - 3


async def test_the_border_of_inside_in_the_charts_place_is_dragged():
    async with opened(SHORT) as pilot:
        await pilot.press("4")
        await pilot.pause()
        compose = compose_of(pilot)
        right = compose.region.right
        await drag(pilot, (right, 10), (right + 7, 10))
        assert compose.region.right == right + 7
