"""A list with a cursor: keys, pages and clicks move it to rows that are there, and it stays in view."""

import pytest
from rich.segment import Segment
from textual.app import App
from textual.strip import Strip

from joml_tui.ui.widgets.row_list import RowList


class Numbers(RowList[int]):
    def show(self, count):
        self.rows = list(range(count))
        self.scroll_over(0, count + self.LINES_ABOVE)

    def render_line(self, y):
        row = self.row_at(y)
        return Strip([Segment("title" if row is None else str(self.rows[row]))])


class Loose(Numbers):
    TITLES_STAY = False


class Shown(App):
    def __init__(self, kind, count):
        super().__init__()
        self.list, self.count = kind(), count
        self.moved, self.entered = 0, 0

    def compose(self):
        yield self.list

    def on_mount(self):
        self.list.show(self.count)
        self.list.focus()

    def on_row_list_moved(self):
        self.moved += 1

    def on_row_list_entered(self):
        self.entered += 1


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["down", "down", "up"], 1),
        (["j", "j", "k"], 1),
        (["up"], 0),
        (["end"], 99),
        (["G", "down"], 99),
        (["G", "g"], 0),
        (["end", "home"], 0),
        (["pagedown"], 8),
        (["pagedown", "pagedown", "pageup"], 8),
    ],
)
async def test_keys_move_the_cursor_to_a_row_that_is_there(keys, row):
    app = Shown(Numbers, 100)
    async with app.run_test(size=(20, 10)) as pilot:  # the title and nine rows
        await pilot.press(*keys)
        assert app.list.cursor == app.list.selected == row


@pytest.mark.parametrize("kind", [Numbers, Loose])
async def test_the_cursor_stays_in_view(kind):
    app = Shown(kind, 100)
    async with app.run_test(size=(20, 10)) as pilot:
        for key in ("end", "pageup", "pageup", "up", "home", "pagedown", "down", "down"):
            await pilot.press(key)
            assert app.list.cursor in [app.list.row_at(y) for y in range(10)], key


async def test_titles_stay_or_are_scrolled_with_the_rows():
    for kind, first in ((Numbers, None), (Loose, 90)):
        app = Shown(kind, 100)
        async with app.run_test(size=(20, 10)) as pilot:
            assert app.list.row_at(0) is None
            await pilot.press("end")
            assert app.list.row_at(0) == first
            assert app.list.row_at(9) == 99


async def test_a_click_moves_the_cursor_and_a_second_one_enters():
    app = Shown(Numbers, 3)
    async with app.run_test(size=(20, 10)) as pilot:
        await pilot.click(Numbers, offset=(2, 3))
        assert (app.list.cursor, app.entered) == (2, 0)
        await pilot.click(Numbers, offset=(2, 0))  # the title
        await pilot.click(Numbers, offset=(2, 8))  # beneath the last row
        assert (app.list.cursor, app.entered) == (2, 0)
        await pilot.click(Numbers, offset=(2, 3), times=2)
        assert app.entered == 1


async def test_an_empty_list_has_no_selected_row():
    app = Shown(Numbers, 0)
    async with app.run_test(size=(20, 10)) as pilot:
        await pilot.press("down", "end", "pageup", "G")
        assert (app.list.cursor, app.list.selected) == (0, None)
