"""Tables are moved in by the keys of all lists."""

import pytest
from rich.text import Text
from textual.app import App

from joml_tui.ui.widgets.row_table import RowTable


class Shown(App):
    def compose(self):
        yield RowTable(cursor_type="row")

    def on_mount(self):
        table = self.query_one(RowTable)
        table.add_column(Text("Number"))
        for number in range(50):
            table.add_row(Text(str(number)))
        table.focus()


@pytest.mark.parametrize(
    ("keys", "row"),
    [(["j", "j", "k"], 1), (["k"], 0), (["G"], 49), (["end"], 49), (["G", "g"], 0), (["end", "home", "down"], 1)],
)
async def test_keys_move_the_cursor(keys, row):
    async with Shown().run_test(size=(20, 10)) as pilot:
        await pilot.press(*keys)
        assert pilot.app.query_one(RowTable).cursor_row == row
