"""Every dialog has its title and its keys in its frame, and nothing of it is cut off."""

import pytest
from laboratory import SHORT, SMALL, click_key, lab_of, last_run, opened, opens, trained, until
from textual.content import Content
from textual.geometry import Region
from textual.widgets import Label

from joml_tui.ui.dialogs.failure_dialog import FailureDialog
from joml_tui.ui.dialogs.help_dialog import Help
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.fork.live_settings import LiveSettings
from joml_tui.ui.queue.grid_dialog import GridBuilder
from joml_tui.ui.runs.diff_screen import DiffScreen
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.widgets.dialog_box import DialogBox

#: Keys that open dialogs, or functions that make one for the lab.
DIALOGS = {
    "help": "question_mark",
    "all settings": "O",
    "grid": "asterisk",
    "palette": "ctrl+p",
    "name": "F",
    "sort": "S",
    "columns": "ctrl+t",
    "export": "e",
    "file": "J",
    "words": "I",
    "YAML": "v",
    "range test": "R",
    "tour": "T",
    "differences": lambda pilot: DiffScreen(lab_of(pilot).session.runs),
    "live settings": lambda pilot: LiveSettings(last_run(pilot)),
    "question": lambda pilot: Question(
        "Quit the lab?", "One run would be stopped. " * 8, (Answer("stay", "Stay", "s"), Answer("quit", "Leave", "q"))
    ),
    "failure": lambda pilot: FailureDialog("A run failed", "The file is gone. " * 10, "line\n" * 60),
}


def frame_lines(box):
    """Return the upper and the lower border of a dialog as they are drawn."""
    width, height = box.outer_size
    return [box.render_lines(Region(0, row, width, 1))[0].text for row in (0, height - 1)]


@pytest.mark.parametrize("size", [(60, 16), SMALL])
async def test_nothing_of_a_dialog_is_cut_off(size):
    async with opened(SHORT, size) as pilot:
        lab = lab_of(pilot)
        await trained(pilot)
        for name, opener in DIALOGS.items():
            if isinstance(opener, str):
                await pilot.press(opener)
            else:
                open_screen(lab, opener(pilot))
            await until(pilot, lambda: pilot.app.screen is not lab and pilot.app.screen.query(DialogBox))
            await pilot.pause()
            screen = pilot.app.screen
            box = screen.query_one(DialogBox)
            assert screen.region.contains_region(box.region), name
            top, bottom = frame_lines(box)
            assert str(box.border_title), name
            assert "Esc" in bottom, name
            if size != (60, 16):
                assert Content.from_markup(box.border_title).plain in top, name
                assert Content.from_markup(box.border_subtitle).plain in bottom, name
                for child in box.children:
                    if child.display:
                        assert box.content_region.contains_region(child.region), (name, child)
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is lab)


async def test_what_scrolls_has_the_room_that_the_rest_leaves():
    async with opened(SHORT, SMALL) as pilot:
        dialog = FailureDialog("Failed", "A sentence.", "line\n" * 60)
        pilot.app.push_screen(dialog)
        await pilot.pause()
        box, text = dialog.query_one(DialogBox), dialog.query_one("#text")
        assert box.outer_size.height < 12  # the details are folded
        await pilot.click("CollapsibleTitle")
        await until(pilot, lambda: text.max_scroll_y > 0)
        assert box.outer_size.height > 18
        assert box.max_scroll_y == 0
        await pilot.resize_terminal(80, 40)
        await until(pilot, lambda: box.outer_size.height > 30)


async def test_keys_in_the_frame_act_when_clicked():
    async with opened(SHORT, SMALL) as pilot:
        await pilot.press("I")
        await until(pilot, lambda: pilot.app.screen is not lab_of(pilot))
        await click_key(pilot, "c copies")
        assert "no curves yet" in pilot.app.clipboard
        await click_key(pilot, "Esc closes")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))


async def test_titles_and_texts_are_made_printable():
    async with opened(SHORT, SMALL) as pilot:
        pilot.app.push_screen(FailureDialog("[/] \x1b[31m", "a[b \x1b[2J", ""))
        await pilot.pause()
        box = pilot.app.screen.query_one(DialogBox)
        shown = "".join(frame_lines(box)) + str(pilot.app.screen.query(Label).first().content)
        assert "\x1b" not in shown
        assert "[/]" in shown


async def test_a_click_beside_a_dialog_closes_it_if_nothing_is_entered_there():
    async with opened(SHORT) as pilot:
        await opens(pilot, Help, "question_mark")
        await pilot.click(offset=(1, 1))
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        grid = await opens(pilot, GridBuilder, "asterisk")
        await pilot.click(offset=(1, 1))
        assert pilot.app.screen is grid
